"""The OpenAPI description of ``/api/v1``, made from the same structs that are sent. Owns paths and words only."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

import dispatch
from dispatch import wire
from dispatch.storage.search import SEARCH_LIMIT

STRUCTS = (
    wire.Board, wire.Changes, wire.Heartbeat, wire.Command, wire.CommandResult, wire.ProblemDetails,
    wire.SessionRequest, wire.Session, wire.HandoverSigned, wire.IncidentDetail, wire.EntryWords,
    wire.EntryAdvice, wire.SearchResult, wire.Stats, wire.Cases, wire.Load, wire.ConsoleLatency,
    wire.ReviewList, wire.AuditPage,
)
COMMON = {401: "no session, or it has ended", 503: "not stored: repeat", 500: "our fault, on record"}
LANG = {
    "name": "lang", "in": "query", "required": False, "schema": {"type": "string", "enum": ["id", "en"]},
    "description": "Language of sentences; otherwise Accept-Language.",
}


def _query(name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


_MOMENT, _NAME = {"type": "string", "format": "date-time"}, {"type": "string", "maxLength": 60}
WINDOW = (
    _query("from", _MOMENT), _query("to", _MOMENT), _query("kecamatan", _NAME), _query("agency", _NAME),
    _query("type", _NAME),
)
"""What part of the history is meant; kecamatan '-' = those without one."""


@cache
def describe_api() -> dict[str, Any]:
    """The whole document; the same for everybody."""
    _, schemas = msgspec.json.schema_components(STRUCTS, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kentongan operator API", "version": dispatch.__version__,
            "description": "Times are RFC 3339 with offset. Errors are RFC 9457 problems. Fields are only ever added.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"bearer": []}],
        "paths": _paths(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _figures() -> dict[str, Any]:
    return {
        "/stats": {"get": _operation(
            "Numbers of the wallboard; without a span the last 24 hours", ok=("Stats", 200),
            parameters=[*WINDOW, _query("by", {"type": "string", "enum": ["", "severity", "type", "kecamatan"]})],
            errors={400: "bad span or name"},
        )},
        "/stats/cases": {"get": _operation(
            "The cases behind one of the figures of /stats, at most 500", ok=("Cases", 200),
            parameters=[*WINDOW, _query("figure", {"type": "string"}, required=True)],
            errors={400: "bad span or name, or no such figure"},
        )},
        "/review": {"get": _operation(
            "Disposed contacts with signs of a miss, for the supervisor's second look", ok=("ReviewList", 200),
            parameters=[_query("days", {"type": "integer", "minimum": 1, "maximum": 30})],
            errors={400: "bad days", 403: "not a supervisor"},
        )},
        "/latency": {"post": _operation(
            "What a console measured of itself; returns what was kept", ok=("ConsoleLatency", 200),
            body="ConsoleLatency", errors={400: "unreadable"},
        )},
        "/stats/load": {"get": _operation(
            "Calls by hour against the forecast, seats needed, control chart of processing", ok=("Load", 200),
        )},
    }


AUDIT_FILTERS = [
    _query("actor", _NAME), _query("kind", _NAME), _query("incident", {"type": "integer", "minimum": 1}),
    _query("day", {"type": "string", "format": "date"}), LANG,
    _query("before", {"type": "integer", "minimum": 1}),
    _query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}),
    _query("for", {"type": "string", "enum": ["read", "export"]}),
]


def _paths() -> dict[str, Any]:
    return {
        "/session": {
            "post": _operation(
                "Sign in", ok=("Session", 200), body="SessionRequest", public=True,
                errors={400: "unreadable", 429: "too many wrong passwords"},
            ),
            "get": _operation("Whose session this is; 'token' is left empty", ok=("Session", 200)),
            "delete": _operation(
                "Sign out", ok=("", 204), errors={422: "open incidents of yours must be handed over first"},
            ),
        },
        "/handover": {"post": _operation(
            "Shift change at this seat: the incoming person's name and password are the second signature",
            ok=("HandoverSigned", 200), body="SessionRequest",
            errors={400: "unreadable, or the same person", 403: "a role that cannot work",
                    422: "items not read out yet", 429: "too many wrong passwords"},
        )},
        "/board": {"get": _operation("Everything the boards show, and its position in the feed", ok=("Board", 200))},
        "/events": {"get": _events()},
        "/commands": {"post": _operation(
            "Run a command of the command language; the same idempotency_key runs once",
            ok=("CommandResult", 200), body="Command",
            errors={
                400: "unreadable, or not a command", 403: "the role may not", 404: "no such incident, unit, call",
                409: "somebody was first; 'current' is the newer row", 422: "refused", 428: "needs confirmed=true",
                502: "an outside channel failed",
            },
        )},
        "/incidents/{number}": {"get": _operation(
            "One incident with reports, chronology, messages and recommendation", ok=("IncidentDetail", 200),
            parameters=[{
                "name": "number", "in": "path", "required": True,
                "schema": {"type": "integer", "minimum": 1, "maximum": 999999999},
            }],
            errors={400: "not a number", 404: "no such incident"},
        )},
        "/entry": {"post": _operation(
            "What a call entry form would come to if it were saved now; stores nothing",
            ok=("EntryAdvice", 200), body="EntryWords", errors={400: "unreadable", 403: "the role may not"},
        )},
        "/audit": {"get": _operation(
            "The event log, newest first, through a filter, and the state of its chain; supervisors and administrators",
            ok=("AuditPage", 200),
            parameters=AUDIT_FILTERS,
            errors={400: "not a number, not a day", 403: "the role may not"},
        )},
        "/search": {"get": _operation(
            "Incidents, reports, callers, units, remarks and places that fit every word, open incidents first",
            ok=("SearchResult", 200),
            parameters=[
                {"name": "q", "in": "query", "required": True, "schema": {"type": "string"},
                 "description": "Only the first 200 characters are looked at."},
                _query("limit", {"type": "integer", "minimum": 1, "maximum": SEARCH_LIMIT}),
            ],
            errors={400: "bad limit"},
        )},
        **_figures(),
        "/openapi.json": {"get": {
            "summary": "This document", "security": [],
            "responses": {"200": {
                "description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}},
            }},
        }},
    }


def _operation(
    summary: str, *, ok: tuple[str, int], body: str = "", parameters: list[dict[str, Any]] | None = None,
    errors: dict[int, str] | None = None, public: bool = False,
) -> dict[str, Any]:
    name, status = ok
    content = {"content": {"application/json": {"schema": _ref(name)}}} if name else {}
    operation: dict[str, Any] = {
        "summary": summary,
        "parameters": [*(parameters or []), LANG],
        "responses": {
            str(status): {"description": "done", **content},
            **{str(code): _problem(said) for code, said in sorted({**COMMON, **(errors or {})}.items())},
            "413": _problem("body over 256 kB"),
        },
    }
    if body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    if public:
        operation["security"] = []
    return operation


def _events() -> dict[str, Any]:
    operation = _operation(
        "Server-sent events: changes (id = seq, data = Changes), heartbeat every 2 s, reset, bye", ok=("", 200),
        parameters=[
            {"name": "after", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 0},
             "description": "Position of the snapshot; without it the feed starts now."},
            {"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "integer", "minimum": 0},
             "description": "Goes before 'after'."},
            {"name": "screen", "in": "query", "required": False, "schema": _NAME,
             "description": "A console's own name for itself: one person's consoles are counted by it."},
        ],
        errors={400: "not a position", 410: "too old: take a new snapshot"},
    )
    operation["responses"]["200"]["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
    return operation


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description, "content": {"application/problem+json": {"schema": _ref("ProblemDetails")}},
    }
