"""The call entry form: NEW into an incident that exists already, and the question sent to its caller."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dispatch.domain.incident import Incident
from dispatch.domain.report import Channel, NewReport
from dispatch.domain.severity import Severity
from dispatch.errors import Invalid
from dispatch.services import entry, incidents
from dispatch.services.commands import on_incident, on_scene
from dispatch.services.commands.context import Context, Outcome
from dispatch.services.danger import by_radio
from dispatch.services.folding import suggest_anew
from dispatch.services.quiet import is_quiet
from dispatch.services.scene import NOTED
from dispatch.triage.inquiry import KEYS

ANSWERS_LIMIT = 40
SAYS_SOMETHING = (
    "text", "place", "district", "type", "severity", "also", "answers", "caller", "scene", *NOTED,
)
"""One of these an incident begins with. A form in a hurry may know no more than the priority or the number."""


def new(c: Context) -> Outcome:
    """An operator's own report. With ``incident``: what is known by now of a call that is in hand.

    Then ``text`` are the caller's words, ``place`` (and ``district``) where it is, ``type``, ``subtype`` and
    ``severity`` what the operator chose, ``also`` further types, ``answers`` lines of the protocol card; what is noted
    of the scene and the caller as in ``scene``; all of it or nothing is stored. Raises Invalid for a new one of which
    nothing is said: nobody could find it again.
    """
    if c.args.get("incident") is None:
        if not any(_says(c.args.get(key)) for key in SAYS_SOMETHING):
            raise Invalid("nothing_said", "a new incident needs a place or words")
        outcome = on_incident.new(c)
        assert outcome.incident is not None
        item = _place(c, outcome.incident)
        if c.args.get("subtype") or c.args.get("also"):
            item = _judgement(replace(c, args={**c.args, "severity": ""}), item)
        item = on_scene.note(c, item)
        _note_answers(c, item)
        return replace(outcome, incident=suggest_anew(c.tx, item, c.actor.name, c.knowledge))
    known = incidents.see_incident(c.tx, incidents.require_open(_incident(c)), c.actor.name, c.knowledge)
    item = _words(c, known)
    item = _place(c, item)
    item = on_scene.note(c, _judgement(c, item))
    _note_answers(c, item)
    item = suggest_anew(c.tx, item, c.actor.name, c.knowledge)
    return on_incident.done(
        "entered", item, type=item.type, rank=item.severity.rank if item.severity else "-",
        radio=by_radio(c.tx, known.scene, item, c.lang),
    )


def _says(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _incident(c: Context) -> Incident:
    return c.incident(check_version=False)


def _words(c: Context, item: Incident) -> Incident:
    words = str(c.args.get("text", "")).strip()
    if not words:
        return item
    report = NewReport(
        channel=Channel.OPERATOR, external_id=f"{c.actor.name}:{c.key}", text=words, received_at=c.tx.now,
        sender=item.caller, sender_name=c.actor.name,
    )
    return entry.add_words(c.tx, item, report, c.knowledge)


def _place(c: Context, item: Incident) -> Incident:
    """As LOKASI would: an ambiguous one stays asked for."""
    where = {key: c.args[key] for key in ("district",) if c.args.get(key)}
    if c.args.get("place"):
        where["text"] = str(c.args["place"])
    if not where:
        return item
    asked: dict[str, Any] = {"incident": item.number, **where}
    placed = on_incident.locate(replace(c, args=asked, expected_version=None)).incident
    assert placed is not None
    return placed


def _judgement(c: Context, item: Incident) -> Incident:
    """What a person chose, where it is not so already. Lowering asks for a reason, here as everywhere."""
    kind, subtype = str(c.args.get("type") or ""), str(c.args.get("subtype") or "")
    also = _listed(c, "also")
    if (kind and (kind, subtype or item.subtype) != (item.type, item.subtype)) or not set(also) <= set(item.types):
        chosen = (kind, subtype) if kind else (item.type, item.subtype)
        item = incidents.set_type(c.tx, item, *chosen, actor=c.actor.name, knowledge=c.knowledge, also=tuple(also))
    if c.args.get("severity"):
        severity = c.need_as("severity", Severity)
        item = incidents.set_severity(
            c.tx, item, severity, reason=c.reason, actor=c.actor.name, knowledge=c.knowledge
        )
    return item


def _note_answers(c: Context, item: Incident) -> None:
    """The protocol card as it was answered, one line of the chronology."""
    if answers := _listed(c, "answers"):
        said = "; ".join(answers)
        incidents.add_remark(c.tx, item, said, actor=c.actor.name, card=True)


def _listed(c: Context, key: str) -> list[str]:
    """A list of texts among the arguments. Raises Invalid."""
    listed = c.args.get(key) or []
    if not isinstance(listed, list):
        raise Invalid("bad_arguments", f"{key} must be a list")
    return [str(entry) for entry in listed[:ANSWERS_LIMIT]]


def ask(c: Context) -> Outcome:
    """``message`` with ``question``: a question of the inquiry table to the incident's caller, as one SMS."""
    question = str(c.need("question"))
    if question not in KEYS:
        raise Invalid("no_question", f"no question '{question}'", question=question)
    item = _incident(c)
    if any(phone and is_quiet(c.tx, phone) for phone in (item.caller, item.callback)):
        c.confirm("confirm_quiet", f"{item.number} is silenced", number=item.number)
    told = entry.ask_caller(c.tx, item, question, actor=c.actor.name, knowledge=c.knowledge)
    return on_incident.done("asked", item, question=told)
