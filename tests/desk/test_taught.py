"""What was taught is followed: by the whole desk for its own sender, by degrees for others, and never past a gate."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW, build
from kindregards.core.intent import Ask, Intent, Kind, Turn
from kindregards.core.lessons import FULL, MOST, SILENT, Correction, Counsel, Lean, Lesson, Lessons
from kindregards.core.message import Channel, Message
from kindregards.core.opinion import Opinion, Question
from kindregards.core.profile import Profile
from kindregards.core.relevance import Judgement
from kindregards.desk import taught
from kindregards.desk.conversation import Action, State
from kindregards.desk.handle import Desk, Disposition, Dossier, handle
from kindregards.desk.triage import Past

UNSURE = (0.2, 0.5)
OFFER = (
    "Dear Alex,\n\nI run a small translation agency in Porto. We translate contracts and websites from English and French"
    " into Portuguese. Could we offer you our translation services?\n\nBest wishes\nAna Lopes"
)
NO = (
    "Dear Ana Lopes,\n\nThank you for your offer of translation services. I work in strategy, and I don't commission"
    " translations. So I cannot help you on this one.\n\nAlex Moreau"
)
INSISTENCE = "I understand, but please give us just one chance. Our prices are the best and you will not regret it."


def done(desk: Desk, owner: Profile, *thread: Message, **changes: object) -> Disposition:
    """What the desk makes of a conversation."""
    fields: dict[str, object] = {"conversation": "c1", "thread": thread, "profile": owner, "now": NOW}
    found = handle(Dossier(**(fields | changes)), desk)  # type: ignore[arg-type]
    assert found is not None
    return found


def about(message: Message, found: Disposition, action: Correction, **changes: object) -> Lessons:
    """The owner's correction of what the desk made of a message."""
    made = Lesson(
        conversation=found.conversation,
        message=message.key,
        person=found.sender.person,
        action=action,
        taught=NOW,
        traits=found.traits,
        number=1,
    )
    return Lessons((replace(made, **changes),))  # type: ignore[arg-type]


def offer(**changes: object) -> Message:
    """The mail of the translation agency."""
    return build(OFFER, subject="Translation services", **({"days": 5} | changes))


def thread(text: str) -> tuple[Message, ...]:
    """The mail, the owner's no, and what came back."""
    first = offer()
    own = build(NO, mine=True, subject="Re: Translation services", days=4, in_reply_to=(str(first.message_id),))
    return first, own, build(text, subject="Re: Translation services", days=3, in_reply_to=(str(own.message_id),))


# The very message


@pytest.mark.parametrize(
    ("action", "follows"),
    [
        (Correction.DECLINE, Action.DECLINE),
        (Correction.WELCOME, Action.WELCOME),
        (Correction.HOLD, Action.HOLD),
        (Correction.ORIENT, Action.DECLINE),
        (Correction.REST, Action.REST),
        (Correction.SKIP, Action.SKIP),
        (Correction.ACCEPT_INVITATION, Action.WELCOME),
        (Correction.DECLINE_INVITATION, Action.DECLINE),
    ],
)
def test_what_was_taught_is_done(action: Correction, follows: Action, desk: Desk, strategist: Profile) -> None:
    """The message is judged as the owner said, with the reason; before a no, orient is a no, as the protocol has it."""
    before = done(desk, strategist, offer())
    found = done(desk, strategist, offer(), lessons=about(offer(), before, action))
    assert found.action is follows
    assert (found.reply is not None) is (follows in (Action.DECLINE, Action.WELCOME))
    assert f"you taught on 25 November 2026: {action.value}" in [reason.text for reason in found.reasons]
    assert found.traits == before.traits
    if action is not Correction.ORIENT:
        assert found.confidence >= taught.SURE


def test_an_invitation_is_accepted_or_turned_down_by_its_own_words(desk: Desk, strategist: Profile) -> None:
    """Also an invitation without a note, about which only the owner could tell, follows what the owner told."""
    message = build("", channel=Channel.INVITATION, address="", url="https://network.example/in/ana")
    before = done(desk, strategist, message)
    assert before.action is Action.HOLD
    for action, follows in (
        (Correction.WELCOME, Action.ACCEPT_INVITATION),
        (Correction.DECLINE, Action.DECLINE_INVITATION),
        (Correction.SKIP, Action.SKIP),
    ):
        assert done(desk, strategist, message, lessons=about(message, before, action)).action is follows


