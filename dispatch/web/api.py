"""The operator API ``/api/v1``: check who it is, parse, call one service, render."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dispatch import wire
from dispatch.domain.roles import TAKE, Actor
from dispatch.errors import Forbidden, Invalid, Unauthorised
from dispatch.grammar import Vocabulary
from dispatch.services.access import Identity
from dispatch.services.commands import submit_command
from dispatch.services.detail import show_incident
from dispatch.services.entry_advice import advise_entry
from dispatch.services.explanation import explain_reports
from dispatch.services.knowledge import Knowledge
from dispatch.services.review import DAYS as REVIEW_DAYS
from dispatch.services.search import search
from dispatch.services.subscriber import Subscriber
from dispatch.storage import wire_row
from dispatch.storage.board import read_board, read_detail
from dispatch.storage.search import SEARCH_LIMIT
from dispatch.web import figures
from dispatch.web.answer import json_answer, language_of
from dispatch.web.audit import audit_page
from dispatch.web.command import (
    found_result,
    help_result,
    join_results,
    read_commands,
    search_words,
)
from dispatch.web.description import describe_api
from dispatch.web.edge import Edge
from dispatch.web.review import review_data, review_list, review_result
from dispatch.web.stream import EventStream

PREFIX = "/api/v1"
SCREEN_NAME = 60
"""Letters of the name a console gives itself."""

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The only way JSON can carry one. PostgreSQL stores none."""

T = TypeVar("T")
Handler = Callable[[Edge, Request, Identity], Awaitable[Any]]


def routes(edge: Edge) -> list[BaseRoute]:
    def seated(handler: Handler) -> Callable[[Request], Awaitable[Any]]:
        async def check_then_handle(request: Request) -> Any:
            return await handler(edge, request, await edge.access.identify(bearer_token(request)))

        return check_then_handle

    async def openapi(request: Request) -> Response:
        return json_answer(describe_api())

    return [
        Route(f"{PREFIX}/session", partial(_sign_in, edge), methods=["POST"]),
        Route(f"{PREFIX}/session", seated(_session), methods=["GET"]),
        Route(f"{PREFIX}/session", seated(_sign_out), methods=["DELETE"]),
        Route(f"{PREFIX}/handover", seated(_sign_over), methods=["POST"]),
        Route(f"{PREFIX}/board", seated(_board), methods=["GET"]),
        Route(f"{PREFIX}/events", seated(_events), methods=["GET"]),
        Route(f"{PREFIX}/commands", seated(_command), methods=["POST"]),
        Route(f"{PREFIX}/incidents/{{number}}", seated(_incident), methods=["GET"]),
        Route(f"{PREFIX}/entry", seated(_advise), methods=["POST"]),
        Route(f"{PREFIX}/review", seated(_review), methods=["GET"]),
        Route(f"{PREFIX}/search", seated(_search), methods=["GET"]),
        Route(f"{PREFIX}/stats", seated(figures.stats), methods=["GET"]),
        Route(f"{PREFIX}/stats/cases", seated(figures.cases), methods=["GET"]),
        Route(f"{PREFIX}/stats/load", seated(figures.load), methods=["GET"]),
        Route(f"{PREFIX}/latency", seated(_latency), methods=["POST"]),
        Route(f"{PREFIX}/audit", seated(audit_page(edge)), methods=["GET"]),
        Route(f"{PREFIX}/openapi.json", openapi, methods=["GET"]),
    ]


def bearer_token(request: Request) -> str:
    """Raises Unauthorised when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token.strip():
        raise Unauthorised("no_session", "no session: sign in")
    return token.strip()


async def read_body(request: Request, kind: type[T]) -> T:
    """Raises Invalid with the decoder's own words: they name the field."""
    body = await request.body()
    if NUL.search(body):
        raise Invalid("bad_body", "the body holds a NUL character, which no text has", why="NUL")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise Invalid("bad_body", f"the body cannot be read: {error}", why=str(error)) from error
    except UnicodeDecodeError as error:
        raise Invalid("bad_body", "the body is not UTF-8", why="UTF-8") from error


def whole_number(words: str | None, name: str) -> int | None:
    """Raises Invalid for anything but digits."""
    if words is None or words == "":
        return None
    if not (words.isascii() and words.isdigit() and len(words) <= 18):
        raise Invalid("bad_number", f"{name} must be a whole number", name=name)
    return int(words)


async def _sign_in(edge: Edge, request: Request) -> Response:
    asked = await read_body(request, wire.SessionRequest)
    address = request.client.host if request.client else "local"
    return json_answer(await edge.access.sign_in(asked, address))


async def _session(edge: Edge, request: Request, who: Identity) -> Response:
    """Whose token this is: a console that was handed a bare token knows neither name nor seat."""
    actor, ends = who.actor, who.expires_at.astimezone(edge.settings.tz)
    return json_answer(wire.Session(
        token="", role=actor.role.value, seat=actor.seat, username=actor.name, expires_at=ends
    ))


async def _sign_out(edge: Edge, request: Request, who: Identity) -> Response:
    await edge.access.sign_out(who)
    return Response(status_code=204)


async def _sign_over(edge: Edge, request: Request, who: Identity) -> Response:
    """Shift change: the body names the incoming person and carries their password."""
    asked = await read_body(request, wire.SessionRequest)
    address = request.client.host if request.client else "local"
    return json_answer(await edge.access.sign_over(who, asked, address, _knowledge_now(edge, edge.knowledge().lang)))


