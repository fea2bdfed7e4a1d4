"""Between the desk's values and the rows of the ledger, both ways and without a database.

Text is made storable on the way in (no NUL, which PostgreSQL refuses, and no half surrogate pair, which is
no UTF-8), so that one hostile subject cannot stop a batch. Nothing here decides anything.
"""

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from kindregards.core.errors import LedgerError
from kindregards.core.groups import Pointer
from kindregards.core.intent import Ask, Kind, Turn
from kindregards.core.lessons import Correction, Lesson
from kindregards.core.message import Address
from kindregards.core.reasons import Reason
from kindregards.core.traits import Traits
from kindregards.desk.conversation import Action, Episode, State
from kindregards.desk.handle import Disposition
from kindregards.desk.reply import Label, Piece, Reply
from kindregards.ports import Kept, Seen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _TICK
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _TICK

#: Which "at most once" a reply counts for, by the action it belongs to; any other action drafts nothing.
STEPS = {
    Action.DECLINE: "no",
    Action.DECLINE_INVITATION: "no",
    Action.ORIENT: "pointer",
    Action.WELCOME: "welcome",
    Action.ACCEPT_INVITATION: "invitation",
}

#: Column name -> value, as the database takes and gives it.
Row = dict[str, Any]


def storable(text: str) -> str:
    """Replace what a text column cannot hold by U+FFFD; any other text stays as it is."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text


def ticks(moment: datetime | None) -> int | None:
    """Microseconds since 1970 in UTC; LedgerError for a moment without a zone.

    A far-off zone can put the first and last hours of the calendar outside of it: those are moved to its
    edge.
    """
    if moment is None:
        return None
    if moment.utcoffset() is None:
        raise LedgerError(f"ledger: {moment} has no zone, so nobody can say when that was")
    return min(max((moment - _EPOCH) // _TICK, _FIRST), _LAST)


def instant(count: int) -> datetime:
    """The moment, in UTC, of that many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=count)


def moment(count: int | None) -> datetime | None:
    """The same where there may be none."""
    return None if count is None else instant(count)


def disposition_row(disposition: Disposition) -> Row:
    """The columns by which dispositions are told apart: all but owner, conversation, version and moment."""
    sender = disposition.sender
    return {
        "message_id": _maybe(disposition.message_id),
        "sender_name": storable(sender.name),
        "sender_address": storable(sender.address),
        "sender_url": storable(sender.url),
        "date": ticks(disposition.date),
        "subject": storable(disposition.subject),
        "kind": disposition.kind.value,
        "ask": disposition.ask and disposition.ask.value,
        "turn": disposition.turn.value,
        "relevant": disposition.relevant,
        "action": disposition.action.value,
        "confidence": disposition.confidence,
        "language": storable(disposition.language),
        "state": disposition.state.value,
        "reasons": _json([_plain(reason) for reason in disposition.reasons]),
        "pointers": _json([_plain(pointer) for pointer in disposition.pointers]),
        "reply": disposition.reply and _reply_json(disposition.reply),
        "traits": disposition.traits and _traits_json(disposition.traits),
    }


def disposition_of(row: RowMapping) -> Disposition:
    """The disposition in a row of its columns and `conversation`; LedgerError where one makes no sense."""
    try:
        return Disposition(
            conversation=row["conversation"],
            message_id=row["message_id"],
            sender=Address(name=row["sender_name"], address=row["sender_address"], url=row["sender_url"]),
            date=moment(row["date"]),
            subject=row["subject"],
            kind=Kind(row["kind"]),
            ask=Ask(row["ask"]) if row["ask"] else None,
            turn=Turn(row["turn"]),
            relevant=None if row["relevant"] is None else bool(row["relevant"]),
            action=Action(row["action"]),
            confidence=row["confidence"],
            language=row["language"],
            state=State(row["state"]),
            reasons=tuple(Reason(**reason) for reason in json.loads(row["reasons"])),
            pointers=tuple(Pointer(**pointer) for pointer in json.loads(row["pointers"])),
            reply=_reply(row["reply"]),
            traits=_traits(row["traits"]),
        )
    except (LookupError, TypeError, ValueError) as why:
        raise _senseless(row, why) from why


def conversation_row(record: Kept) -> Row:
    """The columns of a conversation that come from its record."""
    return {
        "id": storable(record.disposition.conversation),
        "person": storable(record.person),
        "judged": storable(record.judged),
        "fingerprint": storable(record.fingerprint),
        "said": record.said,
        "declined": ticks(record.declined),
        "opted_out": record.opted_out,
    }


