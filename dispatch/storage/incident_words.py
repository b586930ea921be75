"""What people have said about an incident: the reporters' words and the newest remarks. Rows in, nothing decided."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from dispatch.storage.statement import Statement
from dispatch.storage.tables import event, incident, report

MOST_REPORTS, MOST_REMARKS = 8, 3
REPORT_TEXTS = Statement(
    select(report.c.text, report.c.received_at)
    .where(report.c.centre == bindparam("centre"), report.c.incident_id == bindparam("incident_id"))
    # '+ 0' keeps SQLite from walking the whole table by its key.
    .order_by((report.c.id + 0).desc())
    .limit(MOST_REPORTS)
)
REMARKS = Statement(
    select(event.c.at, event.c.actor, event.c.data)
    .where(event.c.centre == bindparam("centre"), event.c.incident_id == bindparam("incident_id"))
    .where(event.c.kind == "remark.added")
    .order_by(event.c.seq.desc())
    .limit(MOST_REMARKS)
)
INCIDENT = Statement(
    select(incident).where(incident.c.centre == bindparam("centre"), incident.c.id == bindparam("incident_id"))
)
