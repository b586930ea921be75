"""SMS and WhatsApp over Twilio's Messages resource. Never logs a token, a body or a whole number."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

import httpx

from dispatch.channels.twilio_rest import TwilioAccount, channel_error, require_sid
from dispatch.domain.phone import WHATSAPP_PREFIX, mask_phone
from dispatch.errors import ChannelError
from dispatch.ports import Accepted, Outgoing

log = logging.getLogger(__name__)
MAX_BODY = 1600
"""Twilio refuses a longer body as a whole: a cut message is better than none."""
MESSAGING_SERVICE = "MG"


class TwilioMessages:
    """``status_url`` is where delivery states go; the message's own id rides along in its query."""

    name = "twilio"

    def __init__(self, account: TwilioAccount, status_url: str) -> None:
        self._account, self._status_url = account, status_url
        twilio = account.twilio
        self._senders = {
            channel: sender
            for channel, sender in (("sms", twilio.sms_from), ("whatsapp", twilio.whatsapp_from)) if sender
        }
        self.channels = frozenset(self._senders)

    async def send(self, message: Outgoing) -> Accepted:
        """Hand over one message. Raises ChannelError."""
        from twilio.base.exceptions import TwilioException  # lazily: importing twilio is slow

        request = self._request(message)
        client = await self._account.client()
        try:
            created = await client.messages.create_async(**request)
        except (TwilioException, httpx.HTTPError, httpx.InvalidURL) as error:
            raise channel_error(error) from None
        log.info("%s to %s taken as %s", message.channel, mask_phone(message.recipient), created.sid)
        return Accepted(require_sid(created))

    def _request(self, message: Outgoing) -> dict[str, Any]:
        sender = self._senders.get(message.channel)
        if sender is None:
            raise ChannelError(f"no sender number for {message.channel}", permanent=True)
        if not message.recipient:
            raise ChannelError("no recipient number", permanent=True)
        prefix = WHATSAPP_PREFIX if message.channel == "whatsapp" else ""
        request: dict[str, Any] = {"to": prefix + message.recipient, "body": message.body[:MAX_BODY]}
        if sender.startswith(MESSAGING_SERVICE):
            request["messaging_service_sid"] = sender
        else:
            request["from_"] = prefix + sender
        if message_id := message.payload.get("message_id"):
            request["status_callback"] = f"{self._status_url}?{urlencode({'message': message_id})}"
        return request

    async def close(self) -> None:
        await self._account.close()
