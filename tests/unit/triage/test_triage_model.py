"""The statistical layer: raises, never lowers, never dismisses a life at risk; its file is checked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.report import NO_SEVERITY_TYPES
from dispatch.domain.severity import highest
from dispatch.errors import ConfigurationError
from dispatch.learning.corpus import frozen_part
from dispatch.triage.engine import TriageEngine
from dispatch.triage.load import load_engine
from dispatch.triage.model import MODEL_FILE, load_model

AT = datetime(2026, 1, 12, 14, tzinfo=UTC)
WITH, WITHOUT = load_engine(), load_engine(model=None)
FROZEN = frozen_part()
CRITICALS = [example.text for example in FROZEN if example.severity == "critical"]
LEAST_RECALL = 0.95
MOST_DISMISSED = 2
MOST_FALSE = 0.15


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x03\x04 half"])
def test_a_missing_or_damaged_file_is_one_problem(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "m.npz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="scripts/train"):
        load_model(file)


def test_the_shipped_file_is_small() -> None:
    assert MODEL_FILE.stat().st_size < 3_000_000
    assert len(load_model().types) == 19


@given(st.lists(st.sampled_from(" ".join(CRITICALS).split()), min_size=1, max_size=40).map(" ".join))
def test_the_model_only_raises_and_dismisses_no_life(text: str) -> None:
    alone, both = WITHOUT.classify(text, at=AT), WITH.classify(text, at=AT)
    assert both.life_threat >= alone.life_threat
    if alone.life_threat:
        assert both.type not in NO_SEVERITY_TYPES
        assert both.severity is highest(both.severity, alone.severity)


def recall(engine: TriageEngine) -> float:
    return sum(engine.classify(text, at=AT).severity == "critical" for text in CRITICALS) / len(CRITICALS)


def test_the_frozen_gate_of_life_threats_does_not_drop() -> None:
    """Measured on texts of a writer whose words nobody trained on; raise the floor when the figure rises."""
    assert recall(WITH) >= LEAST_RECALL
    assert recall(WITHOUT) < recall(WITH)
    dismissed = sum(WITH.classify(text, at=AT).type in NO_SEVERITY_TYPES for text in CRITICALS)
    assert dismissed <= MOST_DISMISSED
    calm = [example.text for example in FROZEN if example.severity != "critical"]
    assert sum(WITH.classify(text, at=AT).severity == "critical" for text in calm) <= MOST_FALSE * len(calm)
