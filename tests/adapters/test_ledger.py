"""The ledger: what every database has to keep (`LedgerContract`), and what SQLite alone has to stand."""

import hashlib
import json
import os
import random
import re
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

from kindregards.adapters import ledger as module
from kindregards.adapters import migrations, rows, sqlite
from kindregards.adapters.ledger import SqlLedger, open_ledger, open_memory
from kindregards.adapters.tables import CONVERSATIONS, DISPOSITIONS, DRAFTS, LESSONS, MESSAGES, METADATA
from kindregards.core.errors import LedgerError
from kindregards.core.groups import Pointer
from kindregards.core.intent import Ask, Kind, Turn
from kindregards.core.lessons import Correction, Lesson
from kindregards.core.message import Address
from kindregards.core.reasons import Reason
from kindregards.core.traits import Traits
from kindregards.desk.conversation import Action, State
from kindregards.desk.handle import Disposition
from kindregards.desk.reply import Label, Piece, Reply
from kindregards.ports import Kept, Ledger, Seen

OWNER = "me@example.org"
DAY = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
SOURCES = Path(module.__file__).parents[2]


def key(name: object) -> str:
    """A message key as `message_key` makes them."""
    return hashlib.sha256(str(name).encode()).hexdigest()


def disposition(name: str = "c1", **changes: object) -> Disposition:
    """A declined offer, every field filled in."""
    made = Disposition(
        conversation=name,
        message_id=f"<{name}@example.com>",
        sender=Address(name="Ada Żółw", address="ada@example.com", url="https://example.com/in/ada"),
        date=DAY,
        subject="Übersetzungen für Ihr Haus",
        kind=Kind.SOLICITATION,
        ask=Ask.OFFER_TRANSLATION,
        turn=Turn.OPENING,
        relevant=False,
        action=Action.DECLINE,
        confidence=0.1 + 0.2,
        language="de",
        state=State.ANSWERED,
        reasons=(
            Reason(name="NEVER", text="„nie gekauft“", weight=-1.25, warning=True),
            Reason(name="X", text=""),
        ),
        pointers=(Pointer(name="Guild", url="https://example.org/guild"),),
        reply=Reply(
            to="ada@example.com",
            subject="Re: Übersetzungen",
            body="Danke!\n\nHerzliche Grüße",
            language="de",
            in_reply_to=f"<{name}@example.com>",
            references=("<a@example.com>", "<b@example.com>"),
            sender=OWNER,
            pieces=(
                Piece(text="Danke!\n\n", label=Label.PUBLIC),
                Piece(text="Herzliche Grüße", label=Label.OWNER),
            ),
        ),
        traits=Traits(
            concepts=((4_194_303, 100), (0, 1)),
            asks=((Ask.OFFER_TRANSLATION, 91), (Ask.OFFER_OTHER, 9)),
            personal=99,
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def record(name: str = "c1", *, messages: int = 2, **changes: object) -> Kept:
    """A conversation of a few messages; `changes` are fields of its disposition or of the record."""
    own = {field: changes.pop(field) for field in list(changes) if field in Kept.__dataclass_fields__}
    seen = tuple(
        Seen(
            key=key((name, place)),
            message_id=None if place else f"<{name}@example.com>",
            date=DAY,
            outgoing=place == 1,
        )
        for place in range(messages)
    )
    made = Kept(
        person="ada@example.com",
        judged=key((name, 0)),
        fingerprint="f1",
        disposition=disposition(name, **changes),
        seen=seen,
    )
    return replace(made, **own)  # type: ignore[arg-type]


def lesson(conversation: str = "c1", **changes: object) -> Lesson:
    """What the owner taught about a conversation, every field filled in."""
    made = Lesson(
        conversation=conversation,
        message=key((conversation, 0)),
        person="ada@example.com",
        action=Correction.WELCOME,
        ask=Ask.OFFER_TRAINING,
        traits=disposition().traits,
        taught=DAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def drafts(ledger: SqlLedger) -> list[tuple[str, str, int]]:
    """Every draft of the ledger: conversation, step, version of the disposition."""
    query = select(DRAFTS.c.conversation, DRAFTS.c.step, DRAFTS.c.version).order_by(
        DRAFTS.c.conversation, DRAFTS.c.step
    )
    with ledger._connection.begin():
        return [tuple(row) for row in ledger._connection.execute(query)]


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
MOMENTS = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-12))])
)
PIECES = st.lists(st.builds(Piece, text=WORDS, label=st.sampled_from(Label)), max_size=3).map(tuple)
REPLIES = st.builds(
    Reply,
    pieces=PIECES,
    to=WORDS,
    subject=WORDS,
    body=WORDS,
    language=WORDS,
    in_reply_to=st.none() | WORDS,
    references=st.lists(WORDS).map(tuple),
    sender=WORDS,
)
TRAITS = st.builds(
    Traits,
    concepts=st.lists(st.tuples(st.integers(0, 2**22 - 1), st.integers(1, 100)), max_size=3).map(tuple),
    asks=st.dictionaries(st.sampled_from(Ask), st.integers(1, 100), max_size=3).map(lambda asks: tuple(asks.items())),
    personal=st.integers(0, 100),
)
MADE = st.builds(
    Disposition,
    conversation=st.integers().map(str),
    message_id=st.none() | WORDS,
    sender=st.builds(Address, name=WORDS, address=WORDS, url=WORDS),
    date=st.none() | MOMENTS,
    subject=WORDS,
    kind=st.sampled_from(Kind),
    ask=st.none() | st.sampled_from(Ask),
    turn=st.sampled_from(Turn),
    relevant=st.none() | st.booleans(),
    action=st.sampled_from(Action),
    confidence=st.floats(0, 1),
    language=WORDS,
    state=st.sampled_from(State),
    reasons=st.lists(
        st.builds(Reason, name=WORDS, text=WORDS, weight=st.floats(allow_nan=False), warning=st.booleans()),
        max_size=3,
    ).map(tuple),
    pointers=st.lists(st.builds(Pointer, name=WORDS, url=WORDS), max_size=2).map(tuple),
    reply=st.none() | REPLIES,
    traits=st.none() | TRAITS,
)
RECORDS = st.builds(
    Kept,
    person=WORDS,
    judged=WORDS,
    fingerprint=WORDS,
    disposition=MADE,
    seen=st.lists(
        st.builds(Seen, key=WORDS, message_id=st.none() | WORDS, date=st.none() | MOMENTS, outgoing=st.booleans()),
        max_size=4,
        unique_by=lambda seen: seen.key,
    ).map(tuple),
    said=st.booleans(),
    declined=st.none() | MOMENTS,
    opted_out=st.booleans(),
)


