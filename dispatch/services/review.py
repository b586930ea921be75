"""The second look at what was disposed of as junk: a list with the signs of a miss, and the supervisor's verdict.

A miss opens the incident again, becomes a labelled example, restores the number's trust and alarms the seats. Reads
through whatever can run a statement: the API's snapshot, a transaction, the command line's inspection.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dispatch.domain.citizen_answer import Meaning, read_reply
from dispatch.domain.incident import Incident
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.miss import Disposed, Other, signs_of, weight_of
from dispatch.domain.report import NO_SEVERITY_TYPES
from dispatch.domain.severity import Severity, highest
from dispatch.domain.transitions import CallDisposition
from dispatch.domain.trust import KINDS, REAL
from dispatch.errors import Invalid, Refused
from dispatch.services.alarms import EMERGENCY, NEEDED, raise_alarm
from dispatch.services.call_record import tell
from dispatch.services.incidents import reopen_incident
from dispatch.services.knowledge import Knowledge
from dispatch.services.labels import JUNK
from dispatch.services.trust import kind_of
from dispatch.storage.calls import find_call
from dispatch.storage.incidents import save_incident, touch
from dispatch.storage.past import DISPOSED, DISPOSED_ONE, JUNK_MOST, OTHERS_OF, OWN_REPORTS, REVIEWS_OF
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import call, junk_review
from dispatch.storage.transaction import Tx, json_text, json_value

Query = Callable[..., list[Row]]
DAYS, LONGEST_DAYS = 7, 30
"""How far back is looked; what ended more than 30 days ago cannot be opened again."""
DAY_MS = 24 * 3600 * 1000
CHUNK = 500
VERDICTS = ("ok", "miss")
TEXTS = ("sms", "whatsapp")
UNKNOWN = "other_service"


@dataclass(frozen=True, slots=True)
class Suspect:
    """One disposed contact with signs of a miss."""

    incident_id: int
    number: int
    disposition: str
    channel: str
    caller: str
    text: str
    at: datetime
    closed_at: datetime
    closed_by: str
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """``disposed`` contacts in the span; ``reviewed`` of them had their second look, the suspects wait for it.

    ``truncated``: there were more than the newest 2,000, which are all that was looked at."""

    disposed: int
    reviewed: int
    suspects: list[Suspect]
    truncated: bool = False


def since_of(now: datetime, days: int) -> int:
    """The start of the span, in ms. Raises Invalid."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid("bad_days", f"days is a number from 1 to {LONGEST_DAYS}", most=LONGEST_DAYS)
    return to_ms(now - timedelta(days=days))


def find_suspects(query: Query, now: datetime, days: int = DAYS) -> Found:
    """What was disposed of as junk in the last days and may have been none, the loudest first."""
    since = since_of(now, days)
    return _gathered(query, query(DISPOSED, since=since), since)


def _gathered(query: Query, disposed: list[Row], since: int) -> Found:
    ids = [row["id"] for row in disposed]
    own = _many(query, OWN_REPORTS, "ids", ids)
    others = _many(query, OTHERS_OF, "senders", _senders(own), since=since - DAY_MS)
    return _found(disposed, own, others, _many(query, REVIEWS_OF, "ids", ids))


async def read_suspects(reader: Reader, now: datetime, days: int = DAYS) -> Found:
    """The same from one snapshot, without the writer's thread."""
    since = since_of(now, days)
    async with reader.snapshot() as snapshot:
        disposed = await snapshot.all(DISPOSED, since=since)
        ids = [row["id"] for row in disposed]
        own = [row for part in _chunks(ids) for row in await snapshot.all(OWN_REPORTS, ids=part)]
        others = [
            row for part in _chunks(_senders(own))
            for row in await snapshot.all(OTHERS_OF, senders=part, since=since - DAY_MS)
        ]
        reviews = [row for part in _chunks(ids) for row in await snapshot.all(REVIEWS_OF, ids=part)]
    # Thousands of rows are put together beside the event loop: a webhook must not wait for a list.
    return await asyncio.to_thread(_found, disposed, own, others, reviews)


def _senders(own: list[Row]) -> list[str]:
    return sorted({row["sender"] for row in own if row["sender"]})


