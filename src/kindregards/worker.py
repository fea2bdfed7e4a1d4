"""Runs the desk over sources: gathers messages into conversations, hands each to `desk.handle`, keeps what came out.

It reads before and writes after, and decides nothing itself. Memory stays flat: of a message that is not being looked
at, only its envelope is held. Nothing is ever written to a source.
"""

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.intent import Kind, Turn
from kindregards.core.lessons import Lessons
from kindregards.core.message import Message, last_incoming
from kindregards.core.profile import Profile
from kindregards.core.reasons import Reason
from kindregards.desk.conversation import NOES, Action, Episode, State
from kindregards.desk.discretion import Private
from kindregards.desk.handle import Desk, Disposition, Dossier, handle
from kindregards.desk.notification import unwrap
from kindregards.desk.platforms import Platforms
from kindregards.desk.triage import Past
from kindregards.ports import Entry, Kept, Ledger, Seen, Source

#: Conversations written in one transaction.
BATCH = 100
_NEVER = datetime.min.replace(tzinfo=UTC)  #: the moment of what has none
_ANSWERED = {"\\Answered", "$KRAnswered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Whom the owner knows, as far as the desk may be told: keys of known people, terms that never leave."""

    known: frozenset[str] = frozenset()
    private: Private = field(default_factory=Private)


@dataclass(slots=True, kw_only=True)
class Round:
    """One run over some sources; iterate `dispositions()`, then read `failures` and `broken`."""

    sources: Sequence[Source]
    profile: Profile
    desk: Desk
    platforms: Platforms
    ledger: Ledger
    fingerprint: str
    now: datetime
    surroundings: Surroundings = field(default_factory=Surroundings)
    lessons: Lessons = field(default_factory=Lessons)
    progress: Callable[[int, int], None] = lambda _done, _total: None
    failures: list[SourceError] = field(default_factory=list)
    broken: Counter[str] = field(default_factory=Counter)  #: faults of our own that were met, by name
    _episodes: dict[str, list[Episode]] = field(default_factory=lambda: defaultdict(list))
    _waiting: list[Kept] = field(default_factory=list)
    _written_to: set[str] = field(default_factory=set)
    _places: dict[str, int] = field(default_factory=dict)  #: id of a message or thread -> place of its conversation
    _place: int = 0  #: where the round is
    _done: set[str] = field(default_factory=set)

    def dispositions(self) -> Generator[Disposition]:
        """Yield what was made of each conversation, oldest first; what is done is kept even if iteration stops."""
        conversations = gather(self._entries())
        self._places = {name: place for place, each in enumerate(conversations) for e in each if (name := _id(e))}
        openings = deque(sorted(conversations, key=lambda each: _span(each)[0]))
        total = sum(map(len, conversations))
        done = 0
        try:
            for place, entries in enumerate(conversations):
                self._place = place
                until = _span(entries)[1]
                while openings and _span(openings[0])[0] <= until:
                    self._open(openings.popleft())
                found = self._conversation(entries)
                done += len(entries)
                self.progress(done, total)
                if found is not None and found.conversation not in self._done:
                    self._done.add(found.conversation)
                    yield found
        finally:
            self._flush()

    def _entries(self) -> Iterator[Entry]:
        for source in self.sources:
            try:
                yield from source.entries()
            except SourceError as why:
                self.failures.append(why)

    def _open(self, entries: Sequence[Entry]) -> None:
        """Note whom the owner wrote to first, as soon as they did: the thread may end much later, or never."""
        if len(entries) > 1:  # a single message is loaded in its turn, which is now
            with suppress(HeldMessageError):
                self._note_recipients(self._load(min(entries, key=_moment_of)))

    def _load(self, entry: Entry) -> Message:
        """Load a message and mark it if it is the owner's own; networks' exports say it themselves."""
        message = unwrap(entry.load(), self.platforms)
        mine = message.is_mail and self.profile.owns(message.sender.address)
        return replace(message, outgoing=True) if mine else message

    def _note_recipients(self, first: Message) -> None:
        """Remember whom the owner wrote to before they wrote: these are no strangers. An answer is no first word."""
        if first.outgoing and not first.in_reply_to and not first.references:
            self._written_to.update(address.person for address in first.recipients)

    def _conversation(self, entries: Sequence[Entry]) -> Disposition | None:
        messages: dict[str, Message] = {}
        held: list[str] = []
        for entry in entries:
            try:
                message = self._load(entry)
                copy = messages.setdefault(message.key, message)
                if copy is not message:  # an answer to either copy is an answer
                    messages[message.key] = replace(copy, flags=copy.flags | message.flags & _ANSWERED)
            except HeldMessageError as why:
                held.append(str(why))
        thread = tuple(sorted(messages.values(), key=_order))
        return self._held(entries, thread, held[0]) if held else self._judged(entries, thread)

    def _judged(self, entries: Sequence[Entry], thread: tuple[Message, ...]) -> Disposition | None:
        self._note_recipients(thread[0])
        last = last_incoming(thread)
        if last is None:
            return None
        conversation, kept = self._remembered(thread)
        if kept and self._holds(kept, thread, last):
            return kept.disposition
        dossier = self._dossier(conversation, thread, last, kept)
        try:
            found = handle(dossier, self.desk)
        except Exception as why:  # one mail must not stop the desk (RELIABILITY §1.9)
            self.broken[type(why).__name__] += 1
            return self._held(entries, thread, "The desk failed on this conversation.")
        if found is not None:
            self._keep(found, thread, last, kept)
        return found

    def _holds(self, kept: Kept, thread: tuple[Message, ...], last: Message) -> bool:
        """Whether nothing has come and nothing was changed since a conversation was judged."""
        fresh = {message.key for message in thread}.difference(seen.key for seen in kept.seen)
        return not fresh and kept.judged == last.key and (kept.said or kept.fingerprint == self.fingerprint)

    def _remembered(self, thread: tuple[Message, ...]) -> tuple[str, Kept | None]:
        """The id of a conversation and what is kept of it.

        An earlier message that turns up late does not make a new conversation of it: it keeps the id it got.
        """
        name = name_of(thread)
        kept = self.ledger.kept(name)
        if kept:
            return name, kept
        known = self.ledger.known([message.key for message in thread])
        earlier = next((known[message.key] for message in thread if message.key in known), name)
        return earlier, self.ledger.kept(earlier) if earlier != name else None

    def _dossier(self, conversation: str, thread: tuple[Message, ...], last: Message, kept: Kept | None) -> Dossier:
        person = last.sender.person
        episodes = self._before(person, conversation) if person else []
        answers = [m.date for m in thread[: thread.index(last)] if m.outgoing and m.date]
        keys = {person, last.sender.address.casefold()} - {""}
        past = Past(
            answered_at=answers[-1] if answers else None,
            known=not keys.isdisjoint(self.surroundings.known) or not keys.isdisjoint(self._written_to),
            opted_out=any(episode.opted_out for episode in episodes) or bool(kept and kept.opted_out),
            duplicate=self.ledger.known([last.key]).get(last.key, conversation) != conversation,
        )
        return Dossier(
            conversation=conversation,
            thread=thread,
            profile=self.profile,
            now=self.now,
            past=past,
            episodes=tuple(episodes),
            drafted=_drafted(kept, last),
            private=self.surroundings.private,
            lessons=self.lessons,
        )

    def _before(self, person: str, conversation: str) -> list[Episode]:
        """What passed with a person in other conversations."""
        fresh = {e.conversation: e for e in self._episodes[person] if e.conversation != conversation}
        remembered = (e for e in self.ledger.episodes(person) if e.conversation not in (conversation, *fresh))
        return [*(episode for episode in remembered if not self._comes_again(episode)), *fresh.values()]

    def _comes_again(self, episode: Episode) -> bool:
        """Whether what is remembered is judged anew later in this run, so that it is no past yet."""
        if episode.said or episode.opted_out or self._places.get(episode.conversation, -1) <= self._place:
            return False
        kept = self.ledger.kept(episode.conversation)
        return kept is not None and kept.fingerprint != self.fingerprint

    def _keep(self, found: Disposition, thread: tuple[Message, ...], last: Message, kept: Kept | None) -> None:
        said = any(message.outgoing for message in thread)
        opted_out = found.turn is Turn.OPT_OUT or bool(kept and kept.opted_out)
        record = Kept(
            person=last.sender.person,
            judged=last.key,
            fingerprint=self.fingerprint,
            disposition=found,
            seen=tuple(Seen(key=m.key, message_id=m.message_id, date=m.date, outgoing=m.outgoing) for m in thread),
            said=said,
            declined=self.now if _is_no(found) else _declined(kept, last, said=said),
            opted_out=opted_out,
        )
        self._waiting.append(record)
        if record.person and found.kind.personal:
            self._episodes[record.person].append(
                Episode(
                    conversation=found.conversation,
                    state=found.state,
                    ask=found.ask,
                    said=said,
                    declined=record.declined,
                    opted_out=opted_out,
                )
            )
        if len(self._waiting) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        self.ledger.keep(self._waiting)
        self._waiting = []

    def _held(self, entries: Sequence[Entry], thread: tuple[Message, ...], why: str) -> Disposition:
        """Report a conversation of which a message cannot be read: the owner looks, the desk says nothing."""
        ids = [name for entry in sorted(entries, key=_moment_of) if (name := _id(entry))]
        own = hashlib.sha256(why.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        last = last_incoming(thread) or Message(key="")
        return Disposition(
            conversation=ids[0] if ids else f"unreadable:{own}",
            message_id=max(entries, key=_moment_of).envelope.message_id,
            sender=last.sender,
            date=last.date,
            subject=last.subject,
            kind=Kind.CORRESPONDENCE,
            ask=None,
            turn=Turn.OTHER,
            relevant=None,
            action=Action.HOLD,
            confidence=0.0,
            language="und",
            state=State.HANDED,
            reasons=(Reason(name="UNREADABLE", text=why, warning=True),),
        )


def _is_no(found: Disposition) -> bool:
    return found.reply is not None and found.action in NOES


def _drafted(kept: Kept | None, last: Message) -> State | None:
    """Where a draft that nobody is known to have released leads; to the message that it answers it is no past."""
    if kept is None or kept.said or kept.disposition.reply is None or kept.judged == last.key:
        return None
    return kept.disposition.state


def _declined(kept: Kept | None, last: Message, *, said: bool) -> datetime | None:
    """When an earlier no was given; one to this very message that is judged otherwise now was never given."""
    if kept is None or (not said and kept.judged == last.key and _is_no(kept.disposition)):
        return None
    return kept.declined


def name_of(thread: Sequence[Message]) -> str:
    """The id of a conversation: the network's, else the first message's id, else its key."""
    first = thread[0]
    return first.thread_id or first.message_id or first.key


def _order(message: Message) -> tuple[datetime, int, str]:
    """Oldest first, and the same whatever the order of the source; a network's export tells its own order."""
    moment = message.date or _NEVER
    return (moment, len(message.references), message.key) if message.is_mail else (moment, 0, "")


def gather(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Sort messages into conversations by their ids and references (RFC 5322 §3.6.4), each in the source's order.

    Conversations come in the order of their last message's date; whoever shares any id belongs together.
    """
    parent: dict[str, str] = {}
    everyone: list[tuple[Entry, str]] = []
    for number, entry in enumerate(entries):
        own = f"\0{_id(entry)}" if entry.envelope.thread_id else _id(entry) or f"\0\0{number}"
        root = _root(parent, own)
        for reference in entry.envelope.references:
            parent[_root(parent, reference)] = root
        everyone.append((entry, own))
    conversations: dict[str, list[Entry]] = {}
    for entry, own in everyone:
        conversations.setdefault(_root(parent, own), []).append(entry)
    return sorted(conversations.values(), key=lambda each: (*reversed(_span(each)), min(map(_id, each))))


def _root(parent: dict[str, str], name: str) -> str:
    parent.setdefault(name, name)
    while parent[name] != name:
        parent[name] = parent[parent[name]]
        name = parent[name]
    return name


def _id(entry: Entry) -> str:
    """The id by which an entry is sorted: the network's of its thread, else its own, "" where it has none."""
    return entry.envelope.thread_id or entry.envelope.message_id or ""


def _moment_of(entry: Entry) -> datetime:
    return entry.envelope.date or _NEVER


def _span(entries: Sequence[Entry]) -> tuple[datetime, datetime]:
    """The first and the last moment of a conversation."""
    moments = [_moment_of(entry) for entry in entries]
    return min(moments), max(moments)
