"""One exercise: its folder with a database of its own, who is being trained, and what is to be played.

``run.json`` is all that player and debrief need; ``debrief.json`` beside it is what came of it.
"""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

import msgspec

from dispatch.errors import ConfigurationError, Problem
from dispatch.training.scenario import Scenario

FOLDER = "training"
RUN_FILE, DEBRIEF_FILE, DATABASE_FILE = "run.json", "debrief.json", "kentongan.sqlite3"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """``ended_at`` None: still going on, or it ended with the machine."""

    id: str
    scenario: Scenario
    trainee: str
    centre: str
    started_at: datetime
    ended_at: datetime | None = None


def key_of(run_id: str, index: int) -> str:
    """The provider's id of a step's message or call, without its two letters."""
    return hashlib.sha256(f"{run_id}-{index}".encode()).hexdigest()[:32]


def database_url(folder: Path) -> str:
    return f"sqlite:///{folder / DATABASE_FILE}"


def new_folder(data_dir: Path, name: str, at: datetime) -> Path:
    """A folder that did not exist before, for this OS user only. Its name is the run's id."""
    parent = data_dir / FOLDER
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(1, 100):
        folder = parent / f"{at:%Y%m%d-%H%M%S}-{name}{'' if number == 1 else f'-{number}'}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise ConfigurationError([Problem("no free name for a new exercise", str(parent))])


def save_run(folder: Path, run: Run) -> None:
    write_private(folder / RUN_FILE, msgspec.json.format(msgspec.json.encode(run)))


def load_run(folder: Path) -> Run:
    """Raises ConfigurationError when it is no exercise."""
    path = folder / RUN_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except (OSError, msgspec.MsgspecError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError([Problem(f"is no exercise: {why}", str(path))]) from error


def run_folders(data_dir: Path) -> list[Path]:
    """All exercises, the oldest first."""
    return sorted(path.parent for path in (data_dir / FOLDER).glob(f"*/{RUN_FILE}"))


def write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by this OS user only."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)