def kept_of(row: RowMapping, seen: tuple[Seen, ...]) -> Kept:
    """The record in a row of a conversation and its newest disposition."""
    return Kept(
        person=row["person"],
        judged=row["judged"],
        fingerprint=row["fingerprint"],
        disposition=disposition_of(row),
        seen=seen,
        said=bool(row["said"]),
        declined=moment(row["declined"]),
        opted_out=bool(row["opted_out"]),
    )


def seen_rows(record: Kept) -> list[Row]:
    """One row a message of the record, in its order."""
    return [
        {
            "key": storable(seen.key),
            "message_id": _maybe(seen.message_id),
            "date": ticks(seen.date),
            "outgoing": seen.outgoing,
            "place": place,
        }
        for place, seen in enumerate(record.seen)
    ]


def seen_of(row: RowMapping) -> Seen:
    """The message in a row."""
    return Seen(key=row["key"], message_id=row["message_id"], date=moment(row["date"]), outgoing=bool(row["outgoing"]))


def episode_of(row: RowMapping) -> Episode:
    """What is remembered of a conversation, out of a row of it and its newest disposition."""
    try:
        return Episode(
            conversation=row["conversation"],
            state=State(row["state"]),
            ask=Ask(row["ask"]) if row["ask"] else None,
            said=bool(row["said"]),
            declined=moment(row["declined"]),
            opted_out=bool(row["opted_out"]),
        )
    except ValueError as why:
        raise _senseless(row, why) from why


def lesson_row(lesson: Lesson) -> Row:
    """The columns of a lesson, all but its owner."""
    return {
        "conversation": storable(lesson.conversation),
        "number": lesson.number,
        "message": storable(lesson.message),
        "person": storable(lesson.person),
        "action": lesson.action.value,
        "ask": lesson.ask and lesson.ask.value,
        "traits": lesson.traits and _traits_json(lesson.traits),
        "taught": ticks(lesson.taught),
    }


def lesson_of(row: RowMapping) -> Lesson:
    """The lesson in a row; LedgerError where a column makes no sense."""
    try:
        return Lesson(
            conversation=row["conversation"],
            number=row["number"],
            message=row["message"],
            person=row["person"],
            action=Correction(row["action"]),
            ask=Ask(row["ask"]) if row["ask"] else None,
            traits=_traits(row["traits"]),
            taught=instant(row["taught"]),
        )
    except (LookupError, TypeError, ValueError) as why:
        raise _senseless(row, why) from why


def step_of(disposition: Disposition) -> str | None:
    """The step that the reply of a disposition is the draft of, None where there is no reply."""
    return STEPS.get(disposition.action) if disposition.reply else None


def _maybe(text: str | None) -> str | None:
    return None if text is None else storable(text)


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _json(value: object) -> str:
    return storable(_COMPACT.encode(value))


def _plain(value: Reason | Pointer | Reply) -> dict[str, object]:
    """The fields of a flat value by name; `dataclasses.asdict` would copy each of them in depth."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _reply_json(reply: Reply) -> str:
    pieces = [[piece.label.value, piece.text] for piece in reply.pieces]
    return _json(_plain(reply) | {"pieces": pieces})


def _reply(text: str | None) -> Reply | None:
    if text is None:
        return None
    found = json.loads(text)
    pieces = tuple(Piece(label=Label(label), text=words) for label, words in found["pieces"])
    return Reply(**found | {"references": tuple(found["references"]), "pieces": pieces})


def _traits_json(traits: Traits) -> str:
    """Traits as text: buckets and weights in turn, asks by name, one figure."""
    concepts = [figure for pair in traits.concepts for figure in pair]
    return _json([concepts, {ask.value: value for ask, value in traits.asks}, traits.personal])


def _traits(text: str | None) -> Traits | None:
    if text is None:
        return None
    concepts, asks, personal = json.loads(text)
    return Traits(
        concepts=tuple(zip(concepts[::2], concepts[1::2], strict=True)),
        asks=tuple((Ask(ask), value) for ask, value in asks.items()),
        personal=personal,
    )


def _senseless(row: RowMapping, why: Exception) -> LedgerError:
    name = str(row["conversation"])[:80]
    return LedgerError(
        f"ledger: what is kept of conversation '{name}' makes no sense to this version ({why}); "
        "update Kind Regards, or move the ledger away and begin a new one"
    )
