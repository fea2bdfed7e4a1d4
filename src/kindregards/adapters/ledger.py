"""The desk's memory in a database: the port `Ledger` by SQLAlchemy Core (RELIABILITY §5, P1 to P3, P14).

Nothing here is one database's own but the upsert, which both know by the same name. A ledger is one
connection: it is used by one thread, and there is one writer at a time. Texts of messages are never given
to it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import (
    Connection,
    Delete,
    Engine,
    Insert,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from kindregards.adapters import lessons, migrations, rows
from kindregards.adapters.acquaintance import Acquaintance, Names
from kindregards.adapters.sqlite import PATIENCE, copy_engine, explained, file_engine
from kindregards.adapters.tables import CONVERSATIONS, DISPOSITIONS, DRAFTS, MESSAGES
from kindregards.core.errors import LedgerError
from kindregards.core.lessons import Lesson
from kindregards.desk.conversation import Episode
from kindregards.desk.handle import Disposition
from kindregards.ports import Kept, Seen

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

#: How many values one IN list may hold; SQLite takes 32,766 variables a statement, older ones 999.
CHUNK = 900

_C, _M, _D = CONVERSATIONS.c, MESSAGES.c, DISPOSITIONS.c
#: The columns by which two dispositions are told apart.
_MADE = [column for column in DISPOSITIONS.columns if not column.primary_key and column.name != "written"]
_NEWEST = CONVERSATIONS.join(
    DISPOSITIONS, (_D.owner == _C.owner) & (_D.conversation == _C.id) & (_D.version == _C.version)
)

Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


class SqlLedger:
    """The memory of one owner, closed by `with`. Every error is a LedgerError, and its call is undone.

    What "replaces" means where a conversation is kept again: the record and its newest disposition are the
    new ones. Messages seen earlier stay (P1). While nothing is known to have gone out (`said` is False), a
    new disposition makes every other draft of the conversation void; once it is, drafts of other steps stay
    as the trace of it.
    """

    def __init__(self, engine: Engine, owner: str, *, name: str, clock: Clock = _now) -> None:
        """Connect and bring the schema up; `owner` is an address of theirs, `name` what errors call it."""
        self._owner = rows.storable(owner.casefold())
        self._name = name
        self._clock = clock
        self._may = Acquaintance(self._names)
        with explained(name):
            self._connection = engine.connect()
            try:
                migrations.bring_up(self._connection)
            except LedgerError as why:
                self.close()
                raise LedgerError(f"ledger {name}: {why}") from why
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the ledger cannot be used any more."""
        self._connection.close()

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        """Of these message keys those that were seen, each with the id of its conversation."""
        found: dict[str, str] = {}
        asked = [key for key in keys if self._may.key(key)]
        if not asked:
            return found
        with self._transaction() as connection:
            for some in _chunks(asked):
                query = select(_M.key, _M.conversation).where(_M.owner == self._owner, _M.key.in_(some))
                found.update((key, conversation) for key, conversation in connection.execute(query))
        return found

    def kept(self, conversation: str) -> Kept | None:
        """What is kept of a conversation, None where it is new."""
        if not self._may.conversation(rows.storable(conversation)):
            return None
        with self._transaction() as connection:
            asked = {"of_owner": self._owner, "of_conversation": rows.storable(conversation)}
            found = self._records(connection, _ONE, asked)
        return found[0] if found else None

    def episodes(self, person: str) -> list[Episode]:
        """All conversations with one correspondent, oldest first by their first dated message."""
        if not self._may.person(rows.storable(person)):
            return []
        began = select(func.min(_M.date)).where(_M.owner == _C.owner, _M.conversation == _C.id).scalar_subquery()
        query = (
            select(_D.conversation, _D.state, _D.ask, _C.said, _C.declined, _C.opted_out)
            .select_from(_NEWEST)
            .where(_C.owner == self._owner, _C.person == rows.storable(person))
            .order_by(func.coalesce(began, _D.date, 0), _C.serial)
        )
        with self._transaction() as connection:
            return [rows.episode_of(row) for row in connection.execute(query).mappings()]

    def keep(self, records: Iterable[Kept]) -> None:
        """Write conversations with their messages, reasons and drafts, all in one transaction."""
        pending = list(records)
        if not pending:
            return
        with self._transaction(writes=True) as connection:
            query = select(func.coalesce(func.max(_C.serial), 0)).where(_C.owner == self._owner)
            serial: int = connection.execute(query).scalar_one()
            numbered = list(enumerate(pending, start=serial + 1))
            for batch in _rounds(numbered):
                self._keep(connection, batch)
        for record in pending:
            self._may.keep(record)

    def _names(self) -> Names:
        """All keys, conversations and persons of the owner's."""
        with self._transaction() as connection:
            keys = connection.execute(select(_M.key).where(_M.owner == self._owner)).scalars().all()
            mine = connection.execute(select(_C.id, _C.person).where(_C.owner == self._owner)).all()
        return keys, [row.id for row in mine], [row.person for row in mine]

    def listing(self, limit: int) -> list[Kept]:
        """The conversations that were kept last, newest first."""
        query = _NEWEST_KEPT.order_by(_C.serial.desc(), _C.id).limit(max(limit, 0))
        with self._transaction() as connection:
            return self._records(connection, query, {"of_owner": self._owner})

    def history(self, conversation: str) -> list[tuple[datetime, Disposition]]:
        """Every disposition a conversation ever had, oldest first, with the moment it was written."""
        query = (
            select(DISPOSITIONS)
            .where(_D.owner == self._owner, _D.conversation == rows.storable(conversation))
            .order_by(_D.version)
        )
        with self._transaction() as connection:
            found = connection.execute(query).mappings().all()
        return [(rows.instant(row["written"]), rows.disposition_of(row)) for row in found]

    def teach(self, lesson: Lesson) -> Lesson:
        """Write a lesson about a conversation that is kept, in place of an earlier one; gives it with its number."""
        with self._transaction(writes=True) as connection:
            return lessons.write(connection, self._owner, lesson)

    def lessons(self) -> list[Lesson]:
        """All that the owner taught, by number."""
        with self._transaction() as connection:
            return lessons.read(connection, self._owner)

    def unteach(self, number: int) -> bool:
        """Take a lesson back; False where there is none of that number."""
        with self._transaction(writes=True) as connection:
            return lessons.erase(connection, self._owner, number)

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[Connection]:
        """One transaction, undone by any error; a writing one waits for its turn when it begins."""
        with explained(self._name):
            self._connection.execution_options(writes=writes)
            with self._connection.begin():
                yield self._connection

    def _records(
        self, connection: Connection, query: Select[tuple[object, ...]], asked: Mapping[str, str]
    ) -> list[Kept]:
        found = connection.execute(query, asked).mappings().all()
        seen: dict[str, list[Seen]] = {row["conversation"]: [] for row in found}
        for some in _chunks(list(seen)):
            messages = connection.execute(_SEEN, {"of_owner": self._owner, "of_conversations": some})
            for row in messages.mappings():
                seen[row["conversation"]].append(rows.seen_of(row))
        return [rows.kept_of(row, tuple(seen[row["conversation"]])) for row in found]

    def _keep(self, connection: Connection, batch: Sequence[tuple[int, Kept]]) -> None:
        """Write records of different conversations, each with its serial number."""
        standing = self._standing(connection, [rows.storable(record.disposition.conversation) for _, record in batch])
        written = rows.ticks(self._clock())
        conversations, messages, dispositions, drafts, void = [], [], [], [], []
        for serial, record in batch:
            row = rows.conversation_row(record)
            mine = {"owner": self._owner, "conversation": row["id"]}
            made = rows.disposition_row(record.disposition)
            version, before = standing.get(row["id"], (0, None))
            if made != before:
                version += 1
                dispositions.append(mine | made | {"version": version, "written": written})
            conversations.append(row | {"owner": self._owner, "version": version, "serial": serial})
            messages += [mine | seen | {"serial": serial} for seen in rows.seen_rows(record)]
            step = rows.step_of(record.disposition)
            if step:
                drafts.append(mine | {"step": step, "version": version})
            if not record.said:
                void.append({"of_owner": self._owner, "of_conversation": row["id"], "but": step or ""})
        _write(connection, _upsert(connection, CONVERSATIONS), conversations)
        _write(connection, insert(DISPOSITIONS), dispositions)
        _write(connection, _upsert(connection, MESSAGES), messages)
        _write(connection, _VOID, void)
        _write(connection, _upsert(connection, DRAFTS), drafts)

    def _standing(self, connection: Connection, conversations: Sequence[str]) -> dict[str, tuple[int, rows.Row]]:
        """The version and the newest disposition of those conversations that were kept before."""
        found: dict[str, tuple[int, rows.Row]] = {}
        for some in _chunks(conversations):
            query = (
                select(_D.conversation, _D.version, *_MADE)
                .select_from(_NEWEST)
                .where(_C.owner == self._owner, _C.id.in_(some))
            )
            for row in connection.execute(query).mappings():
                found[row["conversation"]] = row["version"], {column.name: row[column] for column in _MADE}
        return found


