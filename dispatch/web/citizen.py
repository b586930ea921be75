"""The citizen's pages: one short form, its receipt, the status by code. No script, no cookie, no block.

Owns the form's fields and the public words for a status. Shows kecamatan and times, never a name, a
number or an address.
"""

from __future__ import annotations

import secrets
from html import escape

from sqlalchemy import bindparam, select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dispatch.domain.instant import from_ms
from dispatch.domain.phone import phone_of
from dispatch.domain.place import NOWHERE, Place
from dispatch.domain.report import Channel, NewReport
from dispatch.errors import NotFound, StorageUnavailable
from dispatch.services.intake import receive_report
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import incident, report
from dispatch.texts import text
from dispatch.web.answer import language_of, page
from dispatch.web.edge import Edge

FIELDS = ("token", "kecamatan", "place", "text", "name", "phone")
LIMITS = {"token": 64, "kecamatan": 60, "place": 300, "text": 4000, "name": 80, "phone": 40}
TOKEN_LENGTHS = range(8, 65)
PUBLIC_STATUS = {
    "new": "received", "triaged": "checked", "held": "checked", "reopened": "checked", "dispatched": "sent",
    "on_scene": "there", "resolved": "done", "closed": "done", "merged": "merged",
}
REFERRED_TYPES = frozenset({"information_request", "not_a_report"})

BY_CODE = Statement(
    select(
        report.c.received_at, incident.c.status, incident.c.type, incident.c.kecamatan, incident.c.updated_at,
        incident.c.disposition,
    )
    .select_from(report.join(
        incident, (incident.c.centre == report.c.centre) & (incident.c.id == report.c.incident_id)
    ))
    .where(report.c.centre == bindparam("centre"), report.c.public_code == bindparam("code"))
    .order_by(report.c.id).limit(1)
)

Typed = dict[str, str]


def routes(edge: Edge) -> list[Route]:
    async def form(request: Request) -> Response:
        return _form_page(edge, {"token": secrets.token_urlsafe(18)}, language_of(request))

    async def to_form(request: Request) -> Response:
        return RedirectResponse(f"/?lang={language_of(request)}", status_code=303)

    async def submit(request: Request) -> Response:
        return await _submit(edge, request)

    async def status(request: Request) -> Response:
        code = request.path_params["code"].strip().upper()[:12]
        row = await edge.reader.first(BY_CODE, code=code) if code.isalnum() else None
        if row is None:
            raise NotFound("no_public_code", "no report with this code")
        return _status_page(edge, code, row, language_of(request))

    return [
        Route("/", form, methods=["GET"]),
        Route("/lapor", to_form, methods=["GET"]),
        Route("/lapor", submit, methods=["POST"]),
        Route("/lapor/{code}", status, methods=["GET"]),
    ]


async def _submit(edge: Edge, request: Request) -> Response:
    """Store the report, then send the browser to its receipt, so that reloading sends nothing twice."""
    lang = language_of(request)
    async with request.form(max_files=0, max_fields=20) as form:
        typed = _read(form)
    faults = _faults(typed)
    if faults:
        return _form_page(edge, typed, lang, faults, status=422)
    new, knowledge = _report_of(edge, typed), edge.knowledge()
    try:
        received = await edge.committer.run(lambda tx: receive_report(tx, new, knowledge))
    except StorageUnavailable:
        # What was typed stays, under the same token: sending again can never make a second report.
        return _form_page(edge, typed, lang, [("", text("web.not_stored", lang))], status=503)
    return RedirectResponse(f"/lapor/{received.public_code}?lang={lang}", status_code=303)


def _read(form: FormData) -> Typed:
    """The known fields as text, cut to their limits; a missing or odd token is replaced."""
    typed = {name: _clean(form.get(name))[: LIMITS[name]] for name in FIELDS}
    if len(typed["token"]) not in TOKEN_LENGTHS:
        typed["token"] = secrets.token_urlsafe(18)
    return typed


def _clean(value: object) -> str:
    """NUL cannot be stored on PostgreSQL and half a surrogate nowhere; everything else is kept as typed."""
    words = value if isinstance(value, str) else ""
    return words.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()


def _faults(typed: Typed) -> list[tuple[str, str]]:
    """Field and text key of what is missing. Only the words are asked for: nothing else may block a report."""
    return [] if typed["text"] or typed["place"] else [("text", "web.text_missing")]