def test_what_was_left_alone_can_be_taught_to_be_answered(desk: Desk, strategist: Profile) -> None:
    """A message that was read as real correspondence is answered once the owner says that it is none."""
    letter = build(
        "Hi Alex, the minutes of Thursday are in the usual folder. The budget figures still miss March; can you add them"
        " before our call tomorrow? Thanks, Ana",
        subject="Minutes and budget",
    )
    before = done(desk, strategist, letter)
    assert (before.kind, before.action) == (Kind.CORRESPONDENCE, Action.SKIP)
    found = done(desk, strategist, letter, lessons=about(letter, before, Correction.DECLINE, ask=Ask.OFFER_CONSULTING))
    assert (found.kind, found.ask, found.action) == (Kind.SOLICITATION, Ask.OFFER_CONSULTING, Action.DECLINE)


def test_an_ask_that_was_taught_is_what_the_reply_names(desk: Desk, strategist: Profile) -> None:
    """The reply speaks of what is asked as the owner said, not of what was misread."""
    before = done(desk, strategist, offer())
    found = done(desk, strategist, offer(), lessons=about(offer(), before, Correction.DECLINE, ask=Ask.OFFER_INSURANCE))
    assert found.ask is Ask.OFFER_INSURANCE
    assert found.reply is not None
    assert "insurance" in found.reply.body
    assert "translation" not in found.reply.body


def test_a_turn_that_was_misread_gives_way(desk: Desk, strategist: Profile) -> None:
    """After a no: rested because it was read as pressing, pointed elsewhere once the owner says so, or held."""
    conversation = thread(INSISTENCE)
    before = done(desk, strategist, *conversation)
    assert before.action is Action.REST
    for action, follows in ((Correction.ORIENT, Action.ORIENT), (Correction.HOLD, Action.HOLD)):
        lessons = about(conversation[-1], before, action)
        assert done(desk, strategist, *conversation, lessons=lessons).action is follows
        later = build(INSISTENCE, subject="Re: Translation services", days=1)  # another message is read for itself
        assert done(desk, strategist, *conversation, later, lessons=lessons).turn is Turn.INSISTENCE


# What no lesson can do


@pytest.mark.parametrize("action", [Correction.WELCOME, Correction.DECLINE, Correction.ORIENT, Correction.HOLD])
def test_who_asked_for_silence_has_it(action: Correction, desk: Desk, strategist: Profile) -> None:
    """A wish not to be written to is never unlearnt."""
    conversation = thread("Please do not write to me again and delete my address.")
    before = done(desk, strategist, *conversation)
    assert before.turn is Turn.OPT_OUT
    found = done(desk, strategist, *conversation, lessons=about(conversation[-1], before, action))
    assert found.reply is None
    assert found.turn is Turn.OPT_OUT
    again = done(desk, strategist, offer(), past=Past(opted_out=True), lessons=about(offer(), before, action))
    assert again.reply is None


def test_no_gate_is_opened(desk: Desk, strategist: Profile) -> None:
    """Robots and lists stay left alone, people the owner knows stay theirs, whatever was taught about them."""
    robot = offer(headers=(("auto-submitted", "auto-replied"),))
    before = done(desk, strategist, robot)
    lessons = about(robot, before, Correction.WELCOME)
    assert before.traits is None
    assert done(desk, strategist, robot, lessons=lessons) == before
    friend = done(desk, strategist, offer(), past=Past(known=True), lessons=about(offer(), before, Correction.DECLINE))
    assert (friend.action, friend.reply) == (Action.HOLD, None)


def test_an_answer_is_not_given_twice(desk: Desk, strategist: Profile) -> None:
    """What rests or is handed over in the protocol stays so: the second word to one ask is never said."""
    conversation = thread("Thank you for your kind and clear answer. I understand. All the best to you too.")
    before = done(desk, strategist, *conversation)
    assert before.action is Action.CLOSE
    resting = (*conversation, build(INSISTENCE, subject="Re: Translation services", days=1))
    found = done(desk, strategist, *resting, lessons=about(conversation[-1], before, Correction.DECLINE))
    assert (found.action, found.reply) == (Action.REST, None)