def open_engine(engine: Engine, owner: str, *, name: str, clock: Clock = _now) -> SqlLedger:
    """Open the ledger in any database that SQLAlchemy reaches; LedgerError says why it cannot be."""
    return SqlLedger(engine, owner, name=name, clock=clock)


def open_ledger(
    path: Path, owner: str, *, read_only: bool = False, patience: float = PATIENCE, clock: Clock = _now
) -> SqlLedger:
    """Open the ledger in a file, made where it is missing; LedgerError says what to do where that fails.

    With `read_only` nothing on disk changes: what is kept stays in memory, on top of what the file holds,
    if it is there. `patience` is how long to wait for another program that writes, seconds.
    """
    with explained(str(path)):
        engine = copy_engine(path, patience) if read_only else file_engine(path, patience)
    return SqlLedger(engine, owner, name=str(path), clock=clock)


def open_memory(owner: str, *, clock: Clock = _now) -> SqlLedger:
    """Open an empty ledger that is forgotten when it is closed."""
    return SqlLedger(copy_engine(None), owner, name="in memory", clock=clock)


#: The records of an owner with their newest dispositions; of one conversation; and the messages of some. Built once,
#: for building a query takes longer than SQLite takes to answer it.
_NEWEST_KEPT = (
    select(_C.person, _C.judged, _C.fingerprint, _C.said, _C.declined, _C.opted_out, _D.conversation, *_MADE)
    .select_from(_NEWEST)
    .where(_C.owner == bindparam("of_owner"))
)
_ONE = _NEWEST_KEPT.where(_C.id == bindparam("of_conversation"))
_SEEN = (
    select(MESSAGES)
    .where(_M.owner == bindparam("of_owner"), _M.conversation.in_(bindparam("of_conversations", expanding=True)))
    .order_by(_M.conversation, _M.serial, _M.place)
)
#: Takes back the drafts of a conversation but one.
_VOID = delete(DRAFTS).where(
    DRAFTS.c.owner == bindparam("of_owner"),
    DRAFTS.c.conversation == bindparam("of_conversation"),
    DRAFTS.c.step != bindparam("but"),
)


def _write(connection: Connection, statement: Insert | Delete, values: Sequence[rows.Row]) -> None:
    """Run one statement for many rows at once; no rows, no statement."""
    if values:
        connection.execute(statement, values)


def _upsert(connection: Connection, table: Table) -> Insert:
    """An INSERT that replaces the row with the same primary key; only the dialect in use is imported."""
    statement: PostgresInsert | SqliteInsert
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        statement = postgresql.insert(table)
    else:
        from sqlalchemy.dialects import sqlite

        statement = sqlite.insert(table)
    fresh = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=fresh)


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a sequence into pieces that fit an IN list."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _rounds(numbered: Iterable[tuple[int, Kept]]) -> Iterator[list[tuple[int, Kept]]]:
    """Part records so that a round has a conversation once: one kept twice has two dispositions."""
    rounds: list[dict[str, tuple[int, Kept]]] = []
    for serial, record in numbered:
        name = rows.storable(record.disposition.conversation)
        free = next((one for one in rounds if name not in one), None)
        if free is None:
            rounds.append(free := {})
        free[name] = serial, record
    return (list(one.values()) for one in rounds)
