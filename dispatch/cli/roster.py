"""``kentongan roster``: who is on call, and dated changes of the plan. Works on the database, server running or not."""

from __future__ import annotations

import argparse
import csv
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.cli.place import say
from dispatch.cli.transaction import admin, change
from dispatch.errors import Invalid, Refused

if TYPE_CHECKING:
    from dispatch.domain.routing import RuleSet
    from dispatch.services.knowledge import Knowledge
    from dispatch.storage.transaction import Tx

COLUMNS = ("agency", "from", "to", "outgoing", "incoming", "reason")
MOST_ROWS = 2_000
WHEN = "local time such as 2026-12-24T19:00"


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("roster", help="who is on call, and changes of the plan")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="who is on call now, changes to come, holes; exit 1 when there is a hole")
    show.add_argument("agency", nargs="?", default="")
    show.add_argument("--days", type=int, default=14, choices=range(1, 93), metavar="1..92", help="how far to look")
    show.set_defaults(run=run_show)
    fixed = actions.add_parser("set", help="these people, and nobody else, are on call for a time")
    fixed.add_argument("agency")
    fixed.add_argument("people", help="keys from the rules, separated by commas; '-' = nobody")
    fixed.add_argument("--for", dest="outgoing", default="", help="only instead of this person")
    _with_span(fixed)
    fixed.set_defaults(run=run_set)
    swap = actions.add_parser("swap", help="two people do each other's duty for a time")
    swap.add_argument("agency")
    swap.add_argument("one")
    swap.add_argument("other")
    _with_span(swap)
    swap.set_defaults(run=run_swap)
    load = actions.add_parser("import", help=f"many changes from a CSV file with the columns {','.join(COLUMNS)}")
    load.add_argument("file", type=Path)
    load.set_defaults(run=run_import)
    cancel = actions.add_parser("cancel", help="take a change back")
    cancel.add_argument("id", type=int)
    cancel.set_defaults(run=run_cancel)


def _with_span(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="start", required=True, metavar="TIME", help=WHEN)
    parser.add_argument("--to", dest="end", required=True, metavar="TIME", help=WHEN)
    parser.add_argument("--reason", default="")


def _rules() -> RuleSet:
    from dispatch.rules.load import load_rules
    from dispatch.settings import load_settings

    return load_rules(load_settings().rules)


def _moment(words: str, rules: RuleSet) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        raise Invalid("bad_time", f"'{words}' is not a {WHEN}") from None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(rules.tz_name))


def _people(words: str) -> tuple[str, ...]:
    return () if words.strip() == "-" else tuple(name.strip() for name in words.split(",") if name.strip())


def run_show(args: argparse.Namespace) -> int:
    """Exit 1 when somewhere in the days ahead nobody is on call."""
    from datetime import timedelta

    from dispatch.services.roster import find_holes, find_strangers, roster_lines
    from dispatch.storage.rosters import coming_changes

    rules = _rules()
    agencies = [args.agency] if args.agency else list(rules.rosters)
    lines, rows, now = change(
        lambda tx: (roster_lines(tx, _knowledge(rules), agencies, "id"), coming_changes(tx), tx.now)
    )
    for line in lines:
        say(line)
    for row in rows:
        if row["agency"] in agencies:
            say(_change_line(row, rules))
    holes = [hole for hole in find_holes(rules, rows, now, timedelta(days=args.days)) if hole.agency in agencies]
    for sentence in (*(hole.say(rules, "id") for hole in holes), *find_strangers(rules, rows, "id")):
        say(f"!! {sentence}")
    return 1 if holes else 0


def _knowledge(rules: RuleSet) -> Knowledge:
    """Enough to name people; no text is read here."""
    from dispatch.services.knowledge import Knowledge

    return Knowledge(rules, None)  # type: ignore[arg-type]


def _change_line(row: dict[str, Any], rules: RuleSet) -> str:
    from zoneinfo import ZoneInfo

    from dispatch.domain.instant import from_ms

    zone = ZoneInfo(rules.tz_name)
    start, end = (from_ms(row[name]).astimezone(zone).strftime("%Y-%m-%d %H:%M") for name in ("starts_at", "ends_at"))
    who = f"{row['outgoing'] or '*'} -> {row['incoming'] or '-'}"
    return f"#{row['id']} {row['agency']} {start} .. {end} {who} {row['reason']}".rstrip()


def run_set(args: argparse.Namespace) -> int:
    from dispatch.services.roster import change_roster

    rules = _rules()
    start, end = _moment(args.start, rules), _moment(args.end, rules)
    change_id = change(lambda tx: change_roster(
        tx, rules, args.agency, outgoing=args.outgoing, incoming=_people(args.people), start=start, end=end,
        actor=admin(), reason=args.reason,
    ))
    say(f"change #{change_id} stored")
    return 0


def run_swap(args: argparse.Namespace) -> int:
    from dispatch.services.roster import swap_people

    rules = _rules()
    start, end = _moment(args.start, rules), _moment(args.end, rules)
    ids = change(lambda tx: swap_people(
        tx, rules, args.agency, args.one, args.other, start=start, end=end, actor=admin(), reason=args.reason
    ))
    say(f"changes #{ids[0]} and #{ids[1]} stored")
    return 0


def run_cancel(args: argparse.Namespace) -> int:
    from dispatch.services.roster import restore_roster

    change(lambda tx: restore_roster(tx, args.id, admin()))
    say(f"change #{args.id} taken back")
    return 0


def run_import(args: argparse.Namespace) -> int:
    """All rows or none: a file with a fault changes nothing, and every fault is named with its line."""
    rules = _rules()
    rows = _read(args.file)
    faults: list[str] = []

    def store(tx: Tx) -> int:
        for line, row in rows:
            try:
                _store_row(tx, rules, row)
            except Refused as error:
                faults.append(f"{args.file}:{line}: {error}")
        if faults:
            raise Invalid("bad_file", f"{len(faults)} faults, nothing was stored")
        return len(rows)

    try:
        count = change(store)
    except Invalid:
        for fault in faults:
            print(fault, file=sys.stderr)
        raise
    say(f"{count} changes stored")
    return 0


def _store_row(tx: Tx, rules: RuleSet, row: dict[str, str]) -> None:
    from dispatch.services.roster import change_roster

    change_roster(
        tx, rules, row["agency"], outgoing=row["outgoing"], incoming=_people(row["incoming"]),
        start=_moment(row["from"], rules), end=_moment(row["to"], rules), actor=admin(), reason=row["reason"],
    )


def _read(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Line number and values of each row. Raises Invalid."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not reader.fieldnames or not set(COLUMNS[:3]) <= set(reader.fieldnames):
                raise Invalid("bad_file", f"{path}: the first line must name the columns {','.join(COLUMNS)}")
            rows = [
                (reader.line_num, {name: (row.get(name) or "").strip() for name in COLUMNS}) for row in reader
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid("bad_file", f"{path}: {error}") from None
    if not rows or len(rows) > MOST_ROWS:
        raise Invalid("bad_file", f"{path}: {len(rows)} rows, expected 1 to {MOST_ROWS}")
    return rows
