"""A second reader changes nothing, or leaves a conversation to the owner: whatever it answers, of whatever message."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW, PlainAnswers, build
from kindregards.adapters import resources
from kindregards.core.intent import Ask, Before, Intent, Kind, Turn
from kindregards.core.message import Channel, Message
from kindregards.core.opinion import Opinion, Question, Trouble
from kindregards.core.profile import Profile
from kindregards.core.relevance import Judgement
from kindregards.desk.conversation import Action, Episode, State
from kindregards.desk.discretion import Private
from kindregards.desk.handle import Desk, Disposition, Dossier, handle
from kindregards.desk.triage import Past
from kindregards.scout.contacts import Contact, private_terms

PITCH = "Dear Alex,\n\nwe are a translation agency and offer translation services. May I send you our prices?\n\nAna"


@dataclass(frozen=True)
class ToldReader:
    """Reads a message of the form "KIND TURN ASK SURE", as the tests write them."""

    def understand(self, subject: str, text: str, channel: str, before: Before) -> Intent:
        """Take the labels that stand in the text."""
        kind, turn, ask, sure = text.split()
        label, asks = Kind(kind), Ask(ask)
        rest = {k: (1 - float(sure)) / (len(Kind) - 1) for k in Kind}
        return Intent(
            kind=label,
            ask=asks if label.personal else None,
            turn=Turn(turn) if label.personal else Turn.OTHER,
            language="en",
            kinds=rest | {label: float(sure)},
            asks={asks: 1.0},
            turns={Turn(turn): 1.0},
        )

    def language(self, subject: str, text: str) -> str:
        """English, always."""
        return "en"


class ToldJudge:
    """Welcomes talks, declines goods and events, and doubts all else."""

    def judge(self, intent: Intent, text: str, profile: Profile, *, answered: bool = False) -> Judgement:
        """Judge by the ask alone."""
        known = {Ask.REQUEST_SPEAKING: 0.99, Ask.OFFER_GOODS: 0.01, Ask.OFFER_EVENTS: 0.01}
        probability = known.get(intent.ask, 0.4) if intent.ask else 0.0
        return Judgement(relevant=probability >= 0.5, probability=probability, ruled_out=probability < 0.1)


@dataclass
class Second:
    """A second reader that always says the same, and remembers what it was asked."""

    found: Opinion | Trouble
    asked: list[Question] = field(default_factory=list)

    def ask(self, question: Question) -> Opinion | Trouble:
        """Say it."""
        self.asked.append(question)
        return self.found


def opinion(
    kind: Kind = Kind.SOLICITATION,
    turn: Turn = Turn.OPENING,
    ask: Ask | None = Ask.OFFER_GOODS,
    *,
    relevant: bool = False,
) -> Opinion:
    """An opinion, by default that it is an offer of goods that does not fit."""
    return Opinion(kind=kind, ask=ask, turn=turn, relevant=relevant)


@pytest.fixture(scope="session")
def told(desk: Desk) -> Desk:
    """The desk with a reader and a judge that are told, and answers read by few words."""
    return replace(desk, reader=ToldReader(), judge=ToldJudge(), answers=PlainAnswers(resources.heads()), caution=0.0)


def says(
    kind: Kind = Kind.SOLICITATION, turn: Turn = Turn.OPENING, ask: Ask = Ask.OFFER_GOODS, sure: float = 1.0
) -> str:
    """The text that the told reader reads so."""
    return f"{kind.value} {turn.value} {ask.value} {sure}"


def done(desk: Desk, profile: Profile, *thread: Message, **changes: object) -> Disposition:
    """What the desk makes of a conversation."""
    fields: dict[str, object] = {"conversation": "c1", "thread": thread, "profile": profile, "now": NOW}
    found = handle(Dossier(**(fields | changes)), desk)  # type: ignore[arg-type]
    assert found is not None
    return found


def names(found: Disposition) -> list[str]:
    """The symbols of the second reader's reasons."""
    return [reason.name for reason in found.reasons if reason.name.startswith("SECOND")]


def without_reasons(found: Disposition) -> Disposition:
    """A disposition but for the reasons of the second reader."""
    return replace(found, reasons=tuple(r for r in found.reasons if not r.name.startswith("SECOND")))


def both(
    told: Desk, profile: Profile, second: Second, *thread: Message, **changes: object
) -> tuple[Disposition, Disposition]:
    """What the desk makes of a conversation without and with a second reader."""
    alone = done(told, profile, *thread, **changes)
    return alone, done(replace(told, second=second), profile, *thread, **changes)


