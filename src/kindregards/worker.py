"""Runs the desk over sources: gathers messages into conversations, hands each to `desk.handle`, keeps what came out.

It reads before and writes after, and decides nothing itself. Memory stays flat: of a message that is not being looked
at, only its envelope is held. Nothing is ever written to a source.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.intent import Kind, Turn
from kindregards.core.message import Address, Message, last_incoming
from kindregards.core.profile import Profile
from kindregards.core.reasons import Reason
from kindregards.desk.conversation import Action, Episode, State
from kindregards.desk.discretion import Private
from kindregards.desk.handle import Desk, Disposition, Dossier, handle
from kindregards.desk.notification import Platforms, unwrap
from kindregards.desk.triage import Past
from kindregards.ports import Entry, Kept, Ledger, Seen, Source

#: Conversations written in one transaction.
BATCH = 100
_NOES = (Action.DECLINE, Action.DECLINE_INVITATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Whom the owner knows, as far as the desk may be told: keys of known people, terms that never leave."""

    known: frozenset[str] = frozenset()
    private: Private = field(default_factory=Private)


@dataclass(slots=True, kw_only=True)
class Round:
    """One run over some sources; iterate `dispositions()`, then read `failures`."""

    sources: Sequence[Source]
    profile: Profile
    desk: Desk
    platforms: Platforms
    ledger: Ledger
    fingerprint: str
    now: datetime
    surroundings: Surroundings = field(default_factory=Surroundings)
    progress: Callable[[int, int], None] = lambda _done, _total: None
    failures: list[SourceError] = field(default_factory=list)
    drafted: int = 0  #: drafts that are new or changed in this run
    _episodes: dict[str, list[Episode]] = field(default_factory=lambda: defaultdict(list))
    _waiting: list[Kept] = field(default_factory=list)
    _written_to: set[str] = field(default_factory=set)

    def dispositions(self) -> Iterator[Disposition]:
        """Yield what was made of each conversation, oldest first; what is done is kept even if iteration stops."""
        conversations = gather(self._entries())
        total = sum(map(len, conversations))
        done = 0
        try:
            for entries in conversations:
                found = self._conversation(entries)
                done += len(entries)
                self.progress(done, total)
                if found is not None:
                    yield found
        finally:
            self._flush()

    def _entries(self) -> Iterator[Entry]:
        for source in self.sources:
            try:
                yield from source.entries()
            except SourceError as why:
                self.failures.append(why)

    def _conversation(self, entries: Sequence[Entry]) -> Disposition | None:
        messages: dict[str, Message] = {}
        held: list[str] = []
        for entry in entries:
            try:
                message = self._owned(unwrap(entry.load(), self.platforms))
            except HeldMessageError as why:
                held.append(str(why))
            else:
                messages.setdefault(message.key, message)
        thread = tuple(sorted(messages.values(), key=_moment))
        self._note_recipients(thread)
        if held:
            return self._held(entries, thread, held[0])
        return self._judged(thread) if thread else None

    def _owned(self, message: Message) -> Message:
        """Mark a mail of the owner's own; networks' exports say it themselves."""
        mine = message.is_mail and self.profile.owns(message.sender.address)
        return replace(message, outgoing=True) if mine else message

    def _note_recipients(self, thread: tuple[Message, ...]) -> None:
        """Remember whom the owner wrote to before they wrote: these are no strangers."""
        if thread and thread[0].outgoing:
            self._written_to.update(address.person for address in thread[0].recipients)

    def _judged(self, thread: tuple[Message, ...]) -> Disposition | None:
        last = last_incoming(thread)
        if last is None:
            return None
        conversation = name_of(thread)
        kept = self.ledger.kept(conversation)
        if kept and kept.judged == last.key and (kept.said or kept.fingerprint == self.fingerprint):
            if len(kept.seen) == len(thread):
                return kept.disposition
        dossier = self._dossier(conversation, thread, last, kept)
        found = handle(dossier, self.desk)
        if found is not None:
            self._keep(found, thread, last, kept)
        return found

    def _dossier(self, conversation: str, thread: tuple[Message, ...], last: Message, kept: Kept | None) -> Dossier:
        person = last.sender.person
        remembered = [e for e in self.ledger.episodes(person) if e.conversation != conversation] if person else []
        fresh = [e for e in self._episodes[person] if e.conversation != conversation] if person else []
        newer = {episode.conversation for episode in fresh}
        episodes = [episode for episode in remembered if episode.conversation not in newer] + fresh
        answers = [m.date for m in thread[: thread.index(last)] if m.outgoing and m.date]
        known = self.surroundings.known | self._written_to
        past = Past(
            answered_at=answers[-1] if answers else None,
            known=person in known or last.sender.address.casefold() in known,
            opted_out=any(episode.opted_out for episode in episodes) or bool(kept and kept.opted_out),
            duplicate=self._elsewhere(last, conversation),
        )
        return Dossier(
            conversation=conversation,
            thread=thread,
            profile=self.profile,
            now=self.now,
            past=past,
            episodes=tuple(episodes),
            drafted=kept.disposition.state if kept and kept.disposition.reply and not kept.said else None,
            private=self.surroundings.private,
        )

    def _elsewhere(self, last: Message, conversation: str) -> bool:
        """Whether this very message was judged in another conversation."""
        return self.ledger.known([last.key]).get(last.key, conversation) != conversation

    def _keep(self, found: Disposition, thread: tuple[Message, ...], last: Message, kept: Kept | None) -> None:
        said = bool(thread and any(m.outgoing for m in thread))
        no = found.action in _NOES
        opted_out = found.turn is Turn.OPT_OUT or bool(kept and kept.opted_out)
        record = Kept(
            person=last.sender.person,
            judged=last.key,
            fingerprint=self.fingerprint,
            disposition=found,
            seen=tuple(Seen(key=m.key, message_id=m.message_id, date=m.date, outgoing=m.outgoing) for m in thread),
            said=said,
            declined=self.now if no and found.reply else (kept.declined if kept else None),
            opted_out=opted_out,
        )
        self.drafted += bool(found.reply)
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
        if self._waiting:
            self.ledger.keep(self._waiting)
            self._waiting = []

    def _held(self, entries: Sequence[Entry], thread: tuple[Message, ...], why: str) -> Disposition:
        """Report a conversation of which a message cannot be read: the owner looks, the desk says nothing."""
        ids = [entry.envelope.message_id for entry in entries if entry.envelope.message_id]
        last = last_incoming(thread)
        return Disposition(
            conversation=ids[0] if ids else "unreadable",
            message_id=ids[-1] if ids else None,
            sender=last.sender if last else Address(),
            date=last.date if last else None,
            subject=last.subject if last else "",
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


def name_of(thread: Sequence[Message]) -> str:
    """The id of a conversation: the network's, else the first message's id, else its key."""
    first = thread[0]
    return first.thread_id or first.message_id or first.key


def _moment(message: Message) -> datetime:
    return message.date or datetime.min.replace(tzinfo=UTC)


def gather(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Sort messages into conversations by their ids and references (RFC 5322 §3.6.4), each in the source's order.

    Conversations come in the order of their last message's date; whoever shares any id belongs together.
    """
    parent: dict[str, str] = {}
    everyone: list[tuple[Entry, str]] = []
    for number, entry in enumerate(entries):
        envelope = entry.envelope
        own = f"\0{envelope.thread_id}" if envelope.thread_id else envelope.message_id or f"\0\0{number}"
        root = _root(parent, own)
        for reference in envelope.references:
            parent[_root(parent, reference)] = root
        everyone.append((entry, own))
    conversations: dict[str, list[Entry]] = {}
    for entry, own in everyone:
        conversations.setdefault(_root(parent, own), []).append(entry)
    return sorted(conversations.values(), key=_last_moment)


def _root(parent: dict[str, str], name: str) -> str:
    parent.setdefault(name, name)
    while parent[name] != name:
        parent[name] = parent[parent[name]]
        name = parent[name]
    return name


def _last_moment(entries: Sequence[Entry]) -> float:
    moments = [entry.envelope.date.timestamp() for entry in entries if entry.envelope.date]
    return max(moments, default=0.0)
