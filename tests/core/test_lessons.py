"""What lessons say about a message: bounded shifts, fully for their own sender, and a reason for each."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.intent import Ask
from kindregards.core.lessons import (
    ELSEWHERE,
    FULL,
    LESSON,
    MOST,
    SILENT,
    Correction,
    Counsel,
    Lesson,
    Lessons,
    shifted,
)
from kindregards.core.traits import Traits

DAY = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
HIVES = Traits(concepts=((1, 100), (2, 80), (3, 60)), asks=((Ask.REQUEST_PARTNERSHIP, 100),), personal=99)
CHAIRS = Traits(concepts=((7, 100), (8, 80), (9, 60)), asks=((Ask.OFFER_GOODS, 100),), personal=99)
TRAITS = st.builds(
    Traits,
    concepts=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 100)), max_size=6, unique_by=lambda c: c[0]).map(
        tuple
    ),
    asks=st.dictionaries(st.sampled_from(list(Ask)[:4]), st.integers(1, 50), max_size=2).map(
        lambda asks: tuple(asks.items())
    ),
    personal=st.integers(0, 100),
)
TAUGHT = st.lists(
    st.builds(
        Lesson,
        conversation=st.integers(0, 9).map(lambda n: f"c{n}"),
        message=st.just("m"),
        person=st.sampled_from(["", "ada@x.example", "ben@x.example"]),
        action=st.sampled_from(Correction),
        taught=st.integers(0, 99).map(lambda days: DAY + timedelta(days=days)),
        ask=st.none() | st.sampled_from(list(Ask)[:4]),
        traits=st.none() | TRAITS,
    ),
    max_size=12,
    unique_by=lambda lesson: lesson.conversation,
).map(tuple)


def lesson(number: int = 1, action: Correction = Correction.WELCOME, **changes: object) -> Lesson:
    """What was taught about a message about hives, of a sender of its own."""
    made = Lesson(
        conversation=f"c{number}",
        message=f"m{number}",
        person=f"sender{number}@x.example",
        action=action,
        taught=DAY + timedelta(days=number - 1),
        traits=HIVES,
        number=number,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def said(*taught: Lesson, traits: Traits | None = HIVES, person: str = "new@x.example") -> Counsel:
    """What lessons say about a message of a new conversation."""
    return Lessons(taught).on(traits, person=person, conversation="new", message="new")


# Somebody else's message


@given(TAUGHT, TRAITS)
def test_shifts_are_bounded_and_have_their_reasons(taught: tuple[Lesson, ...], traits: Traits) -> None:
    """No lessons together shift anything for a stranger by more than 2.5, and whatever they shift has its reason."""
    counsel = said(*taught, traits=traits, person="stranger@x.example")
    leans = (counsel.fits, counsel.open, counsel.personal, *counsel.asks.values())
    assert counsel.own is None
    assert all(abs(lean.shift) <= MOST for lean in leans)
    shifts = [lean for lean in leans if lean.shift]
    reasons = counsel.reasons(judged=True)
    assert len(reasons) == len(shifts)
    assert all("you taught on" in reason.text for reason in reasons)
    assert [reason.weight for reason in reasons if reason.name == "TAUGHT_ALIKE"] == [
        round(lean.shift, 2) for lean in (counsel.fits,) if lean.shift
    ]


@given(TAUGHT, TRAITS, st.sampled_from(Correction), st.none() | st.sampled_from(list(Ask)[:4]))
def test_one_more_lesson_shifts_no_stranger_far(
    taught: tuple[Lesson, ...], traits: Traits, action: Correction, ask: Ask | None
) -> None:
    """A lesson more or less changes the relevance of a stranger's message by twice its own weight at most."""
    one = lesson(99, action, ask=ask, traits=traits)
    before, after = (said(*each, traits=traits, person="stranger@x.example") for each in (taught, (*taught, one)))
    assert abs(after.fits.shift - before.fits.shift) <= 2 * LESSON + 0.06


@pytest.mark.parametrize("action", Correction)
def test_one_lesson_alone_says_nothing_of_others(action: Correction) -> None:
    """Even for the very same text of somebody else one lesson changes nothing."""
    assert said(lesson(1, action, ask=Ask.REQUEST_DONATION)) == SILENT


@pytest.mark.parametrize("action", Correction)
def test_two_lessons_that_agree_count(action: Correction) -> None:
    """Two that say the same of messages like this one raise, lower, or leave relevance, as they say."""
    counsel = said(lesson(1, action), lesson(2, action))
    assert counsel.fits.shift == 2 * LESSON * action.leaning
    assert counsel.open.shift == (2 * LESSON if action is Correction.HOLD else 0.0)
    assert counsel.personal.shift == (-2 * LESSON if action is Correction.SKIP else 0.0)


def test_many_lessons_are_no_more_than_the_bound() -> None:
    """Ten lessons on the same text shift by 2.5, not by ten."""
    assert said(*(lesson(n) for n in range(1, 11))).fits.shift == MOST


def test_lessons_about_other_things_say_nothing() -> None:
    """Neither another theme with the same ask nor the same theme with another ask counts."""
    lessons = [lesson(n) for n in range(1, 11)]
    assert said(*lessons, traits=CHAIRS) == SILENT
    assert said(*lessons, traits=replace(CHAIRS, asks=HIVES.asks)) == SILENT
    assert said(*lessons, traits=replace(HIVES, asks=CHAIRS.asks)) == SILENT
    assert said(*lessons, traits=None) == SILENT


def test_lessons_that_contradict_each_other_cancel() -> None:
    """As many say welcome as decline: nothing follows; where more say decline, it is lowered."""
    ups, downs = (
        [lesson(n + 10 * k, a) for n in range(1, 4)] for k, a in enumerate([Correction.WELCOME, Correction.DECLINE])
    )
    assert said(*ups, *downs).fits.shift == 0.0
    assert (
        said(*ups, *downs, lesson(30, Correction.ORIENT), lesson(31, Correction.DECLINE_INVITATION)).fits.shift == -2.0
    )