class LedgerContract:
    """What every ledger keeps to, whatever database it lies in; a subclass says how one is opened.

    A subclass for PostgreSQL gives `open` a schema named after `place` and an engine of its own, nothing else.
    """

    numbers = count()

    def open(self, place: Path, owner: str = OWNER, clock: Callable[[], datetime] = lambda: DAY) -> SqlLedger:
        """Open the ledger that belongs to this place; opened again, it is the same one."""
        raise NotImplementedError

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[SqlLedger]:
        """A new ledger."""
        with self.open(tmp_path) as ledger:
            yield ledger

    def test_it_is_the_port(self, ledger: SqlLedger) -> None:
        """It has the methods of the port, and a new one knows nothing."""
        port: Ledger = ledger
        assert port.known([key(1)]) == {}
        assert port.known([]) == {}
        assert port.kept("c1") is None
        assert port.episodes("ada@example.com") == []
        assert port.listing(5) == []
        assert port.history("c1") == []
        assert port.lessons() == []
        assert not port.unteach(1)

    def test_what_is_kept_comes_back(self, tmp_path: Path) -> None:
        """A conversation with every field filled in comes back equal, also when it is opened again."""
        kept = record(said=True, declined=DAY + timedelta(days=1), opted_out=True)
        with self.open(tmp_path) as ledger:
            ledger.keep([kept])
            assert ledger.kept("c1") == kept
        with self.open(tmp_path) as ledger:
            assert ledger.kept("c1") == kept
            assert ledger.listing(1) == [kept]

    @given(kept=RECORDS)
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_values_come_back(self, ledger: SqlLedger, kept: Kept) -> None:
        """Whatever the fields hold, they come back equal, with the moment's zone read as UTC."""
        number = next(self.numbers)
        name = f"{number} {kept.disposition.conversation}"
        seen = tuple(replace(seen, key=f"{number} {seen.key}") for seen in kept.seen)
        kept = replace(kept, disposition=replace(kept.disposition, conversation=name), seen=seen)
        ledger.keep([kept])
        assert ledger.kept(name) == _within_calendar(kept)
        assert [made for _, made in ledger.history(name)] == [_within_calendar(kept).disposition]

    def test_moments_come_back_aware(self, ledger: SqlLedger) -> None:
        """Every moment comes back in UTC, to the microsecond, from the first year to the last."""
        ends = [
            datetime.min.replace(tzinfo=UTC),
            DAY.astimezone(timezone(timedelta(hours=9))),
            datetime.max.replace(tzinfo=UTC),
        ]
        ledger.keep([record(str(place), date=moment, declined=moment) for place, moment in enumerate(ends)])
        for place, moment in enumerate(ends):
            kept = ledger.kept(str(place))
            assert kept is not None
            assert kept.declined is not None
            assert kept.declined == kept.disposition.date == moment
            assert kept.declined.utcoffset() == timedelta(0)

    def test_a_moment_outside_the_calendar_is_moved_to_its_edge(self, ledger: SqlLedger) -> None:
        """A forged date that is before the first year in UTC can be kept and read."""
        ledger.keep([record(date=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))])
        kept = ledger.kept("c1")
        assert kept is not None
        assert kept.disposition.date == datetime.min.replace(tzinfo=UTC)

    def test_hostile_text_neither_stops_nor_spoils_a_batch(self, ledger: SqlLedger) -> None:
        """NUL and half surrogate pairs are replaced, alike each time, and the neighbours are kept as they are."""
        hostile = record("bad\0\udc80", subject="a\0b\ud800c", person="p\0")
        ledger.keep([record("c1"), hostile, record("c2")])
        ledger.keep([hostile])
        assert ledger.kept("c1") == record("c1")
        assert ledger.kept("c2") == record("c2")
        kept = ledger.kept("bad\0\udc80")
        assert kept is not None
        assert kept.disposition.subject == "a\ufffdb\ufffdc"
        assert len(ledger.history("bad\0\udc80")) == 1
        assert [one.conversation for one in ledger.episodes("p\0")] == ["bad\ufffd\ufffd"]

    def test_known_names_the_conversation_of_each_key(self, ledger: SqlLedger) -> None:
        """Of many keys exactly those that were seen are known, each with its conversation."""
        ledger.keep([record(f"c{number}") for number in range(700)])
        asked = [key((f"c{number}", 0)) for number in range(350, 3000)]
        assert ledger.known(asked) == {key((f"c{number}", 0)): f"c{number}" for number in range(350, 700)}

    def test_owners_do_not_see_each_other(self, tmp_path: Path) -> None:
        """Two owners in one database keep the same conversation and messages apart."""
        with self.open(tmp_path) as mine, self.open(tmp_path, "you@example.org") as yours:
            mine.keep([record()])
            assert yours.kept("c1") is None
            assert yours.known([key(("c1", 0))]) == {}
            assert yours.episodes("ada@example.com") == []
            assert yours.listing(9) == []
            assert yours.history("c1") == []
            mine.teach(lesson())
            assert yours.lessons() == []
            assert not yours.unteach(1)
            yours.keep([record(subject="other")])
            assert mine.kept("c1") == record()
            assert len(mine.history("c1")) == len(yours.history("c1")) == 1

    def test_an_owner_is_the_same_in_any_case(self, tmp_path: Path) -> None:
        """The owner's address is one owner however it is written."""
        with self.open(tmp_path, "Me@Example.org") as ledger:
            ledger.keep([record()])
        with self.open(tmp_path, "me@example.ORG") as ledger:
            assert ledger.kept("c1") == record()

    def test_lessons_come_back_by_their_numbers(self, tmp_path: Path) -> None:
        """Each lesson gets the next number and comes back equal, also when the ledger is opened again."""
        with self.open(tmp_path) as ledger:
            ledger.keep([record("c1"), record("c2")])
            bare = lesson("c2", ask=None, traits=None, person="", action=Correction.SKIP)
            assert [ledger.teach(each).number for each in (bare, lesson())] == [1, 2]
        with self.open(tmp_path) as ledger:
            assert ledger.lessons() == [replace(bare, number=1), lesson(number=2)]

    @given(action=st.sampled_from(Correction), ask=st.none() | st.sampled_from(Ask), traits=TRAITS, taught=MOMENTS)
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_lesson_comes_back(
        self, ledger: SqlLedger, action: Correction, ask: Ask | None, traits: Traits, taught: datetime
    ) -> None:
        """Whatever was taught comes back equal, and takes the place of what was taught before."""
        ledger.keep([record()])
        given_in = lesson(action=action, ask=ask, traits=traits, taught=taught)
        assert ledger.teach(given_in) == ledger.lessons()[0]
        (found,) = ledger.lessons()
        assert replace(found, taught=taught) == replace(given_in, number=1)

    def test_a_lesson_taught_again_keeps_its_number(self, ledger: SqlLedger) -> None:
        """A conversation has one lesson: the last one, under the number of the first."""
        ledger.keep([record("c1"), record("c2")])
        ledger.teach(lesson("c1"))
        ledger.teach(lesson("c2"))
        again = ledger.teach(lesson("c1", action=Correction.DECLINE, ask=None))
        assert again.number == 1
        assert ledger.lessons() == [again, lesson("c2", number=2)]

    def test_a_lesson_is_taken_back_by_its_number(self, ledger: SqlLedger) -> None:
        """Only the lesson of that number goes; a number that there is not says so."""
        ledger.keep([record("c1"), record("c2")])
        ledger.teach(lesson("c1"))
        kept = ledger.teach(lesson("c2"))
        assert ledger.unteach(1)
        assert not ledger.unteach(1)
        assert ledger.lessons() == [kept]

    def test_a_lesson_needs_its_conversation(self, ledger: SqlLedger) -> None:
        """Nothing can be taught about a conversation that is not kept, and the ledger goes on working."""
        with pytest.raises(LedgerError):
            ledger.teach(lesson("never"))
        ledger.keep([record()])
        assert ledger.teach(lesson()).number == 1

    def test_keeping_a_conversation_again_leaves_its_lesson(self, ledger: SqlLedger) -> None:
        """A lesson stays what it was when its conversation is judged anew."""
        ledger.keep([record()])
        taught = ledger.teach(lesson())
        ledger.keep([record(traits=None, subject="two")])
        assert ledger.lessons() == [taught]

    def test_a_lesson_that_another_version_wrote_is_named(self, ledger: SqlLedger) -> None:
        """An action this program has no word for is one clear error that names the conversation."""
        ledger.keep([record()])
        ledger.teach(lesson())
        with ledger._connection.begin():
            ledger._connection.exec_driver_sql("UPDATE lessons SET action = 'sublimate'")
        with pytest.raises(LedgerError, match="conversation 'c1' makes no sense to this version"):
            ledger.lessons()

    def test_the_same_again_adds_no_history(self, ledger: SqlLedger) -> None:
        """Keeping a conversation unchanged leaves one disposition in its history."""
        for _ in range(3):
            ledger.keep([record()])
        assert ledger.history("c1") == [(DAY, disposition())]

    def test_another_disposition_is_added_to_the_history(self, tmp_path: Path) -> None:
        """The history has every disposition in order, its reply included, with the moment from the clock."""
        moments = iter([DAY, DAY - timedelta(days=1), DAY + timedelta(days=2)])
        made = [
            disposition(),
            disposition(action=Action.REST, state=State.RESTING, reply=None),
            disposition(confidence=0.5),
        ]
        with self.open(tmp_path, clock=lambda: next(moments)) as ledger:
            for one in made:
                ledger.keep([replace(record(), disposition=one)])
            assert ledger.history("c1") == [
                (DAY, made[0]),
                (DAY - timedelta(days=1), made[1]),
                (DAY + timedelta(days=2), made[2]),
            ]
            assert ledger.kept("c1") == replace(record(), disposition=made[2])

    def test_keeping_again_replaces_the_record(self, ledger: SqlLedger) -> None:
        """Of a conversation kept twice the second record stands, and it is one conversation."""
        later = record(
            fingerprint="f2", person="new@example.com", judged=key(9), said=True, declined=DAY, opted_out=True
        )
        ledger.keep([record()])
        ledger.keep([later])
        assert ledger.listing(9) == [later]
        assert ledger.episodes("ada@example.com") == []

    def test_a_conversation_twice_in_a_batch(self, ledger: SqlLedger) -> None:
        """Both dispositions are in the history in their order, and the last one stands."""
        first, second, third = record(), record(subject="two"), record(subject="three")
        ledger.keep([first, record("c2"), second, third])
        assert ledger.kept("c1") == third
        assert [made.subject for _, made in ledger.history("c1")] == [
            first.disposition.subject,
            "two",
            "three",
        ]
        assert drafts(ledger) == [("c1", "no", 3), ("c2", "no", 1)]

    def test_messages_seen_once_stay_seen(self, ledger: SqlLedger) -> None:
        """A later record without the earlier messages forgets none of them; they come first."""
        ledger.keep([record(messages=3)])
        new = Seen(key=key("new"), message_id=None, date=None, outgoing=True)
        ledger.keep([replace(record(), seen=(new,))])
        kept = ledger.kept("c1")
        assert kept is not None
        assert kept.seen == (*record(messages=3).seen, new)

    def test_a_message_is_in_one_conversation(self, ledger: SqlLedger) -> None:
        """A message told of two conversations belongs to the one it was told of last."""
        ledger.keep([record("c1"), replace(record("c2"), seen=record("c1").seen)])
        assert ledger.known([key(("c1", 0))]) == {key(("c1", 0)): "c2"}
        kept = ledger.kept("c1")
        assert kept is not None
        assert kept.seen == ()

    @pytest.mark.parametrize(
        ("action", "step"),
        [
            (Action.DECLINE, "no"),
            (Action.DECLINE_INVITATION, "no"),
            (Action.ORIENT, "pointer"),
            (Action.WELCOME, "welcome"),
            (Action.ACCEPT_INVITATION, "invitation"),
            (Action.HOLD, None),
            (Action.REST, None),
            (Action.CLOSE, None),
            (Action.SKIP, None),
        ],
    )
    def test_a_reply_is_the_draft_of_a_step(self, ledger: SqlLedger, action: Action, step: str | None) -> None:
        """The action says which step a draft is for; without a reply there is no draft."""
        ledger.keep([record("c1", action=action), record("c2", action=action, reply=None)])
        assert drafts(ledger) == ([("c1", step, 1)] if step else [])

    def test_one_draft_a_step(self, ledger: SqlLedger) -> None:
        """A second no takes the place of the first, and the database itself refuses another row."""
        ledger.keep([record(), record(subject="two")])
        assert drafts(ledger) == [("c1", "no", 2)]
        row = {"owner": OWNER, "conversation": "c1", "step": "no", "version": 1}
        with pytest.raises(IntegrityError), ledger._connection.begin():
            ledger._connection.execute(insert(DRAFTS), [row])

    def test_an_unknown_step_is_refused(self, ledger: SqlLedger) -> None:
        """The database knows the four steps and no other."""
        ledger.keep([record()])
        row = {"owner": OWNER, "conversation": "c1", "step": "second no", "version": 1}
        with pytest.raises(IntegrityError), ledger._connection.begin():
            ledger._connection.execute(insert(DRAFTS), [row])

    def test_a_draft_nobody_released_is_void_when_judged_otherwise(self, ledger: SqlLedger) -> None:
        """While nothing went out, the newest disposition has the only draft, or there is none."""
        ledger.keep([record()])
        ledger.keep([record(action=Action.WELCOME)])
        assert drafts(ledger) == [("c1", "welcome", 2)]
        ledger.keep([record(action=Action.HOLD, reply=None)])
        assert drafts(ledger) == []

    def test_a_draft_that_went_out_stays(self, ledger: SqlLedger) -> None:
        """Once an answer is known to have gone out, its draft stays beside the next step's."""
        ledger.keep([record()])
        ledger.keep([record(action=Action.ORIENT, said=True)])
        assert drafts(ledger) == [("c1", "no", 1), ("c1", "pointer", 2)]

    def test_episodes_are_those_of_one_person_oldest_first(self, ledger: SqlLedger) -> None:
        """All conversations with a correspondent, in the order they began, as the protocol needs them."""
        new = record("new", declined=DAY, said=True)
        old = replace(
            record("old", state=State.RESTING, ask=None, opted_out=True),
            seen=(Seen(key=key("x"), message_id=None, date=DAY - timedelta(days=400), outgoing=False),),
        )
        ledger.keep([new, old, record("other", person="bob@example.com")])
        first, second = ledger.episodes("ada@example.com")
        assert (first.conversation, first.state, first.ask, first.said, first.declined, first.opted_out) == (
            "old",
            State.RESTING,
            None,
            False,
            None,
            True,
        )
        assert (
            second.conversation,
            second.state,
            second.ask,
            second.said,
            second.declined,
            second.opted_out,
        ) == ("new", State.ANSWERED, Ask.OFFER_TRANSLATION, True, DAY, False)

    def test_listing_is_what_was_kept_last(self, tmp_path: Path) -> None:
        """The newest come first whatever the clock says, and kept again is kept last; no limit below nothing."""
        moments = count()
        with self.open(tmp_path, clock=lambda: DAY - timedelta(days=next(moments))) as ledger:
            ledger.keep([record("a"), record("b")])
            ledger.keep([record("c")])
            ledger.keep([record("a")])
            assert [kept.disposition.conversation for kept in ledger.listing(9)] == ["a", "c", "b"]
            assert [kept.disposition.conversation for kept in ledger.listing(2)] == ["a", "c"]
            assert ledger.listing(0) == ledger.listing(-1) == []

    def test_a_batch_is_kept_whole_or_not_at_all(self, ledger: SqlLedger) -> None:
        """One impossible record undoes its whole batch, and the ledger goes on working."""
        ledger.keep([record("before")])
        for bad in (record("bad", date=datetime(2024, 1, 1)), record("bad", confidence=None)):
            with pytest.raises(LedgerError):
                ledger.keep([record("c1"), bad, record("before", subject="changed")])
        assert ledger.listing(9) == [record("before")]
        assert ledger.known([key(("c1", 0))]) == {}
        ledger.keep([record("c1")])
        assert ledger.kept("c1") == record("c1")

    def test_records_that_cannot_be_made_leave_no_trace(self, ledger: SqlLedger) -> None:
        """Where the caller's records fail halfway, their own error is raised and nothing is kept."""

        def records() -> Iterator[Kept]:
            yield record("c1")
            raise RuntimeError("the caller's own")

        with pytest.raises(RuntimeError, match="the caller's own"):
            ledger.keep(records())
        assert ledger.listing(9) == []

    def test_what_another_version_wrote_is_named(self, ledger: SqlLedger) -> None:
        """A value this program has no word for is one clear error that names the conversation."""
        ledger.keep([record()])
        with ledger._connection.begin():
            ledger._connection.exec_driver_sql("UPDATE dispositions SET state = 'sublimated'")
        for ask in (
            lambda: ledger.kept("c1"),
            lambda: ledger.episodes("ada@example.com"),
            lambda: ledger.history("c1"),
        ):
            with pytest.raises(LedgerError, match="conversation 'c1' makes no sense to this version") as caught:
                ask()
            assert "\n" not in str(caught.value)

    def test_a_closed_ledger_says_so(self, tmp_path: Path) -> None:
        """After it is closed every call is a LedgerError."""
        ledger = self.open(tmp_path)
        ledger.close()
        with pytest.raises(LedgerError, match="closed"):
            ledger.listing(1)

    def test_a_batch_takes_few_statements(self, ledger: SqlLedger) -> None:
        """Two hundred conversations are written by as many statements as one, and ten thousand keys asked by twelve."""
        statements: list[str] = []
        event.listen(ledger._connection.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
        ledger.keep([record(f"c{number}") for number in range(200)])
        assert len(statements) <= 9
        statements.clear()
        ledger.known([key(number) for number in range(10_000)])
        assert len(statements) <= 14


def _within_calendar(kept: Kept) -> Kept:
    """The record as it must come back: moments that UTC puts outside the calendar at its edge."""

    def fit(moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        naive = moment.replace(tzinfo=None)
        offset = moment.utcoffset() or timedelta()
        if offset > timedelta() and naive - datetime.min < offset:
            return datetime.min.replace(tzinfo=UTC)
        if offset < timedelta() and datetime.max - naive < -offset:
            return datetime.max.replace(tzinfo=UTC)
        return moment

    seen = tuple(replace(seen, date=fit(seen.date)) for seen in kept.seen)
    return replace(
        kept,
        declined=fit(kept.declined),
        seen=seen,
        disposition=replace(kept.disposition, date=fit(kept.disposition.date)),
    )


class TestSqlite(LedgerContract):
    """A file, the ordinary ledger."""

    def open(self, place: Path, owner: str = OWNER, clock: Callable[[], datetime] = lambda: DAY) -> SqlLedger:
        """Open the file of this place."""
        return open_ledger(place / "desk" / "ledger.db", owner, clock=clock)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a new ledger goes."""
    return tmp_path / "desk" / "ledger.db"


def raw(path: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the file behind the ledger's back."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.commit()
        connection.close()


def run(program: str, *arguments: object, wait: float = 60) -> str:
    """Run a Python program in a process of its own with this package in reach; its standard output."""
    command = [sys.executable, "-W", "error", "-c", program, *map(str, arguments)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=wait,
        env={**os.environ, "PYTHONPATH": f"{SOURCES}:{Path(__file__).parent}"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def complaint(call: Callable[[], object]) -> str:
    """The text of the LedgerError that a call raises: always one line that names the ledger."""
    with pytest.raises(LedgerError) as caught:
        call()
    text = str(caught.value)
    assert text.startswith("ledger ")
    assert "\n" not in text
    return text


def test_the_file_is_private(path: Path) -> None:
    """New folders have mode 0700, the file and what SQLite puts beside it 0600, whatever the umask."""
    before = os.umask(0)
    try:
        with open_ledger(path, OWNER) as ledger:
            ledger.keep([record()])
            modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert set(modes) == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_open_file_is_made_private(path: Path) -> None:
    """A ledger that others could read is closed to them when it is opened."""
    open_ledger(path, OWNER).close()
    path.chmod(0o644)
    open_ledger(path, OWNER).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    """Folders that the ledger did not make are left as they are."""
    tmp_path.chmod(0o755)
    open_ledger(tmp_path / "ledger.db", OWNER).close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_writes_are_as_safe_as_promised(path: Path) -> None:
    """WAL, synchronous=FULL, foreign keys and secure_delete are on, and every table of ours is STRICT."""
    with open_ledger(path, OWNER) as ledger, ledger._connection.begin():
        found = {
            name: ledger._connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
        tables = ledger._connection.exec_driver_sql(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        ).all()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
    }
    assert {name for name, strict in tables if strict} == set(METADATA.tables)


def test_a_deleted_conversation_leaves_no_bytes(path: Path) -> None:
    """Deleting a conversation takes its messages, dispositions and drafts, and none of its text stays in the file."""
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record("c1"), record("c2", subject="Canary-7391", person="canary@example.com", messages=40)])
        ledger.teach(lesson("c2", person="canary@example.com"))
        with ledger._connection.begin():
            ledger._connection.exec_driver_sql("DELETE FROM conversations WHERE id = 'c2'")
        assert ledger.history("c2") == []
        assert ledger.lessons() == []
        assert drafts(ledger) == [("c1", "no", 1)]
    content = b"".join(entry.read_bytes() for entry in path.parent.iterdir())
    for trace in (b"Canary-7391", b"canary@example.com", key(("c2", 3)).encode()):
        assert trace not in content


def test_tables_and_migrations_say_the_same(path: Path) -> None:
    """A migrated database has nothing that the tables lack, and the reverse, for both databases' DDL."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with open_ledger(path, OWNER) as ledger, ledger._connection.begin():
        context = MigrationContext.configure(ledger._connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    straight = sqlite3.connect(":memory:")
    for table in METADATA.sorted_tables:
        straight.execute(str(CreateTable(table).compile(dialect=ledger._connection.dialect)))
    query = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%alembic%' ORDER BY name"
    ours = [_clauses(sql) for (sql,) in straight.execute(query)]
    straight.close()
    assert [_clauses(str(sql)) for (sql,) in raw(path, query)] == ours


def _clauses(sql: str) -> list[str]:
    """The clauses of a CREATE TABLE, one a line in what SQLAlchemy writes, in no order."""
    return sorted(line.strip().rstrip(",") for line in sql.splitlines() if line.strip())


def test_every_field_has_its_column() -> None:
    """A field that a disposition or a record gains is kept, or this fails."""
    row = set(rows.disposition_row(disposition()))
    assert {field.name for field in fields(Disposition)} - {"conversation", "sender"} == {
        name for name in row if not name.startswith("sender_")
    }
    assert {field.name for field in fields(Kept)} - {"disposition", "seen"} == set(rows.conversation_row(record())) - {
        "id"
    }
    assert {field.name for field in fields(Seen)} == set(rows.seen_rows(record())[0]) - {"place"}
    assert {field.name for field in fields(Lesson)} == set(rows.lesson_row(lesson()))


def test_the_newest_revision_is_the_last_one_named() -> None:
    """The revisions named in the package are those in its folder, in their order."""
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == migrations.REVISIONS


def test_the_tables_are_postgresql_too() -> None:
    """Every table and index compiles for PostgreSQL with a type it has."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    ddl = [str(CreateTable(table).compile(dialect=dialect)) for table in METADATA.sorted_tables]
    ddl += [
        str(CreateIndex(index).compile(dialect=dialect)) for table in METADATA.sorted_tables for index in table.indexes
    ]
    text = "\n".join(ddl)
    assert "STRICT" not in text
    assert {word for word in ("TEXT", "BIGINT", "BOOLEAN", "DOUBLE PRECISION") if word in text} == {
        "TEXT",
        "BIGINT",
        "BOOLEAN",
        "DOUBLE PRECISION",
    }
    assert "SERIAL" not in text.replace("serial", "")


def test_alembic_is_loaded_only_where_there_is_something_to_do(path: Path) -> None:
    """Neither making a ledger nor opening one at the newest schema imports Alembic."""
    program = "import sys; from pathlib import Path; from kindregards.adapters.ledger import open_ledger\nopen_ledger(Path(sys.argv[1]), 'me@example.org').close(); print('alembic' in sys.modules)"
    assert run(program, path).strip() == "False"
    assert run(program, path).strip() == "False"


def test_four_programs_may_make_the_ledger_at_once(path: Path) -> None:
    """Whoever comes second finds the ledger made: all of them can keep a conversation."""
    program = "import sys; from pathlib import Path; from test_ledger import open_ledger, record, OWNER\nsys.stdin.read()\nwith open_ledger(Path(sys.argv[1]), OWNER, patience=30) as ledger: ledger.keep([record(sys.argv[2])])"
    command = [sys.executable, "-c", program, str(path)]
    environment = {**os.environ, "PYTHONPATH": f"{SOURCES}:{Path(__file__).parent}"}
    running = [
        subprocess.Popen([*command, f"c{number}"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        for number in range(4)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    assert [process.communicate(timeout=60)[1] for process in running] == [b""] * 4
    with open_ledger(path, OWNER) as ledger:
        assert {kept.disposition.conversation for kept in ledger.listing(9)} == {"c0", "c1", "c2", "c3"}


def test_memory_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger in memory works like any other and leaves no file."""
    monkeypatch.chdir(tmp_path)
    with open_memory(OWNER) as ledger:
        ledger.keep([record()])
        assert ledger.kept("c1") == record()
    with open_memory(OWNER) as ledger:
        assert ledger.listing(9) == []
    assert list(tmp_path.iterdir()) == []


def test_read_only_writes_nothing_to_disk(path: Path) -> None:
    """A dry run on a ledger knows what it holds, keeps on top of it, and changes no byte and no file name."""
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record("c1")])
    before = {entry.name: entry.read_bytes() for entry in path.parent.iterdir()}
    with open_ledger(path, OWNER, read_only=True) as dry:
        dry.keep([record("c2")])
        assert [kept.disposition.conversation for kept in dry.listing(9)] == ["c2", "c1"]
        assert {entry.name: entry.read_bytes() for entry in path.parent.iterdir()} == before
    assert {entry.name: entry.read_bytes() for entry in path.parent.iterdir()} == before
    with open_ledger(path, OWNER) as ledger:
        assert ledger.listing(9) == [record("c1")]


def test_read_only_sees_what_another_program_just_wrote(path: Path) -> None:
    """What stands only in the log of a running program is read as well."""
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record("c1")])
        with open_ledger(path, OWNER, read_only=True) as dry:
            assert dry.listing(9) == [record("c1")]