@pytest.mark.parametrize("kind", [Kind.FRAUD, Kind.AUTOMATIC, Kind.PLATFORM])
def test_what_no_person_asks_stays_so(kind: Kind) -> None:
    """An absence note or fraud in the name of a sender who was taught about is no solicitation for it."""
    intent = Intent(kind=kind, ask=None, turn=Turn.OTHER, language="en", kinds={kind: 0.6, Kind.SOLICITATION: 0.4})
    counsel = Counsel(personal=Lean(shift=FULL))
    assert taught.read(intent, counsel) == intent
    assert taught.read(intent, replace(counsel, exact=True)).kind is Kind.SOLICITATION


def test_an_absence_note_of_a_sender_is_left_alone_without_a_word_of_the_lesson(
    desk: Desk, strategist: Profile
) -> None:
    """What the lesson did not change is not explained by it."""
    before = done(desk, strategist, offer())
    lessons = about(offer(), before, Correction.WELCOME)
    note = build("I am out of the office until Monday and will answer your mail then.", subject="Out of office")
    found = done(desk, strategist, note, conversation="c2", lessons=lessons)
    assert (found.action, found.reply) == (Action.SKIP, None)
    assert not any("you taught" in reason.text for reason in found.reasons)


class Contrary:
    """A second reader that finds everything relevant."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self.asked = 0

    def ask(self, question: Question) -> Opinion:
        """Say that it is relevant."""
        self.asked += 1
        return Opinion(kind=Kind.SOLICITATION, ask=Ask.OFFER_TRANSLATION, turn=Turn.OPENING, relevant=True)


def test_what_the_owner_taught_needs_no_second_reader(desk: Desk, strategist: Profile) -> None:
    """Where two readers would disagree, the owner has decided already."""
    contrary = Contrary()
    doubting = replace(desk, second=contrary)
    before = done(doubting, strategist, offer())
    assert (before.action, contrary.asked) == (Action.HOLD, 1)
    found = done(doubting, strategist, offer(), lessons=about(offer(), before, Correction.DECLINE))
    assert (found.action, contrary.asked) == (Action.DECLINE, 1)


# The same sender, and others


@pytest.mark.parametrize(
    ("action", "follows"),
    [
        (Correction.WELCOME, Action.WELCOME),
        (Correction.DECLINE, Action.DECLINE),
        (Correction.HOLD, Action.HOLD),
        (Correction.REST, Action.REST),
        (Correction.SKIP, Action.SKIP),
    ],
)
def test_the_next_message_of_the_sender_follows(
    action: Correction, follows: Action, desk: Desk, strategist: Profile
) -> None:
    """In a new conversation and about something else, what was taught about the sender holds."""
    before = done(desk, strategist, offer())
    lessons = about(offer(), before, action)
    other = build(
        "Dear Alex,\n\nwe also build web shops for small firms and have free developers in spring. May I make you an"
        " offer?\n\nAna Lopes",
        subject="Web shops",
    )
    found = done(desk, strategist, other, conversation="c2", lessons=lessons)
    assert found.action is follows
    assert found.confidence != taught.SURE or action is Correction.SKIP


def test_a_like_message_of_somebody_else_is_untouched_by_one_lesson(desk: Desk, strategist: Profile) -> None:
    """The same words from another person are judged exactly as before."""
    before = done(desk, strategist, offer())
    other = offer(name="Ben Costa", address="ben@other.example")
    for action in Correction:
        lessons = about(offer(), before, action, ask=None if action is Correction.SKIP else Ask.REQUEST_JOB)
        assert done(desk, strategist, other, conversation="c2", lessons=lessons) == done(
            desk, strategist, other, conversation="c2"
        )


def test_lessons_that_agree_count_for_a_like_message(desk: Desk, strategist: Profile) -> None:
    """Several about the same thing raise what fits, with the reason that names the nearest and how many there are."""
    before = done(desk, strategist, offer())
    (lesson,) = about(offer(), before, Correction.WELCOME).taught
    many = tuple(
        replace(lesson, conversation=f"t{n}", person=f"p{n}", taught=NOW + timedelta(days=n)) for n in range(4)
    )
    other = offer(name="Ben Costa", address="ben@other.example")
    found = done(desk, strategist, other, conversation="c2", lessons=Lessons(many))
    (reason,) = (reason for reason in found.reasons if reason.name == "TAUGHT_ALIKE")
    assert reason.weight == MOST
    assert reason.text.startswith("it is like what you taught on 25 November 2026: welcome, and 3 more")


# By degrees


def judgement(probability: float) -> Judgement:
    """A judgement that a welcome decided, or a decline."""
    side = "welcomes" if probability >= 0.5 else "declines"
    return Judgement(relevant=probability >= 0.5, probability=probability, statement="s", side=side)


@given(st.floats(0, 1), st.floats(-MOST, MOST), st.floats(0, MOST))
def test_a_judgement_after_lessons_is_sound(probability: float, fits: float, opened: float) -> None:
    """It is relevant from one half on, and says which statement decided only where its answer still stands."""
    counsel = Counsel(fits=Lean(shift=fits), open=Lean(shift=opened))
    found = taught.judged(judgement(probability), counsel, UNSURE)
    assert 0.0 <= found.probability <= 1.0
    assert found.relevant is (found.probability >= 0.5)
    assert bool(found.statement) is (found.relevant is (probability >= 0.5))


@given(st.floats(0, 1), st.floats(0, MOST))
def test_lessons_to_hold_pull_to_the_middle(probability: float, opened: float) -> None:
    """What only the owner can tell lies between; lessons to hold draw there and never beyond."""
    found = taught.judged(judgement(probability), Counsel(open=Lean(shift=opened)), UNSURE).probability
    middle = sum(UNSURE) / 2
    assert abs(found - middle) <= abs(probability - middle) + 1e-12
    assert (found - middle) * (probability - middle) >= 0.0


@given(
    st.dictionaries(st.sampled_from(Kind), st.floats(0.01, 1), min_size=2),
    st.floats(-FULL, FULL),
    st.booleans(),
)
def test_probabilities_stay_probabilities(weights: dict[Kind, float], shift: float, exact: bool) -> None:
    """After a shift of the kind the kinds still sum to one, and the ask is there where the kind asks something."""
    total = sum(weights.values())
    kinds = {kind: weight / total for kind, weight in weights.items()}
    personal = sum(value for kind, value in kinds.items() if kind.personal) > 0.5
    kind = max((k for k in kinds if k.personal is personal), key=lambda k: kinds[k], default=Kind.CORRESPONDENCE)
    intent = Intent(
        kind=kind,
        ask=Ask.OFFER_GOODS if kind.personal else None,
        turn=Turn.OPENING if kind.personal else Turn.OTHER,
        language="en",
        kinds=kinds,
        asks={Ask.OFFER_GOODS: 0.7, Ask.REQUEST_JOB: 0.3},
        turns={Turn.OPENING: 1.0},
    )
    counsel = Counsel(personal=Lean(shift=shift), asks={Ask.REQUEST_JOB: Lean(shift=shift)}, exact=exact)
    found = taught.read(intent, counsel)
    assert abs(sum(found.kinds.values()) - 1.0) < 1e-6
    assert abs(sum(found.asks.values()) - 1.0) < 1e-6
    assert (found.ask is not None) is found.kind.personal


def test_no_lesson_no_change(desk: Desk, strategist: Profile) -> None:
    """Without lessons reading, turn, judgement and step are the values they were."""
    intent = Intent(kind=Kind.SOLICITATION, ask=Ask.OFFER_GOODS, turn=Turn.OPENING, language="en")
    assert taught.read(intent, SILENT) is intent
    assert taught.turned(intent, SILENT, State.NEW) is intent
    assert taught.judged(judgement(0.3), SILENT, UNSURE) == judgement(0.3)
    assert done(desk, strategist, offer()) == done(desk, strategist, offer(), lessons=Lessons())