def _knowledge_now(edge: Edge, lang: str) -> Knowledge:
    """With what does not work right now: a handover names it."""
    return replace(edge.knowledge(), degraded=tuple(edge.feed.centre(lang).degraded))


async def _board(edge: Edge, request: Request, who: Identity) -> Response:
    lang, now, tz = language_of(request), edge.clock(), edge.settings.tz
    rows = await read_board(edge.reader, tz, now)
    return json_answer(wire.Board(
        seq=rows.seq, now=now.astimezone(tz), centre=edge.feed.centre(lang), incidents=rows.incidents,
        units=rows.units, calls=rows.calls, operators=rows.operators,
        alarms=[wire_row.alarm_row(row, tz, lang) for row in rows.alarms], truncated=rows.truncated,
    ))


async def _events(edge: Edge, request: Request, who: Identity) -> EventStream:
    """``Last-Event-ID`` (a browser's reconnect) goes before ``after``. ``screen`` tells a person's consoles apart."""
    last = request.headers.get("last-event-id")
    after = whole_number(last or request.query_params.get("after"), "after")
    if after is not None:
        await edge.feed.check_future(after)
    screen = request.query_params.get("screen", "")
    if len(screen) > SCREEN_NAME or not screen.isprintable():
        raise Invalid("bad_name", f"'screen' is not a name of at most {SCREEN_NAME} letters", name="screen")
    subscriber: Subscriber = edge.feed.subscribe(after, language_of(request), who.actor.name, screen)
    return EventStream(edge.feed, subscriber, lambda: edge.access.is_live(who))


async def _command(edge: Edge, request: Request, who: Identity) -> Response:
    """Each command of the line is one transaction; the first refusal ends the line."""
    asked = await read_body(request, wire.Command)
    lang = language_of(request)
    commands = read_commands(asked, Vocabulary.of(edge.feed.centre(lang)), who.actor)
    return json_answer(join_results([await _run(edge, command, who.actor, lang) for command in commands]))


async def _run(edge: Edge, command: wire.Command, actor: Actor, lang: str) -> wire.CommandResult:
    """Looking something up needs no transaction; everything else is one."""
    assert isinstance(command.args, dict)
    if command.command == "help":
        return help_result(command.args, lang, edge.feed.seq)
    if command.command in ("find", "filter"):
        found = await search(
            edge.reader, search_words(command.args), edge.settings.tz, edge.knowledge(), lang=lang,
            full_phone=actor.role in TAKE,
        )
        return found_result(found, lang, edge.feed.seq)
    if command.command == "review" and not command.args.get("verdict"):
        return review_result(await review_list(edge, actor, lang), lang, edge.feed.seq)
    knowledge = _knowledge_now(edge, lang) if command.command == "handover" else edge.knowledge()
    result = await submit_command(edge.committer, command, actor, knowledge, lang)
    if command.command == "review":
        # The one that is the loudest now: a supervisor goes down the list by one key and Enter each.
        shown = review_data(await review_list(edge, actor, lang), lang)
        return msgspec.structs.replace(result, data=shown)
    return await _with_reasons(edge, result, lang) if command.command == "why" else result


async def _with_reasons(edge: Edge, result: wire.CommandResult, lang: str) -> wire.CommandResult:
    """KENAPA of an incident: what its words would have come to without each cue. Read after the transaction."""
    if result.incident is None:
        return result
    detail, _ = await read_detail(
        edge.reader, result.incident, edge.settings.tz, edge.clock(), lang=lang, full_phone=False
    )
    cards = edge.cards(detail.incident.type, detail.incident.subtype)
    found = await explain_reports(detail, cards, edge.knowledge(), lang)
    return msgspec.structs.replace(result, data={**result.data, "lines": found["lines"]}) if found else result


async def _latency(edge: Edge, request: Request, who: Identity) -> Response:
    """A console tells how fast it is for its operator."""
    measured = await read_body(request, wire.ConsoleLatency)
    return json_answer(edge.latencies.take(who.token_hash, measured, edge.clock()))


async def _incident(edge: Edge, request: Request, who: Identity) -> Response:
    number = whole_number(request.path_params["number"], "number") or 0
    detail = await show_incident(
        edge.reader, number, edge.settings.tz, edge.clock(), lang=language_of(request),
        full_phone=who.actor.role in TAKE, cards=edge.cards, knowledge=edge.knowledge(),
    )
    return json_answer(detail)


async def _advise(edge: Edge, request: Request, who: Identity) -> Response:
    """Asked after every pause of typing: one classification, and at most one read."""
    if who.actor.role not in TAKE:
        raise Forbidden("not_your_role", f"{who.actor.role} takes no calls", role=who.actor.role.value, command="new")
    asked = await read_body(request, wire.EntryWords)
    return json_answer(await advise_entry(
        edge.reader, asked, edge.knowledge(), edge.clock(), tz=edge.settings.tz, cards=edge.cards,
        lang=language_of(request),
    ))


async def _review(edge: Edge, request: Request, who: Identity) -> Response:
    days = whole_number(request.query_params.get("days"), "days") or REVIEW_DAYS
    return json_answer(await review_list(edge, who.actor, language_of(request), days))


async def _search(edge: Edge, request: Request, who: Identity) -> Response:
    query = request.query_params.get("q", "").strip()
    limit = min(whole_number(request.query_params.get("limit"), "limit") or SEARCH_LIMIT, SEARCH_LIMIT)
    found = await search(
        edge.reader, query, edge.settings.tz, edge.knowledge(), lang=language_of(request), limit=limit,
        full_phone=who.actor.role in TAKE,
    )
    return json_answer(found)
