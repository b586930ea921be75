"""The wallboard's part of the operator API: figures of a window, the cases behind one, load, what consoles measured."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from dispatch.errors import Invalid
from dispatch.services.access import Identity
from dispatch.services.statistics import Window, list_cases, read_load, read_stats
from dispatch.services.statistics.window import ANY
from dispatch.web.answer import json_answer
from dispatch.web.edge import Edge

SPAN = timedelta(hours=24)
LONGEST = timedelta(days=400)
NOWHERE = "-"
"""In a query: those without a district."""
NAME = re.compile(r"[\w .,'()/-]{1,60}")
"""District names, agency and type codes; anything else is no name and finds nothing."""


async def stats(edge: Edge, request: Request, who: Identity) -> Response:
    return json_answer(await read_stats(
        edge.reader, _window(edge, request), edge.clock(), edge.settings.tz, cards=edge.cards,
        by=request.query_params.get("by", ""),
    ))


async def cases(edge: Edge, request: Request, who: Identity) -> Response:
    return json_answer(await list_cases(
        edge.reader, _window(edge, request), request.query_params.get("figure", ""), edge.settings.tz, cards=edge.cards
    ))


async def load(edge: Edge, request: Request, who: Identity) -> Response:
    return json_answer(await read_load(edge.reader, edge.load_history, edge.clock(), edge.settings.tz))


def _window(edge: Edge, request: Request) -> Window:
    """Raises Invalid for a span or a name that is none."""
    until = _moment(request, "to") or edge.clock()
    since = _moment(request, "from") or until - SPAN
    if not timedelta() < until - since <= LONGEST:
        raise Invalid("bad_span", "'from' must lie before 'to', at most 400 days", days=LONGEST.days)
    kecamatan, agency, type_ = (_name(request, name) for name in ("kecamatan", "agency", "type"))
    return Window(since, until, "" if kecamatan == NOWHERE else kecamatan, agency, type_)


def _name(request: Request, name: str) -> str:
    words = request.query_params.get(name, "")
    if words and not NAME.fullmatch(words):
        raise Invalid("bad_name", f"'{name}' is not a name of at most 60 letters", name=name)
    return words or ANY


def _moment(request: Request, name: str) -> datetime | None:
    words = request.query_params.get(name)
    if not words:
        return None
    try:
        # A '+' that was not escaped arrives as a space.
        moment = datetime.fromisoformat(words.replace(" ", "+"))
    except ValueError as error:
        raise Invalid("bad_time", f"'{name}' is not an RFC 3339 time", name=name) from error
    if moment.tzinfo is None or not 1970 < moment.year < 9000:
        raise Invalid("bad_time", f"'{name}' carries no offset, e.g. +07:00", name=name)
    return moment
