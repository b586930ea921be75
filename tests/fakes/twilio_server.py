"""A Twilio of our own: a real HTTP server that takes the REST calls we make and sends signed webhooks back.

It holds calls, conferences, recordings and messages as Twilio does (the lines themselves: twilio_lines); webhooks may
be repeated, answers may be scripted to fail, every request is kept to be compared with Twilio's published description.
The signature is computed here from Twilio's description, not with the library the product uses.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import socket
import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.twilio_ids import ACCOUNT_SID, SMS_NUMBER, VOICE_NUMBER, new_sid
from tests.fakes.twilio_ids import WHATSAPP_NUMBER as WHATSAPP_NUMBER
from tests.fakes.twilio_lines import Agent, Caller, Conference, Leg
from tests.support.loopback import free_socket, served, url_of

TOKEN, NEXT_TOKEN = "token-of-the-tests", "next-token-of-the-tests"
API = "/2010-04-01/Accounts/{account}"


def sign(url: str, fields: dict[str, str], token: str) -> str:
    """Twilio's signature: HMAC-SHA1 over the URL and the fields in order of their names, base64."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass
class SentMessage:
    """A message we were asked to send, with the request's fields as they came."""

    sid: str
    fields: dict[str, str]

    @property
    def to(self) -> str:
        return self.fields["To"]

    @property
    def body(self) -> str:
        return self.fields["Body"]


