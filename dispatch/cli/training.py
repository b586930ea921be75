"""``kentongan training``: scenarios and exercises, the debrief of one, and (for ``up --training``) its player."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.errors import ConfigurationError, KentonganError, Problem

if TYPE_CHECKING:
    from dispatch.training.score import Debrief

MAX_NAME = 40


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("training", help="scenarios, exercises and their debriefs")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="the scenarios there are, and the exercises done").set_defaults(run=run_list)
    check = actions.add_parser("check", help="can a scenario be played and judged? exit 2 names every fault")
    check.add_argument("scenario", metavar="SCENARIO", help="a file, a shipped name, or day:YYYY-MM-DD[@SPEED]")
    check.set_defaults(run=run_check)
    debrief = actions.add_parser("debrief", help="what became of an exercise, measured against what should have")
    debrief.add_argument("exercise", nargs="?", default="", metavar="RUN", help="default: the newest")
    debrief.add_argument("--json", action="store_true", help="every figure and verdict as one JSON object")
    debrief.add_argument("--lang", choices=("id", "en"), default=None)
    debrief.set_defaults(run=run_debrief)
    play = actions.add_parser("play")
    play.add_argument("folder", type=Path)
    play.add_argument("--server", required=True)
    play.add_argument("--token-file", type=Path, required=True)
    play.add_argument("--until-eof", action="store_true", help=argparse.SUPPRESS)
    play.set_defaults(run=run_play)


def run_list(args: argparse.Namespace) -> int:
    from dispatch.cli.place import say
    from dispatch.cli.practice import SCENARIOS
    from dispatch.settings import load_settings
    from dispatch.training.run import load_run, run_folders
    from dispatch.training.scenario import read_scenario

    settings = load_settings()
    for path in sorted(SCENARIOS.glob("*.toml")):
        scenario = read_scenario(path)
        say(f"{scenario.name:<20} {scenario.titled(settings.lang)}  ({len(scenario.steps)}, "
            f"{scenario.length_s / 60:.0f} min)")
    for folder in run_folders(settings.data_dir):
        run, done = load_run(folder), _stored(folder)
        score = "-" if done is None or done.score is None else f"{done.score:.0%} (n={done.judged})"
        say(f"{folder.name}  {run.trainee}  {score}")
    return 0


def run_check(args: argparse.Namespace) -> int:
    from dispatch.cli.place import say
    from dispatch.cli.practice import find_scenario
    from dispatch.rules.load import load_rules
    from dispatch.settings import load_settings
    from dispatch.training.scenario import check_scenario

    settings = load_settings()
    scenario = find_scenario(args.scenario, settings)
    if faults := check_scenario(scenario, load_rules(settings.rules)):
        raise ConfigurationError([Problem(said, args.scenario) for said in faults])
    say(f"{scenario.titled(settings.lang)}: {len(scenario.steps)} contacts about {len(scenario.expected)} events in "
        f"{scenario.length_s / 60:.1f} min")
    return 0


def run_debrief(args: argparse.Namespace) -> int:
    """0 there is one, 1 there is no such exercise."""
    from dispatch.settings import load_settings
    from dispatch.training.run import run_folders

    settings = load_settings()
    folders = [f for f in run_folders(settings.data_dir) if args.exercise in ("", f.name)]
    if not folders:
        raise KentonganError("no_exercise", f"no exercise {args.exercise or f'in {settings.data_dir}'}")
    show_debrief(folders[-1], lang=args.lang or settings.lang, as_json=args.json)
    return 0


def show_debrief(folder: Path, *, lang: str, as_json: bool = False) -> None:
    """Judge an exercise, keep what came of it beside it, and print it."""
    import sys

    import msgspec

    from dispatch.cli.place import say
    from dispatch.settings import load_settings
    from dispatch.training.words import debrief_lines

    debrief = judge(folder)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(debrief)).decode() + "\n")
        return
    for line in debrief_lines(debrief, lang, load_settings().tz, _earlier(folder, debrief)):
        say(line)


def judge(folder: Path) -> Debrief:
    """The debrief of a run's folder, from its database; stored as ``debrief.json``."""
    import msgspec

    from dispatch.rules.load import load_rules
    from dispatch.settings import load_settings
    from dispatch.storage.database import Database
    from dispatch.storage.inspection import inspect
    from dispatch.training.facts import last_moment, read_facts
    from dispatch.training.run import DEBRIEF_FILE, database_url, load_run, write_private
    from dispatch.training.score import judge_run

    run = load_run(folder)
    with inspect(Database.of(database_url(folder))) as found:
        ended_at = run.ended_at or last_moment(found, run)
        facts = read_facts(found, run, ended_at)
    debrief = judge_run(run, facts, load_rules(load_settings().rules), ended_at)
    write_private(folder / DEBRIEF_FILE, msgspec.json.format(msgspec.json.encode(debrief)))
    return debrief


def end_exercise(folder: Path, lang: str) -> None:
    """The console is closed: note when, and say what came of it."""
    from datetime import UTC, datetime

    import msgspec

    from dispatch.training.run import load_run, save_run

    save_run(folder, msgspec.structs.replace(load_run(folder), ended_at=datetime.now(UTC)))
    show_debrief(folder, lang=lang)


def _stored(folder: Path) -> Debrief | None:
    import msgspec

    from dispatch.training.run import DEBRIEF_FILE
    from dispatch.training.score import Debrief

    path = folder / DEBRIEF_FILE
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Debrief)
    except msgspec.MsgspecError:
        return None  # of another version: judging the run anew writes it again


def _earlier(folder: Path, debrief: Debrief) -> list[Debrief]:
    from dispatch.training.run import run_folders

    runs = [_stored(other) for other in run_folders(folder.parent.parent) if other.name < folder.name]
    return [
        run for run in runs
        if run is not None and (run.scenario, run.trainee) == (debrief.scenario, debrief.trainee)
    ]


def run_play(args: argparse.Namespace) -> int:
    from dispatch.cli.demo import end_with_standard_input
    from dispatch.cli.player import play_run

    if args.until_eof:
        end_with_standard_input()
    return play_run(args.folder, args.server, args.token_file)
