"""The tables of the ledger as SQLAlchemy Core metadata, the same for SQLite and PostgreSQL (RELIABILITY §5).

Every row belongs to an owner. A conversation points at its newest disposition by `version`; dispositions
are only ever added, so they are the history as well. A draft is the one live disposition of its step that
carries a reply: the primary key (owner, conversation, step) is what makes "at most once" true whatever the
program above does.

Reasons, pointers and the reply are JSON in a text column: they are read and written whole with their
disposition and never asked for by part, so tables of their own would add rows and joins and answer no
question. Moments are integers, microseconds since 1970 in UTC: exact for every `datetime`, in order as they
stand in an index, the same in both databases, and read without parsing; what is lost is the zone they were
written in.

Keys and indexes begin with the telling column, the owner stands second: of a file without statistics SQLite
believes that any first column is a narrow search, and with the owner first it would read everything.

No text of a message is kept here, only of our own replies. Changes to this file need a migration beside it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import REAL, TypeEngine

#: Names for constraints, so that a later migration can name what it alters.
NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
METADATA = MetaData(naming_convention=NAMES)

# STRICT tables know INTEGER, REAL, TEXT and BLOB only, hence a variant for each type that is called
# otherwise.
MOMENT = BigInteger().with_variant(Integer(), "sqlite")
COUNT = BigInteger().with_variant(Integer(), "sqlite")
FLAG = Boolean().with_variant(Integer(), "sqlite")
PROBABILITY: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")

#: `serial` counts what is kept, so that "kept last" does not hang on a clock.
CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("judged", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("said", FLAG, nullable=False),
    Column("declined", MOMENT),
    Column("opted_out", FLAG, nullable=False),
    Column("version", COUNT, nullable=False),
    Column("serial", COUNT, nullable=False),
    Index("ix_conversations_person", "person", "owner"),
    Index("ix_conversations_serial", "owner", "serial"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

#: One row a message, never its text; `serial` and `place` give the order in which the conversation was told.
MESSAGES = Table(
    "messages",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("message_id", Text),
    Column("date", MOMENT),
    Column("outgoing", FLAG, nullable=False),
    Column("serial", COUNT, nullable=False),
    Column("place", COUNT, nullable=False),
    ForeignKeyConstraint(["owner", "conversation"], ["conversations.owner", "conversations.id"], ondelete="CASCADE"),
    Index("ix_messages_conversation", "conversation", "owner", "serial", "place"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# Rows of a kilobyte or two: in a table without rowid each would take an overflow page of its own.
DISPOSITIONS = Table(
    "dispositions",
    METADATA,
    Column("conversation", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("version", COUNT, primary_key=True),
    Column("written", MOMENT, nullable=False),
    Column("message_id", Text),
    Column("sender_name", Text, nullable=False),
    Column("sender_address", Text, nullable=False),
    Column("sender_url", Text, nullable=False),
    Column("date", MOMENT),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("ask", Text),
    Column("turn", Text, nullable=False),
    Column("relevant", FLAG),
    Column("action", Text, nullable=False),
    Column("confidence", PROBABILITY, nullable=False),
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("pointers", Text, nullable=False),
    Column("reply", Text),
    Column("traits", Text),
    ForeignKeyConstraint(["owner", "conversation"], ["conversations.owner", "conversations.id"], ondelete="CASCADE"),
    sqlite_strict=True,
)

DRAFTS = Table(
    "drafts",
    METADATA,
    Column("conversation", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("version", COUNT, nullable=False),
    ForeignKeyConstraint(
        ["owner", "conversation", "version"],
        ["dispositions.owner", "dispositions.conversation", "dispositions.version"],
        ondelete="CASCADE",
    ),
    CheckConstraint("step IN ('no', 'pointer', 'welcome', 'invitation')", name="step"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

#: What the owner taught, one lesson a conversation. `traits` are those of the message when it was taught: a lesson
#: stays what it was whatever the conversation becomes.
LESSONS = Table(
    "lessons",
    METADATA,
    Column("conversation", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("number", COUNT, nullable=False),
    Column("message", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("ask", Text),
    Column("traits", Text),
    Column("taught", MOMENT, nullable=False),
    ForeignKeyConstraint(["owner", "conversation"], ["conversations.owner", "conversations.id"], ondelete="CASCADE"),
    Index("ix_lessons_number", "number", "owner", unique=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
