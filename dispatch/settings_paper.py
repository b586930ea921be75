"""Settings of the paper bridge: how often the board is printed to files, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dispatch.errors import Problem

KNOWN = ("PAPER_MINUTES", "PAPER_DIR")
DEFAULT_MINUTES = "5"
LONGEST_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Paper:
    """``every_min`` 0: nothing is written by itself, only by hand."""

    folder: Path
    every_min: int = 5


def read_paper(values: Mapping[str, str], data_dir: Path, problems: list[Problem]) -> Paper:
    """The PAPER settings; ``values`` are without their prefix."""
    words = values.get("PAPER_MINUTES") or DEFAULT_MINUTES
    minutes = int(words) if words.isascii() and words.isdigit() and len(words) < 6 else -1
    if not 0 <= minutes <= LONGEST_MIN:
        problems.append(Problem(f"'{words}' is not a number of minutes, 0 (off) to {LONGEST_MIN}",
                                key="KENTONGAN_PAPER_MINUTES"))
    return Paper(Path(values.get("PAPER_DIR") or data_dir / "paper"), max(minutes, 0))
