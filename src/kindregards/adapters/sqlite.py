"""SQLite as the ledger needs it: how a file is opened and written, what errors mean (RELIABILITY §5).

All that is SQLite's own stands here; `ledger` speaks to any database. WAL lets a reader and a writer work
at once, synchronous=FULL makes a commit outlive a power cut, secure_delete leaves nothing of a deleted row
in the file.
"""

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from kindregards.core.errors import LedgerError

#: How long to wait for another program that writes, seconds.
PATIENCE = 5.0
#: A file up to this many bytes is looked through when it is opened; a larger one tells of damage when it is
#: read.
SMALL = 4 << 20

_PRAGMAS = (
    "foreign_keys=ON",
    "secure_delete=ON",
    "synchronous=FULL",
    "journal_mode=WAL",
    "trusted_schema=OFF",
)

#: The beginning of an SQLite error's name -> what it means and what to do.
_ADVICE = {
    "SQLITE_FULL": "the disk is full and what was being written is undone; free some space, then run again",
    "SQLITE_BUSY": "another program is using it; wait until that one is done, then run again",
    "SQLITE_LOCKED": "another program is using it; wait until that one is done, then run again",
    "SQLITE_READONLY": "you may not write there; get the right to for file and folder, or name another file",
    "SQLITE_PERM": "you may not open it; get the right to read and write it, or name another",
    "SQLITE_CANTOPEN": "it cannot be opened; see that you may read and write the file and its folder",
    "SQLITE_NOTADB": "this file is no ledger; move it away or name another file",
    "SQLITE_CORRUPT": "the file is damaged; put back a copy, or move it away to begin a new ledger",
    "SQLITE_IOERR": "the disk does not work as it should; check it, then run again",
}


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn the errors of a database and the file system into a LedgerError that says what to do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as why:
        raise LedgerError(f"ledger {name}: {_meaning(why)}") from why


def file_engine(path: Path, patience: float = PATIENCE) -> Engine:
    """Open a ledger file for reading and writing, made where it is missing; wrap in `explained`.

    A new folder gets mode 0700, the file 0600. `patience` in seconds. LedgerError where the file cannot be
    used.
    """
    _make_ready(path)

    def connect() -> sqlite3.Connection:
        return _connect(str(path), patience)

    return _engine(connect)


def copy_engine(path: Path | None, patience: float = PATIENCE) -> Engine:
    """Open a copy in memory of a ledger file, an empty one where there is no file.

    What is written is gone at the end; the file is opened read-only, and no file is made beside it.
    """

    def connect() -> sqlite3.Connection:
        memory = _connect(":memory:", patience)
        if path is not None and path.exists():
            with closing(sqlite3.connect(_read_only(path), uri=True, timeout=patience)) as source:
                source.backup(memory)
            _look_through(memory, path)
        return memory

    return _engine(connect)


def _engine(connect: Callable[[], sqlite3.Connection]) -> Engine:
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Begin a transaction ourselves: the driver would not for DDL and reads (PEP 249 is not kept there).

    IMMEDIATE takes the one writer's place at once, so that nothing read before a write can be stale.
    """
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _connect(name: str, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=patience, isolation_level=None)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()
        if name != ":memory:":
            _look_through(connection, Path(name))
    except BaseException:
        connection.close()
        raise
    return connection


def _look_through(connection: sqlite3.Connection, path: Path) -> None:
    """Raise SQLite's own error where a small database is damaged."""
    if path.stat().st_size > SMALL:
        return
    found = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != ("ok",):
        raise LedgerError(f"ledger {path}: {_ADVICE['SQLITE_CORRUPT']}")


def _make_ready(path: Path) -> None:
    """Make the file and its folders where they are missing, private ones; OSError where that fails."""
    if path.is_dir():
        raise LedgerError(f"ledger {path}: this is a folder; name a file in it")
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    found = path.stat()
    if found.st_mode & 0o077 and found.st_uid == os.geteuid():
        path.chmod(stat.S_IMODE(found.st_mode) & 0o700)


def _read_only(path: Path) -> str:
    """The URI to read a file by; with no log beside it nobody has it open, and none need be made."""
    log = path.with_name(path.name + "-wal")
    return f"{path.absolute().as_uri()}?mode=ro" + ("" if log.exists() else "&immutable=1")


def _meaning(why: Exception) -> str:
    cause = getattr(why, "orig", None) or why
    name = getattr(cause, "sqlite_errorname", "")
    for beginning, advice in _ADVICE.items():
        if name.startswith(beginning):
            return advice
    if isinstance(cause, PermissionError):
        return _ADVICE["SQLITE_READONLY"]
    text = getattr(cause, "strerror", None) or str(cause)
    return " ".join(text.split())[:300] or type(cause).__name__
