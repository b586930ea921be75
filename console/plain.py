"""Rows as plain lines of text, for screen readers, serial lines and scripts. Owns their wording.

No columns, no glyphs, no clocks that tick. Everything that came from outside is made visible, never obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from console.labels import known_words, label, label_or, reason_of
from console.store import live_assignments
from console.texts import DEFAULT, LANGUAGES, text
from console.view.naming import event_numbers
from console.view.reasons import argued
from console.view.scene import danger_parts, people_parts
from console.view.visible import visible
from dispatch.grammar import Numbers
from dispatch.wire import (
    CallRow,
    CentreRow,
    IncidentDetail,
    IncidentRow,
    ReachRow,
    SearchHit,
    UnitRow,
)

RANKS = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}
TIMELINE_LIMIT = 40
ANSWER_LIMIT = 200


class Plain:
    """Words for the rows of one centre in one language."""

    def __init__(self, centre: CentreRow, lang: str) -> None:
        self.centre, self.lang = centre, lang if lang in LANGUAGES else DEFAULT
        self.numbers = Numbers(centre.mode == "training")
        self._tz = ZoneInfo(centre.timezone)

    def incident(self, row: IncidentRow) -> str:
        """One line that tells a dispatcher what it is, where, and who is on it."""
        units = " ".join(a.unit or a.agency for a in live_assignments(row))
        head = (RANKS.get(row.severity or "", ""), self.numbers.told(row.number), self.kind(row))
        parts = [
            " ".join(part for part in head if part),
            self._place(row),
            self._word("status", row.status),
            text("line.life_threat", self.lang) if row.life_threat else "",
            text("line.unsure", self.lang) if row.unsure else "",
            label("screen.detail.quiet", self.lang) if row.quiet else "",
            text("line.merged", self.lang, number=self.numbers.told(row.merged_into)) if row.merged_into else "",
            text("line.units", self.lang, units=units) if units else "",
            text("line.reports", self.lang, n=row.reports) if row.reports > 1 else "",
            text("line.opened", self.lang, time=self.time(row.opened_at)),
        ]
        return visible(", ".join(part for part in parts if part))

    def unit(self, row: UnitRow) -> str:
        on = text("line.on_incident", self.lang, number=self.numbers.told(row.incident)) if row.incident else ""
        parts = [f"{row.call_sign} {row.name}", self._word("unit", row.status), on, row.kecamatan, row.note]
        return visible(", ".join(part for part in parts if part))

    def call(self, row: CallRow) -> str:
        on = text("line.on_incident", self.lang, number=self.numbers.told(row.incident)) if row.incident else ""
        known = label("screen.call_known", self.lang, known=known_words(row.known, self.lang)) if row.known else ""
        state = [self._word("call", row.status), self.time(row.rang_at), row.operator, on, known]
        line = [text("line.claim_stale", self.lang)] if row.claim == "stale" else []
        line += [text("line.muted", self.lang)] if row.muted else []
        line += [f"{leg.who or leg.role} {text(f'line.leg_{leg.status}', self.lang)}" for leg in row.legs]
        parts = [f"#{row.id} {row.caller}", *state, *line]
        return visible(", ".join(part for part in parts if part))

    def hit(self, hit: SearchHit) -> str:
        at = self.time(hit.at, day=True) if hit.at else ""
        kind, _, key = (hit.key if ":" in hit.key else f"{hit.kind}:{hit.key}").partition(":")
        if kind == "incident" and key.isdecimal():
            key = self.numbers.told(int(key))
        return visible(", ".join(part for part in (f"{kind}:{key}", hit.title, hit.detail, at) if part))

    def detail(self, detail: IncidentDetail) -> Iterator[str]:
        """Everything about one incident, the most pressing first, the chronology last."""
        row = detail.incident
        yield self.incident(row)
        yield self._say("place", place=self._place(row))
        if row.place.landmark:
            yield self._say("landmark", landmark=row.place.landmark)
        if noted := [*danger_parts(row.scene, self.lang), *people_parts(row.scene, self.lang)]:
            yield self._say("scene", words=", ".join(noted))
        if detail.caller_name or detail.callback:
            yield self._say("to_ring", who=f"{detail.caller_name} {detail.callback}".strip())
        for report in detail.reports:
            yield self._say("report", channel=report.channel, time=self.time(report.received_at),
                            sender=report.sender, text=report.text)
        for clock in row.clocks:
            subject = f" {clock.subject}" if clock.subject != "incident" else ""
            yield self._say("clock", phase=self._word("phase", clock.phase), subject=subject,
                            state=self._word("clock", clock.state), time=self.time(clock.due_at))
        for one in row.assignments:
            reached = max(one.at.values(), default=None)
            yield self._say("assignment", unit=one.unit or one.agency, status=self._word("assignment", one.status),
                            time=self.time(reached) if reached else "")
        for step in detail.reaching:
            yield self._reach(step)
        for other in row.duplicates:
            yield self._say("duplicate", number=self.numbers.told(other.number),
                            reason=reason_of(other.reason, other.params, "", self.lang))
        for advice in detail.recommendation:
            yield self._say("recommendation", text=self._advice(advice))
        for line in detail.timeline[:TIMELINE_LIMIT]:
            told = self.numbers.marked(line.text or line.kind, event_numbers(line))
            yield self._say("timeline", time=self.time(line.at), actor=line.actor, text=told)

    def _reach(self, step: ReachRow) -> str:
        """One step of reaching a team: when, whom, over what, and what came of it or that it is still to come."""
        at = step.fired_at or step.due_at
        names = ", ".join(
            f"{told.name} {told.to} {self._word('message', told.status)} {self._word('reach', told.outcome)}".strip()
            for told in step.told
        )
        return self._say("reach", subject=step.subject, time=self.time(at) if at else "",
                         who=self._word("reach", step.who), channel=self._word("reach", step.channel), names=names,
                         state=self._word("reach", step.state))

    def decision(self, decision: dict[str, Any]) -> Iterator[str]:
        """The stored trace of a decision: which rules, which of them matched and where not, which words."""
        yield self._say("why_rules", version=str(decision.get("version", "")),
                        rules=", ".join(map(str, decision.get("rules") or [])) or "-")
        if raised := decision.get("raised"):
            yield self._say("why_raised", rules=_flat(raised))
        for step in decision.get("trace") or []:
            kind, rule, matched, failed = [*step, "", "", False, ""][:4]
            yield self._say("why_match" if matched else "why_no", type=self._type(str(kind)), rule=str(rule),
                            failed=self._word("part", str(failed)))
        for reason in decision.get("reasons") or []:
            effect, value, rule, words = [*reason, "", "", "", []][:4]
            yield self._say("why_words", what=argued(str(effect), str(value), self.centre, self.lang),
                            rule=self._word("cue", str(rule)), words=_flat(words))

    def _advice(self, advice: dict[str, Any]) -> str:
        """'A01 (siap)': who, and why; a desk that has no unit by the agency's name."""
        agency = str(advice.get("agency", ""))
        who = str(advice.get("unit") or (self.centre.agencies.get(agency) or {}).get(self.lang) or agency)
        why = str(advice.get("why") or "")
        return f"{who} ({self._word('why', why)})" if why else who

    def _type(self, code: str) -> str:
        known = self.centre.types.get(code)
        return known.short if known else code

    def kind(self, row: IncidentRow) -> str:
        """The type's label and the subtype's: no three-letter code stands before it here. Else the code."""
        known = self.centre.types.get(row.type)
        if known is None:
            return "-".join(part for part in (row.type, row.subtype) if part)
        named = [known.labels, known.subtypes.get(row.subtype, {})]
        said = " ".join(filter(None, (labels.get(self.lang) or labels.get("id") for labels in named)))
        return (said or row.type).lower()

    def time(self, at: datetime, *, day: bool = False) -> str:
        return f"{at.astimezone(self._tz):%Y-%m-%d %H:%M}" if day else f"{at.astimezone(self._tz):%H:%M:%S}"

    def _place(self, row: IncidentRow) -> str:
        place = row.place
        named = [part for part in (place.desa, place.kecamatan) if part]
        return ", ".join(named) or place.landmark or place.text

    def _word(self, table: str, code: str) -> str:
        return label_or(f"label.{table}.{code}", self.lang, code)

    def _say(self, key: str, **params: str) -> str:
        return visible(text(f"line.{key}", self.lang, **params))


