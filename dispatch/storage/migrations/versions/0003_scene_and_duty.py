"""What is noted of a scene and its caller, who was on duty when, and a full-text index that knows these words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.storage.migrations.full_text import create_full_text, drop_full_text

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """The index goes first: its triggers name the columns."""
    drop_full_text(op.get_bind())
    for name, empty in (("caller_name", ""), ("callback", ""), ("scene", "{}")):
        op.add_column("incident", sa.Column(name, sa.Text, nullable=False, server_default=empty))
    op.add_column("operator", sa.Column("on_paper", sa.Integer, nullable=False, server_default="0"))
    op.add_column("command_log", sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "duty",
        sa.Column("centre", sa.Text, nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("operator", sa.Text, nullable=False, server_default=""),
        sa.Column("role", sa.Text, nullable=False, server_default=""),
        sa.Column("on_at", sa.BigInteger, nullable=False),
        sa.Column("off_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("centre", "id", name="pk_duty"),
    )
    op.create_index("ix_duty_centre_off_at", "duty", ["centre", "off_at"])
    op.create_index("ix_duty_centre_operator_off_at", "duty", ["centre", "operator", "off_at"])
    create_full_text(op.get_bind())
