"""What an operator's client sent, as the commands the services know. Owns nothing but this translation."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from dispatch import grammar, wire
from dispatch.domain.roles import Actor, may
from dispatch.errors import Forbidden, Invalid
from dispatch.grammar import ParsedCommand, Vocabulary
from dispatch.texts import text

LONGEST_KEY = 200
"""Characters; a key is looked up by, and no index holds more than a few thousand bytes."""


def read_commands(command: wire.Command, vocabulary: Vocabulary, actor: Actor) -> list[wire.Command]:
    """The commands with canonical names and parsed arguments. Raises Invalid (``grammar_*``) or Forbidden.

    Words (``line``, or ``args`` as text) are parsed exactly as the console parses them. One command that
    is not allowed refuses the whole line. Each command of a line gets a key of its own, and only the
    first is held to the version.
    """
    if not command.idempotency_key:
        raise Invalid("no_idempotency_key", "idempotency_key is missing: choose a new random one for every command")
    if len(command.idempotency_key) > LONGEST_KEY:
        raise Invalid("long_idempotency_key", "idempotency_key is too long", most=LONGEST_KEY)
    parsed = _parse(command, vocabulary)
    for item in parsed:
        _require_permission(actor, item.verb)
    return [
        replace(
            command, command=item.verb, args=grammar.to_args(grammar.complete(item, command.current)), line="",
            idempotency_key=command.idempotency_key if index == 0 else f"{command.idempotency_key}#{index}",
            expected_version=command.expected_version if index == 0 else None,
        )
        for index, item in enumerate(parsed)
    ]


def _parse(command: wire.Command, vocabulary: Vocabulary) -> list[ParsedCommand]:
    if command.line:
        return grammar.parse(command.line, vocabulary)
    if isinstance(command.args, dict):
        return [_of_object(command.command, command.args)]
    words = command.args if isinstance(command.args, str) else " ".join(command.args)
    return grammar.parse(f"{command.command} {words}", vocabulary)


def _of_object(name: str, args: dict[str, Any]) -> ParsedCommand:
    """Arguments that were parsed by the client, under any name of the verb ('de' brings its preset)."""
    verb = grammar.find_verb(name)
    if "dry" in args or not isinstance(args.get("dry_run", False), bool):
        raise Invalid("bad_arguments", "a dry run is asked for with dry_run: true")  # else it would be done in earnest
    rest = {key: value for key, value in args.items() if key not in ("reason", "dry_run")}
    return ParsedCommand(
        verb.name, {**verb.preset, **rest}, str(args.get("reason") or ""), dry_run=args.get("dry_run") is True
    )


def _require_permission(actor: Actor, verb: str) -> None:
    """Raises Forbidden. ``help`` is everybody's."""
    if verb != "help" and not may(actor.role, verb):
        raise Forbidden("not_your_role", f"role {actor.role} may not {verb}", role=actor.role.value, command=verb)


def help_result(args: dict[str, Any], lang: str, seq: int) -> wire.CommandResult:
    """The syntax of one command, or of all."""
    topic = str(args.get("topic", ""))
    lines = [grammar.syntax(topic, lang)] if topic else grammar.overview(lang)
    return wire.CommandResult(ok=True, seq=seq, message=lines[0], data={"lines": lines})


def search_words(args: dict[str, Any]) -> str:
    """What ``F`` looks for, as words."""
    parts = [args.get("text"), args.get("incident"), *args.get("units", []), args.get("district"), args.get("type")]
    return " ".join(str(part) for part in parts if part)


def found_result(found: wire.SearchResult, lang: str, seq: int) -> wire.CommandResult:
    """The hits as the answer's lines."""
    return wire.CommandResult(
        ok=bool(found.hits), seq=seq, message=text("web.found", lang, count=len(found.hits)),
        data={"lines": [_hit_line(hit) for hit in found.hits], "hits": found.hits},
    )


def _hit_line(hit: wire.SearchHit) -> str:
    number = f"{hit.incident:04d} " if hit.incident else ""
    return f"{number}{hit.title} - {hit.detail}"


def join_results(results: list[wire.CommandResult]) -> wire.CommandResult:
    """One answer for a line of several commands: the last one's, with all that was said and changed."""
    if len(results) == 1:
        return results[0]
    return replace(
        results[-1], ok=all(r.ok for r in results), message="; ".join(r.message for r in results),
        changed=list(dict.fromkeys(key for r in results for key in r.changed)),
    )
