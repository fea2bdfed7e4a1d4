"""What the program asks of the world, as Protocols; adapters keep them, `worker` is given them.

Below this file everything is pure. Each port has one contract suite in tests/ that every adapter passes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kindregards.core.lessons import Lesson
from kindregards.core.message import Envelope, Message
from kindregards.desk.conversation import Episode
from kindregards.desk.handle import Disposition


class Entry(Protocol):
    """One message in a source, not parsed yet: small, so that a hundred thousand fit in memory."""

    @property
    def envelope(self) -> Envelope:
        """The fields by which it is sorted into its conversation."""

    def load(self) -> Message:
        """Read and parse the message; HeldMessageError where it breaks a limit or the parser."""


class Source(Protocol):
    """A mailbox or an export that is read and never changed."""

    @property
    def name(self) -> str:
        """What to call it in messages to the user, a path mostly."""

    def entries(self) -> Iterator[Entry]:
        """Yield every message in the order the source has them; SourceError where it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One message of a conversation as the ledger keeps it: never its text."""

    key: str
    message_id: str | None
    date: datetime | None
    outgoing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One conversation as the ledger keeps it.

    `person` is `Address.person` of the correspondent; `judged` the key of the message that was judged; `fingerprint`
    tells with which profile, wordings and model, so that a changed profile judges again what nobody has released.
    `declined` is when a no was given or drafted; `said` whether an answer is known to have gone out.
    """

    person: str
    judged: str
    fingerprint: str
    disposition: Disposition
    seen: tuple[Seen, ...]
    said: bool = False
    declined: datetime | None = None
    opted_out: bool = False


class Ledger(Protocol):
    """The desk's memory of one owner: what was seen, decided and drafted. Every error is a LedgerError."""

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        """Of these message keys those that were seen, each with the id of its conversation."""

    def kept(self, conversation: str) -> Kept | None:
        """What is kept of a conversation, None where it is new."""

    def episodes(self, person: str) -> list[Episode]:
        """All conversations with one correspondent, oldest first."""

    def keep(self, records: Iterable[Kept]) -> None:
        """Write conversations with their messages, reasons and drafts, all in one transaction.

        One row a conversation and one draft a step: keeping a conversation again replaces what stood there and adds
        the earlier disposition to its history where it differs.
        """

    def listing(self, limit: int) -> list[Kept]:
        """The conversations that were kept last, newest first."""

    def history(self, conversation: str) -> list[tuple[datetime, Disposition]]:
        """Every disposition a conversation ever had, oldest first, with the moment it was written."""

    def teach(self, lesson: Lesson) -> Lesson:
        """Write a lesson about a conversation that is kept, in place of an earlier one; gives it with its number."""

    def lessons(self) -> list[Lesson]:
        """All that the owner taught, by number."""

    def unteach(self, number: int) -> bool:
        """Take a lesson back; False where there is none of that number."""