def test_agreement_leaves_the_result(told: Desk, strategist: Profile) -> None:
    """Where both come to the same action all is as without: reply, confidence, state; a reason says that they agree."""
    alone, found = both(told, strategist, Second(opinion()), build(says()))
    assert without_reasons(found) == alone
    assert (found.action, names(found)) == (Action.DECLINE, ["SECOND_AGREES"])
    assert "offer.goods, opening, does not fit you: decline" in found.reasons[-1].text


def test_the_same_action_for_another_ask_is_agreement(told: Desk, strategist: Profile) -> None:
    """Readers may differ on what is asked as long as the same follows; the reply names what the built-in one read."""
    alone, found = both(told, strategist, Second(opinion(ask=Ask.OFFER_LEGAL_ACCOUNTING)), build(says()))
    assert without_reasons(found) == alone
    assert found.ask is Ask.OFFER_GOODS
    assert "offer.legal-accounting" in found.reasons[-1].text


@pytest.mark.parametrize(
    "other",
    [
        opinion(relevant=True),
        opinion(Kind.CORRESPONDENCE),
        opinion(Kind.FRAUD, ask=None),
        opinion(Kind.BULK, Turn.OTHER, None),
        opinion(turn=Turn.OPT_OUT),
        opinion(turn=Turn.HOSTILE),
        opinion(turn=Turn.THANKS),
    ],
)
def test_disagreement_is_the_owners(told: Desk, strategist: Profile, other: Opinion) -> None:
    """Where another action would follow the owner decides, and the reason names both readings."""
    alone, found = both(told, strategist, Second(other), build(says()))
    assert alone.reply is not None
    assert (found.action, found.reply, found.state, found.pointers) == (Action.HOLD, None, State.HANDED, ())
    assert (found.kind, found.ask, found.turn, found.relevant) == (alone.kind, alone.ask, alone.turn, alone.relevant)
    (reason,) = (reason for reason in found.reasons if reason.name.startswith("SECOND"))
    assert (reason.name, reason.warning) == ("SECOND_DISAGREES", True)
    assert "solicitation, asks offer.goods, opening, does not fit you: decline" in reason.text
    assert other.kind.value in reason.text.partition("; or ")[2]
    assert found.confidence <= alone.confidence


def test_a_welcome_needs_both(told: Desk, strategist: Profile) -> None:
    """What one reader would welcome and the other decline is the owner's, without a word to the sender."""
    message = build(says(ask=Ask.REQUEST_SPEAKING))
    alone, found = both(told, strategist, Second(opinion(ask=Ask.REQUEST_SPEAKING)), message)
    assert (alone.action, found.action, found.reply) == (Action.WELCOME, Action.HOLD, None)


def test_a_hold_stays_a_hold(told: Desk, strategist: Profile) -> None:
    """However sure a second reader is, it decides nothing that the desk left to the owner; they learn what it says."""
    message = build(says(ask=Ask.OFFER_OTHER))
    alone, found = both(told, strategist, Second(opinion(ask=Ask.OFFER_OTHER)), message)
    assert alone.action is Action.HOLD
    assert without_reasons(found) == alone
    assert names(found) == ["SECOND_SAYS"]
    doubtful = replace(told, caution=1e6)
    alone, found = both(doubtful, strategist, Second(opinion()), build(says()))
    assert alone.action is Action.HOLD
    assert without_reasons(found) == alone


@pytest.mark.parametrize("trouble", [t for t in Trouble if t is not Trouble.OFF])
def test_trouble_leaves_the_result(told: Desk, strategist: Profile, trouble: Trouble) -> None:
    """Without an opinion the built-in reading stands, and one reason says why there was none."""
    alone, found = both(told, strategist, Second(trouble), build(says()))
    assert without_reasons(found) == alone
    assert names(found) == ["SECOND_UNHEARD"]
    assert trouble.value in found.reasons[-1].text


def test_being_switched_off_is_told_once(told: Desk, strategist: Profile) -> None:
    """After the conversation at which it was switched off, nothing is said of it any more."""
    alone, found = both(told, strategist, Second(Trouble.OFF), build(says()))
    assert found == alone


def test_what_is_left_alone_with_doubt_is_asked_about(told: Desk, strategist: Profile) -> None:
    """Correspondence that a second reader takes for a solicitation is the owner's; nobody is answered for it."""
    message = build(says(Kind.CORRESPONDENCE))
    alone, found = both(told, strategist, Second(opinion()), message)
    assert (alone.action, found.action, found.reply) == (Action.SKIP, Action.HOLD, None)
    assert names(found) == ["SECOND_DISAGREES"]
    alone, found = both(told, strategist, Second(opinion(Kind.PLATFORM, Turn.OTHER, None)), message)
    assert without_reasons(found) == alone
    assert names(found) == ["SECOND_AGREES"]


