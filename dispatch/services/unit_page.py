"""A team's phone page: what it shows, and the one step it may take next. One token, one assignment, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.domain.assignment import Assignment
from dispatch.domain.incident import Incident
from dispatch.domain.instant import from_ms
from dispatch.domain.transitions import ASSIGNMENT, PROGRESS, AssignmentStatus, may
from dispatch.errors import NotFound
from dispatch.services.assignments import move_assignment
from dispatch.services.incidents import add_remark
from dispatch.services.knowledge import Knowledge
from dispatch.services.notices import hazard_labels, map_url, type_label
from dispatch.services.policy import refuse_for_unit
from dispatch.services.scene_words import people_words
from dispatch.storage.assignments import assignment_of
from dispatch.storage.incident_words import INCIDENT, REMARKS, REPORT_TEXTS
from dispatch.storage.incidents import fetch_incident, incident_of
from dispatch.storage.reaching import find_page
from dispatch.storage.reader import Reader
from dispatch.storage.transaction import Tx, json_value
from dispatch.storage.unit_links import OF_LINK, assignment_of_link, forget_links, hash_of, is_token

S = AssignmentStatus
GOOD_FOR = timedelta(hours=12)
"""How long a link is good after the end of its assignment."""
KEEP_FOR = timedelta(days=30)
"""Longer than any task; what is older opens nothing worth opening."""
NEXT_STEP = {
    S.ASSIGNED: S.ACKNOWLEDGED, S.NOTIFIED: S.ACKNOWLEDGED, S.ACKNOWLEDGED: S.EN_ROUTE, S.EN_ROUTE: S.ON_SCENE,
    S.ON_SCENE: S.CLEARED, S.TRANSPORTING: S.CLEARED, S.AT_FACILITY: S.CLEARED,
}
"""The one big button, by where the assignment stands."""
STEPS = frozenset({*NEXT_STEP.values(), S.DECLINED})
MAX_NOTE = 300


class Taken(StrEnum):
    """What became of a button."""

    MOVED = "moved"
    SAME = "same"
    PASSED_ON = "passed_on"
    ORDER = "order"
    OVER = "already_over"
    REASON = "reason_missing"


@dataclass(frozen=True, slots=True)
class Remark:
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class TeamView:
    """What a team sees. ``words`` are the reporters' own, the first report first; ``kind`` the type as it is said;
    ``is_exact`` False: the map shows the middle of the village."""

    incident: Incident
    item: Assignment
    words: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    map_url: str = ""
    is_exact: bool = True
    kind: str = ""
    people: tuple[str, ...] = ()
    """Who needs help, as far as somebody has noted it."""

    @property
    def next_step(self) -> AssignmentStatus | None:
        """The step of the big button; None when there is nothing left to press."""
        return NEXT_STEP.get(self.item.status)

    @property
    def may_refuse(self) -> bool:
        return may(ASSIGNMENT, self.item.status, S.DECLINED)


def _require_good(item: Assignment | None, now: datetime) -> Assignment:
    """An unknown link and one that has expired look the same from outside. Raises NotFound."""
    if item is None or (not item.is_live and now >= item.updated_at + GOOD_FOR):
        raise NotFound("no_task", "no task behind this link")
    return item


async def show_task(reader: Reader, token: str, now: datetime, knowledge: Knowledge, lang: str) -> TeamView:
    """Everything for one page, read at one moment; changes nothing. Raises NotFound."""
    if not is_token(token):
        raise NotFound("no_task", "no such link")
    async with reader.snapshot() as snapshot:
        found = await snapshot.all(OF_LINK, token_hash=hash_of(token))
        item = _require_good(assignment_of(found[0]) if found else None, now)
        incident = incident_of((await snapshot.all(INCIDENT, incident_id=item.incident_id))[0])
        if not item.is_live:
            # The reporter's words and number are no longer this team's business.
            return TeamView(incident, item)
        reports = [row["text"] for row in await snapshot.all(REPORT_TEXTS, incident_id=incident.id)]
        remarks = await snapshot.all(REMARKS, incident_id=incident.id)
    words = tuple(dict.fromkeys(said for said in (incident.summary, *reports) if said.strip()))
    place = knowledge.triage.approximate(incident.place)
    return TeamView(
        incident, item, words, tuple(hazard_labels(incident, words, knowledge, lang)),
        tuple(Remark(from_ms(row["at"]), str(json_value(row["data"]).get("text", ""))) for row in remarks),
        map_url(place.lat, place.lon), incident.place.lat is not None, type_label(incident.type, knowledge, lang),
        tuple(people_words(incident.scene, lang)),
    )


def take_step(tx: Tx, token: str, wanted: str, reason: str, knowledge: Knowledge) -> Taken:
    """One button of the page. Pressing what has been passed already is harmless; the order is the page's.

    Raises NotFound for a link that is not good (any more).
    """
    row = assignment_of_link(tx, token)
    item = _require_good(assignment_of(row) if row else None, tx.now)
    taken = judge_step(item.status, wanted, reason)
    page = find_page(tx, row["page_id"]) if row and row["page_id"] is not None else None
    if taken is Taken.MOVED and page is not None and wanted == S.DECLINED and refuse_for_unit(tx, item, page["phone"]):
        # A duty contact cannot refuse for an engine; that they will not help is kept, and the next one is told.
        add_remark(tx, fetch_incident(tx, item.incident_id), f"{page['name']}: {reason.strip()[:MAX_NOTE]}",
                   actor=f"crew:{item.subject}")
        return Taken.PASSED_ON
    if taken is Taken.MOVED:
        move_assignment(
            tx, item.id, AssignmentStatus(wanted), actor=f"crew:{item.subject}", knowledge=knowledge,
            note=reason.strip()[:MAX_NOTE] if wanted == S.DECLINED else "",
        )
    return taken


def judge_step(status: AssignmentStatus, wanted: str, reason: str) -> Taken:
    """What a button means where the assignment stands. Total."""
    if wanted not in STEPS:
        return Taken.ORDER
    step = AssignmentStatus(wanted)
    if step is status or (status in PROGRESS and step in PROGRESS and PROGRESS.index(step) <= PROGRESS.index(status)):
        return Taken.SAME
    if status not in NEXT_STEP:
        return Taken.OVER
    if step is S.DECLINED:
        if not may(ASSIGNMENT, status, step):
            return Taken.ORDER
        return Taken.MOVED if reason.strip() else Taken.REASON
    return Taken.MOVED if step is NEXT_STEP[status] else Taken.ORDER


def expire_links(tx: Tx) -> int:
    """Delete links that no task can still need; returns how many."""
    return forget_links(tx, tx.now_ms - KEEP_FOR // timedelta(milliseconds=1))
