"""A parsed command back to the line that means it: for history, scripts and the round-trip property."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dispatch.grammar.parse import ParsedCommand
from dispatch.grammar.shape import CURRENT
from dispatch.grammar.verb import names_of, written_as
from dispatch.grammar.vocabulary import EMPTY, Vocabulary

_DIGIT = {"critical": "1", "high": "2", "medium": "3", "low": "4"}
_SPANS = ((86400, "hr"), (3600, "j"), (60, "m"))
_TAIL = ("text", "facility", "scene", "landmark", "caller_name", "callback")
_BETWEEN = ("merge", "divert")
"""Commands from one incident to another: a lone number means the other one."""


def format(parsed: ParsedCommand, vocabulary: Vocabulary = EMPTY) -> str:
    """The line; with the vocabulary it was parsed with, ``parse(format(p)) == [p]``."""
    if parsed.verb == "help":
        topic = parsed.args.get("topic")
        return f"help {topic}" if topic else "?"
    args = parsed.args
    words = [names_of(written_as(parsed.verb, args))[0]]
    if parsed.verb == "remark":
        words += [f"{args['incident']:04d}:"] if "incident" in args else []
    elif parsed.verb == "message":
        words.append(args["to"])
    else:
        words += _write_args(parsed.verb, args, vocabulary)
    words += [args[key] for key in _TAIL if key in args]
    if parsed.reason:
        words.append(f"!{parsed.reason}")
    return ("?" if parsed.dry_run else "") + " ".join(words)


def to_args(parsed: ParsedCommand) -> dict[str, Any]:
    """The arguments as they travel to the server: with ``reason`` and ``dry_run`` when there are any."""
    extra: dict[str, Any] = {}
    if parsed.reason:
        extra["reason"] = parsed.reason
    if parsed.dry_run:
        extra["dry_run"] = True
    return {**parsed.args, **extra}


def _write_args(verb: str, args: Mapping[str, Any], vocabulary: Vocabulary) -> list[str]:
    """Every shape in a fixed order. ``p3`` is understood wherever a severity is."""
    words: list[str] = []
    if "district" in args:
        words.append(vocabulary.district_code(args["district"]))
    if "type" in args:
        words.append(_write_type(args["type"], args.get("subtype", ""), vocabulary))
    if "severity" in args:
        words.append(f"p{_DIGIT[args['severity']]}")
    if args.get("units"):
        words.append("+".join(args["units"]))
    words += args.get("agency", [])
    words += _write_incidents(verb, args)
    words += [f"M-{args['card']:03d}"] if "card" in args else []
    words += [_write_written(args["at"])] if "at" in args else []
    words += [f"{count}{letter}" for letter, count in args.get("more", [])]
    words += [_write_until(args["until"])] if "until" in args else []
    words += [_write_span(args["within_s"])] if "within_s" in args else []
    words += [f">{_write_span(args['older_than_s'])}"] if "older_than_s" in args else []
    words += [str(args[key]) for key in ("code", "pick", "disposition", "verdict") if key in args]
    words += [f"#{args[key]}" for key in ("call", "alarm") if key in args]
    words += [str(item) for item in args.get("items", [])]
    words += [f"@{args['who']}"] if "who" in args else []
    words += [f"kru{args['crew']}"] if "crew" in args else []
    return words


def _write_incidents(verb: str, args: Mapping[str, Any]) -> list[str]:
    numbers = [_write_number(args[key]) for key in ("incident", "to_incident") if key in args]
    if verb in _BETWEEN and "incident" in args and "to_incident" not in args:
        numbers.append("")
    split = [f"-{args['split']:04d}"] if "split" in args else []
    return ([">".join(numbers)] if numbers else []) + split


def _write_number(number: int | str) -> str:
    return CURRENT if number == CURRENT else f"{number:04d}"


def _write_type(code: str, subtype: str, vocabulary: Vocabulary) -> str:
    kind = vocabulary.types.get(code)
    name = kind.short if kind else code
    return f"{name}-{subtype}" if subtype else name


def _write_written(at: Mapping[str, Any]) -> str:
    return f"@{at['date']}-{at['clock']}" if "date" in at else f"@{at['clock']}"


def _write_until(until: Mapping[str, Any]) -> str:
    return str(until["clock"]) if "clock" in until else _write_span(until["minutes"] * 60)


def _write_span(seconds: int) -> str:
    """The largest unit that says it in at most three digits."""
    for size, unit in _SPANS:
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    raise AssertionError("spans are whole minutes")
