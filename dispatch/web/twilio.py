"""Twilio's webhooks: messages in, delivery states. Parses, calls one service, answers after the commit."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dispatch.channels.twiml import NOTHING, reply
from dispatch.domain.citizen_answer import read_reply
from dispatch.domain.phone import WHATSAPP_PREFIX, phone_of
from dispatch.domain.place import NOWHERE, Place
from dispatch.domain.report import Attachment, Channel, NewReport
from dispatch.errors import StorageUnavailable
from dispatch.services.crew_messages import receive_text
from dispatch.services.delivery import record_delivery
from dispatch.texts import LANGUAGES, text
from dispatch.web import twilio_team, twilio_voice
from dispatch.web.edge import Edge
from dispatch.web.twilio_form import Form, Signatures, read_form

Handler = Callable[[Request, Form], Awaitable[str]]
MAX_MEDIA = 10
MAX_SENDER_NAME = 64
FINAL = {"delivered": True, "read": True, "failed": False, "undelivered": False, "canceled": False}
"""Message states after which nothing more comes; every other one means 'under way'."""


def routes(edge: Edge) -> list[Route]:
    """All webhooks; each is signed, small and answered only after what it brought is stored."""
    signatures = Signatures(edge.settings)

    def webhook(path: str, handle: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            form = await read_form(request)
            signatures.check(request, form)
            return Response(await handle(request, form), media_type="text/xml")

        return Route(path, endpoint, methods=["POST"])

    async def sms(request: Request, form: Form) -> str:
        form.require("MessageSid", "From")
        report, knowledge = message_report(form, edge), edge.knowledge()
        await edge.committer.run(lambda tx: receive_text(tx, report, knowledge))
        return NOTHING

    async def sms_fallback(request: Request, form: Form) -> str:
        """Twilio comes here when the first address failed. Stored after all, or the sender is told that it was not."""
        try:
            return await sms(request, form)
        except StorageUnavailable:
            return _bounce(form, edge)

    async def message_status(request: Request, form: Form) -> str:
        await _message_status(edge, request, form)
        return NOTHING

    voice = [webhook(path, handle) for path, handle in twilio_voice.handlers(edge)] + twilio_voice.sounds()
    team = [webhook(path, handle) for path, handle in twilio_team.handlers(edge)]
    texts = [webhook("/twilio/sms", sms), webhook("/twilio/sms/fallback", sms_fallback)]
    return [*team, *texts, webhook("/twilio/status/message", message_status), *voice]


def message_report(form: Form, edge: Edge) -> NewReport:
    """The report an SMS or WhatsApp message is, its words verbatim."""
    sender = form.get("From")
    return NewReport(
        channel=Channel.WHATSAPP if sender.startswith(WHATSAPP_PREFIX) else Channel.SMS,
        external_id=form.get("MessageSid"), text=form.get("Body"), received_at=edge.clock(),
        sender=phone_of(sender) or sender[:MAX_SENDER_NAME], sender_name=form.get("ProfileName")[:MAX_SENDER_NAME],
        recipient=phone_of(form.get("To")), attachments=_media(form), place=_place(form),
    )


def _bounce(form: Form, edge: Edge) -> str:
    """Not taken: whoever wrote must not believe that somebody has read it. A machine is told nothing."""
    words, knowledge = form.get("Body"), edge.knowledge()
    if read_reply(words).automatic:
        return NOTHING
    spoken = knowledge.triage.classify(words, at=edge.clock()).language
    return reply(text("citizen.bounce", spoken if spoken in LANGUAGES else knowledge.lang))


def _media(form: Form) -> tuple[Attachment, ...]:
    count = min(form.number("NumMedia"), MAX_MEDIA)
    pairs = [(form.get(f"MediaUrl{index}"), form.get(f"MediaContentType{index}")) for index in range(count)]
    return tuple(Attachment(url, kind) for url, kind in pairs if url)


def _place(form: Form) -> Place:
    """A location shared over WhatsApp; words beside it are kept."""
    lat, lon = _degrees(form.get("Latitude"), 90), _degrees(form.get("Longitude"), 180)
    if lat is None or lon is None:
        return NOWHERE
    return Place(text=form.get("Address"), landmark=form.get("Label"), lat=lat, lon=lon)


def _degrees(value: str, limit: int) -> float | None:
    try:
        degrees = float(value)
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) and abs(degrees) <= limit else None


async def _message_status(edge: Edge, request: Request, form: Form) -> None:
    form.require("MessageSid", "MessageStatus")
    ours = request.query_params.get("message", "")
    message_id = int(ours) if ours.isascii() and ours.isdigit() and len(ours) < 19 else None
    delivered, knowledge = FINAL.get(form.get("MessageStatus")), edge.knowledge()
    await edge.committer.run(
        lambda tx: record_delivery(
            tx, message_id=message_id, provider_id=form.get("MessageSid"), delivered=delivered,
            code=form.get("ErrorCode"), knowledge=knowledge,
        )
    )
