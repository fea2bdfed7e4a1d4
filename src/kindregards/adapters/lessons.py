"""The owner's lessons in the ledger: written, read and taken back inside a transaction of the ledger's.

A conversation has one lesson at most, which the primary key sees to, and a lesson keeps its number when it is taught
anew. What a lesson means is `core.lessons`'.
"""

from sqlalchemy import Connection, delete, func, insert, select

from kindregards.adapters import rows
from kindregards.adapters.tables import LESSONS
from kindregards.core.lessons import Lesson

_L = LESSONS.c


def write(connection: Connection, owner: str, lesson: Lesson) -> Lesson:
    """Put a lesson in the place of an earlier one about its conversation; the lesson with the number it got."""
    mine = _L.owner == owner
    row = rows.lesson_row(lesson)
    here = mine & (_L.conversation == row["conversation"])
    number = connection.execute(select(_L.number).where(here)).scalar()
    if number is None:
        number = connection.execute(select(func.coalesce(func.max(_L.number), 0)).where(mine)).scalar_one() + 1
    connection.execute(delete(LESSONS).where(here))
    connection.execute(insert(LESSONS), [row | {"owner": owner, "number": number}])
    found = connection.execute(select(LESSONS).where(here)).mappings().one()
    return rows.lesson_of(found)


def read(connection: Connection, owner: str) -> list[Lesson]:
    """All lessons of an owner, by number; LedgerError where one makes no sense to this version."""
    query = select(LESSONS).where(_L.owner == owner).order_by(_L.number)
    return [rows.lesson_of(row) for row in connection.execute(query).mappings()]


def erase(connection: Connection, owner: str, number: int) -> bool:
    """Delete a lesson; whether there was one."""
    return connection.execute(delete(LESSONS).where(_L.owner == owner, _L.number == number)).rowcount > 0
