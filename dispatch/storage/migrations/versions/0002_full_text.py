"""The full-text index behind the search. Its words have changed since: 0003 builds it, over whatever stands here."""

from __future__ import annotations

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Nothing to do on the way to 0003."""
