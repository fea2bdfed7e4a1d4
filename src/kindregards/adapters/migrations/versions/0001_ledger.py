"""The first ledger: conversations, messages, dispositions, drafts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
PROBABILITY: TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    """Create the four tables with their indexes."""
    _conversations()
    _messages()
    _dispositions()
    _drafts()


def downgrade() -> None:
    """Drop everything the ledger remembers."""
    for table in ("drafts", "dispositions", "messages", "conversations"):
        op.drop_table(table)


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("judged", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("said", FLAG, nullable=False),
        sa.Column("declined", WHOLE),
        sa.Column("opted_out", FLAG, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("serial", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", "owner", name=op.f("pk_conversations")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_conversations_person", "conversations", ["person", "owner"])
    op.create_index("ix_conversations_serial", "conversations", ["owner", "serial"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text()),
        sa.Column("date", WHOLE),
        sa.Column("outgoing", FLAG, nullable=False),
        sa.Column("serial", WHOLE, nullable=False),
        sa.Column("place", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("key", "owner", name=op.f("pk_messages")),
        _of_conversation("messages"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_messages_conversation", "messages", ["conversation", "owner", "serial", "place"])


def _dispositions() -> None:
    op.create_table(
        "dispositions",
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("message_id", sa.Text()),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("sender_address", sa.Text(), nullable=False),
        sa.Column("sender_url", sa.Text(), nullable=False),
        sa.Column("date", WHOLE),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ask", sa.Text()),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("relevant", FLAG),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("confidence", PROBABILITY, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("pointers", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text()),
        sa.PrimaryKeyConstraint("conversation", "owner", "version", name=op.f("pk_dispositions")),
        _of_conversation("dispositions"),
        sqlite_strict=True,
    )


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("conversation", "owner", "step", name=op.f("pk_drafts")),
        sa.ForeignKeyConstraint(
            ["owner", "conversation", "version"],
            ["dispositions.owner", "dispositions.conversation", "dispositions.version"],
            name=op.f("fk_drafts_dispositions"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("step IN ('no', 'pointer', 'welcome', 'invitation')", name=op.f("ck_drafts_step")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["owner", "conversation"],
        ["conversations.owner", "conversations.id"],
        name=op.f(f"fk_{table}_conversations"),
        ondelete="CASCADE",
    )
