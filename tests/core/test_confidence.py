"""How sure the desk may be: a probability, of what the readers are sure of and nothing else."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.adapters import resources
from kindregards.core.confidence import Calibration, evidence, log_odds
from kindregards.core.intent import Ask, Intent, Kind, Turn
from kindregards.core.relevance import Judgement

CURVE = Calibration(bias=0.5, kind=0.1, turn=0.8, relevance=0.7)
CHANCE = st.floats(0, 1, allow_nan=False)


def intent(kind: float = 0.9, turn: float = 0.8, ask: float = 0.7, asked: Ask | None = Ask.OFFER_GOODS) -> Intent:
    """A solicitation read with these probabilities."""
    return Intent(
        kind=Kind.SOLICITATION,
        ask=asked,
        turn=Turn.OPENING,
        language="en",
        kinds={Kind.SOLICITATION: kind},
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


@given(kind=CHANCE, turn=CHANCE, ask=CHANCE, probability=CHANCE, answered=st.booleans())
def test_it_is_a_probability(kind: float, turn: float, ask: float, probability: float, answered: bool) -> None:
    """Whatever the readers say, the shipped curve and ours give something between 0 and 1."""
    for curve in (CURVE, resources.calibration()):
        assert 0 < curve.of(intent(kind, turn, ask), judged(probability), answered=answered) < 1


def test_before_an_answer_relevance_counts() -> None:
    """Before an answer relevance counts, the turn does not; being far from one half counts either way."""
    assert evidence(intent(turn=0.1), judged(0.9), answered=False) == evidence(intent(), judged(0.9), answered=False)
    assert evidence(intent(), judged(0.9), answered=False) == pytest.approx(
        evidence(intent(), judged(0.1), answered=False)
    )
    sure, unsure = (CURVE.of(intent(), judged(p), answered=False) for p in (0.99, 0.55))
    assert sure > unsure


def test_after_an_answer_the_turn_counts() -> None:
    """After an answer the turn counts, relevance does not."""
    assert evidence(intent(ask=0.1), judged(0.9), answered=True) == evidence(intent(), judged(0.2), answered=True)
    assert CURVE.of(intent(turn=0.95), judged(0.9), answered=True) > CURVE.of(
        intent(turn=0.4), judged(0.9), answered=True
    )


def test_what_is_no_solicitation() -> None:
    """Where nothing is judged the kind alone counts."""
    kind = log_odds(0.9)
    assert evidence(intent(), None, answered=False) == (kind, 0.0, 0.0)
    assert evidence(intent(), Judgement(relevant=None, probability=0.0), answered=True) == (kind, 0.0, 0.0)


def test_what_a_reader_leaves_out() -> None:
    """Probabilities that a reader does not tell are taken as even."""
    bare = Intent(kind=Kind.SOLICITATION, ask=None, turn=Turn.THANKS, language="en")
    assert evidence(bare, judged(0.5), answered=True) == (0.0, 0.0, 0.0)
    assert evidence(bare, judged(0.5), answered=False) == (0.0, 0.0, 0.0)