class FakeTwilio:
    """``public_url`` is where our product listens. ``failures`` answers the next REST requests, in order."""

    def __init__(self) -> None:
        self._socket: socket.socket = free_socket()
        self.url = url_of(self._socket)
        self.public_url = ""
        self.messages: list[SentMessage] = []
        self.agents: list[Agent] = []
        self.ended: list[str] = []
        self.legs: dict[str, Leg] = {}
        self.rooms: dict[str, Conference] = {}
        self.recordings: set[str] = set()
        self.line_requests: list[tuple[str, str, dict[str, list[str]]]] = []
        """Every REST request about calls: method, path as in Twilio's description, fields."""
        self.queues: dict[str, deque[Caller]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures: deque[int | str] = deque()
        """How the next requests are answered: a status, 'hang', 'lose' (taken, the answer lost), 'slow' (half a
        second), 'busy N' (429 with Retry-After)."""
        self.down = False
        self.asked: list[dict[str, str]] = []
        """Queries for the list of messages; ``listed`` are the fields of the last answer."""
        self.listed: list[str] = []
        self.repeats = 1
        self.requests = 0
        self.arrived = asyncio.Condition()
        self._client = httpx.AsyncClient(timeout=10)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeTwilio]:
        app = Starlette(routes=[
            Route(f"{API}/Messages.json", self._create_message, methods=["POST"]),
            Route(f"{API}/Messages.json", self._list_messages, methods=["GET"]),
            Route(f"{API}/Calls.json", self._create_call, methods=["POST"]),
            Route(f"{API}/Calls/{{sid}}.json", self._update_call, methods=["POST"]),
            Route(
                f"{API}/Conferences/{{conference}}/Participants/{{sid}}.json", self._update_participant,
                methods=["POST"],
            ),
            Route(f"{API}/Recordings/{{sid}}.json", self._delete_recording, methods=["DELETE"]),
        ])
        async with served(app, self._socket):
            try:
                yield self
            finally:
                await self.settle()
                await self._client.aclose()

    # what we send to the product

    async def post(self, url: str, fields: dict[str, str], *, token: str = TOKEN) -> httpx.Response:
        """One signed webhook, as often as ``repeats`` says; returns the last answer."""
        whole = url if url.startswith("http") else self.public_url + url
        headers = {"X-Twilio-Signature": sign(whole, fields, token)}
        for _ in range(self.repeats):
            answer = await self._client.post(whole, data=fields, headers=headers)
        return answer

    async def text(self, sender: str, body: str, *, sid: str = "", **more: str) -> httpx.Response:
        """A citizen's or a crew's SMS (WhatsApp when the sender says so)."""
        fields = {
            "MessageSid": sid or new_sid("SM"), "AccountSid": ACCOUNT_SID, "From": sender, "To": SMS_NUMBER,
            "Body": body, "NumMedia": "0", **more,
        }
        return await self.post("/twilio/sms", fields)

    async def deliver(self, message: SentMessage, status: str = "delivered", code: str = "") -> httpx.Response:
        """The delivery status of a message we were asked to send."""
        fields = {"MessageSid": message.sid, "MessageStatus": status, "AccountSid": ACCOUNT_SID, "To": message.to}
        return await self.post(message.fields["StatusCallback"], fields | ({"ErrorCode": code} if code else {}))

    async def ring(self, number: str) -> Caller:
        """A citizen calls."""
        caller = Caller(self, new_sid("CA"), number)
        self.legs[caller.sid] = caller
        await caller.ring()
        return caller

    def room(self, name: str) -> Conference:
        """The conference of that name; a new one when there is none or it is over."""
        if name not in self.rooms or self.rooms[name].over:
            self.rooms[name] = Conference(self, name)
        return self.rooms[name]

    async def changed(self) -> None:
        async with self.arrived:
            self.arrived.notify_all()

    def _later(self, work: Coroutine[Any, Any, Any]) -> None:
        """What a REST request sets off happens beside its answer."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until everything that was set off has happened."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def leave(self, caller: Caller) -> bool:
        """Take a caller out of whatever queue holds it."""
        for queue in self.queues.values():
            if caller in queue:
                queue.remove(caller)
                return True
        return False

    # what we expect of the product

    async def expect_messages(self, count: int) -> list[SentMessage]:
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    async def expect_agent(self, count: int = 1) -> Agent:
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(lambda: len(self.agents) >= count)
        return self.agents[count - 1]

    async def expect_ended(self, sid: str) -> None:
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(lambda: sid in self.ended)

    async def expect(self, holds: Callable[[], bool]) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(holds)

    async def expect_together(self, *legs: Leg) -> Conference:
        """Wait until these lines are in one conference; returns it."""
        await self.expect(lambda: legs[0].room is not None and all(leg.room is legs[0].room for leg in legs))
        assert legs[0].room is not None
        return legs[0].room

    async def expect_requests(self, count: int) -> None:
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(lambda: self.requests >= count)

    # the REST side

    async def _fields(self, request: Request) -> dict[str, list[str]] | Response:
        self.requests += 1
        async with self.arrived:
            self.arrived.notify_all()
        fields = parse_qs((await request.body()).decode(), keep_blank_values=True)
        wanted = "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != wanted or request.path_params["account"] != ACCOUNT_SID:
            return _refuse(401, 20003, "Authenticate")
        if self.down:
            return Response("gateway down", 503)
        if self.failures:
            failure = self.failures.popleft()
            if failure == "hang":
                await asyncio.sleep(30)
            if failure == "lose":
                # Taken, but the answer is lost on the way.
                if request.method == "POST":
                    self._keep_message(fields)
                return Response("", 504)
            if failure == "slow":
                await asyncio.sleep(0.5)
            if isinstance(failure, str) and failure.startswith("busy"):
                return _refuse(429, 20429, "too many requests", {"Retry-After": failure.partition(" ")[2]})
            if isinstance(failure, int):
                return _refuse(failure, 20429 if failure == 429 else 21211 if failure == 400 else 20500, "scripted")
        return fields

    def _keep_message(self, fields: dict[str, list[str]]) -> SentMessage:
        message = SentMessage(new_sid("SM"), {name: values[0] for name, values in fields.items()})
        self.messages.append(message)
        return message

    async def _create_message(self, request: Request) -> Response:
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        if "To" not in fields or not ("From" in fields or "MessagingServiceSid" in fields) or not fields.get("Body"):
            return _refuse(400, 21602, "Message body, To and From are required")
        message = self._keep_message(fields)
        async with self.arrived:
            self.arrived.notify_all()
        return JSONResponse(message_resource(message), 201)

    async def _list_messages(self, request: Request) -> Response:
        """Newest first, narrowed by To and From as Twilio does."""
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        wanted = {name: request.query_params[name] for name in ("To", "From") if name in request.query_params}
        found = [m for m in reversed(self.messages) if all(m.fields.get(k) == v for k, v in wanted.items())]
        size = int(request.query_params.get("PageSize", "50"))
        answer = {
            "messages": [message_resource(message) for message in found[:size]], "page": 0, "page_size": size,
            "start": 0, "end": max(len(found[:size]) - 1, 0), "uri": str(request.url.path), "next_page_uri": None,
            "previous_page_uri": None, "first_page_uri": str(request.url.path),
        }
        self.asked.append(dict(request.query_params))
        self.listed = list(answer)
        return JSONResponse(answer)

    async def _create_call(self, request: Request) -> Response:
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        if not ({"To", "From"} <= fields.keys() and fields.keys() & {"Url", "Twiml", "ApplicationSid"}):
            return _refuse(400, 21201, "To, From and Url are required")
        agent = Agent(self, new_sid("CA"), fields["To"][0], fields=fields)
        self.legs[agent.sid] = agent
        self.agents.append(agent)
        self.line_requests.append(("post", "/Calls.json", fields))
        await self.changed()
        return JSONResponse(call_resource(agent), 201)

    async def _update_call(self, request: Request) -> Response:
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        sid = request.path_params["sid"]
        self.line_requests.append(("post", "/Calls/{Sid}.json", fields))
        if sid in self.ended:
            return _refuse(404, 20404, "not found")
        leg = self.legs.get(sid)
        if leg is not None and leg.over:
            return _refuse(400, 21220, "Call is not in-progress. Cannot redirect.")
        if fields.get("Status") == ["completed"]:
            self.ended.append(sid)
            if leg is not None:
                self._later(leg.end())
        elif leg is not None:
            self._later(self._redirect(leg, fields["Url"][0]))
        await self.changed()
        return JSONResponse({"sid": sid, "status": "in-progress", "account_sid": ACCOUNT_SID})

    async def _redirect(self, leg: Leg, url: str) -> None:
        if isinstance(leg, Caller) and self.leave(leg):
            # The queue's own action is asked too; what it answers is not run.
            await self.post(leg.action, {**leg.basic("in-progress"), "QueueResult": "redirected"})
        if leg.room is not None:
            await leg.room.leave(leg)
        await leg.request(url)

    async def _update_participant(self, request: Request) -> Response:
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        self.line_requests.append(("post", "/Conferences/{ConferenceSid}/Participants/{CallSid}.json", fields))
        sid, conference = request.path_params["sid"], request.path_params["conference"]
        room = next((room for room in self.rooms.values() if room.sid == conference and not room.over), None)
        person = room.people.get(sid) if room is not None else None
        if person is None:
            return _refuse(404, 20404, "not found")
        given = {name: values[0].casefold() == "true" for name, values in fields.items()}
        person.muted, person.hold = given.get("Muted", person.muted), given.get("Hold", person.hold)
        if "Coaching" in given:
            person.coaches = fields["CallSidToCoach"][0] if given["Coaching"] else ""
        if given.get("Hold"):
            self._later(self._play_hold(person.leg, fields["HoldUrl"][0]))
        await self.changed()
        return JSONResponse({"call_sid": sid, "conference_sid": conference, "account_sid": ACCOUNT_SID})

    async def _play_hold(self, leg: Leg, url: str) -> None:
        answer = await self.post(url, leg.basic("in-progress"))
        leg.heard += [say.text or "" for say in ET.fromstring(answer.text).iter("Say")]

    async def _delete_recording(self, request: Request) -> Response:
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        self.line_requests.append(("delete", "/Recordings/{Sid}.json", fields))
        sid = request.path_params["sid"]
        if sid not in self.recordings:
            return _refuse(404, 20404, "not found")
        self.recordings.discard(sid)
        await self.changed()
        return Response(status_code=204)


def _refuse(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Response:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"status": status, "code": code, "message": message, "more_info": more_info}, status, headers)


def message_resource(message: SentMessage) -> dict[str, Any]:
    """The answer of Twilio's Messages resource."""
    fields = message.fields
    return {
        "sid": message.sid, "account_sid": ACCOUNT_SID, "api_version": "2010-04-01", "body": fields["Body"],
        "date_created": "Mon, 12 Jan 2026 07:00:00 +0000", "date_sent": None,
        "date_updated": "Mon, 12 Jan 2026 07:00:00 +0000", "direction": "outbound-api", "error_code": None,
        "error_message": None, "from": fields.get("From"), "messaging_service_sid": fields.get("MessagingServiceSid"),
        "num_media": "0", "num_segments": "1", "price": None, "price_unit": None, "status": "queued",
        "subresource_uris": {}, "to": fields["To"],
        "uri": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{message.sid}.json",
    }


def call_resource(agent: Agent) -> dict[str, Any]:
    """The answer of Twilio's Calls resource."""
    return {
        "sid": agent.sid, "account_sid": ACCOUNT_SID, "api_version": "2010-04-01", "status": "queued",
        "to": agent.number, "from": VOICE_NUMBER, "direction": "outbound-api", "subresource_uris": {},
        "uri": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls/{agent.sid}.json",
    }


def query_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)
