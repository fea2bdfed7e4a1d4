"""The round: messages become conversations, people are told apart, and nothing that goes wrong stops it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards import setup
from kindregards.adapters import resources
from kindregards.adapters.ledger import open_memory
from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.intent import Before, Intent, Turn
from kindregards.core.message import Address, Envelope, Message
from kindregards.core.profile import Profile
from kindregards.desk.conversation import Action
from kindregards.desk.handle import Desk, Disposition
from kindregards.desk.platforms import Platforms
from kindregards.ports import Entry, Ledger
from kindregards.worker import Round, Surroundings, gather

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PLATFORMS = Platforms.load(resources.text("platforms.toml"))
PITCH = "I run a translation agency and would be glad to offer you our translation services. May I send our prices?"
OWNER = Address(name="Alex Moreau", address="alex@owner.example")
NORA = Address(name="Nora Feld", address="nora@feld.example")
COLLEAGUE = Address(name="Nils Feld", address="nils@feld.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message in a source, in memory."""

    message: Message
    held: str = ""

    @property
    def envelope(self) -> Envelope:
        """The fields it is sorted by."""
        found = self.message
        return Envelope(
            message_id=found.message_id,
            references=(*found.references, *found.in_reply_to),
            thread_id=found.thread_id,
            date=found.date,
        )

    def load(self) -> Message:
        """Give the message, or tell why it cannot be read."""
        if self.held:
            raise HeldMessageError(self.held)
        return self.message


@dataclass(frozen=True, slots=True)
class Box:
    """A source in memory; it fails after its last letter where it is told to."""

    letters: Sequence[Letter]
    failure: str = ""
    name: str = "box"

    def entries(self) -> Iterator[Entry]:
        """Yield the letters."""
        yield from self.letters
        if self.failure:
            raise SourceError(self.failure)


@dataclass
class Post:
    """Writes letters a minute apart, each with an id of its own."""

    written: list[Letter] = field(default_factory=list)

    def write(
        self,
        sender: Address,
        *to: Address,
        text: str = PITCH,
        day: float = 0.0,
        after: Letter | None = None,
        **more: Any,
    ) -> Letter:
        """Write a letter `day` days after the start, an answer to `after` where that is given."""
        number = len(self.written)
        parent = (after.message.message_id or "",) if after else ()
        message = Message(
            **{
                "key": f"key-{number}",
                "message_id": f"<{number}@mail.example>",
                "in_reply_to": parent,
                "references": parent,
                "senders": (sender,),
                "recipients": to or (OWNER,),
                "return_path": sender.address,
                "date": START + timedelta(days=day, minutes=number),
                "subject": "Translation services",
                "body": text,
                "text": text,
                **more,
            }
        )
        self.written.append(Letter(message=message))
        return self.written[-1]


@dataclass(frozen=True)
class Office:
    """The shipped desk of one owner, with a ledger that lasts as long as the test."""

    desk: Desk
    owner: Profile
    ledger: Ledger

    def round(self, *sources: Box | Sequence[Letter], **changes: Any) -> Round:
        """Make a round over some sources."""
        fields: dict[str, Any] = {
            "sources": [source if isinstance(source, Box) else Box(source) for source in sources],
            "profile": self.owner,
            "desk": self.desk,
            "platforms": PLATFORMS,
            "ledger": self.ledger,
            "fingerprint": "as it is",
            "now": START + timedelta(days=90),
        }
        return Round(**(fields | changes))

    def done(self, *sources: Box | Sequence[Letter], **changes: Any) -> list[Disposition]:
        """Make a round and give everything it found."""
        return list(self.round(*sources, **changes).dispositions())


@pytest.fixture
def post() -> Post:
    """Somebody to write letters."""
    return Post()


@pytest.fixture
def office(desk: Desk, strategist: Profile) -> Iterator[Office]:
    """The desk of a strategist who declines translations, with an empty ledger."""
    with open_memory(strategist.addresses[0]) as ledger:
        yield Office(desk, strategist, ledger)


def known(found: Disposition) -> bool:
    """Whether triage knew the sender."""
    return any(reason.name == "KNOWN" for reason in found.reasons)


def only(found: Sequence[Disposition], sender: Address) -> Disposition:
    """The one conversation with somebody."""
    (one,) = (each for each in found if each.sender == sender)
    return one


# Conversations


def entry(number: int, *references: int, thread: str = "", day: int = 0) -> Letter:
    """A letter that refers to others by their numbers."""
    return Letter(
        message=Message(
            key=str(number),
            message_id=None if thread else f"<{number}@x>",
            references=tuple(f"<{n}@x>" for n in references),
            thread_id=thread,
            date=START + timedelta(days=day or number),
        )
    )


