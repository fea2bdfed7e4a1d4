"""Learning from the owner: what a judged message was like, and the lessons."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the traits of dispositions, unknown for those that are there, and the table of lessons."""
    op.add_column("dispositions", sa.Column("traits", sa.Text()))
    op.create_table(
        "lessons",
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("ask", sa.Text()),
        sa.Column("traits", sa.Text()),
        sa.Column("taught", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("conversation", "owner", name=op.f("pk_lessons")),
        sa.ForeignKeyConstraint(
            ["owner", "conversation"],
            ["conversations.owner", "conversations.id"],
            name=op.f("fk_lessons_conversations"),
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_lessons_number", "lessons", ["number", "owner"], unique=True)


def downgrade() -> None:
    """Forget what was taught."""
    op.drop_table("lessons")
    op.drop_column("dispositions", "traits")
