"""The ledger's schema through time: brings any older database to the newest one, and touches nobody else's.

Alembic and its revisions are loaded only where there is something to do; whether there is takes one plain
query.
"""

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, column, insert, inspect, select, table
from sqlalchemy.exc import OperationalError, ProgrammingError

from kindregards.adapters.tables import METADATA
from kindregards.core.errors import LedgerError

#: The names of all revisions in `versions/`, oldest first.
REVISIONS = ("0001", "0002")
#: Where Alembic writes the revision that a database is at.
_VERSION = table("alembic_version", column("version_num"))


def bring_up(connection: Connection) -> None:
    """Bring the database to the newest schema, in one transaction.

    LedgerError, its text without the ledger's name, where the schema is newer than this program or the
    database is another program's; database errors pass.
    """
    found = _revision(connection)
    if found == REVISIONS[-1]:
        return
    if found is not None and found not in REVISIONS:
        raise LedgerError("it was written by a newer version of this program; update Kind Regards, then run again")
    connection.execution_options(writes=True)
    with connection.begin():
        if found is None and _strange(connection):
            raise LedgerError("this database belongs to another program; name another file for the ledger")
        if found is None and not inspect(connection).get_table_names():
            _create(connection)
        else:
            _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    """Read the revision a database is at, None where it has no version table or an empty one."""
    connection.execution_options(writes=False)
    try:
        with connection.begin():
            return connection.execute(select(_VERSION.c.version_num)).scalar()
    except (OperationalError, ProgrammingError):
        with connection.begin():
            if inspect(connection).has_table(_VERSION.name):
                raise
        return None


def _strange(connection: Connection) -> bool:
    """Tell whether there are tables but no revision: nothing of ours was ever finished there."""
    tables = inspect(connection).get_table_names()
    return bool(tables) and _VERSION.name not in tables


def _create(connection: Connection) -> None:
    """Make a new ledger at the newest schema at once: loading Alembic would double the time of a first run.

    A test holds this to be the same, to the letter, as what the revisions make.
    """
    version = Table(_VERSION.name, MetaData(), Column("version_num", String(32), primary_key=True))
    METADATA.create_all(connection)
    version.create(connection)
    connection.execute(insert(version).values(version_num=REVISIONS[-1]))


def _upgrade(connection: Connection) -> None:
    """Run the missing revisions; another process may have done so by now, then there are none."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
