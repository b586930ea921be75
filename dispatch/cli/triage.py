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

from dispatch.cli import learn
from dispatch.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from dispatch.domain.place import Place
    from dispatch.domain.report import Triage
    from dispatch.domain.routing import RuleSet
    from dispatch.triage.engine import TriageEngine
    from dispatch.triage.model import Model

MAX_LINE_BYTES = 256 * 1024


class BadLine(ValueError):
    """An input line that cannot be classified; its message says what to change."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("triage", help="classify reports from a JSON-lines file, without a server")
    parser.add_argument(
        "--jsonl", metavar="IN", help="one {id,text,channel?} a line; - = standard input"
    )
    parser.add_argument("--out", default="-", metavar="OUT", help="output file; - = standard output (default)")
    parser.add_argument(
        "--why", action="store_true", help="add 'explain': what would change without each cue, and the question to ask"
    )
    parser.add_argument("--rules", metavar="FILE", help="routing rules (default: the settings)")
    parser.add_argument("--gazetteer", metavar="FILE", help="gazetteer CSV to import (default: the settings)")
    parser.set_defaults(run=run)
    learn.add(parser.add_subparsers(dest="step", metavar="STEP"))


def run(args: argparse.Namespace) -> int:
    """0 all lines classified, 1 some line was bad, 2 the rules or a file cannot be used."""
    from dispatch.learning.shelf import in_force
    from dispatch.rules.load import load_rules
    from dispatch.settings import load_settings

    if args.jsonl is None:
        raise ConfigurationError([Problem("is missing: name a file, or one of learn, rollback, models", key="--jsonl")])
    settings = load_settings()
    rules = load_rules(Path(args.rules) if args.rules else settings.rules)
    gazetteer = Path(args.gazetteer) if args.gazetteer else settings.gazetteer
    with contextlib.ExitStack() as stack:
        try:
            source, sink = _open(args, stack)
        except OSError as error:
            raise ConfigurationError([Problem(f"cannot be opened: {error.strerror}", str(error.filename))]) from error
        model = in_force(settings.data_dir, vectors=settings.vectors)
        return _classify_all(source, sink, rules, gazetteer, model, lang=settings.lang if args.why else "")


def _open(args: argparse.Namespace, stack: contextlib.ExitStack) -> tuple[BinaryIO, TextIO]:
    source: BinaryIO = sys.stdin.buffer
    sink: TextIO = sys.stdout
    if args.jsonl != "-":
        source = stack.enter_context(Path(args.jsonl).open("rb"))  # noqa: SIM115 (the stack closes it)
    if args.out != "-":
        sink = stack.enter_context(Path(args.out).open("w", encoding="utf-8"))  # noqa: SIM115
    return source, sink


def _classify_all(
    source: BinaryIO, sink: TextIO, rules: RuleSet, gazetteer: Path | None, model: Model, lang: str = ""
) -> int:
    """``lang``: also explain, in this language."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    import msgspec

    from dispatch.triage.load import load_engine

    engine = load_engine(rules, gazetteer, model)
    now = datetime.now(ZoneInfo(rules.tz_name))
    encode = msgspec.json.Encoder().encode
    bad = 0
    for number, line in _lines(source):
        try:
            answer = classify_line(line, engine, rules, now, lang)
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


def classify_line(
    line: bytes, engine: TriageEngine, rules: RuleSet, now: datetime, lang: str = ""
) -> dict[str, Any]:
    """One input line to one output object; with ``lang`` its explanation in that language is added."""
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
    answer = answer_for(row.get("id"), triage, rules, now, channel)
    if lang:
        from dispatch.services.explanation import explain_text, worded

        answer["explain"] = worded(explain_text(row["text"], engine, rules, now, channel), lang)
    return answer


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
