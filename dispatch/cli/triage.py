"""``kentongan triage --jsonl IN [--out OUT]``: one JSON object per line in, one decision per line out.

Streams: holds one line at a time. Needs no server and no database.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

if TYPE_CHECKING:
    from datetime import datetime

    from dispatch.domain.place import Place
    from dispatch.domain.report import Triage
    from dispatch.domain.routing import RuleSet
    from dispatch.triage.engine import TriageEngine

MAX_LINE_BYTES = 256 * 1024


class BadLine(ValueError):
    """An input line that cannot be classified; its message says what to change."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("triage", help="classify reports from a JSON-lines file, without a server")
    parser.add_argument(
        "--jsonl", required=True, metavar="IN", help="input file, one {id,text,channel?} a line; - = stdin"
    )
    parser.add_argument("--out", default="-", metavar="OUT", help="output file; - = stdout (default)")
    parser.add_argument(
        "--rules", metavar="FILE", default=None, help="routing rules (default: KENTONGAN_RULES or routing_rules.yaml)"
    )
    parser.add_argument("--gazetteer", metavar="FILE", default=None, help="gazetteer CSV to import")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 all lines classified, 1 some line was bad, 2 the rules or a file cannot be used."""
    from dispatch.errors import ConfigurationError

    try:
        with contextlib.ExitStack() as stack:
            source, sink = _open(args, stack)
            rules = _rules(args.rules)
            return _classify_all(source, sink, rules, Path(args.gazetteer) if args.gazetteer else None)
    except ConfigurationError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
    except BrokenPipeError:
        return 1
    except OSError as error:
        print(f"kentongan triage: {error}", file=sys.stderr)
    return 2


def _open(args: argparse.Namespace, stack: contextlib.ExitStack) -> tuple[BinaryIO, TextIO]:
    source: BinaryIO = sys.stdin.buffer
    sink: TextIO = sys.stdout
    if args.jsonl != "-":
        source = stack.enter_context(open(args.jsonl, "rb"))
    if args.out != "-":
        sink = stack.enter_context(open(args.out, "w", encoding="utf-8"))
    return source, sink


def _rules(named: str | None) -> RuleSet:
    import os

    from dispatch.rules.load import load_rules

    return load_rules(Path(named or os.environ.get("KENTONGAN_RULES", "routing_rules.yaml")))


def _classify_all(source: BinaryIO, sink: TextIO, rules: RuleSet, gazetteer: Path | None) -> int:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    import msgspec

    from dispatch.triage.load import load_engine

    engine = load_engine(rules, gazetteer)
    now = datetime.now(ZoneInfo(rules.tz_name))
    encode = msgspec.json.Encoder().encode
    bad = 0
    for number, line in _lines(source):
        try:
            answer = classify_line(line, engine, rules, now)
        except BadLine as error:
            bad += 1
            print(f"line {number}: {error}", file=sys.stderr)
            continue
        sink.write(encode(answer).decode("utf-8") + "\n")
    sink.flush()
    return 1 if bad else 0


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Numbered lines without the empty ones; an over-long one is cut, and then refused as bad JSON."""
    number = 0
    while line := source.readline(MAX_LINE_BYTES):
        number += 1
        complete = line.endswith(b"\n")
        while not complete:
            rest = source.readline(MAX_LINE_BYTES)
            complete = not rest or rest.endswith(b"\n")
        if line.strip():
            yield number, line


def classify_line(line: bytes, engine: TriageEngine, rules: RuleSet, now: datetime) -> dict[str, Any]:
    """One input line to one output object."""
    import msgspec

    from dispatch.domain.report import Channel

    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadLine(f"not valid JSON ({error})") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadLine('expected an object with a "text" string, such as {"id": "1", "text": "..."}')
    name = row.get("channel") or Channel.SMS
    try:
        channel = Channel(name)
    except ValueError as error:
        raise BadLine(f"unknown channel {name!r}; one of {', '.join(Channel)}") from error
    triage = engine.classify(row["text"], at=now, channel=channel)
    return answer_for(row.get("id"), triage, rules, now, channel)


def answer_for(key: Any, triage: Triage, rules: RuleSet, now: datetime, channel: str) -> dict[str, Any]:
    from dispatch.domain.routing import decide
    from dispatch.rules.cases import facts_of_triage

    facts = facts_of_triage(rules, triage, now, channel)
    decision = decide(rules, facts)
    return {
        "id": key,
        "type": triage.type,
        "also_types": list(triage.also_types),
        "subtype": triage.subtype or None,
        "severity": decision.severity,
        "life_threat": triage.life_threat,
        "confidence": triage.confidence,
        "agencies": list(decision.agencies),
        "place": _place(triage.place),
        "unsure": triage.unsure,
        "question": triage.question or None,
        "language": triage.language,
        "why": [{"effect": r.effect, "value": r.value, "rule": r.rule, "words": list(r.words)} for r in triage.reasons],
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "code": place.code or None,
        "desa": place.desa or None,
        "kecamatan": place.kecamatan or None,
        "landmark": place.landmark or None,
        "ambiguous": place.ambiguous,
        "candidates": [{"code": c.code, "desa": c.desa or None, "kecamatan": c.kecamatan} for c in place.candidates],
        "outside": place.outside or None,
        "lat": place.lat,
        "lon": place.lon,
        "text": place.text,
    }