def test_likeness_is_a_matter_of_degree() -> None:
    """The more a message has in common with those that were taught, the more they count."""
    lessons = [lesson(1), lesson(2)]
    shifts = [
        said(*lessons, traits=replace(HIVES, concepts=((1, part), (50, 100)))).fits.shift
        for part in (0, 10, 20, 30, 90)
    ]
    assert shifts == sorted(shifts)
    assert shifts[0] == 0.0 < shifts[2] < shifts[3]
    assert shifts[-1] == 2 * LESSON


def test_a_kind_is_taught_where_it_was_misread() -> None:
    """That a solicitation is none, or the reverse, is learnt only from messages that were read otherwise."""
    letter = replace(HIVES, personal=10)
    assert said(*(lesson(n, Correction.DECLINE, traits=letter) for n in (1, 2))).personal.shift == 2.0
    assert said(*(lesson(n, Correction.SKIP, traits=letter) for n in (1, 2))).personal.shift == 0.0
    assert said(*(lesson(n, Correction.SKIP) for n in (1, 2))).personal.shift == -2.0


def test_an_ask_is_taught() -> None:
    """Two lessons that name an ask make it likelier for messages like theirs."""
    asks = said(*(lesson(n, ask=Ask.REQUEST_DONATION) for n in (1, 2))).asks
    assert {ask: lean.shift for ask, lean in asks.items()} == {Ask.REQUEST_DONATION: 2.0}


def test_the_reason_names_the_lesson() -> None:
    """The nearest lesson is named by its day and what was taught, with how many more there are."""
    (reason,) = said(lesson(1), lesson(2, traits=replace(HIVES, concepts=((1, 100),)))).reasons(judged=True)
    assert reason.name == "TAUGHT_ALIKE"
    assert reason.text == "it is like what you taught on 3 March 2026: welcome, and 1 more"


# The sender's own


@pytest.mark.parametrize("action", Correction)
def test_a_lesson_counts_fully_for_its_sender(action: Correction) -> None:
    """Whatever the sender writes about, what was taught about them is followed, with the reason."""
    counsel = said(lesson(1, action), traits=CHAIRS, person="sender1@x.example")
    assert counsel.own == lesson(1, action)
    assert not counsel.exact
    assert counsel.fits.shift == FULL * action.leaning
    assert counsel.personal.shift == (-FULL if action is Correction.SKIP else FULL)
    (reason,) = counsel.reasons(judged=True)
    assert reason.text == f"you taught on 3 March 2026: {action.value}"


def test_the_newest_lesson_about_a_sender_counts_and_before_it_the_one_about_the_conversation() -> None:
    """Of several about one person the conversation's own comes first, then the newest; nobody else's counts beside it."""
    person = "sender1@x.example"
    first, second = lesson(1), lesson(2, Correction.DECLINE, person=person)
    lessons = Lessons((second, first, *(lesson(n) for n in range(3, 9))))
    elsewhere = lessons.on(HIVES, person=person, conversation="new", message="m9")
    assert (elsewhere.own, elsewhere.fits.shift) == (second, -FULL)
    here = lessons.on(HIVES, person=person, conversation="c1", message="m1")
    assert (here.own, here.exact, here.fits.shift) == (first, True, FULL)
    later = lessons.on(HIVES, person=person, conversation="c1", message="m9")
    assert (later.own, later.exact) == (first, False)


def test_people_without_a_name_are_not_one_person() -> None:
    """A lesson about a message that names no author counts for no other such message."""
    assert said(lesson(1, person=""), person="") == SILENT


def test_an_ask_counts_less_in_another_conversation_of_the_sender() -> None:
    """There the same person may ask something else."""
    lessons = Lessons((lesson(1, ask=Ask.REQUEST_DONATION),))
    for conversation, shift in (("c1", FULL), ("c2", ELSEWHERE)):
        counsel = lessons.on(HIVES, person="sender1@x.example", conversation=conversation, message="m2")
        assert {ask: lean.shift for ask, lean in counsel.asks.items()} == {Ask.REQUEST_DONATION: shift}


def test_the_reason_names_the_ask_that_was_taught() -> None:
    """What was taught of the ask stands in the reason."""
    counsel = said(lesson(1, Correction.DECLINE, ask=Ask.OFFER_TRAINING), person="sender1@x.example")
    assert counsel.reasons(judged=True)[0].text == "you taught on 3 March 2026: decline, asks offer.training"


def test_nothing_taught_says_nothing() -> None:
    """Without lessons there is no counsel, whoever writes."""
    assert said() == SILENT
    assert SILENT.reasons(judged=True) == ()


# Probabilities


@given(st.floats(0, 1), st.floats(-FULL, FULL))
def test_a_shift_moves_a_probability_its_way(probability: float, shift: float) -> None:
    """A probability stays one, moves towards where it is shifted, and stays as it is where nothing shifts it."""
    found = shifted(probability, shift)
    assert 0.0 <= found <= 1.0
    assert (found - probability) * shift >= 0.0
    assert shifted(probability, 0.0) == probability


@given(st.floats(0, 1))
def test_a_full_shift_is_surer_than_any_judgement(probability: float) -> None:
    """What was taught about a sender turns even the most certain judgement clearly round."""
    assert shifted(probability, FULL) > 0.8
    assert shifted(probability, -FULL) < 0.2


def test_shifts_are_log_odds() -> None:
    """Even odds shifted by one are e to one."""
    assert math.isclose(shifted(0.5, 1.0), math.e / (1 + math.e))