def grouped(letters: Sequence[Letter]) -> list[list[str]]:
    """The keys of the letters by conversation."""
    return [[letter.load().key for letter in each] for each in gather(letters)]


def test_references_and_in_reply_to_make_a_conversation() -> None:
    """Whoever refers to a message, by either field, belongs to its conversation, in the order of the source."""
    answer = replace(entry(3).message, in_reply_to=("<2@x>",))
    assert grouped([entry(1), entry(2, 1), Letter(message=answer), entry(9)]) == [["1", "2", "3"], ["9"]]


def test_a_parent_that_is_missing_still_joins_its_children() -> None:
    """Two answers to a message that is not there are one conversation."""
    assert grouped([entry(2, 1), entry(3, 1), entry(4, 8)]) == [["2", "3"], ["4"]]


def test_a_message_between_two_conversations_joins_them() -> None:
    """A message that refers to two others makes one conversation of them."""
    assert grouped([entry(1), entry(2), entry(3, 1, 2)]) == [["1", "2", "3"]]


def test_messages_without_any_id_stand_alone() -> None:
    """Messages without an id are conversations of their own, never one."""
    alone = [Letter(message=replace(entry(n).message, message_id=None)) for n in (1, 2)]
    assert grouped(alone) == [["1"], ["2"]]


def test_a_network_tells_its_conversations_itself() -> None:
    """Messages with the same thread id belong together; a mail that refers to that id does not join them."""
    intruder = replace(entry(3).message, references=("2-abc==",))
    letters = [entry(1, thread="2-abc=="), entry(2, thread="2-abc=="), Letter(message=intruder), entry(4, thread="2-x")]
    assert grouped(letters) == [["1", "2"], ["3"], ["4"]]


def test_conversations_come_in_the_order_of_their_last_message() -> None:
    """The conversation that ended first comes first, whenever it began; undated ones before all."""
    undated = Letter(message=replace(entry(7).message, date=None))
    assert grouped([entry(1, day=1), entry(2, 1, day=9), entry(3, day=5), undated]) == [["7"], ["3"], ["1", "2"]]


