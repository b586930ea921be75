"""What every console test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy import SnapshotAssertion

from tests.console.pictures import Album


@pytest.fixture
def album(snapshot: SnapshotAssertion, tmp_path: Path) -> Album:
    """Pictures of one run of an app, at the three sizes."""
    return Album(snapshot, tmp_path)
