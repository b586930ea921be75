"""Every alarm the server can raise has its words for a flood, in both languages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_no_alarm_is_counted_under_its_bare_code(lang: str) -> None:
    raised = tomllib.loads((ROOT / f"dispatch/locale/{lang}.toml").read_text("utf-8"))["alarm"]
    words = tomllib.loads((ROOT / f"console/locale/screen_{lang}.toml").read_text("utf-8"))["label"]["alarm"]
    assert set(raised) - set(words) == set()
