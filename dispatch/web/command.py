"""What an operator's client sent, as the commands the services know. Owns nothing but this translation."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from dispatch import grammar, wire
from dispatch.domain.roles import Actor, may
from dispatch.errors import Forbidden, Invalid
from dispatch.grammar import ParsedCommand, Vocabulary


def read_commands(command: wire.Command, vocabulary: Vocabulary) -> list[wire.Command]:
    """The commands with canonical names and parsed arguments. Raises Invalid (``grammar_*``).

    Words (``line``, or ``args`` as text) are parsed exactly as the console parses them. Of several
    commands on one line each gets a key of its own, and only the first is held to the version.
    """
    if not command.idempotency_key:
        raise Invalid("no_idempotency_key", "idempotency_key is missing: choose a new random one for every command")
    parsed = _parse(command, vocabulary)
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
    rest = {key: value for key, value in args.items() if key not in ("reason", "dry_run")}
    return ParsedCommand(
        verb.name, {**verb.preset, **rest}, str(args.get("reason") or ""), dry_run=args.get("dry_run") is True
    )


def require_permission(actor: Actor, verb: str) -> None:
    """Raises Forbidden. ``help`` is everybody's."""
    if verb != "help" and not may(actor.role, verb):
        raise Forbidden("forbidden", f"role {actor.role} may not {verb}", role=actor.role.value, command=verb)


def help_result(args: dict[str, Any], lang: str, seq: int) -> wire.CommandResult:
    """The syntax of one command, or of all."""
    topic = str(args.get("topic", ""))
    lines = [grammar.syntax(topic, lang)] if topic else grammar.overview(lang)
    return wire.CommandResult(ok=True, seq=seq, message=lines[0], data={"lines": lines})


def join_results(results: list[wire.CommandResult]) -> wire.CommandResult:
    """One answer for a line of several commands: the last one's, with all that was said and changed."""
    if len(results) == 1:
        return results[0]
    return replace(
        results[-1], ok=all(r.ok for r in results), message="; ".join(r.message for r in results),
        changed=list(dict.fromkeys(key for r in results for key in r.changed)),
    )