def test_read_only_without_a_file_is_an_empty_ledger(path: Path) -> None:
    """A dry run before the first run makes neither file nor folder."""
    with open_ledger(path, OWNER, read_only=True) as dry:
        dry.keep([record()])
        assert dry.kept("c1") == record()
    assert not path.parent.exists()


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    """Naming a folder is told as such."""
    assert "is a folder" in complaint(lambda: open_ledger(tmp_path, OWNER))
    complaint(lambda: open_ledger(tmp_path, OWNER, read_only=True))


@pytest.mark.parametrize("read_only", [False, True])
def test_another_file_is_left_alone(path: Path, read_only: bool) -> None:
    """A file that is no database is told as such and keeps every byte."""
    path.parent.mkdir()
    path.write_bytes(b"Dear diary,\n" * 900)
    assert "this file is no ledger" in complaint(lambda: open_ledger(path, OWNER, read_only=read_only))
    assert path.read_bytes() == b"Dear diary,\n" * 900


def test_another_programs_database_is_left_alone(path: Path) -> None:
    """A database with tables and no revision of ours is refused; nothing is added to it."""
    path.parent.mkdir()
    raw(path, "CREATE TABLE bookmarks (url TEXT)")
    assert "belongs to another program" in complaint(lambda: open_ledger(path, OWNER))
    assert raw(path, "SELECT name FROM sqlite_schema") == [("bookmarks",)]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_schema_is_refused(path: Path, read_only: bool) -> None:
    """A ledger from a later version of the program is not touched, and the owner told to update."""
    open_ledger(path, OWNER).close()
    raw(path, "UPDATE alembic_version SET version_num = '0999'")
    assert "newer version" in complaint(lambda: open_ledger(path, OWNER, read_only=read_only))


