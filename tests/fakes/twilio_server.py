"""A Twilio of our own: a real HTTP server that takes the REST calls we make and sends signed webhooks back.

It holds queues, calls and messages as Twilio does: a queue serves its callers in order, an operator's
leg that dials a queue is connected to its first caller, webhooks may be repeated, answers may be scripted to fail. The
signature is computed here from Twilio's description, not with the library the product uses.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import socket
import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.loopback import free_socket, served, url_of

ACCOUNT_SID = "AC" + "0" * 32
TOKEN, NEXT_TOKEN = "token-of-the-tests", "next-token-of-the-tests"
VOICE_NUMBER, SMS_NUMBER, WHATSAPP_NUMBER = "+622830112000", "+622830112001", "+622830112002"
API = "/2010-04-01/Accounts/{account}"
_sids = itertools.count(1)


def new_sid(prefix: str) -> str:
    return f"{prefix}{next(_sids):032x}"


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


@dataclass
class Leg:
    """One phone leg; ``script`` is the TwiML it executes now."""

    twilio: FakeTwilio
    sid: str
    number: str
    script: ET.Element | None = None
    fields: dict[str, list[str]] = field(default_factory=dict)
    peer: Leg | None = None
    over: bool = False

    def verb(self, name: str) -> ET.Element | None:
        """The first verb of that name in the script."""
        return None if self.script is None else self.script.find(f".//{name}")

    def says(self) -> list[str]:
        return [] if self.script is None else [say.text or "" for say in self.script.iter("Say")]

    def _basic(self, status: str) -> dict[str, str]:
        return {
            "CallSid": self.sid, "AccountSid": ACCOUNT_SID, "ApiVersion": "2010-04-01", "CallStatus": status,
            "From": self.number, "To": VOICE_NUMBER, "Direction": "inbound",
        }

    async def request(self, url: str, status: str = "in-progress", **more: str) -> httpx.Response:
        """Ask for the next TwiML and execute it."""
        answer = await self.twilio.post(url, {**self._basic(status), **more})
        self.script = ET.fromstring(answer.text) if answer.status_code == 200 and answer.text else None
        return answer


class Caller(Leg):
    """A citizen's leg."""

    waited_s: int = 0

    async def ring(self) -> httpx.Response:
        answer = await self.request("/twilio/voice", "ringing")
        enqueue = self.verb("Enqueue")
        if enqueue is not None:
            self.twilio.queues.setdefault(enqueue.text or "", deque()).append(self)
            self.action, self.wait_url = enqueue.attrib["action"], enqueue.attrib["waitUrl"]
        return answer

    async def wait(self, seconds: int) -> list[str]:
        """Time passes in the queue: the wait document is asked for, a <Leave/> in it executed. Returns what is said."""
        self.waited_s += seconds
        await self.request(self.wait_url, QueueTime=str(self.waited_s), QueuePosition="1")
        said = self.says()
        if self.verb("Leave") is not None:
            self.twilio.leave(self)
            await self.request(self.action, QueueResult="leave", QueueTime=str(self.waited_s))
        return said

    async def press(self, digits: str) -> list[str]:
        gather = self.verb("Gather")
        assert gather is not None, "nothing listens to keys"
        await self.request(gather.attrib["action"], Digits=digits)
        return self.says()

    async def hang_up(self) -> None:
        """The line closes: the queue's action, then the status of the leg."""
        self.over = True
        if self.twilio.leave(self) or self.peer is not None:
            result = "bridged" if self.peer is not None else "hangup"
            await self.request(self.action, "completed", QueueResult=result, QueueTime=str(self.waited_s))
        await self.twilio.post("/twilio/status/call", {**self._basic("completed"), "CallDuration": "30"})
        if self.peer is not None:
            await self.peer.end()

    async def speak(self, seconds: int) -> None:
        """Leave a voice message, then hang up: Twilio tells of the recording twice."""
        record = self.verb("Record")
        assert record is not None, "nothing records"
        told = {
            "RecordingSid": new_sid("RE"), "RecordingDuration": str(seconds),
            "RecordingUrl": f"https://api.twilio.com/recordings/{self.sid}",
        }
        await self.request(record.attrib["action"], "completed", Digits="hangup", **told)
        await self.twilio.post(record.attrib["recordingStatusCallback"], {**told, "RecordingStatus": "completed"})
        self.over = True
        await self.twilio.post("/twilio/status/call", self._basic("completed"))


class Agent(Leg):
    """An operator's phone that we were asked to ring."""

    async def pick_up(self) -> Caller | None:
        """Answer: the leg runs its TwiML; dialling a queue connects it to the first caller in it."""
        await self.status("in-progress")
        await self.request(self.fields["Url"][0])
        queue = self.verb("Queue")
        if queue is None:
            return None
        waiting = self.twilio.queues.get(queue.text or "", deque())
        if not waiting:
            return None
        caller = waiting.popleft()
        await caller.request(queue.attrib["url"], QueueSid=new_sid("QU"))
        self.peer, caller.peer = caller, self
        return caller

    async def status(self, status: str) -> None:
        await self.twilio.post(self.fields["StatusCallback"][0], self._basic(status))

    async def end(self, status: str = "completed") -> None:
        """The leg ends; a connected caller's queue action is asked for once."""
        if self.over:
            return
        self.over = True
        await self.status(status)
        if self.peer is not None and not self.peer.over:
            self.peer.over = True
            await self.peer.request(self.peer.action, "completed", QueueResult="bridged")  # type: ignore[attr-defined]


class FakeTwilio:
    """``public_url`` is where our product listens. ``failures`` answers the next REST requests, in order."""

    def __init__(self) -> None:
        self._socket: socket.socket = free_socket()
        self.url = url_of(self._socket)
        self.public_url = ""
        self.messages: list[SentMessage] = []
        self.agents: list[Agent] = []
        self.ended: list[str] = []
        self.queues: dict[str, deque[Caller]] = {}
        self.failures: deque[int | str] = deque()
        self.down = False
        self.repeats = 1
        self.requests = 0
        self.arrived = asyncio.Condition()
        self._client = httpx.AsyncClient(timeout=10)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeTwilio]:
        app = Starlette(routes=[
            Route(f"{API}/Messages.json", self._create_message, methods=["POST"]),
            Route(f"{API}/Calls.json", self._create_call, methods=["POST"]),
            Route(f"{API}/Calls/{{sid}}.json", self._update_call, methods=["POST"]),
        ])
        async with served(app, self._socket):
            try:
                yield self
            finally:
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
        await caller.ring()
        return caller

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
                self._keep_message(fields)
                return Response("", 504)
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

    async def _create_call(self, request: Request) -> Response:
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        if not ({"To", "From"} <= fields.keys() and fields.keys() & {"Url", "Twiml", "ApplicationSid"}):
            return _refuse(400, 21201, "To, From and Url are required")
        agent = Agent(self, new_sid("CA"), fields["To"][0], fields=fields)
        self.agents.append(agent)
        async with self.arrived:
            self.arrived.notify_all()
        return JSONResponse(call_resource(agent), 201)

    async def _update_call(self, request: Request) -> Response:
        fields = await self._fields(request)
        if isinstance(fields, Response):
            return fields
        sid = request.path_params["sid"]
        if sid in self.ended:
            return _refuse(404, 20404, "not found")
        self.ended.append(sid)
        async with self.arrived:
            self.arrived.notify_all()
        return JSONResponse({"sid": sid, "status": "completed", "account_sid": ACCOUNT_SID})


def _refuse(status: int, code: int, message: str) -> Response:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"status": status, "code": code, "message": message, "more_info": more_info}, status)


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
