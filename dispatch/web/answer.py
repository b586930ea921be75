"""How the edge answers: the reader's language, problems (RFC 9457), JSON and pages. Decides nothing."""

from __future__ import annotations

import base64
import hashlib
import html
import logging
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dispatch import grammar, wire
from dispatch.errors import KentonganError
from dispatch.texts import catalogue, text

log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
LANGUAGES = ("id", "en")
STATES = frozenset({"status", "current", "wanted"})
"""Parameters of an error that hold a state."""
STYLE = (
    "body{font:1.05rem/1.5 sans-serif;max-width:38rem;margin:0 auto;padding:0 1rem 3rem;color:#111;background:#fff}"
    ".sos{background:#a00000;color:#fff;padding:.6rem 1rem;margin:0 -1rem 1rem;font-weight:bold}"
    ".sos a{color:#fff}h1{font-size:1.4rem}label,legend{font-weight:bold;display:block;margin-top:1rem}"
    "input,select,textarea,button{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:2px solid #444}"
    "button{background:#00513b;color:#fff;border:0;padding:.8rem;margin-top:1.5rem;font-weight:bold}"
    ".hint{color:#444;margin:.1rem 0}.fault{border:3px solid #a00000;padding:.5rem 1rem;margin:1rem 0}"
    ".code{font:bold 1.6rem monospace;letter-spacing:.15em}:focus{outline:3px solid #e08a00;outline-offset:2px}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No scripts, no foreign anything: what a citizen typed cannot run even if escaping failed."""


def language_of(request: Request) -> str:
    """``?lang=`` first, then Accept-Language; Indonesian unless English is asked for first."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    for part in asked.split(","):
        code = part.strip()[:2].casefold()
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


def json_answer(message: Any, status: int = 200) -> Response:
    return Response(wire.encode(message), status, media_type="application/json", headers={"Cache-Control": "no-store"})


def sentence_of(error: KentonganError, lang: str) -> str:
    """What an error says to the reader; an error without a sentence of its own says its English one."""
    if error.code.startswith("grammar_"):
        return grammar.fault(error, lang)
    for table in ("error", "access", "web"):
        key = f"{table}.{error.code}"
        if key in catalogue(lang):
            return text(key, lang, **_worded(error.params, lang))
    log.warning("no sentence for error '%s'", error.code)
    return str(error)


def _worded(params: dict[str, Any], lang: str) -> dict[str, Any]:
    """States as the boards say them, not as they are stored."""
    words = catalogue(lang)
    return {name: words.get(f"log.word.{value}", value) if name in STATES else value for name, value in params.items()}


def problem(
    status: int, code: str, detail: str, *, current: wire.IncidentRow | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An RFC 9457 problem."""
    body = wire.ProblemDetails(
        type=f"urn:kentongan:problem:{code}", title=_title(status), status=status, detail=detail, code=code,
        current=current,
    )
    return Response(
        wire.encode(body), status, media_type=PROBLEM, headers={"Cache-Control": "no-store", **(headers or {})}
    )


def problem_of(error: KentonganError, lang: str, current: wire.IncidentRow | None = None) -> Response:
    headers: dict[str, str] = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if "wait_s" in error.params or error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(error.params.get("wait_s", 1))
    return problem(error.status, error.code, sentence_of(error, lang), current=current, headers=headers)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def page(title: str, body: str, lang: str, status: int = 200) -> Response:
    """A citizen page. ``body`` is markup made here; every word from outside in it is escaped already."""
    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    markup = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<p class="sos"><a href="tel:112">{text("web.emergency", lang)}</a></p>'
        f"<main><h1>{html.escape(title)}</h1>{body}</main>"
        f'<p><a href="?lang={other}" hreflang="{other}" lang="{other}">{text("web.language", other)}</a></p>'
        "</body></html>"
    )
    return Response(
        markup.encode("utf-8", "replace"), status, media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": CONTENT_POLICY, "Cache-Control": "no-store"},
    )


def wants_page(request: Request) -> bool:
    """Citizen pages get HTML errors; the API and the webhooks get problems."""
    return not request.url.path.startswith(("/api/", "/twilio/", "/metrics", "/readyz", "/healthz"))