@pytest.mark.parametrize("kind", [Kind.BULK, Kind.AUTOMATIC, Kind.PLATFORM])
def test_lists_and_robots_are_not_shown_to_anybody(told: Desk, strategist: Profile, kind: Kind) -> None:
    """What is surely no person's word is not sent; what may be one is."""
    for sure, asked in ((0.95, 0), (0.5, 1)):
        second = Second(opinion(kind, Turn.OTHER, None))
        alone, found = both(told, strategist, second, build(says(kind, sure=sure)))
        assert without_reasons(found) == alone
        assert len(second.asked) == asked


FIRST = Episode(conversation="c0", state=State.RESTING, opted_out=True)


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        (build(says(), headers=(("list-unsubscribe", "<mailto:u@x.example>"),)), {}),
        (build(says(), headers=(("auto-submitted", "auto-replied"),)), {}),
        (build(says(), flags=frozenset({"$Junk"})), {}),
        (build(says(), address="noreply@x.example", name=""), {}),
        (build(says()), {"past": Past(duplicate=True)}),
        (build(says()), {"past": Past(known=True)}),
        (build(says(), in_reply_to=("<x@owner.example>",)), {"past": Past(known=True)}),
        (build(says(Kind.CORRESPONDENCE)), {"past": Past(known=True)}),
        (build(says()), {"past": Past(opted_out=True)}),
        (build(says()), {"past": Past(blocked=True)}),
        (build(says()), {"episodes": (FIRST,)}),
        (build(says()), {"episodes": (replace(FIRST, opted_out=False, said=True),)}),
        (build(says()), {"episodes": (replace(FIRST, state=State.HANDED, opted_out=False, said=True),)}),
        (build("", channel=Channel.INVITATION, address="", url="https://network.example/in/ana"), {}),
    ],
    ids=lambda value: "",
)
def test_where_nothing_may_be_said_nothing_is_asked(
    told: Desk, strategist: Profile, message: Message, changes: dict[str, object]
) -> None:
    """What triage refuses, people the owner knows, who opted out, what is settled and what has no text: not sent."""
    second = Second(opinion(relevant=True))
    desk = told if message.text else replace(told, reader=resources.reader())
    alone, found = both(desk, strategist, second, message, **changes)
    assert found == alone
    assert second.asked == []


def test_undated_threads_are_not_sent(told: Desk, strategist: Profile) -> None:
    """Where the order of a thread is not certain it is the owner's, and no second reading would change that."""
    second = Second(opinion())
    thread = (build(says(), date=None), build(says(turn=Turn.FOLLOW_UP), days=2))
    alone, found = both(told, strategist, second, *thread)
    assert (found, second.asked) == (alone, [])


def test_the_owners_last_word_is_not_sent(told: Desk, strategist: Profile) -> None:
    """Where the owner has answered, nothing is asked."""
    second = Second(opinion())
    alone, found = both(told, strategist, second, build(says(), days=3), build("No, thank you.", mine=True, days=1))
    assert (found, second.asked) == (alone, [])


def test_an_invitation_is_one_by_its_channel(told: Desk, strategist: Profile) -> None:
    """For a request to connect it does not matter whether a second reader calls it invitation or solicitation."""
    message = build(says(Kind.INVITATION), channel=Channel.INVITATION, address="", url="https://network.example/in/ana")
    for kind in (Kind.INVITATION, Kind.SOLICITATION):
        alone, found = both(told, strategist, Second(opinion(kind)), message)
        assert (found.action, names(found)) == (Action.DECLINE_INVITATION, ["SECOND_AGREES"])
        assert without_reasons(found) == alone
    found = both(told, strategist, Second(opinion(Kind.FRAUD)), message)[1]
    assert (found.action, found.reply) == (Action.HOLD, None)


def test_a_pointer_needs_both(told: Desk, strategist: Profile) -> None:
    """Where to turn is told only if both readers find the question in it; the thread's earlier texts are sent along."""
    thread = (
        build(says(), days=5),
        build("No, thank you.", mine=True, days=4),
        build(says(turn=Turn.ORIENTATION), days=3),
    )
    for turn, action in (
        (Turn.ORIENTATION, Action.ORIENT),
        (Turn.INSISTENCE, Action.HOLD),
        (Turn.OPENING, Action.HOLD),
    ):
        second = Second(opinion(turn=turn))
        found = both(told, strategist, second, *thread)[1]
        assert found.action is action
        (asked,) = second.asked
        assert (asked.answered, asked.earlier, asked.text) == (True, (thread[0].text,), thread[2].text)


