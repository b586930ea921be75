"""Since when a rush of incidents lasts: so that its begin and its end are told once, whoever notices them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("head", sa.Column("rush_since", sa.BigInteger, nullable=True))