@pytest.mark.parametrize("read_only", [False, True])
def test_damage_is_told_when_a_small_ledger_is_opened(path: Path, read_only: bool) -> None:
    """Overwritten pages in the middle of the file are found at the start."""
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record(f"c{number}") for number in range(300)])
    spoil(path, 8)
    assert "damaged" in complaint(lambda: open_ledger(path, OWNER, read_only=read_only))


def test_a_cut_ledger_is_told(path: Path) -> None:
    """A file that lost its end is damaged."""
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record(f"c{number}") for number in range(300)])
    os.truncate(path, path.stat().st_size // 2)
    assert "damaged" in complaint(lambda: open_ledger(path, OWNER))


def test_damage_is_told_when_a_large_ledger_is_read(path: Path) -> None:
    """A ledger too large to look through opens, and tells of damage where it reads it."""
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record(f"c{number}", subject="x" * 9000) for number in range(600)])
    assert path.stat().st_size > sqlite.SMALL
    spoil(path, 40)
    with open_ledger(path, OWNER) as ledger:
        assert "damaged" in complaint(lambda: ledger.listing(600))


def spoil(path: Path, first: int) -> None:
    """Overwrite all but the first pages of a database with chance bytes."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(first * 4096)
        file.write(random.Random(7).randbytes(size - first * 4096))


def test_another_program_that_writes_is_waited_for_and_then_told(path: Path) -> None:
    """While another process holds the lock, reading works, writing fails with one line, and works once it is gone."""
    open_ledger(path, OWNER).close()
    program = "import sqlite3, sys; lock = sqlite3.connect(sys.argv[1]); lock.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with open_ledger(path, OWNER, patience=0.2) as ledger:
            assert ledger.listing(1) == []
            assert "another program is using it" in complaint(lambda: ledger.keep([record()]))
            holder.communicate()
            ledger.keep([record()])
            assert ledger.kept("c1") == record()
    finally:
        holder.kill()
        holder.communicate()


UNPRIVILEGED = """
import os, sys
from pathlib import Path
import alembic.command, alembic.runtime.migration, alembic.script, alembic.autogenerate
from test_ledger import OWNER, LedgerError, open_ledger, record
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    with open_ledger(Path(sys.argv[1]), OWNER, read_only=sys.argv[2] == "dry") as ledger:
        ledger.keep([record("c9")])
        print(len(ledger.listing(9)))
