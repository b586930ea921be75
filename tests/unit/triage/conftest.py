"""One engine for all triage tests: it is immutable, and loading it for each test would only cost time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dispatch.domain.report import Triage
from dispatch.triage.engine import TriageEngine
from dispatch.triage.load import load_engine

AT = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def engine() -> TriageEngine:
    return load_engine()


@pytest.fixture(scope="session")
def classify(engine: TriageEngine) -> Callable[[str], Triage]:
    def run(text: str) -> Triage:
        return engine.classify(text, at=AT)

    return run