def _chunks(values: list[Any]) -> Iterable[list[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _many(query: Query, statement: Statement, name: str, values: list[Any], **given: Any) -> list[Row]:
    return [row for part in _chunks(values) for row in query(statement, **{name: part}, **given)]


def _found(disposed: list[Row], own: list[Row], others: list[Row], reviews: list[Row]) -> Found:
    reports, contacts = _grouped(own, "incident_id"), _grouped(others, "sender")
    looked = {row["incident_id"]: max(row["at"], 0) for row in sorted(reviews, key=lambda row: int(row["at"]))}
    waiting = [row for row in disposed if looked.get(row["id"], -1) < row["closed_at"]]
    suspects = [_suspect(row, reports[row["id"]], contacts) for row in waiting]
    loud = [suspect for suspect in suspects if suspect.signs]
    loud.sort(key=lambda suspect: (-weight_of(suspect.signs), -to_ms(suspect.closed_at)))
    return Found(len(disposed), len(disposed) - len(waiting), loud, truncated=len(disposed) >= JUNK_MOST)


def _grouped(rows: list[Row], name: str) -> defaultdict[Any, list[Row]]:
    groups: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[name]].append(row)
    return groups


def _suspect(row: Row, own: list[Row], contacts: defaultdict[Any, list[Row]]) -> Suspect:
    contact = _disposed(row, own)
    senders = dict.fromkeys(report["sender"] for report in own if report["sender"])
    others = [_other(other) for sender in senders for other in contacts[sender]]
    words = " / ".join(report["text"] for report in own if report["text"].strip())
    return Suspect(
        row["id"], row["number"], row["disposition"], row["channel"], row["caller"], words or row["summary"],
        contact.at, contact.disposed_at, row["last_actor"], signs_of(contact, others),
    )


def _disposed(row: Row, own: list[Row]) -> Disposed:
    calls = [report for report in own if report["call_id"] is not None]
    spoke = [r["ended_at"] - r["answered_at"] for r in calls if r["answered_at"] and r["ended_at"]]
    triages = [json_value(report["triage"]) for report in own]
    return Disposed(
        row["id"], from_ms(min((r["received_at"] for r in own), default=row["opened_at"])),
        from_ms(row["closed_at"]), is_call=bool(calls),
        spoke=timedelta(milliseconds=max(spoke)) if spoke else None,
        life_words=bool(row["life_threat"]) or any(
            t.get("life_threat") or t.get("severity") == Severity.CRITICAL.value for t in triages
        ),
        silent_keys=any(_pressed_silent(report) for report in calls),
    )


def _pressed_silent(report: Row) -> bool:
    return any(step["step"] == "silent_emergency" for step in json_value(report["steps"] or "[]"))


def _other(row: Row) -> Other:
    kind, closed_at = kind_of(row), row["closed_at"]
    return Other(
        row["incident_id"], from_ms(row["received_at"]), is_real=kind == REAL,
        is_text=row["channel"] in TEXTS and read_reply(row["text"]).meaning is not Meaning.CANCEL,
        is_junk=KINDS.get(row["disposition"], REAL) != REAL, opened_at=from_ms(row["opened_at"]),
        open_until=None if closed_at is None else from_ms(closed_at),
    )


# the verdict


def judge_contact(
    tx: Tx, item: Incident, verdict: str, *, actor: str, knowledge: Knowledge, reason: str = ""
) -> Incident:
    """The supervisor's second look. ``ok``: junk it was. ``miss``: opened again, alarmed, and kept as an example.

    Raises Invalid, or Refused when it is not a closed disposal (any more).
    """
    if verdict not in VERDICTS:
        raise Invalid("no_verdict", "the verdict is ok or miss", verdict=verdict)
    if item.is_open or item.disposition not in JUNK:
        raise Refused("not_disposed", f"{item.number} is no disposed contact", number=item.number)
    found = _gathered(tx.all, tx.all(DISPOSED_ONE, id=item.id), to_ms(item.opened_at)).suspects
    signs = found[0].signs if found else ()
    tx.insert(
        junk_review, id=tx.new_id(), at=tx.now_ms, actor=actor, incident_id=item.id, verdict=verdict,
        signs=json_text(signs).decode(), reason=reason,
    )
    tx.emit(
        "review.miss" if verdict == "miss" else "review.ok", actor, incident_id=item.id, touched=[touch(item)],
        number=item.number, disposition=item.disposition, signs=list(signs), reason=reason,
    )
    return _missed(tx, item, actor, knowledge, reason) if verdict == "miss" else item


def _missed(tx: Tx, item: Incident, actor: str, knowledge: Knowledge, reason: str) -> Incident:
    changes: dict[str, Any] = {"unsure": True}
    if item.type in NO_SEVERITY_TYPES or item.severity is None:
        # Something happened, nobody knows what yet: it must not come back at the end of the list.
        changes |= {"type": UNKNOWN, "severity": highest(item.severity, Severity.HIGH)}
    item = save_incident(tx, item, actor, **changes)
    after = reopen_incident(tx, item, actor=actor, knowledge=knowledge, reason=reason)
    for call_id in {row["call_id"] for row in tx.all(OWN_REPORTS, ids=[item.id])} - {None}:
        _was_real(tx, call_id, actor)
    urgent = after.life_threat or after.severity is Severity.CRITICAL
    raise_alarm(
        tx, level=EMERGENCY if urgent else NEEDED, kind="junk_missed", cause=f"junk_missed:{item.id}",
        incident_id=item.id, number=item.number, who=actor,
    )
    return after


def _was_real(tx: Tx, call_id: int, actor: str) -> None:
    """It counts as noise in no figure any more."""
    row = find_call(tx, call_id)
    if row is not None and KINDS.get(row["disposition"], REAL) != REAL:
        tx.update(call, {"id": call_id}, disposition=CallDisposition.NORMAL.value)
        tell(tx, "call.disposed", actor, call_id, disposition=CallDisposition.NORMAL.value, reason="review")
