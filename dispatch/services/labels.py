"""What operators say against or for triage, kept as labelled examples of this centre.

``record_answer`` writes a row in the transaction of the correction itself. ``labelled_examples`` folds the rows of
each report into one example in the corpus format. Decides nothing about incidents and trains nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.incident import Incident
from dispatch.domain.report import NO_SEVERITY_TYPES
from dispatch.domain.severity import Severity
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import incident as incident_table
from dispatch.storage.tables import report, triage_answer
from dispatch.storage.transaction import Tx, json_text, json_value

JUNK = {
    "ghost": ("not_a_report", "ghost"), "prank": ("not_a_report", "prank"), "palsu": ("not_a_report", "prank"),
    "wrong_number": ("not_a_report", "wrong_number"), "salah": ("not_a_report", "wrong_number"),
    "information": ("information_request", ""), "info": ("information_request", ""),
}
"""Dispositions that say what the words were; the others say only how it ended."""
EVERYTHING = ("type", "subtype", "severity", "life_threat")
ORIGINS = {"open311": "complaint"}
"""Channel -> origin of the corpus where the words differ."""
REPORTS_LOOKED_AT = 50
PAGE = 500

A = triage_answer.c
REPORTS_OF = Statement(
    select(report.c.id, report.c.text, report.c.triage)
    .where(report.c.centre == bindparam("centre"), report.c.incident_id == bindparam("incident_id"))
    .order_by(report.c.id)
    .limit(REPORTS_LOOKED_AT)
)
ANSWERED_REPORTS = Statement(
    select(A.report_id).distinct()
    .where(A.centre == bindparam("centre"), A.report_id > bindparam("after"))
    .order_by(A.report_id).limit(PAGE)
)
ANSWERS = Statement(
    select(
        A.id, A.at, A.actor, A.kind, A.judged, A.answer, A.reason, A.undone_at, A.report_id, report.c.text,
        report.c.channel, report.c.triage, incident_table.c.number,
    )
    .select_from(
        triage_answer
        .join(report, (report.c.centre == A.centre) & (report.c.id == A.report_id))
        .join(incident_table, (incident_table.c.centre == A.centre) & (incident_table.c.id == A.incident_id))
    )
    .where(A.centre == bindparam("centre"), A.report_id.in_(bindparam("ids", expanding=True))),
    many="ids",
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The incident as it stood after the person's answer; ``place`` holds code, desa, kecamatan and landmark."""

    type: str
    also: list[str] = []
    subtype: str = ""
    severity: str | None = None
    life_threat: bool = False
    place: dict[str, str] = {}


_answer = msgspec.json.Decoder(Answer)


def deciding_report(rows: list[Row]) -> Row | None:
    """The report whose words made the incident what it is: the most severe one with words, the first of equals."""
    spoken = [row for row in rows if row["text"].strip()]
    return min(spoken, key=lambda row: (_rank(json_value(row["triage"]).get("severity")), row["id"]), default=None)


def _rank(severity: str | None) -> int:
    return Severity(severity).rank if severity else 9


def record_answer(
    tx: Tx, item: Incident, kind: str, judged: tuple[str, ...], *, actor: str, seq: int, reason: str = ""
) -> None:
    """Keep what a person said of the incident's words. ``item`` is as it stands after the correction, ``seq`` its
    event. An incident without words (a silent call) leaves no example."""
    told = deciding_report(tx.all(REPORTS_OF, incident_id=item.id))
    if told is None:
        return
    place = item.place
    answer = Answer(
        type=item.type, also=list(item.also_types), subtype=item.subtype,
        severity=item.severity.value if item.severity else None, life_threat=item.life_threat,
        place={"code": place.code, "desa": place.desa, "kecamatan": place.kecamatan, "landmark": place.landmark},
    )
    if kind == "junk":
        named, subtype = JUNK[item.disposition]
        answer = Answer(type=named, subtype=subtype)
    tx.insert(
        triage_answer, id=tx.new_id(), at=tx.now_ms, actor=actor, kind=kind, incident_id=item.id,
        report_id=told["id"], judged=json_text(judged).decode(), answer=json_text(answer).decode(), reason=reason,
        event_seq=seq,
    )


