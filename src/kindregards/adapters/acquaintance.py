"""Which keys, conversations and persons a ledger may know: a quick no before a query (one writer at a time).

A first import of a large mailbox asks the ledger three times a message for what is never there. After `PATIENCE`
questions the names are read once, as hashes of eight bytes each; what is not among them is not asked for. A hash that
two names share only costs a query.
"""

from collections.abc import Callable, Iterable

from kindregards.adapters.rows import storable
from kindregards.ports import Kept

#: So many questions are put to the database before the names are read.
PATIENCE = 60
Names = tuple[Iterable[str], Iterable[str], Iterable[str]]


class Acquaintance:
    """The names that may be known; `read` fetches keys, conversations and persons from the database."""

    def __init__(self, read: Callable[[], Names]) -> None:
        """Take what reads the names; nothing is read yet."""
        self._read = read
        self._asked = 0
        self._names: tuple[set[int], set[int], set[int]] | None = None

    def key(self, name: str) -> bool:
        """Whether a message key may be known."""
        return self._may(0, name)

    def conversation(self, name: str) -> bool:
        """Whether a conversation may be known."""
        return self._may(1, name)

    def person(self, name: str) -> bool:
        """Whether a person may be known."""
        return self._may(2, name)

    def keep(self, record: Kept) -> None:
        """Note what is being written."""
        if self._names is not None:
            keys, conversations, persons = self._names
            keys.update(hash(seen.key) for seen in record.seen)
            conversations.add(hash(storable(record.disposition.conversation)))
            persons.add(hash(storable(record.person)))

    def _may(self, which: int, name: str) -> bool:
        if self._names is None:
            self._asked += 1
            if self._asked <= PATIENCE:
                return True
            keys, conversations, persons = ({hash(each) for each in names} for names in self._read())
            self._names = keys, conversations, persons
        return hash(name) in self._names[which]
