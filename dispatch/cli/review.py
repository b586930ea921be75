"""``kentongan review``: disposed contacts that may have been none, and a supervisor's verdict with one key."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from dispatch.cli.place import say

if TYPE_CHECKING:
    from dispatch.services.review import Found, Suspect

KEYS = {"o": "ok", "m": "miss"}


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "review", help="what was disposed of as junk and may have been none; exit 1 when something waits",
        description="Without a number: the list; on a terminal each is asked about: o junk it was, m a miss (opened "
        "again), q ends, any other key leaves it for later.",
    )
    parser.add_argument("number", nargs="?", type=int, help="incident to judge")
    parser.add_argument("verdict", nargs="?", choices=("ok", "miss"))
    parser.add_argument("--days", type=int, default=7, help="how far back, 1 to 30 (default 7)")
    parser.add_argument("--reason", default="", help="kept with the verdict")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from dispatch.errors import ConfigurationError, Problem

    if (args.number is None) is not (args.verdict is None):
        raise ConfigurationError([Problem("a verdict needs a number and a number a verdict: review 1051 miss")])
    if args.number is not None:
        _judge(args.number, args.verdict, args.reason)
        return 0
    found = _read(args.days)
    if args.json:
        _print_json(found)
    elif sys.stdin.isatty() and sys.stdout.isatty():
        return _ask_each(found, args.reason)
    else:
        _print_list(found)
    return 1 if found.suspects else 0


def _read(days: int) -> Found:
    from datetime import UTC, datetime

    from dispatch.rules.load import load_rules
    from dispatch.services.review import find_suspects
    from dispatch.settings import load_settings
    from dispatch.storage.database import Database
    from dispatch.storage.inspection import inspect

    settings = load_settings()
    centre = load_rules(settings.rules).centre
    with inspect(Database.of(settings.database_url)) as database:
        return find_suspects(
            lambda statement, **given: database.all(statement, centre=centre, **given), datetime.now(UTC), days
        )


def _judge(number: int, verdict: str, reason: str) -> None:
    from dispatch.cli.transaction import admin, change
    from dispatch.rules.load import load_rules
    from dispatch.services.knowledge import Knowledge
    from dispatch.services.review import judge_contact
    from dispatch.settings import load_settings
    from dispatch.storage.incidents import find_incident
    from dispatch.triage.load import load_engine

    settings = load_settings()
    rules = load_rules(settings.rules)
    knowledge = Knowledge(rules, load_engine(rules, settings.gazetteer), settings.lang)
    change(lambda tx: judge_contact(
        tx, find_incident(tx, number), verdict, actor=admin(), knowledge=knowledge, reason=reason
    ))
    say(f"{number}: {'junk it was' if verdict == 'ok' else 'a miss, opened again'}")


def _print_json(found: Found) -> None:
    import msgspec

    for suspect in found.suspects:
        fields = {name: getattr(suspect, name) for name in suspect.__slots__ if name != "caller"}
        say(msgspec.json.encode(fields).decode())


def _print_list(found: Found) -> None:
    say(f"{len(found.suspects)} of {found.disposed} disposed contacts may be misses, {found.reviewed} reviewed")
    for suspect in found.suspects:
        say(_line(suspect))


def _line(suspect: Suspect) -> str:
    from dispatch.texts import text

    why = "; ".join(text(f"review.{sign}", "en") for sign in suspect.signs)
    return text(
        "review.line", "en", number=suspect.number, at=f"{suspect.at.astimezone():%d-%m %H:%M}", who=suspect.closed_by,
        disposition=suspect.disposition, why=why, text=" ".join(suspect.text.split())[:80],
    )


def _ask_each(found: Found, reason: str) -> int:
    left = len(found.suspects)
    for suspect in found.suspects:
        say(_line(suspect))
        print("o junk it was, m a miss, q end, any other key later: ", end="", flush=True)
        key = _one_key()
        say(key)
        if key == "q":
            break
        if key in KEYS:
            _judge(suspect.number, KEYS[key], reason)
            left -= 1
    return 1 if left else 0


def _one_key() -> str:
    """The next key of the terminal, without Enter."""
    import termios
    import tty

    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd, termios.TCSADRAIN)
        return os.read(fd, 1).decode("ascii", "replace").casefold()
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