def _report_of(edge: Edge, typed: Typed) -> NewReport:
    districts = edge.knowledge().rules.districts.values()
    kecamatan = typed["kecamatan"] if typed["kecamatan"] in districts else ""
    where = ", ".join(part for part in (typed["place"], kecamatan and f"Kec. {kecamatan}") if part)
    place = Place(text=where, kecamatan=kecamatan) if where else NOWHERE
    words = "\n".join(part for part in (typed["text"], where and f"Lokasi: {where}") if part)
    return NewReport(
        channel=Channel.WEB, external_id=typed["token"], text=words, received_at=edge.clock(),
        sender=phone_of(typed["phone"]), sender_name=typed["name"], place=place,
        extra={"phone_as_typed": typed["phone"]} if typed["phone"] else {},
    )


# pages


def _form_page(
    edge: Edge, typed: Typed, lang: str, faults: list[tuple[str, str]] | None = None, status: int = 200
) -> Response:
    def say(key: str) -> str:
        return escape(text(f"web.{key}", lang))

    def value(name: str) -> str:
        return escape(typed.get(name, ""), quote=True)

    chosen = typed.get("kecamatan", "")
    options = "".join(
        f'<option{" selected" if name == chosen else ""}>{escape(name)}</option>'
        for name in sorted(edge.knowledge().rules.districts.values())
    )
    centre = edge.knowledge().rules.centre_labels
    body = (
        _fault_box(faults or [], lang)
        + f"<p>{escape(centre.get(lang) or centre.get('id', ''))}. {say('form_lead')}</p>"
        f'<form method="post" action="/lapor?lang={lang}" accept-charset="utf-8">'
        f'<input type="hidden" name="token" value="{value("token")}">'
        f'<label for="text">{say("what")}</label><p class="hint" id="text-hint">{say("what_hint")}</p>'
        f'<textarea id="text" name="text" rows="5" maxlength="{LIMITS["text"]}" aria-describedby="text-hint">'
        f'{value("text")}</textarea>'
        f'<label for="kecamatan">{say("district")}</label>'
        f'<select id="kecamatan" name="kecamatan"><option value="">{say("district_unknown")}</option>{options}</select>'
        f'<label for="place">{say("place")}</label><p class="hint" id="place-hint">{say("place_hint")}</p>'
        f'<input id="place" name="place" maxlength="{LIMITS["place"]}" aria-describedby="place-hint" '
        f'value="{value("place")}" autocomplete="off">'
        f'<label for="name">{say("name")}</label>'
        f'<input id="name" name="name" maxlength="{LIMITS["name"]}" value="{value("name")}" autocomplete="name">'
        f'<label for="phone">{say("phone")}</label><p class="hint" id="phone-hint">{say("phone_hint")}</p>'
        f'<input id="phone" name="phone" type="tel" maxlength="{LIMITS["phone"]}" value="{value("phone")}" '
        f'autocomplete="tel" aria-describedby="phone-hint">'
        f'<button type="submit">{say("send")}</button></form>'
    )
    return page(text("web.form_title", lang), body, lang, status)


def _fault_box(faults: list[tuple[str, str]], lang: str) -> str:
    """The summary on top: what is wrong, with a link to where. A fault without a field carries its sentence."""
    items = "".join(
        f'<li><a href="#{field}">{escape(text(said, lang))}</a></li>' if field else f"<li>{escape(said)}</li>"
        for field, said in faults
    )
    return f'<div class="fault" role="alert"><ul>{items}</ul></div>' if items else ""


def _status_page(edge: Edge, code: str, row: Row, lang: str) -> Response:
    word = PUBLIC_STATUS[row["status"]]
    if word == "done" and row["type"] in REFERRED_TYPES:
        word = "referred"

    def moment(ms: int) -> str:
        return f"{from_ms(ms, edge.settings.tz):%d-%m-%Y %H:%M}"

    lines = [
        f'<p>{escape(text("web.code_lead", lang))}<br><span class="code">{escape(code)}</span></p>',
        f'<p role="status"><strong>{escape(text(f"web.status_{word}", lang))}</strong></p>',
        f'<p>{escape(text(f"web.next_{word}", lang))}</p>',
        f'<p>{escape(text("web.received_at", lang, at=moment(row["received_at"])))}<br>'
        f'{escape(text("web.updated_at", lang, at=moment(row["updated_at"])))}</p>',
    ]
    if row["kecamatan"]:
        lines.append(f'<p>{escape(text("web.kecamatan", lang, name=row["kecamatan"]))}</p>')
    lines.append(f'<p class="hint">{escape(text("web.keep_code", lang))}</p>')
    return page(text("web.status_title", lang), "".join(lines), lang)
