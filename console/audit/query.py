"""What AUDIT is asked for: 'op:adi aksi:g ins:1048 tgl:09jan', in either language. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dispatch.errors import Invalid
from dispatch.grammar import find_verb

KEYS = {
    "op": "actor", "who": "actor", "aksi": "kind", "act": "kind", "ins": "incident", "inc": "incident", "tgl": "day",
    "date": "day",
}
KINDS = {
    "new": "incident.opened", "locate": "incident.located", "dispatch": "assignment.created",
    "enroute": "assignment.moved", "arrive": "assignment.moved", "transport": "assignment.moved",
    "facility": "assignment.moved", "clear": "assignment.moved", "withdraw": "assignment.moved",
    "divert": "assignment.", "backup": "assignment.created", "remark": "remark.added",
    "priority": "incident.severity_changed", "type": "incident.type_changed", "merge": "incident.merged",
    "split": "split", "hold": "incident.held", "close": "incident.closed", "off": "unit.changed", "on": "unit.changed",
    "message": "message.", "undo": "command.undone", "open": "incident.seen", "reopen": "incident.reopened",
    "answer": "call.answered", "hangup": "call.", "dispose": "call.disposed", "seat": "operator.",
    "confirm": "incident.life_threat", "acknowledge": "alarm.acknowledged", "shelve": "alarm.shelved",
    "handover": "shift.",
}
"""Canonical command -> the events it leaves; any other word is looked for in the names of the events."""
NOUNS = {
    "prioritas": "incident.severity_changed", "priority": "incident.severity_changed", "status": "assignment.moved",
    "masuk": "operator.signed_on", "keluar": "operator.signed_off", "telp": "call.", "pesan": "message.",
}
ACTS = {
    "lagi": "more", "more": "more", "simpan": "save", "save": "save", "ekspor": "save", "export": "save", "csv": "save",
}
"""Words behind AUDIT that are no filter."""
DATE = re.compile(r"(\d{1,2})(?:[/-](\d{1,2})|([a-z]{3}))(?:[/-]?(\d{4}))?")
ISO = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class AuditQuery:
    """Parameters of ``GET /audit`` as far as they were typed; ``words`` as they were."""

    words: str = ""
    actor: str = ""
    kind: str = ""
    incident: str = ""
    day: str = ""

    def params(self, before: int, *, exporting: bool = False) -> dict[str, str]:
        asked = {"actor": self.actor, "kind": self.kind, "incident": self.incident, "day": self.day}
        more = {"before": str(before) if before else "", "for": "export" if exporting else ""}
        return {key: value for key, value in {**asked, **more}.items() if value}


@dataclass(frozen=True)
class AuditOrder:
    """What was typed behind AUDIT. ``query`` None: no filter was typed, and 'more' or 'save' means what is there."""

    act: str
    """'' a new question, 'more' on with older lines, 'save' all of it into a file."""
    query: AuditQuery | None


def read_order(words: str, today: date, months: Sequence[str]) -> AuditOrder:
    """'op:adi', 'lagi', 'simpan', 'op:adi simpan'. Raises Invalid like ``read_query``."""
    typed = words.split()
    acts = [ACTS[word.casefold()] for word in typed if word.casefold() in ACTS]
    rest = " ".join(word for word in typed if word.casefold() not in ACTS)
    if len(acts) > 1 or (acts == ["more"] and rest):
        raise Invalid("audit_filter", f"no filter {rest or words}", word=rest or words.strip())
    act = acts[0] if acts else ""
    return AuditOrder(act, read_query(rest, today, months) if rest or not act else None)


def read_query(words: str, today: date, months: Sequence[str]) -> AuditQuery:
    """Raises Invalid naming the word that is no filter. ``months``: the reader's three-letter names, January first."""
    found: dict[str, str] = {}
    for word in words.split():
        key, _, value = word.partition(":")
        name = KEYS.get(key.casefold())
        if name is None or not value:
            raise Invalid("audit_filter", f"no filter {word}", word=word)
        found[name] = {"kind": _kind, "incident": _number}.get(name, str)(value)
        if name == "day":
            found[name] = _day(value.casefold(), today, [month.casefold() for month in months]).isoformat()
    return AuditQuery(words=words.strip(), **found)


def _kind(word: str) -> str:
    if noun := NOUNS.get(word.casefold()):
        return noun
    try:
        return KINDS.get(find_verb(word).name, word.casefold())
    except Invalid:
        return word.casefold()


def _number(word: str) -> str:
    digits = word.upper().removeprefix("L-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Invalid("audit_filter", f"no number {word}", word=word)
    return digits


def _day(word: str, today: date, months: Sequence[str]) -> date:
    """09jan, 9/1, 9/1/2026 or 2026-01-09; without a year the latest one that is not in the future."""
    match = DATE.fullmatch(word)
    try:
        if ISO.fullmatch(word):
            return date.fromisoformat(word)
        if match is None:
            raise ValueError(word)
        month = int(match[2]) if match[2] else months.index(match[3]) + 1
        day = date(int(match[4] or today.year), month, int(match[1]))
        return day if match[4] or day <= today else day.replace(year=day.year - 1)
    except ValueError as error:
        raise Invalid("audit_filter", f"no date {word}", word=word) from error