except LedgerError as why:
    print(why)
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that any user may reach, with a ledger of one conversation that any user may read."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with open_ledger(place / "ledger.db", OWNER) as ledger:
            ledger.keep([record()])
        (place / "ledger.db").chmod(0o444)
        place.chmod(0o555)
        yield place
        place.chmod(0o700)


def test_a_folder_that_may_not_be_written_is_told(public: Path) -> None:
    """A new ledger in a folder of somebody else's is one clear line, and so is a folder in it."""
    for name in ("new.db", "folder/new.db"):
        told = run(UNPRIVILEGED, public / name, "wet")
        assert told.startswith(f"ledger {public / name}: you may not write there")
        assert told.count("\n") == 1


def test_a_file_that_may_not_be_written_is_told(public: Path) -> None:
    """A ledger that may only be read is refused when it is opened, not after the work is done."""
    assert run(UNPRIVILEGED, public / "ledger.db", "wet").startswith(
        f"ledger {public / 'ledger.db'}: you may not write there"
    )
    with open_ledger(public / "ledger.db", OWNER, read_only=True) as ledger:
        assert ledger.listing(9) == [record()]


def test_a_dry_run_needs_no_right_to_write(public: Path) -> None:
    """Read-only opens what may be read, in a folder that may not be written."""
    assert run(UNPRIVILEGED, public / "ledger.db", "dry").strip() == "2"