def record_closing(tx: Tx, closed: Incident, *, actor: str, seq: int, reason: str) -> None:
    """A disposal as ghost, prank, wrong number or information says what the words were."""
    if closed.disposition in JUNK:
        record_answer(tx, closed, "junk", EVERYTHING, actor=actor, seq=seq, reason=reason)


def record_reopening(tx: Tx, ended: Incident, after: Incident, *, actor: str, seq: int, reason: str) -> None:
    """Whoever takes back a disposal says that it was a report after all; of which type, triage had said or will be."""
    was_junk = ended.disposition in JUNK and after.type not in NO_SEVERITY_TYPES
    record_answer(tx, after, "reopened", ("type",) if was_junk else (), actor=actor, seq=seq, reason=reason)


def forget_answers(tx: Tx, incident_ids: list[int], actor: str, at: int) -> None:
    """The command of that moment was undone: what it said of the words does not count."""
    for incident_id in incident_ids:
        tx.update(
            triage_answer, {"incident_id": incident_id, "at": at, "actor": actor}, undone_at=tx.now_ms
        )


async def labelled_examples(reader: Reader) -> AsyncIterator[dict[str, Any]]:
    """One example a report, in order of the reports, in the corpus format with ``judged`` (the fields that are a
    person's), ``said`` (what triage had said), ``by``, ``at`` (ms), ``reason`` and ``place_answer`` beside it.

    Only fields in ``judged`` are labels; the others are what the incident showed. Undone answers do not count.
    """
    after = 0
    while ids := [row["report_id"] for row in await reader.all(ANSWERED_REPORTS, after=after)]:
        after = ids[-1]
        answers: dict[int, list[Row]] = {report_id: [] for report_id in ids}
        for row in sorted(await reader.all(ANSWERS, ids=ids), key=lambda row: int(row["id"])):
            answers[row["report_id"]].append(row)
        for rows in answers.values():
            example = example_of(rows)
            if example is not None:
                yield example


def example_of(rows: list[Row]) -> dict[str, Any] | None:
    """The answers to one report, oldest first, as one example; None when nothing of them still counts."""
    counted = [row for row in rows if row["undone_at"] is None]
    judged: dict[str, None] = {}
    label: dict[str, Any] = {}
    for row in counted:
        answer, fields = msgspec.to_builtins(_answer.decode(row["answer"])), json_value(row["judged"])
        if row["kind"] == "reopened":
            judged, label = {}, {}
        label = {**answer, **{name: label[name] for name in judged if name in label}}
        label |= {name: answer[name] for name in fields if name in answer}
        judged |= dict.fromkeys(fields)
    if not judged:
        return None
    if not label["life_threat"] and label["severity"] == "critical" and "severity" not in judged:
        label["severity"] = None  # only the threat was denied: how urgent it is then, nobody has said
    last, told = counted[-1], json_value(counted[-1]["triage"])
    return _example(last, told, label, list(judged))


def _example(last: Row, told: dict[str, Any], label: dict[str, Any], judged: list[str]) -> dict[str, Any]:
    place = label.pop("place")
    words = (told.get("place") or {}).get("text", "")
    return {
        "id": f"report:{last['report_id']}", "text": last["text"], "lang": told.get("language", "id"),
        "origin": ORIGINS.get(last["channel"], last["channel"]), **label,
        "place": [words] if words and words in last["text"] else [],
        "place_answer": place, "judged": judged, "kind": last["kind"], "reason": last["reason"],
        "by": last["actor"], "at": last["at"], "incident": last["number"],
        "said": {
            "type": told.get("type"), "also": told.get("also_types", []), "subtype": told.get("subtype", ""),
            "severity": told.get("severity"), "life_threat": told.get("life_threat", False),
            "unsure": told.get("unsure", False), "place": (told.get("place") or {}).get("code", ""),
        },
    }
