"""``kentongan log``: verify the event log's chain, hand it out as JSON lines or CSV, print signed handovers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dispatch.cli.place import current_database, say
from dispatch.cli.transaction import admin, run_in

if TYPE_CHECKING:
    from dispatch.storage.database import Database

FIELDS = ("centre", "seq", "at", "actor", "kind", "incident_id", "touched", "data", "prev_hash", "hash")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("log", help="verify or export the event log")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="walk the whole chain; exit 1 names the first broken link")
    verify.add_argument("--centre", default="", help="only this centre")
    verify.set_defaults(run=run_verify)
    export = actions.add_parser("export", help="write the log, oldest line first")
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl")
    export.add_argument("--centre", default="", help="only this centre")
    export.add_argument("--from", dest="first", type=int, default=1, metavar="SEQ")
    export.add_argument("--to", dest="last", type=int, default=0, metavar="SEQ", help="default: to the end")
    export.add_argument("--out", type=Path, help="default: standard output")
    export.set_defaults(run=run_export)
    signed = actions.add_parser("handover", help="print what was signed at the last shift handovers")
    signed.add_argument("--last", type=_count, default=1, metavar="N", help="how many (default 1)")
    signed.add_argument("--centre", default="", help="only this centre")
    signed.set_defaults(run=run_handover)


def _count(words: str) -> int:
    """1 to 1000; argparse says the rest."""
    count = int(words)
    if not 1 <= count <= 1000:
        raise argparse.ArgumentTypeError("a number from 1 to 1000")
    return count


def run_handover(args: argparse.Namespace) -> int:
    """Exit 1 when nothing was ever signed."""
    from dispatch.storage.inspection import inspect

    with inspect(current_database()) as found:
        centres = [args.centre] if args.centre else found.centres()
        signed = [lines for centre in centres for lines in found.handovers(centre, args.last)]
    for line in (line for lines in signed for line in [*lines, ""]):
        say(line)
    if not signed:
        say("no handover was signed yet")
    return 0 if signed else 1


def run_verify(args: argparse.Namespace) -> int:
    from dispatch.storage.inspection import inspect

    broken = False
    with inspect(current_database()) as found:
        for centre in [args.centre] if args.centre else found.centres():
            verdict = found.verify_log(centre)
            if verdict.broken is None:
                say(f"{centre}: {verdict.lines} lines, chain whole")
                continue
            broken = True
            say(f"{centre}: broken at line {verdict.broken.seq}: {verdict.broken.reason} ({verdict.lines} lines hold)")
    return 1 if broken else 0


def run_export(args: argparse.Namespace) -> int:
    """Who hands the log out is in the log, before a line of it is: what cannot be written down is not handed out.

    Where nobody could write it down, in a copy or by a role that may only read, it is said instead.
    """
    from dispatch.storage.inspection import LAST_SEQ, inspect

    write = _write_csv if args.format == "csv" else _write_jsonl
    database = current_database()
    with inspect(database) as found:
        centres = [centre for centre in found.centres() if args.centre in ("", centre)]
        is_noted = found.is_writable()
    if not is_noted:
        print(f"{database.display} may only be read: that it was exported is not in its log", file=sys.stderr)
    ends = {centre: _note_export(database, centre, args) - 1 if is_noted else LAST_SEQ for centre in centres}
    with inspect(database) as found, _output(args.out) as out:
        write(
            out,
            (
                {name: line[name] for name in FIELDS}
                for centre, end in ends.items()
                for line in found.lines(centre, after=args.first - 1, to=min(args.last or end, end))
            ),
        )
    return 0


def _note_export(database: Database, centre: str, args: argparse.Namespace) -> int:
    """The line that says so; the export ends before it, as an export of the console does."""
    from dispatch.services.audit_reading import EXPORTED

    part = [f"from:{args.first}"] if args.first > 1 else []
    part += [f"to:{args.last}"] if args.last else []
    asked = " ".join(("log", args.format, *part))
    return run_in(database, centre, lambda tx: tx.emit(EXPORTED, admin(), asked=asked))


@contextmanager
def _output(path: Path | None) -> Iterator[IO[str]]:
    if path is None:
        yield sys.stdout
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        yield out


def _rfc3339(at_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")


def _write_jsonl(out: IO[str], lines: Iterable[dict[str, Any]]) -> None:
    """``at`` stays the stored number: together with the hashes every line can be checked by a third party."""
    import json

    for line in lines:
        readable = {**line, "time": _rfc3339(line["at"])}
        # Escaped beyond ASCII: line separators and escape sequences of outside text stay data in every reader.
        out.write(json.dumps(readable) + "\n")


def _write_csv(out: IO[str], lines: Iterable[dict[str, Any]]) -> None:
    """For spreadsheets: a cell that would be taken for a formula gets an apostrophe in front."""
    import csv

    from console.spreadsheet import safe_cell

    writer = csv.writer(out)
    writer.writerow([*FIELDS, "time"])
    for line in lines:
        cells = [*line.values(), _rfc3339(line["at"])]
        writer.writerow([safe_cell(cell) for cell in cells])
