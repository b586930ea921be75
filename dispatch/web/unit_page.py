"""A team's page on any phone: plain HTML, one big button, under 10 kB, nothing kept by anybody on the way.

Everything from outside is escaped and cut to a budget; the words of the reporter come verbatim.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import tzinfo
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dispatch.domain.severity import Severity
from dispatch.domain.transitions import AssignmentStatus
from dispatch.errors import NotFound
from dispatch.services.unit_page import MAX_NOTE, Taken, TeamView, show_task, take_step
from dispatch.texts import text
from dispatch.web.answer import LANGUAGES, language_of
from dispatch.web.edge import Edge
from dispatch.web.guard import Pace
from dispatch.web.twilio_form import read_form

REASONS = ("busy", "vehicle", "far", "crew", "other")
WORDS_BUDGET, REMARK_BUDGET, SCENE_BUDGET = 4_000, 600, 400
"""Bytes of escaped words and of one escaped remark: with the frame around them under 10 kB."""
WRONG_LINKS, PRESSES = 20, 30
"""A minute: links that are none from one address; buttons of one page."""
STATUS = {
    Taken.MOVED: 303, Taken.SAME: 303, Taken.PASSED_ON: 200, Taken.ORDER: 409, Taken.OVER: 409, Taken.REASON: 422,
}
STYLE = (
    "body{font:1.1rem/1.45 sans-serif;margin:0 auto;padding:0 .7rem 2rem;max-width:34rem;color:#111;background:#fff}"
    "h1{font-size:1.2rem;margin:.5rem 0 0}h2{font-size:1rem;margin:1rem 0 .1rem}p{margin:.2rem 0}"
    ".p1{background:#a00000;color:#fff;padding:.3rem .6rem;font-weight:bold}.p2{border:3px solid #a00000;padding:.3rem}"
    "button{font:bold 2rem sans-serif;width:100%;padding:1.6rem .5rem;margin:1rem 0;border:0;color:#fff;"
    "background:#00513b}"
    "details button{font-size:1.2rem;padding:.8rem;background:#a00000}"
    "select,input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:2px solid #444}"
    ".warn,.fault{border:3px solid #a00000;padding:.4rem .6rem;margin:.6rem 0;font-weight:bold}"
    ".said{white-space:pre-wrap;overflow-wrap:anywhere}a{color:#003a8c}"
)
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY, "Cache-Control": "no-store, private, max-age=0",
    "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer",
}


def routes(edge: Edge) -> list[Route]:
    """GET shows and changes nothing (phones fetch links ahead of time); POST takes one step."""
    wrong, presses, tz = Pace(WRONG_LINKS), Pace(PRESSES), edge.settings.tz

    async def show(request: Request) -> Response:
        token, lang = _token(request), language_of(request)
        return _page(await _view(edge, request, token, lang, wrong), token, lang, tz)

    async def press(request: Request) -> Response:
        token, lang = _token(request), language_of(request)
        if not presses.allows(token):
            raise TooMany()
        form, knowledge = await read_form(request), edge.knowledge()
        reason = _reason(form.get("why"), form.get("more"), knowledge.lang)
        try:
            taken = await edge.committer.run(lambda tx: take_step(tx, token, form.get("step"), reason, knowledge))
        except NotFound:
            _count_wrong(request, wrong)
            raise
        if STATUS[taken] == 303:
            return RedirectResponse(f"/u/{token}?lang={lang}", 303, headers=HEADERS)
        return _page(await _view(edge, request, token, lang, wrong), token, lang, tz, taken)

    return [Route("/u/{token}", show, methods=["GET"]), Route("/u/{token}", press, methods=["POST"])]


class TooMany(NotFound):
    """More tries than a person makes."""

    status = 429

    def __init__(self) -> None:
        super().__init__("too_many_tries", "too many tries", wait_s=60)


def _token(request: Request) -> str:
    return str(request.path_params["token"]).strip().casefold()[:64]


async def _view(edge: Edge, request: Request, token: str, lang: str, wrong: Pace) -> TeamView:
    try:
        return await show_task(edge.reader, token, edge.clock(), edge.knowledge(), lang)
    except NotFound:
        _count_wrong(request, wrong)
        raise


def _count_wrong(request: Request, wrong: Pace) -> None:
    """Only links that are none are counted: whoever has a good one is never held up by those who guess."""
    if not wrong.allows(request.client.host if request.client else ""):
        raise TooMany() from None


def _reason(why: str, more: str, lang: str) -> str:
    chosen = text(f"unit_page.why_{why}", lang) if why in REASONS else ""
    return ": ".join(part for part in (chosen, more.strip()[:MAX_NOTE]) if part) if chosen else ""


# the page


def _page(view: TeamView, token: str, lang: str, tz: tzinfo, fault: Taken | None = None) -> Response:
    def say(key: str, **params: object) -> str:
        return escape(text(f"unit_page.{key}", lang, **params))

    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    body = "".join((
        f"<h1>{say('title', number=view.incident.number)}</h1>",
        _fault(view, lang, fault),
        *(_task(view, lang, tz) if view.next_step else [f"<p>{_over(view, lang)}</p>"]),
        f'<p><a href="/u/{token}?lang={lang}">{say("refresh")}</a> · '
        f'<a href="/u/{token}?lang={other}" lang="{other}">{text("web.language", other)}</a></p>',
    ))
    markup = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{say('title', number=view.incident.number)}</title><style>{STYLE}</style></head>"
        f"<body>{body}</body></html>"
    )
    return Response(
        markup.encode("utf-8", "replace"), STATUS[fault] if fault else 200, headers=HEADERS,
        media_type="text/html; charset=utf-8",
    )


def _fault(view: TeamView, lang: str, fault: Taken | None) -> str:
    if fault is None:
        return ""
    step = view.next_step
    following = text(f"unit_page.{step.value}", lang) if step else ""
    return f'<p class="fault" role="alert">{escape(text(f"unit_page.{fault.value}", lang, next=following))}</p>'


def _over(view: TeamView, lang: str) -> str:
    return escape(text(f"unit_page.over_{view.item.status.value}", lang, number=view.incident.number))


def _task(view: TeamView, lang: str, tz: tzinfo) -> list[str]:
    """What a crew needs, the most needed first; the button before the long words, so that it is never far down."""
    incident, step = view.incident, view.next_step
    assert step is not None, "a task that is over has no button"
    rank = (incident.severity or Severity.LOW).rank
    now = "assigned" if view.item.status is AssignmentStatus.NOTIFIED else view.item.status.value
    danger = _cut(", ".join(view.hazards), SCENE_BUDGET)
    hazards = f'<p class="warn">{_say(lang, "hazard")}: {danger}</p>' if danger else ""
    people = f'<p class="warn">{escape(", ".join(view.people))}</p>' if view.people else ""
    return [
        f'<p class="p{rank}">{_say(lang, "head", rank=rank, type=view.kind)}</p>', hazards, people, _place(view, lang),
        f"<p>{_say(lang, f'now_{now}')}</p>",
        f'<form method="post" action="?lang={lang}"><input type="hidden" name="step" value="{step.value}">'
        f"<button>{_say(lang, step.value)}</button></form>",
        *_words(view, lang), *_remarks(view, lang, tz), _refusal(view, lang),
    ]


def _say(lang: str, key: str, **params: object) -> str:
    return escape(text(f"unit_page.{key}", lang, **params))


def _place(view: TeamView, lang: str) -> str:
    place = view.incident.place
    names = [place.landmark, place.desa, place.kecamatan and f"Kec. {place.kecamatan}"]
    named = ", ".join(name for name in names if name) or text("place.unknown", lang)
    lines = [f"<h2>{_say(lang, 'place')}</h2><p>{_cut(named, REMARK_BUDGET)}</p>"]
    if view.incident.scene.landmark:
        lines.append(f"<p>{_say(lang, 'landmark')}: {_cut(view.incident.scene.landmark, SCENE_BUDGET)}</p>")
    if place.text and place.text not in view.words:
        lines.append(f'<p class="said">{_cut(place.text, REMARK_BUDGET)}</p>')
    if view.map_url:
        about = "" if view.is_exact else f" ({_say(lang, 'about')})"
        link = f'<a href="{escape(view.map_url)}" rel="noreferrer noopener">{_say(lang, "map")}</a>'
        lines.append(f"<p>{link}{about}</p>")
    return "".join(lines)


def _words(view: TeamView, lang: str) -> list[str]:
    """The first report as it was written; later ones as far as there is room."""
    first, *later = view.words or ("",)
    lines, room = [], WORDS_BUDGET
    if first:
        lines.append(f'<h2>{_say(lang, "said")}</h2><p class="said">{_cut(first, room * 3 // 4)}</p>')
        room -= min(_size(first), room * 3 // 4)
    for index, said in enumerate(later):
        if room < 80:
            break
        head = f"<h2>{_say(lang, 'later')}</h2>" if index == 0 else ""
        lines.append(f'{head}<p class="said">{_cut(said, min(room, REMARK_BUDGET))}</p>')
        room -= min(_size(said), min(room, REMARK_BUDGET)) + 60
    caller = view.incident.reachable
    if caller:
        lines.append(f'<p><a href="tel:{escape(caller)}">{_say(lang, "call", phone=caller)}</a></p>')
    return lines


def _remarks(view: TeamView, lang: str, tz: tzinfo) -> list[str]:
    if not view.remarks:
        return []
    items = "".join(
        f'<p class="said">{remark.at.astimezone(tz):%H:%M} {_cut(remark.text, REMARK_BUDGET)}</p>'
        for remark in view.remarks
    )
    return [f"<h2>{_say(lang, 'remarks')}</h2>{items}"]


def _refusal(view: TeamView, lang: str) -> str:
    if not view.may_refuse:
        return ""
    options = "".join(f'<option value="{why}">{_say(lang, f"why_{why}")}</option>' for why in REASONS)
    return (
        f"<details open><summary>{_say(lang, 'refuse_lead')}</summary>"
        f'<form method="post" action="?lang={lang}"><input type="hidden" name="step" value="declined">'
        f'<select name="why" aria-label="{_say(lang, "refuse_lead")}"><option value=""></option>{options}</select>'
        f'<label>{_say(lang, "why_more")}<input name="more" maxlength="{MAX_NOTE}" autocomplete="off"></label>'
        f"<button>{_say(lang, 'declined')}</button></form></details>"
    )


def _size(words: str) -> int:
    return len(escape(words).encode("utf-8", "replace"))


def _cut(words: str, most: int) -> str:
    """Escaped, at most so many bytes: cut between characters, never inside an entity. Control signs are shown."""
    room = most
    kept: list[str] = []
    for sign in words:
        shown = "\ufffd" if (sign < " " and sign not in "\n\t") or "\x7f" <= sign < "\xa0" else escape(sign)
        room -= len(shown.encode("utf-8", "replace"))
        if room < 0:
            return "".join(kept) + "…"
        kept.append(shown)
    return "".join(kept)

