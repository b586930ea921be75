"""SMS and WhatsApp over Twilio's Messages resource. Never logs a token, a body or a whole number."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
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
LISTED = 50
"""Newest first: no phone gets more texts than this between two attempts."""
CLOCKS_APART = timedelta(minutes=2)


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

    async def warm(self) -> None:
        """Load the client: the first page after a start shall not wait for it."""
        await self._account.client()

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

    async def find(self, message: Outgoing, since: datetime) -> Accepted | None:
        """Whether Twilio has a message with these words to this number since then, in its list of messages."""
        from twilio.base.exceptions import TwilioException

        request = self._request(message)
        sender = {"from_": request["from_"]} if "from_" in request else {}
        client = await self._account.client()
        try:
            listed = await client.messages.list_async(to=request["to"], **sender, limit=LISTED, page_size=LISTED)
        except (TwilioException, httpx.HTTPError, httpx.InvalidURL) as error:
            raise channel_error(error) from None
        for found in listed:
            if found.body == request["body"] and (found.date_created or since) >= since - CLOCKS_APART:
                log.info("%s to %s was taken before", message.channel, mask_phone(message.recipient))
                return Accepted(require_sid(found), delivered=found.status == "delivered")
        return None

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
