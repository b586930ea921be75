"""What may be done to lines that are up, over Twilio's REST API: ring one more phone into a talk, move a caller to
other TwiML, hold, mute, coach, delete a recording. One message, one request; a line that is gone was the wanted end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from dispatch.channels.twilio_rest import TwilioAccount, require_sid
from dispatch.errors import ChannelError
from dispatch.ports import Accepted, Outgoing

RING_FOR_S = 20
"""How long a phone rings before it counts as not answered."""
STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]
GONE = frozenset({"20404", "21220"})
"""Not found; not in progress: the line is over already."""


class TwilioLines:
    """``payload['do']`` names the act; its other fields are strings of the call's own ids and the provider's SIDs."""

    def __init__(self, account: TwilioAccount, public_url: str) -> None:
        self._account, self._public_url = account, public_url
        self._acts: dict[str, Callable[[Any, Outgoing], Awaitable[Accepted]]] = {
            "leg": self._leg, "callback": self._callback, "redirect": self._redirect,
            "participant": self._participant, "erase": self._erase,
        }

    async def act(self, client: Any, message: Outgoing) -> Accepted:
        """Do it. Raises the client's own exceptions, or ChannelError."""
        act = self._acts.get(message.payload["do"])
        if act is None:
            raise ChannelError(f"no act '{message.payload['do']}'", permanent=True)
        return await act(client, message)

    async def _leg(self, client: Any, message: Outgoing) -> Accepted:
        return await self._dial(client, message, "leg", {"call": "call_id", "leg": "leg"})

    async def _callback(self, client: Any, message: Outgoing) -> Accepted:
        return await self._dial(client, message, "callback", {"call": "call_id"})

    async def _dial(self, client: Any, message: Outgoing, name: str, fields: dict[str, str]) -> Accepted:
        if not message.recipient:
            raise ChannelError("no phone to ring", permanent=True)
        query = urlencode({key: message.payload[value] for key, value in fields.items()})
        created = await client.calls.create_async(
            to=message.recipient, from_=self._account.twilio.voice_number, timeout=RING_FOR_S,
            url=f"{self._public_url}/twilio/voice/{name}?{query}",
            status_callback=f"{self._public_url}/twilio/status/{name}?{query}", status_callback_event=STATUS_EVENTS,
        )
        return Accepted(require_sid(created))

    async def _redirect(self, client: Any, message: Outgoing) -> Accepted:
        sid = message.payload["sid"]
        path = "probe" if message.payload.get("to") == "probe" else "join"
        url = f"{self._public_url}/twilio/voice/{path}?{urlencode({'call': message.payload['call_id']})}"
        await unless_gone(client.calls(sid).update_async(url=url, method="POST"))
        return Accepted(sid, delivered=True)

    async def _participant(self, client: Any, message: Outgoing) -> Accepted:
        """Hold, mute or coach: of the flags given, each becomes what it says."""
        given, sid = message.payload, message.payload["sid"]
        request: dict[str, Any] = {key: given[key] == "true" for key in ("hold", "muted", "coaching") if key in given}
        if request.get("hold"):
            query = urlencode({"call": given["call_id"]})
            request |= {"hold_url": f"{self._public_url}/twilio/voice/hold?{query}", "hold_method": "POST"}
        if request.get("coaching"):
            request["call_sid_to_coach"] = given["coached"]
        participant = client.conferences(given["conference"]).participants(sid)
        await unless_gone(participant.update_async(**request))
        return Accepted(sid, delivered=True)

    async def _erase(self, client: Any, message: Outgoing) -> Accepted:
        sid = message.payload["sid"]
        await unless_gone(client.recordings(sid).delete_async())
        return Accepted(sid, delivered=True)


async def unless_gone(request: Awaitable[Any]) -> None:
    """Wait for it; that the thing is over already is no failure."""
    from twilio.base.exceptions import TwilioRestException  # lazily: importing twilio is slow

    try:
        await request
    except TwilioRestException as error:
        if str(error.code) not in GONE:
            raise
