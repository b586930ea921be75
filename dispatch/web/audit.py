"""``GET /api/v1/audit``: the log read back through a filter. Supervisors and administrators may, and it is logged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from dispatch.domain.roles import Role
from dispatch.errors import Forbidden, Invalid
from dispatch.services.access import Identity
from dispatch.services.audit_reading import EXPORTED, READ, AuditReadings, Question
from dispatch.services.audit_trail import EXPORT_LINES, LINES, AuditTrail, day_span
from dispatch.storage.audit_log import Sought
from dispatch.web.answer import json_answer, language_of
from dispatch.web.edge import Edge

READERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
LONGEST = 60
FILTERS = ("actor", "kind", "incident", "day")
PURPOSES = {"": READ, "read": READ, "export": EXPORTED}


def audit_page(edge: Edge) -> Callable[[Edge, Request, Identity], Awaitable[Response]]:
    """The handler; how far the chain was checked is remembered from one question to the next."""
    trail = AuditTrail(edge.reader, edge.settings.tz)
    readings = AuditReadings(edge.committer, edge.clock)

    async def answer(edge: Edge, request: Request, who: Identity) -> Response:
        if who.actor.role not in READERS:
            raise Forbidden("not_your_role", f"{who.actor.role} may not read the audit", role=who.actor.role.value,
                            command="audit")
        purpose, before, sought = _purpose(request), _number(request, "before"), _sought(edge, request)
        longest = EXPORT_LINES if purpose == EXPORTED else LINES
        most = min(_number(request, "limit") or longest, longest)
        before = await readings.admit(who, Question(purpose, _asked(request)), before)
        return json_answer(await trail.page(sought, before, language_of(request), most))

    return answer


def _purpose(request: Request) -> str:
    """The event the question leaves. Raises Invalid for a purpose that is none."""
    purpose = PURPOSES.get(request.query_params.get("for", ""))
    if purpose is None:
        raise Invalid("bad_name", "for is read or export", name="for")
    return purpose


def _asked(request: Request) -> str:
    """'actor:adi day:2026-01-09': the filters as the log keeps them."""
    given = ((name, request.query_params.get(name, "")) for name in FILTERS)
    return " ".join(f"{name}:{value}" for name, value in given if value)


def _sought(edge: Edge, request: Request) -> Sought:
    """Raises Invalid for a day that is none."""
    words = request.query_params
    since = until = None
    if words.get("day"):
        try:
            since, until = day_span(date.fromisoformat(words["day"]), edge.settings.tz)
        except (ValueError, OverflowError) as error:
            raise Invalid("bad_day", "day is not a date like 2026-01-12", name="day") from error
    return Sought(
        actor=_words(request, "actor"), kind=_words(request, "kind"),
        incident=_number(request, "incident"), since=since, until=until,
    )


def _words(request: Request, name: str) -> str:
    """Raises Invalid for what no name holds."""
    words = request.query_params.get(name, "")
    if len(words) > LONGEST or not words.isprintable():
        raise Invalid("bad_name", f"'{name}' is not a name of at most {LONGEST} letters", name=name)
    return words


def _number(request: Request, name: str) -> int | None:
    """Raises Invalid for anything but digits."""
    words = request.query_params.get(name, "")
    if not words:
        return None
    if not (words.isascii() and words.isdigit() and len(words) <= 18):
        raise Invalid("bad_number", f"{name} must be a whole number", name=name)
    return int(words)
