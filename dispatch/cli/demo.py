"""``kentongan demo``: a quiet night of synthetic traffic for a training server, with crews that answer.

Owns the script of the night. Refuses a server that is not in training mode:
invented emergencies must never stand on a live board.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import sys
import threading
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.errors import ConfigurationError, KentonganError, Problem

if TYPE_CHECKING:
    from dispatch.cli.traffic import Caller, Record, Tally

DATA = Path(__file__).resolve().parents[2] / "data"
SCRIPT = DATA / "demo/malam.yaml"
UNITS = DATA / "units/tegal.yaml"
MAX_SPEED = 100.0


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "demo", help="play training traffic to a running training server ('up --demo' does both)"
    )
    parser.add_argument("--server", metavar="URL", required=True)
    parser.add_argument("--token-file", type=Path, required=True, metavar="F", help="a seat on that server")
    parser.add_argument("--script", type=Path, default=SCRIPT, metavar="F", help=f"default {SCRIPT}")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="X times as fast")
    parser.add_argument("--once", action="store_true", help="stop after one night instead of starting the next")
    parser.add_argument("--until-eof", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def enter_demo(environ: MutableMapping[str, str]) -> None:
    """Turn this process and its children to a training centre beside the real one.

    Separate database, an address that is free, never real credentials: nobody outside may be told.
    """
    from dispatch.cli.practice import enter_practice
    from dispatch.settings import load_settings

    settings = load_settings(environ)
    enter_practice(environ, settings, settings.data_dir / "demo")


def run(args: argparse.Namespace) -> int:
    """0 one night was played (or the end was asked for), 1 not a training server, 2 unusable script."""
    speed = min(max(args.speed, 0.01), MAX_SPEED)
    if args.until_eof:
        end_with_standard_input()
    night = read_script(args.script)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_play_nights(args, night, speed))
    return 0


def end_with_standard_input() -> None:
    """Whoever started us is gone when our input closes."""
    import os

    def watch() -> None:
        while os.read(0, 64):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


@dataclass(frozen=True, slots=True)
class Scene:
    """One report of the night."""

    after_s: float
    channel: str
    person: str
    text: str
    place: str = ""
    kecamatan: str = ""
    rings_s: float = 0.0


def read_script(path: Path) -> list[Scene]:
    """The night's reports. Raises ConfigurationError with every entry that cannot be played."""
    import yaml

    from dispatch.cli.traffic import CHANNELS

    try:
        given = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError([Problem(f"cannot be read: {' '.join(str(error).split())}", str(path))]) from error
    entries = given.get("reports") if isinstance(given, dict) else None
    if not isinstance(entries, list) or not entries:
        raise ConfigurationError([Problem("has no list 'reports'", str(path))])
    scenes, problems = [], []
    for number, entry in enumerate(entries, 1):
        try:
            scene = Scene(
                float(entry["after"]), str(entry["channel"]), str(entry["from"]), str(entry.get("text", "")),
                str(entry.get("place", "")), str(entry.get("kecamatan", "")), float(entry.get("rings", 0)),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            problems.append(Problem("needs after, channel and from", str(path), key=f"reports[{number}]"))
            continue
        if scene.channel not in CHANNELS:
            problems.append(Problem(f"unknown channel '{scene.channel}'", str(path), key=f"reports[{number}]"))
        scenes.append(scene)
    if problems:
        raise ConfigurationError(problems)
    return scenes


async def _play_nights(args: argparse.Namespace, night: list[Scene], speed: float) -> None:
    from console.client import Client
    from dispatch.cli.crews import Crews
    from dispatch.cli.traffic import Caller, Tally
    from dispatch.services.reference import load_units
    from dispatch.settings import load_settings

    try:
        token, tally = args.token_file.read_text("ascii", "replace").strip(), Tally()
    except OSError as error:
        why = error.strerror or "cannot be read"
        raise ConfigurationError([Problem(why, file=str(args.token_file), key="--token-file")]) from error
    calling = Caller(load_settings(), args.server, connections=16)
    async with Client(args.server, token=token) as client, calling as caller:
        if (await client.board()).centre.mode != "training":
            raise KentonganError("not_training", f"{args.server} is not in training mode: nothing is sent there")
        phones = {unit.call_sign: unit.phone for unit in load_units(UNITS)}
        crews = asyncio.create_task(Crews(client, caller, tally, speed, phones).work())
        try:
            while True:
                await _play_night(caller, night, tally, speed)
                if args.once:
                    return
        finally:
            crews.cancel()
            print(f"sent {tally.sent} accepted {tally.accepted} failed {tally.failed}", *tally.faults, sep="\n  ",
                  file=sys.stderr)


async def _play_night(caller: Caller, night: list[Scene], tally: Tally, speed: float) -> None:
    """The same story every night, by other people: numbers and ids are new, or it would count as repeated."""
    async with asyncio.TaskGroup() as group:
        for scene, record in zip(night, _cast(night, secrets.token_hex(4), speed), strict=True):
            await asyncio.sleep(scene.after_s / speed)
            group.create_task(caller.send(record, tally))


def _cast(night: list[Scene], name: str, speed: float) -> Iterator[Record]:
    from dispatch.cli.traffic import record_of

    taken: set[str] = set()
    numbers: dict[str, str] = {}
    for index, scene in enumerate(night):
        record = record_of(f"{name}-{index}", scene.channel, numbers.get(scene.person, ""), scene.text, taken,
                           place=scene.place, kecamatan=scene.kecamatan, rings_s=scene.rings_s / speed)
        numbers[scene.person] = record.sender
        yield record
