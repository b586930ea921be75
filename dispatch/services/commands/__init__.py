"""Operator commands: one entry for console, line mode and API. One transaction a command.

``run_command`` checks the role, answers a repeated idempotency key with the first result, runs the
handler, and keeps what undo needs. ``submit_command`` puts it through the committer.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch import wire
from dispatch.domain.roles import PERMISSIONS, Actor, may
from dispatch.domain.routing import RuleSet
from dispatch.errors import Forbidden, Invalid, KentonganError
from dispatch.services.commands import (
    on_call,
    on_entry,
    on_incident,
    on_review,
    on_roster,
    on_scene,
    on_seat,
    on_shift,
    on_unit,
)
from dispatch.services.commands.context import Context, Outcome
from dispatch.services.commands.on_paper import enter_paper
from dispatch.services.commands.trial import tried
from dispatch.services.commands.wording import worded
from dispatch.services.knowledge import Knowledge
from dispatch.services.paper_entry import at_its_time, name_incident
from dispatch.services.undo import CANNOT_UNDO, DID_NOTHING, UNDO_S, remember, remember_inverse, undo_record
from dispatch.storage.assignments import live_assignments_of
from dispatch.storage.committer import Committer
from dispatch.storage.incidents import BY_NUMBER
from dispatch.storage.statement import Statement
from dispatch.storage.tables import command_log
from dispatch.storage.transaction import Tx
from dispatch.texts import text

Handler = Callable[[Context], Outcome]
READS = frozenset({"view", "why", "find", "filter", "roster"})
"""Commands that change nothing: no idempotency record, no version check."""
UNDOABLE = frozenset({
    "dispatch", "enroute", "arrive", "transport", "facility", "clear", "withdraw", "divert", "backup", "locate",
    "priority", "type", "scene", "hold", "close", "reopen", "confirm", "off", "on",
})
KNOWN_KEY = Statement(
    select(command_log.c.result, command_log.c.command, command_log.c.arguments).where(
        command_log.c.centre == bindparam("centre"), command_log.c.key == bindparam("key")
    )
)

HANDLERS: dict[str, Handler] = {
    "new": lambda c: enter_paper(c) if c.args.get("card") is not None else on_entry.new(c),
    "locate": on_incident.locate, "priority": on_incident.priority,
    "type": on_incident.set_type, "scene": on_scene.scene, "remark": on_incident.remark, "hold": on_incident.hold,
    "close": on_incident.close, "merge": on_incident.merge, "split": on_incident.split, "open": on_incident.open_,
    "reopen": on_incident.reopen, "confirm": on_incident.confirm,
    "why": lambda c: on_unit.about(c) if c.units else on_incident.why(c),
    "view": lambda c: on_unit.about(c) if c.units else on_incident.view(c),
    "dispatch": on_unit.dispatch, "backup": on_unit.backup, "withdraw": on_unit.withdraw, "divert": on_unit.divert,
    "off": on_unit.off, "on": on_unit.on,
    "message": lambda c: on_entry.ask(c) if c.args.get("question") else on_unit.message(c),
    **dict.fromkeys(on_unit.MOVES, on_unit.move),
    "answer": on_seat.answer, "hangup": on_call.hangup, "dispose": on_seat.dispose,
    "probe": on_seat.probe, "silence": on_incident.silence, "seat": on_seat.seat,
    "acknowledge": on_seat.acknowledge, "shelve": on_seat.shelve, "undo": on_seat.undo, "handover": on_shift.handover,
    "review": on_review.review, "roster": on_roster.roster,
    "callhold": on_call.callhold, "mute": on_call.mute, "transfer": on_call.transfer,
    "conference": on_call.conference, "listen": on_call.listen, "coach": on_call.listen,
}


class DryRun(KentonganError):
    """Carries the result of a command that was run to be looked at; raising it undoes everything."""

    status = 200

    def __init__(self, result: wire.CommandResult) -> None:
        super().__init__("dry_run")
        self.result = result


async def submit_command(
    committer: Committer, command: wire.Command, actor: Actor, knowledge: Knowledge, lang: str
) -> wire.CommandResult:
    """Run a command durably; a dry run (``args.dry_run``) tells its effects and stores nothing."""
    if not command.idempotency_key:
        # Chosen here, not inside: a command that runs again after a lost commit must find its first outcome.
        command = msgspec.structs.replace(command, idempotency_key=secrets.token_hex(8))
    try:
        return await committer.run(lambda tx: run_command(tx, command, actor, knowledge, lang))
    except DryRun as dry:
        return dry.result


def run_command(
    tx: Tx, command: wire.Command, actor: Actor, knowledge: Knowledge, lang: str = "id"
) -> wire.CommandResult:
    """Run one command whose ``command`` is a canonical verb and whose ``args`` are an object.

    Raises Refused (and its kinds) with nothing stored; a dry run raises DryRun, and asks for no second Enter.
    """
    verb = command.command
    if verb not in PERMISSIONS or verb not in HANDLERS:
        raise Invalid("no_command", f"unknown command '{verb}'", command=verb)
    if not may(actor.role, verb):
        raise Forbidden("not_your_role", f"{actor.role} may not {verb}", role=actor.role.value, command=verb)
    if not isinstance(command.args, dict):
        raise Invalid("bad_arguments", "args must be an object at this point")
    key = f"{actor.name}:{command.idempotency_key}" if command.idempotency_key else ""
    known = tx.first(KNOWN_KEY, key=key) if key else None
    arguments = _digest(command.args)
    if known is not None and (known["command"], known["arguments"]) != (verb, arguments):
        raise Invalid("key_used", f"this idempotency key was used for another '{known['command']}'")
    if known is not None:
        return msgspec.json.decode(known["result"], type=wire.CommandResult)
    dry_run, began = command.args.get("dry_run") is True and verb not in READS, tx.head.seq
    args = name_incident(tx, verb, command.args)
    work = at_its_time(tx, verb, args, knowledge.rules.tz_name)
    context = Context(
        work, verb, args, actor, knowledge, command.expected_version, command.confirmed or dry_run,
        command.idempotency_key or secrets.token_hex(8), lang,
    )
    before = remember(tx, _incident_ids(tx, args, context.units), context.units) if verb in UNDOABLE else None
    outcome = HANDLERS[verb](context)
    if outcome.inverse is not None:
        # It moves reports: taken back by its opposite, not by putting rows back.
        before = remember_inverse(tx, *outcome.inverse)
    did_nothing = tx.head.seq == began
    result = _result(work, outcome, knowledge.rules, lang, undoable=before is not None and not did_nothing)
    if dry_run:
        raise DryRun(tried(work, result, began, outcome.incident, knowledge.rules, lang))
    if verb not in READS:
        tx.insert(
            command_log, key=key or f"{actor.name}:{context.key}", at=tx.now_ms, seq=tx.head.seq, actor=actor.name,
            command=verb, arguments=arguments,
            result=msgspec.json.encode(result).decode(),
            undo=DID_NOTHING if did_nothing else undo_record(tx, before) if before else CANNOT_UNDO,
            incident_id=outcome.incident.id if outcome.incident else None,
        )
    return result


def _digest(args: dict[str, Any]) -> str:
    """Tells a repeated command from another one under the same key."""
    return hashlib.sha256(msgspec.json.encode(args, order="sorted")).hexdigest()


def _incident_ids(tx: Tx, args: dict[str, Any], signs: list[str]) -> list[int]:
    """Rows of the incidents the arguments name, and of those the named units are on."""
    numbers = [args[key] for key in ("incident", "to_incident") if isinstance(args.get(key), int)]
    rows = [tx.first(BY_NUMBER, number=number) for number in numbers]
    ids = [row["id"] for row in rows if row is not None]
    for sign in signs:
        ids += [a.incident_id for a in live_assignments_of(tx, sign)]
    return ids


def _result(tx: Tx, outcome: Outcome, rules: RuleSet, lang: str, *, undoable: bool) -> wire.CommandResult:
    message = text(f"result.{outcome.key}", lang, **worded(outcome.params, rules, lang))
    if tx.entered_at is not None:
        message += " " + text("result.written", lang)
    return wire.CommandResult(
        ok=True, seq=tx.head.seq, message=" ".join(message.split()),  # a part that is absent leaves no gap
        changed=outcome.touched, incident=outcome.incident.number if outcome.incident else None,
        undo_s=UNDO_S if undoable else 0, data=outcome.data,
    )
