"""The full-text index behind the search, filled from what is stored."""

from __future__ import annotations

from alembic import op

from dispatch.storage.migrations.full_text import create_full_text

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Both engines keep it themselves from here on."""
    create_full_text(op.get_bind())
