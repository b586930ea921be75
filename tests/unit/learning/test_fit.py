"""The trainer: same examples, same file; and the server does without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dispatch.errors import ConfigurationError
from dispatch.learning.corpus import Example, load_examples
from dispatch.learning.fit import fit
from dispatch.triage.load import load_engine
from dispatch.triage.model import load_model, save_model

WORDS = {
    "fire": "api asap atap kobong hangus menyala gudang dapur genting arang",
    "medical": "bapak sesak pucat dada napas lemas muntah pingsan kejang demam",
    "waste": "sampah menumpuk bau lalat kali plastik selokan tps got diangkut",
}


def examples() -> list[Example]:
    return [
        Example(f"{a} {b} di sini dari tadi pagi", kind, "critical" if a == line.split()[0] else "low")
        for kind, line in WORDS.items()
        for a in line.split()
        for b in line.split()
        if a < b
    ]


def test_the_same_examples_make_the_same_model_and_it_survives_the_file(tmp_path: Path) -> None:
    engine = load_engine(model=None)
    one, two = fit(examples(), engine), fit(examples(), engine)
    assert np.array_equal(one.weights, two.weights)
    assert one.calibration == two.calibration
    save_model(one, tmp_path / "m.npz")
    again = load_model(tmp_path / "m.npz")
    reading = engine.read("ada asap hitam dan api di atap dapur")
    assert again.judge(reading) == one.judge(reading)
    opinion = again.judge(reading)
    assert max(opinion.types, key=lambda kind: opinion.types[kind]) == "fire"
    assert sum(opinion.types.values()) == pytest.approx(1)
    assert set(again.words_for(reading, "fire")) <= {"ada", "asap", "hitam", "dan", "api", "di", "atap", "dapur"}


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text('{"text": "a", "type": "fire"}\n{"text": 3}\n')
    with pytest.raises(ConfigurationError, match="line 2"):
        load_examples([file])


def test_the_server_never_imports_the_training_library() -> None:
    code = "import sys, dispatch.app, dispatch.triage.load as l; l.load_engine(); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"
