"""The wallboard's part of the operator API: figures of a window, the cases behind one, load, what consoles measured."""

from __future__ import annotations

import asyncio
import re
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from dispatch.errors import Invalid
from dispatch.services.access import Identity
from dispatch.services.statistics import Window, list_cases, read_load, read_stats
from dispatch.services.statistics.window import ANY
from dispatch.storage.backup import last_backup
from dispatch.web.answer import json_answer
from dispatch.web.edge import Edge

SPAN = timedelta(hours=24)
LONGEST = timedelta(days=400)
LONG = timedelta(days=2)
NOWHERE = "-"
"""In a query: those without a district."""
NAME = re.compile(r"[\w .,'()/-]{1,60}")
"""District names, agency and type codes; anything else is no name and finds nothing."""


async def stats(edge: Edge, request: Request, who: Identity) -> Response:
    window, by = _window(edge, request), request.query_params.get("by", "")
    async with _turn(edge, window):
        found = await read_stats(edge.reader, window, edge.clock(), edge.settings.tz, cards=edge.cards, by=by)
    consoles, seats = edge.latencies.worst(edge.clock())
    backup_at = await asyncio.to_thread(last_backup, edge.settings.data_dir)
    return json_answer(replace(found, consoles=consoles, console_seats=seats, backup_at=backup_at))


async def cases(edge: Edge, request: Request, who: Identity) -> Response:
    window, figure = _window(edge, request), request.query_params.get("figure", "")
    async with _turn(edge, window):
        found = await list_cases(edge.reader, window, figure, edge.settings.tz, cards=edge.cards)
    return json_answer(found)


async def load(edge: Edge, request: Request, who: Identity) -> Response:
    return json_answer(await read_load(edge.reader, edge.load_history, edge.clock(), edge.settings.tz))


def _turn(edge: Edge, window: Window) -> AbstractAsyncContextManager[Any]:
    """Whose window is long waits for the one before."""
    return edge.long_question if window.until - window.since > LONG else nullcontext()


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
