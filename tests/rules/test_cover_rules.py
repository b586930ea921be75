"""The cover section of a rules file: what it is built into, and every fault with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.routing import Cover
from dispatch.services.centre import describe_centre
from dispatch.settings import load_settings
from tests.rules.small_rules import SMALL, faults, parsed

COVER = """\
cover:
  - {agency: fire, least: 2}
  - {agency: fire, least: 1, district: SLW}
"""


def test_a_minimum_is_of_the_centre_or_of_a_district() -> None:
    assert faults(SMALL + COVER) == []
    assert parsed(SMALL + COVER).cover == (Cover("fire", 2), Cover("fire", 1, "Slawi"))
    assert parsed(SMALL).cover == ()


def test_the_consoles_are_told(tmp_path: Path) -> None:
    settings = load_settings({"KENTONGAN_DATA_DIR": str(tmp_path)}, env_file=tmp_path / "no.env")
    told = describe_centre(settings, parsed(SMALL + COVER), {}, [], "id").cover
    assert [(row.agency, row.minimum, row.kecamatan) for row in told] == [("fire", 2, ""), ("fire", 1, "Slawi")]


@pytest.mark.parametrize(("old", "new", "message"), [
    ("agency: fire, least: 2", "agency: fier, least: 2", "unknown agency 'fier'"),
    ("district: SLW", "district: SLV", "unknown district 'SLV'"),
    ("least: 2", "least: 0", "expected a number of units"), ("least: 2", "least: 1.5", "half a unit"),
    (", district: SLW", "", "stands already on line"),
])
def test_a_fault_names_its_line(old: str, new: str, message: str) -> None:
    text = SMALL + COVER.replace(old, new, 1)
    found = [problem for problem in faults(text) if message in str(problem)]
    assert found, faults(text)
    assert text.splitlines()[found[0].line - 1].startswith(("cover", "  - {agency"))