def test_another_thread_is_read_in_the_same_light(told: Desk, strategist: Profile) -> None:
    """Both readings go through the protocol: the same offer again, after a no elsewhere, is insistence for both."""
    before = Episode(conversation="c0", state=State.ANSWERED, ask=Ask.OFFER_GOODS, said=True, declined=NOW)
    alone, found = both(told, strategist, Second(opinion()), build(says()), episodes=(before,))
    assert (alone.action, names(found)) == (Action.REST, ["SECOND_AGREES"])
    found = both(told, strategist, Second(opinion(ask=Ask.OFFER_EVENTS)), build(says()), episodes=(before,))[1]
    assert (found.action, names(found)) == (Action.HOLD, ["SECOND_DISAGREES"])


def test_noes_are_counted_for_both(told: Desk, strategist: Profile) -> None:
    """After two noes a third would be silence, whichever reader asks for it."""
    noes = tuple(
        Episode(conversation=f"c{n}", state=State.ANSWERED, ask=ask, said=True, declined=NOW - timedelta(days=9))
        for n, ask in enumerate((Ask.OFFER_TRAINING, Ask.OFFER_INSURANCE))
    )
    alone, found = both(told, strategist, Second(opinion()), build(says()), episodes=noes)
    assert (alone.action, names(found)) == (Action.REST, ["SECOND_AGREES"])
    assert without_reasons(found) == alone


OPINIONS = st.one_of(
    st.sampled_from(Trouble),
    st.builds(
        Opinion,
        kind=st.sampled_from(Kind),
        ask=st.none() | st.sampled_from(Ask),
        turn=st.sampled_from(Turn),
        relevant=st.booleans(),
    ),
)
MESSAGES = st.builds(
    says,
    st.sampled_from(Kind),
    st.sampled_from(Turn),
    st.sampled_from([Ask.OFFER_GOODS, Ask.REQUEST_SPEAKING, Ask.OFFER_OTHER, Ask.REQUEST_INTRODUCTION]),
    st.sampled_from([0.5, 1.0]),
)
STATES = st.lists(
    st.builds(
        Episode,
        conversation=st.just("c0"),
        state=st.sampled_from(State),
        ask=st.sampled_from([Ask.OFFER_GOODS, Ask.REQUEST_SPEAKING]),
        said=st.booleans(),
    ),
    max_size=1,
)


@given(
    found=OPINIONS, texts=st.lists(MESSAGES, min_size=1, max_size=3), episodes=STATES, channel=st.sampled_from(Channel)
)
def test_whatever_it_says_it_is_as_without_or_a_hold(
    found: Opinion | Trouble,
    texts: Sequence[str],
    episodes: list[Episode],
    channel: Channel,
    told: Desk,
    strategist: Profile,
) -> None:
    """For any message and any opinion: the same disposition as without, or a hold without a word."""
    thread = tuple(build(text, days=9 - n, channel=channel) for n, text in enumerate(texts))
    alone, heard = both(told, strategist, Second(found), *thread, episodes=tuple(episodes))
    if heard.action is Action.HOLD and alone.action is not Action.HOLD:
        assert (heard.reply, heard.pointers, heard.state) == (None, (), State.HANDED)
        assert "SECOND_DISAGREES" in names(heard)
        alone = replace(
            alone, action=Action.HOLD, reply=None, pointers=(), state=State.HANDED, confidence=heard.confidence
        )
    assert without_reasons(heard) == alone


def test_no_contact_is_in_a_question(desk: Desk, strategist: Profile) -> None:
    """What is asked follows from thread and profile alone: the same with any address book, and without names of ours."""
    books = ([], [Contact(name="Beatriz Queirós", company="Firma Norte", address="bea@firm.example")])
    asked = []
    for book in books:
        second = Second(opinion())
        done(replace(desk, second=second), strategist, build(PITCH), private=Private.of(private_terms(book)))
        asked.append(second.asked)
    assert asked[0] == asked[1]
    assert len(asked[0]) == 1
    for private in ("Queir", "Firma", "bea@", "Moreau", "owner.example", "lingua.example", "Lopes"):
        assert private not in repr(asked[0])


def test_quoted_words_of_others_are_not_sent(desk: Desk, strategist: Profile) -> None:
    """Of a mail its new text is sent and not what it quotes, which holds names and addresses of others."""
    second = Second(opinion())
    quoted = f"{PITCH}\n\nOn Monday, Bea Queirós <bea@firm.example> wrote:\n> Dear Ana"
    message = replace(build(PITCH), body=quoted)
    done(replace(desk, second=second), strategist, message)
    assert second.asked[0].text == PITCH
    second.asked.clear()
    done(replace(desk, second=second), strategist, replace(message, text=""))
    assert second.asked == []