def test_a_file_that_may_not_be_read_is_told(public: Path) -> None:
    """A dry run on a ledger that is closed to the user is one clear line."""
    (public / "ledger.db").chmod(0o400 if os.geteuid() == 0 else 0)
    assert "it cannot be opened" in run(UNPRIVILEGED, public / "ledger.db", "dry")


def test_a_ledger_that_may_not_grow_keeps_what_it_has(path: Path) -> None:
    """SQLITE_FULL undoes the batch; what was kept stays, and keeping goes on when there is room."""
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record()])
        with ledger._connection.begin():
            pages = ledger._connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            ledger._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
        many = [record(f"m{number}") for number in range(100)]
        assert "the disk is full" in complaint(lambda: ledger.keep(many))
        assert ledger.listing(9) == [record()]
        with ledger._connection.begin():
            ledger._connection.exec_driver_sql("PRAGMA max_page_count = 100000")
        ledger.keep(many)
        assert len(ledger.listing(200)) == 101


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 600 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = (
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)], capture_output=True)
        if os.geteuid() == 0
        else None
    )
    if made is None or made.returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_undoes_the_batch(small_disk: Path) -> None:
    """On a disk that is really full each batch is whole or absent, and writing goes on when space is freed."""
    path = small_disk / "ledger.db"
    kept = 0
    (small_disk / "ballast").write_bytes(bytes(100_000))
    with open_ledger(path, OWNER) as ledger:
        told = ""
        while not told and kept < 100:
            try:
                ledger.keep([record(f"{kept}/{number}") for number in range(20)])
                kept += 1
            except LedgerError as why:
                told = str(why)
        assert "the disk is full" in told
        assert "\n" not in told
        assert kept > 2
        assert len(ledger.listing(10_000)) == 20 * kept
        (small_disk / "ballast").unlink()
        ledger.keep([record("after")])
    assert raw(path, "PRAGMA integrity_check") == [("ok",)]
    assert raw(path, "SELECT count(*) FROM messages") == [(2 * (20 * kept + 1),)]


