"""How sure the desk may be: a probability, of what the readers are sure of and nothing else."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.adapters import resources
from kindregards.core.confidence import Calibration, Course, Curve, evidence, log_odds
from kindregards.core.intent import Ask, Intent, Kind, Turn
from kindregards.core.relevance import Judgement

FITTED = Calibration(
    curves=dict.fromkeys(Course, Curve(bias=0.5, weights=(0.1, 0.0, 0.8, 0.7, 0.2))), certified={Course.LEFT: 0.9}
)
CHANCE = st.floats(0, 1, allow_nan=False)


def intent(kind: float = 0.9, turn: float = 0.8, ask: float = 0.7, asked: Ask | None = Ask.OFFER_GOODS) -> Intent:
    """A solicitation read with these probabilities."""
    return Intent(
        kind=Kind.SOLICITATION,
        ask=asked,
        turn=Turn.OPENING,
        language="en",
        kinds={Kind.SOLICITATION: kind, Kind.BULK: 1 - kind},
        turns={Turn.OPENING: turn},
        asks={Ask.OFFER_GOODS: ask},
    )


def judged(probability: float) -> Judgement:
    """A judgement of relevance."""
    return Judgement(relevant=probability >= 0.5, probability=probability)


@given(CHANCE)
def test_log_odds(probability: float) -> None:
    """Log-odds are finite, symmetric about one half, and undone by the logistic function but for their edges."""
    value = log_odds(probability)
    assert math.isfinite(value)
    assert value == pytest.approx(-log_odds(1 - probability))
    assert 1 / (1 + math.exp(-value)) == pytest.approx(min(0.995, max(0.005, probability)))


@given(kind=CHANCE, turn=CHANCE, ask=CHANCE, probability=CHANCE, course=st.sampled_from(Course))
def test_it_is_a_probability(kind: float, turn: float, ask: float, probability: float, course: Course) -> None:
    """Whatever the readers say, the shipped curves and ours give something between 0 and 1."""
    for fitted in (FITTED, resources.calibration()):
        assert 0 < fitted.of(intent(kind, turn, ask), judged(probability), course) < 1


def test_relevance_far_from_even_counts_either_way() -> None:
    """Being sure that it fits and being sure that it does not count alike; being unsure counts less."""
    assert evidence(intent(), judged(0.9)) == pytest.approx(evidence(intent(), judged(0.1)))
    sure, unsure = (FITTED.of(intent(), judged(p), Course.NO) for p in (0.99, 0.55))
    assert sure > unsure


def test_a_surer_turn_makes_a_surer_step() -> None:
    """The turn counts."""
    assert FITTED.of(intent(turn=0.95), judged(0.9), Course.REACTION) > FITTED.of(
        intent(turn=0.4), judged(0.9), Course.REACTION
    )


def test_what_is_no_solicitation() -> None:
    """Where nothing is judged or asked, relevance and ask say nothing."""
    assert evidence(intent(asked=None), None)[3:] == (0.0, 0.0)
    assert evidence(intent(asked=None), Judgement(relevant=None, probability=0.0))[3:] == (0.0, 0.0)


def test_what_a_reader_leaves_out() -> None:
    """Probabilities that a reader does not tell are taken as even."""
    bare = Intent(kind=Kind.SOLICITATION, ask=None, turn=Turn.THANKS, language="en")
    assert evidence(bare, judged(0.5)) == (0.0, 0.0, 0.0, 0.0, 0.0)


def test_caution_is_a_dial_from_nothing_to_what_was_shown() -> None:
    """At 0 nothing is held; at 1 all that was not shown to be right 99 times in 100, and what never was, always."""
    assert FITTED.least(Course.LEFT, 0.0) == 0.0
    assert FITTED.least(Course.LEFT, 1.0) == 0.9
    assert FITTED.least(Course.NO, 1.0) == 1.0 > FITTED.of(intent(1, 1, 1), judged(1.0), Course.NO)
