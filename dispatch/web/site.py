"""The whole site from its parts. Owns the order of routes and how errors look; contains no handler."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from dispatch.errors import KentonganError, StaleVersion
from dispatch.storage.board import read_incident
from dispatch.texts import text
from dispatch.web import api, citizen, health, twilio, unit_page
from dispatch.web.answer import language_of, page, problem, problem_of, sentence_of, wants_page
from dispatch.web.edge import Edge
from dispatch.web.guard import Guard

CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 500: "internal"}


def build_site(edge: Edge) -> Starlette:
    """The ASGI application of one server."""

    async def on_known(request: Request, error: Exception) -> Response:
        assert isinstance(error, KentonganError)
        return await _answer_known(edge, request, error)

    return Starlette(
        routes=[
            *health.routes(edge), *twilio.routes(edge), *api.routes(edge), *citizen.routes(edge),
            *unit_page.routes(edge),
        ],
        middleware=[Middleware(Guard, render=_render)],
        exception_handlers={KentonganError: on_known, HTTPException: _on_http},
    )


async def _answer_known(edge: Edge, request: Request, error: KentonganError) -> Response:
    lang = language_of(request)
    if wants_page(request):
        return _error_page(sentence_of(error, lang), lang, error.status)
    current = None
    if isinstance(error, StaleVersion):
        current = await read_incident(edge.reader, error.number, edge.settings.tz, edge.clock())
    return problem_of(error, lang, current)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "bad_request")
    return _render(request, error.status_code, code, dict(error.headers or {}))


def _render(request: Request, status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    lang = language_of(request)
    sentence = text(f"web.{code}", lang)
    if wants_page(request):
        shown = _error_page(sentence, lang, status)
        shown.headers.update(headers or {})
        return shown
    return problem(status, code, sentence, headers=headers)


def _error_page(sentence: str, lang: str, status: int) -> Response:
    return page(sentence, f'<p><a href="/?lang={lang}">{text("web.back_to_form", lang)}</a></p>', lang, status)