def test_a_new_ledger_on_a_full_disk_is_told(small_disk: Path) -> None:
    """Where not even the tables fit that is told, and once there is room the same ledger is made."""
    path = small_disk / "ledger.db"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(560 << 10))
    assert "the disk is full" in complaint(lambda: open_ledger(path, OWNER))
    ballast.unlink()
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record()])
        assert ledger.kept("c1") == record()


KILLING = """
import json, os, random, signal, sys, time
from pathlib import Path
import alembic.command
from test_ledger import OWNER, open_ledger, raw, record
path, chance, rounds = Path(sys.argv[1]), random.Random(11), []
batches = [[record(f"{turn}/{number}") for number in range(150)] for turn in range(40)]
open_ledger(path, OWNER).close()
done = 0
for turn in range(20):
    read, write = os.pipe()
    child = os.fork()
    if not child:
        with open_ledger(path, OWNER) as ledger:
            for batch in batches[done:]:
                os.write(write, b"<")
                ledger.keep(batch)
                os.write(write, b">")
        os._exit(0)
    os.close(write)
    told = os.read(read, 1)
    time.sleep(chance.uniform(0.001, 0.06))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(read, 100):
        told += more
    os.close(read)
    sound = raw(path, "PRAGMA integrity_check") == [("ok",)] and raw(path, "PRAGMA foreign_key_check") == []
    with open_ledger(path, OWNER) as ledger:
        kept = len(ledger.listing(10**6))
    counts = [raw(path, f"SELECT count(*) FROM {table}")[0][0] for table in ("conversations", "dispositions", "drafts", "messages")]
    rounds.append({"before": done, "told": told.decode(), "sound": sound, "kept": kept, "counts": counts})
    done = kept // 150
print(json.dumps(rounds))
"""