def answer_lines(data: dict[str, Any], plain: Plain) -> Iterator[str]:
    """The answer of a read command, whatever the server put into it: one line a thing, and not without end."""
    decision = data.get("decision")
    known = plain.decision(decision) if isinstance(decision, dict) and _is_decision(decision) else ()
    rest = (line for key, value in data.items() if not (known and key == "decision")
            for line in _value_lines(key, value))
    lines = (line for part in (known, rest) for line in part)
    for _, line in zip(range(ANSWER_LIMIT), lines, strict=False):
        yield visible(line).rstrip()


def _is_decision(decision: dict[str, Any]) -> bool:
    """Whether it has the shape we have words for; anything else is printed as it is."""
    steps = [decision.get("trace") or [], decision.get("reasons") or []]
    return "rules" in decision and isinstance(decision.get("rules"), list | None) and all(
        isinstance(part, list) and all(isinstance(step, list) for step in part) for part in steps
    )


def _value_lines(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (line for inner, item in value.items() for line in _value_lines(inner, item))
    elif isinstance(value, list):
        prefix = "" if key == "lines" else f"{key}: "
        yield from (prefix + _flat(item) for item in value)
    elif value not in (None, ""):
        yield f"{key}: {value}"


def _flat(item: Any) -> str:
    if isinstance(item, dict):
        return ", ".join(f"{key} {_flat(value)}" for key, value in item.items() if value not in (None, "", [], {}))
    if isinstance(item, list):
        return " ".join(_flat(value) for value in item)
    return str(item)
