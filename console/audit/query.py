"""What AUDIT is asked for: 'op:adi aksi:g ins:1048 tgl:09jan', in either language. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from console.audit.kinds import find_kind
from dispatch.errors import Invalid
from dispatch.grammar import typed_number

KEYS = {
    "op": "actor", "who": "actor", "aksi": "kind", "act": "kind", "ins": "incident", "inc": "incident", "tgl": "day",
    "date": "day",
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
    for word in _filters(words):
        key, _, value = word.partition(":")
        name = KEYS.get(key.casefold())
        if name is None or not value:
            raise Invalid("audit_filter", f"no filter {word}", word=word)
        found[name] = {"kind": find_kind, "incident": _number}.get(name, str)(value)
        if name == "day":
            found[name] = _day(value.casefold(), today, [month.casefold() for month in months]).isoformat()
    return AuditQuery(words=words.strip(), **found)


def _filters(words: str) -> list[str]:
    """What an event is called may have a blank: 'aksi:prioritas diubah' is one filter."""
    found: list[str] = []
    for word in words.split():
        if ":" not in word and found and KEYS.get(found[-1].partition(":")[0].casefold()) == "kind":
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def _number(word: str) -> str:
    number = typed_number(word)
    if number is None:
        raise Invalid("audit_filter", f"no number {word}", word=word)
    return str(number)


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