def test_a_kill_in_the_middle_loses_and_spoils_nothing(path: Path) -> None:
    """Of twenty processes killed while they kept, every finished batch is there whole and no other part of one."""
    rounds = json.loads(run(KILLING, path, wait=120))
    inside = 0
    for one in rounds:
        finished = one["before"] + one["told"].count(">")
        inside += one["told"].endswith("<")
        assert one["sound"]
        # A kill between commit and its report leaves one batch more than was told.
        assert one["kept"] in (150 * finished, 150 * (finished + one["told"].endswith("<")))
        assert one["counts"] == [one["kept"], one["kept"], one["kept"], 2 * one["kept"]]
    assert len(rounds) == 20
    assert inside >= 10


def test_a_new_ledger_has_the_schema_of_the_revisions() -> None:
    """What is created at once and what the revisions make are the same tables and indexes."""
    made, upgraded = create_engine("sqlite://"), create_engine("sqlite://")
    with made.connect() as one, upgraded.connect() as other:
        with one.begin():
            migrations._create(one)
        with other.begin():
            migrations._upgrade(other)
        query = text("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
        left, right = ([(t, n, " ".join((s or "").split())) for t, n, s in c.execute(query)] for c in (one, other))
    ours = [row for row in left if "alembic" not in row[1]]
    assert ours == [row for row in right if "alembic" not in row[1]]
    assert len(ours) >= 6
    made.dispose()
    upgraded.dispose()


def test_an_older_ledger_is_brought_up(path: Path) -> None:
    """A ledger of the first revision keeps all that it holds, and can be taught from then on."""
    path.parent.mkdir()
    kept, other = record(traits=None), record("c2", traits=None, said=True, declined=DAY)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for serial, each in enumerate((kept, other), start=1):
            mine = {"owner": OWNER, "conversation": each.disposition.conversation}
            conversation = rows.conversation_row(each) | {"owner": OWNER, "version": 1, "serial": serial}
            made = rows.disposition_row(each.disposition) | mine | {"version": 1, "written": rows.ticks(DAY)}
            del made["traits"]
            connection.execute(insert(CONVERSATIONS), conversation)
            connection.execute(insert(DISPOSITIONS), made)
            connection.execute(insert(MESSAGES), [mine | seen | {"serial": serial} for seen in rows.seen_rows(each)])
            connection.execute(insert(DRAFTS), mine | {"step": "no", "version": 1})
    engine.dispose()
    with open_ledger(path, OWNER, read_only=True) as dry:
        assert dry.listing(9) == [other, kept]
    assert raw(path, "SELECT version_num FROM alembic_version") == [("0001",)]
    with open_ledger(path, OWNER) as ledger:
        assert ledger.listing(9) == [other, kept]
        assert drafts(ledger) == [("c1", "no", 1), ("c2", "no", 1)]
        assert ledger.teach(lesson(traits=None)) == lesson(traits=None, number=1)
        ledger.keep([record()])
        assert ledger.kept("c1") == record()
    assert raw(path, "SELECT version_num FROM alembic_version") == [("0002",)]
    assert raw(path, "PRAGMA foreign_key_check") == []


def test_a_lesson_is_small_and_holds_no_word(path: Path) -> None:
    """What a message was like takes a few hundred bytes of figures and labels."""
    widest = Traits(
        concepts=tuple((2**22 - n, 100) for n in range(1, 33)), asks=tuple((a, 16) for a in list(Ask)[:6]), personal=100
    )
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record()])
        ledger.teach(lesson(traits=widest))
        with ledger._connection.begin():
            stored = str(ledger._connection.execute(select(LESSONS.c.traits)).scalar_one())
        assert ledger.lessons()[0].traits == widest
    assert len(stored) < 700
    assert set(re.findall("[a-z][a-z.-]+", stored)) <= {ask.value for ask in Ask}


def test_many_questions_are_answered_the_same(path: Path) -> None:
    """After many look-ups, when the names are read at once, the ledger still knows what it knew and what came since."""
    with open_ledger(path, OWNER) as ledger:
        ledger.keep([record("first@example.org")])
        for number in range(200):
            assert ledger.kept(f"never-{number}@example.org") is None
        assert ledger.kept("first@example.org") is not None
        ledger.keep([record("second@example.org")])
        found = ledger.kept("second@example.org")
        assert found is not None
        assert ledger.known([seen.key for seen in found.seen])
        assert ledger.episodes(found.person)