@given(st.lists(st.sets(st.integers(0, 9), max_size=3), max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_the_source_changes_no_conversation(links: list[set[int]], chance: random.Random) -> None:
    """However the messages are shuffled, the same ones belong together, in the same order of conversations."""
    letters = [entry(number, *references) for number, references in enumerate(links)]
    shuffled = letters.copy()
    chance.shuffle(shuffled)
    assert [sorted(each) for each in grouped(shuffled)] == [sorted(each) for each in grouped(letters)]


# What goes wrong


def test_a_message_that_cannot_be_read_is_held_and_the_round_goes_on(office: Office, post: Post) -> None:
    """A held message makes its conversation the owner's, with the reason; the other conversations are decided."""
    bad = replace(post.write(NORA), held="The message is larger than 25 MB.")
    found = office.done([bad, post.write(COLLEAGUE)])
    assert [each.action for each in found] == [Action.HOLD, Action.DECLINE]
    assert (found[0].conversation, found[0].message_id) == ("<0@mail.example>", "<0@mail.example>")
    assert [reason.text for reason in found[0].reasons] == ["The message is larger than 25 MB."]
    assert found[0].reply is None


def test_one_unreadable_message_holds_its_whole_conversation(office: Office, post: Post) -> None:
    """Nothing is said in a conversation of which a part cannot be read; who wrote and about what is still shown."""
    first = post.write(NORA)
    second = replace(post.write(NORA, after=first), held="The message cannot be read.")
    for letters in ([first, second], [second, first]):
        (found,) = office.done(letters)
        assert (found.action, found.conversation, found.sender) == (Action.HOLD, "<0@mail.example>", NORA)


def test_unreadable_messages_without_ids_are_told_apart(office: Office, post: Post) -> None:
    """Two messages that cannot be read and have no id are two conversations."""
    letters = [
        replace(Letter(message=replace(post.write(NORA).message, message_id=None)), held=f"message {n} cannot be read")
        for n in range(2)
    ]
    assert len({found.conversation for found in office.done(letters)}) == 2


class Broken:
    """A reader with a fault."""

    def understand(self, subject: str, text: str, channel: str, before: Before) -> Intent:
        """Fail on one word, else do as the shipped reader does."""
        if "gym" in text:
            raise ZeroDivisionError
        return resources.reader().understand(subject, text, channel, before)

    def language(self, subject: str, text: str) -> str:
        """Do as the shipped reader does."""
        return resources.reader().language(subject, text)


def test_a_fault_of_our_own_holds_the_message_and_is_counted(office: Office, post: Post) -> None:
    """Where the desk itself fails the conversation is held, the others are decided, and the fault is not hidden."""
    broken = replace(office, desk=replace(office.desk, reader=Broken()))
    running = broken.round([post.write(NORA, text="Join our gym"), post.write(COLLEAGUE)])
    assert [found.action for found in running.dispositions()] == [Action.HOLD, Action.DECLINE]
    assert running.broken == {"ZeroDivisionError": 1}
    assert office.ledger.kept("<0@mail.example>") is None  # judged again once the fault is mended


class Pressed:
    """A reader to whom everything sounds like pressing."""

    def understand(self, subject: str, text: str, channel: str, before: Before) -> Intent:
        """Read as the shipped reader does, but for the turn."""
        found = resources.reader().understand(subject, text, channel, before)
        return replace(found, turn=Turn.INSISTENCE, turns={Turn.INSISTENCE: 1.0})


def test_a_message_judged_again_is_no_reaction_to_its_own_draft(office: Office, post: Post) -> None:
    """A first message that sounds like pressing is judged alike however often; its draft is no answer that it met."""
    pressed = replace(office, desk=replace(office.desk, reader=Pressed()))
    letters = [post.write(NORA)]
    first = pressed.done(letters)
    assert first[0].action is Action.DECLINE
    assert pressed.done(letters, fingerprint="something changed") == first


def test_a_source_that_fails_leaves_the_others(office: Office, post: Post) -> None:
    """What a failing source had given is decided, the next source is read, and the failure is told."""
    running = office.round(Box([post.write(NORA)], failure="box: gone"), [post.write(COLLEAGUE)])
    assert len(list(running.dispositions())) == 2
    assert [str(why) for why in running.failures] == ["box: gone"]


def test_what_was_decided_is_kept_when_nobody_asks_for_more(office: Office, post: Post) -> None:
    """A round that is left in the middle has kept what it gave, and a second one gives it all."""
    letters = [post.write(replace(NORA, address=f"nora@feld-{n}.example")) for n in range(5)]
    going = office.round(letters).dispositions()
    given_out = [next(going), next(going)]
    going.close()
    assert all(office.ledger.kept(each.conversation) for each in given_out)
    assert office.ledger.kept("<4@mail.example>") is None
    assert len(office.done(letters)) == 5


# Whose message it is


@pytest.mark.parametrize("address", ["alex@owner.example", "ALEX@Owner.Example", "alex+news@owner.example"])
def test_mail_from_any_address_of_the_owner_is_their_own(office: Office, post: Post, address: str) -> None:
    """In any case and with any +tag the owner's address makes a mail the owner's: it is not judged."""
    first = post.write(NORA)
    answer = post.write(Address(address=address), NORA, text="Thank you, but I never commission any.", after=first)
    (found,) = office.done([first, answer])
    assert (found.action, found.message_id) == (Action.CLOSE, "<0@mail.example>")


@pytest.mark.parametrize("address", ["alex@other.example", "moreau@owner.example", "alex@owner.example.evil.example"])
def test_mail_from_elsewhere_is_not_the_owners(office: Office, post: Post, address: str) -> None:
    """The owner's name, domain or local part alone do not make a mail the owner's."""
    (found,) = office.done([post.write(Address(name="Alex Moreau", address=address))])
    assert found.action is not Action.CLOSE
    assert found.sender.address == address


# Who is known


def test_whom_the_owner_wrote_to_first_is_no_stranger(office: Office, post: Post) -> None:
    """Somebody whom the owner wrote to, in another thread and another mailbox, is known when they write."""
    sent = [post.write(OWNER, NORA, text="Dear Nora, shall we meet on Friday?")]
    inbox = [post.write(NORA, day=3)]
    for sources in ((sent, inbox), (inbox, sent)):
        (found,) = office.done(*sources, fingerprint=str(sources))
        assert known(found)


def test_a_thread_that_goes_on_for_long_makes_known_from_its_beginning(office: Office, post: Post) -> None:
    """Who was written to first is known at once, also while that thread goes on after the letter in question."""
    began = post.write(OWNER, NORA, text="Dear Nora, shall we meet on Friday?")
    pitch = post.write(NORA, day=3)
    later = post.write(NORA, text="Thank you for the meeting!", day=30, after=began)
    found = office.done([began, pitch, later])
    assert known(next(each for each in found if each.message_id == pitch.message.message_id))


def test_everyone_the_owner_wrote_to_is_known(office: Office, post: Post) -> None:
    """All recipients of the owner's letter are known, not only the first."""
    letters = [post.write(OWNER, COLLEAGUE, NORA, text="Shall we meet?"), post.write(NORA, day=1)]
    assert known(only(office.done(letters), NORA))


def test_others_of_the_same_domain_stay_strangers(office: Office, post: Post) -> None:
    """Knowing one person says nothing of others at the same firm."""
    letters = [post.write(OWNER, NORA, text="Shall we meet?"), post.write(COLLEAGUE, day=1), post.write(NORA, day=2)]
    found = office.done(letters)
    assert (known(only(found, COLLEAGUE)), known(only(found, NORA))) == (False, True)


def test_who_wrote_first_stays_a_stranger(office: Office, post: Post) -> None:
    """Neither an answer of the owner's nor a letter that the owner wrote later makes the first letter known."""
    first = post.write(NORA)
    answer = post.write(OWNER, NORA, text="Thank you, but I never commission any.", day=1, after=first)
    again = post.write(NORA, text="We also sell gym memberships.", day=2, subject="Gym")
    found = office.done([first, answer, again])
    assert not any(known(each) for each in found)
    afterwards = post.write(OWNER, COLLEAGUE, text="Shall we meet?", day=9)
    assert not known(only(office.done([post.write(COLLEAGUE, day=3), afterwards]), COLLEAGUE))


def test_an_answer_to_a_mail_that_is_gone_is_no_first_word(office: Office, post: Post) -> None:
    """Where only the owner's answer is left of an old thread, its reader is still who wrote first."""
    gone = post.write(NORA)
    answer = post.write(OWNER, NORA, text="Thank you, but no.", after=gone)
    assert not known(only(office.done([answer, post.write(NORA, day=5)]), NORA))


def test_a_connection_of_the_owner_is_known(office: Office, post: Post) -> None:
    """Whom the owner is connected with is known by address, and by nothing less."""
    for people, expected in (({"nora@feld.example"}, True), ({"feld.example", "nora feld"}, False)):
        surroundings = Surroundings(known=frozenset(people))
        (found,) = office.done([post.write(NORA)], surroundings=surroundings)
        assert known(found) is expected


# Again


def test_a_later_letter_is_not_held_against_an_earlier_one(office: Office, post: Post) -> None:
    """When both letters of a person are judged anew, the earlier one gets what it gets when it is alone."""
    letters = [post.write(NORA), post.write(NORA, day=2)]
    (alone,) = office.done(letters[1:])
    assert alone.action is Action.DECLINE
    first = office.done(letters, fingerprint="changed")[0]
    assert (first.conversation, first.action) == ("<0@mail.example>", Action.DECLINE)


def test_a_letter_that_turns_up_late_brings_no_second_no(office: Office, post: Post) -> None:
    """When a draft that stands says no already, an earlier letter of the same person gets none of its own."""
    letters = [post.write(NORA), post.write(NORA, day=2)]
    office.done(letters[1:])
    found = office.done(letters)
    assert [each.action is Action.DECLINE for each in found] == [False, True]


def test_the_same_round_again_judges_nothing(office: Office, post: Post) -> None:
    """A second round gives what is kept and asks neither reader nor judge."""
    letters = [post.write(NORA), post.write(COLLEAGUE)]
    first = office.done(letters)
    assert replace(office, desk=replace(office.desk, reader=Broken())).done(letters) == first


def test_copies_of_a_letter_count_once(office: Office, post: Post) -> None:
    """The same letter in two places is one message of one conversation, answered if either copy is marked so."""
    letter = post.write(NORA)
    (found,) = office.done([letter], [letter])
    kept = office.ledger.kept(found.conversation)
    assert kept is not None
    assert len(kept.seen) == 1
    marked = Letter(message=replace(letter.message, flags=frozenset({"\\Answered"})))
    for sources in (([letter], [marked]), ([marked], [letter])):
        (found,) = office.done(*sources, fingerprint=str(sources))
        assert found.reply is None


def test_the_parser_of_the_program_marks_what_it_cannot_read() -> None:
    """The parser that sources are given turns a hostile mail into a held one, never into another error."""
    with pytest.raises(HeldMessageError):
        setup.parser()(b"From: a@b.example\n\n" + b"x" * (26 << 20), "", frozenset())
