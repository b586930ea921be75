"""Beside the real centre: a training centre with a folder, a database and an address of its own.

Owns that an exercise never touches what is live: another database, nobody's credentials, a free address.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
from collections.abc import MutableMapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from dispatch.settings import Settings
    from dispatch.training.scenario import Scenario

SCENARIOS = Path(__file__).resolve().parents[2] / "data/scenarios"
DAY = "day:"
MAX_SPEED = 60.0
UNITS = "units"


def enter_practice(environ: MutableMapping[str, str], live: Settings, folder: Path) -> None:
    """Turn this process and its children to a training centre in ``folder``.

    Separate database, an address that is free, never real credentials: nobody outside may be told.
    """
    from dispatch.cli.place import answers
    from dispatch.training.run import database_url

    refuse_same(live.database_url, database_url(folder))
    listen = live.listen
    if live.mode != "training" and answers(listen):
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
    else:
        address = f"unix:{listen.path}" if listen.path else f"{listen.host}:{listen.port}"
    environ.update({
        "KENTONGAN_MODE": "training", "KENTONGAN_DATA_DIR": str(folder), "KENTONGAN_DATABASE_URL": "",
        "KENTONGAN_LISTEN": address, "KENTONGAN_PUBLIC_URL": "", "KENTONGAN_TWILIO_ACCOUNT_SID": "",
        "KENTONGAN_TWILIO_API_BASE": "", "KENTONGAN_TWILIO_AUTH_TOKEN": live.twilio.auth_token or secrets.token_hex(16),
        "KENTONGAN_GAZETTEER": str(live.gazetteer.absolute()) if live.gazetteer else "",
    })


def refuse_same(live_url: str, training_url: str) -> None:
    """Raises ConfigurationError when both are one database, by whatever way their paths lead there."""
    from dispatch.storage.database import Database

    live, training = Database.of(live_url), Database.of(training_url)
    if live.dialect == training.dialect and Path(live.dsn).resolve() == Path(training.dsn).resolve():
        said = f"{live.display} is the live database: an exercise needs one of its own"
        raise ConfigurationError([Problem(said, key="KENTONGAN_DATA_DIR")])


def begin_exercise(wanted: str, trainee: str, environ: MutableMapping[str, str]) -> Path:
    """Prepare a run of a scenario or of a past day and turn this process to it; returns the run's folder.

    Raises ConfigurationError for what cannot be played, with nothing left behind.
    """
    from dispatch.rules.load import load_rules
    from dispatch.settings import load_settings
    from dispatch.training.run import Run, new_folder, save_run
    from dispatch.training.scenario import check_scenario

    live = load_settings(environ)
    rules = load_rules(live.rules)
    scenario = find_scenario(wanted, live)
    if faults := check_scenario(scenario, rules):
        raise ConfigurationError([Problem(said, wanted) for said in faults])
    now = datetime.now(UTC)
    folder = new_folder(live.data_dir.absolute(), scenario.name, now.astimezone(live.tz))
    enter_practice(environ, live, folder)
    _take_units(live.data_dir.absolute().parent / UNITS, folder.parent / UNITS)
    save_run(folder, Run(id=folder.name, scenario=scenario, trainee=trainee, centre=rules.centre, started_at=now))
    return folder


def _take_units(own: Path, to: Path) -> None:
    """A centre's own units file lies beside its data folder: the exercise finds it beside its own."""
    for file in own.glob("*.yaml") if own.is_dir() else ():
        to.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(file, to / file.name)
        os.chmod(to / file.name, 0o600)


def find_scenario(wanted: str, live: Settings) -> Scenario:
    """A file, the name of a shipped one, or ``day:YYYY-MM-DD[@SPEED]``. Raises ConfigurationError."""
    from dispatch.training.scenario import read_scenario

    if wanted.startswith(DAY):
        return _past_day(wanted.removeprefix(DAY), live)
    path = Path(wanted)
    if not path.is_file():
        path = SCENARIOS / f"{wanted}.toml"
    if not path.is_file():
        names = sorted(file.stem for file in SCENARIOS.glob("*.toml"))
        from difflib import get_close_matches

        nearest = get_close_matches(wanted, names, 1)
        said = f"no scenario '{wanted}': name a file, one of {', '.join(names)}, or day:YYYY-MM-DD"
        raise ConfigurationError([Problem(said, key="--training", nearest=nearest[0] if nearest else "")])
    return read_scenario(path)


def _past_day(words: str, live: Settings) -> Scenario:
    """``YYYY-MM-DD[@SPEED]`` of the live database, which is opened for reading only."""
    from dispatch.rules.load import load_rules
    from dispatch.storage.database import Database
    from dispatch.storage.inspection import inspect
    from dispatch.training.day import read_day

    written, _, times = words.partition("@")
    try:
        day, speed = date.fromisoformat(written), float(times or 1)
    except ValueError:
        day, speed = date.min, 0.0
    if not 1 <= speed <= MAX_SPEED:
        said = f"'{DAY}{words}' is not {DAY}YYYY-MM-DD[@SPEED] with a speed of 1 to {MAX_SPEED:.0f}"
        raise ConfigurationError([Problem(said, key="--training")])
    with inspect(Database.of(live.database_url)) as found:
        return read_day(found, load_rules(live.rules).centre, day, live.tz, speed)
