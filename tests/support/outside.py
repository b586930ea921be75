"""A running centre as the outside world meets it: signed webhooks, the operator API, the command line.

Owns nothing of the product: every call goes over HTTP or starts a process. Waits for what comes
asynchronously, and fails naming it when it never comes.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx

from tests.fakes.twilio_server import sign
from tests.support.server import OWNER, TOKEN, Server

PATIENCE_S = 30.0
TWIML_ADDRESS = re.compile(r'="(http[^"]+)"|>(http[^<]+)<')
Json = dict[str, Any]
T = TypeVar("T")


class Outside:
    """Everybody who is not the server: citizens, crews, the provider, operators."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._clients: list[httpx.Client] = []
        self.http = self._client(server.url)
        self.desk = self.seat(OWNER)

    def __enter__(self) -> Outside:
        return self

    def __exit__(self, *exc: object) -> None:
        for client in self._clients:
            client.close()

    def _client(self, url: str, headers: dict[str, str] | None = None) -> httpx.Client:
        client = httpx.Client(base_url=url, timeout=20, trust_env=False, headers=headers)
        self._clients.append(client)
        return client

    # citizens and crews, by way of the provider

    def post(self, path: str, fields: Json, *, token: str | None = TOKEN) -> httpx.Response:
        """One webhook; ``token`` None sends it unsigned."""
        signed = {} if token is None else {"X-Twilio-Signature": sign(self.server.url + path, fields, token)}
        return self.http.post(path, data=fields, headers=signed)

    def sms(
        self, words: str, sender: str, *, sid: str = "", token: str | None = TOKEN, **fields: str
    ) -> httpx.Response:
        return self.post("/twilio/sms", {
            "MessageSid": sid or f"SM{uuid.uuid4().hex}", "AccountSid": "AC" + "0" * 32, "From": sender,
            "To": "+622830112001", "Body": words, "NumMedia": "0", **fields,
        }, token=token)

    def call(self, sid: str, caller: str, path: str = "/twilio/voice", status: str = "ringing", **fields: str) -> str:
        """One word of the provider about a call; returns the TwiML."""
        answer = self.post(path, {
            "CallSid": sid, "AccountSid": "AC" + "0" * 32, "From": caller, "To": "+622830112000",
            "CallStatus": status, **fields,
        })
        assert answer.status_code == 200, answer.text
        return answer.text

    def next_paths(self, twiml: str) -> dict[str, str]:
        """Where TwiML sends the provider next: last part of the path -> path with its query."""
        found = (first or second for first, second in TWIML_ADDRESS.findall(twiml.replace("&amp;", "&")))
        paths = [address.removeprefix(self.server.url) for address in found]
        return {path.partition("?")[0].rpartition("/")[2]: path for path in paths}

    # operators

    def seat(self, token: str, lang: str = "id") -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": lang}
        return self._client(f"{self.server.url}/api/v1", headers)

    def command(self, line: str, *, seat: httpx.Client | None = None, **more: Any) -> httpx.Response:
        """A typed line under a new idempotency key unless one is given."""
        body = {"line": line, "idempotency_key": uuid.uuid4().hex, **more}
        return (seat or self.desk).post("/commands", json=body)

    def done(self, line: str, **more: Any) -> Json:
        """A command that must succeed."""
        answer = self.command(line, **more)
        assert answer.status_code == 200, f"{line}: {answer.text}"
        result: Json = answer.json()
        return result

    def board(self) -> Json:
        rows: Json = self.desk.get("/board").json()
        return rows

    def incident_about(self, words: str) -> Json:
        """The newest open incident whose words these are."""
        found: list[Json] = [row for row in self.board()["incidents"] if words in row["summary"]]
        assert found, f"no incident about {words!r} on the board"
        return max(found, key=lambda row: row["id"])

    def detail(self, number: int) -> Json:
        answer = self.desk.get(f"/incidents/{number}")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def texts_of(self, number: int, purpose: str) -> list[str]:
        """What the simulator was given to send about an incident, oldest first."""
        messages = sorted(self.detail(number)["messages"], key=lambda m: m["id"])
        return [m["body"] for m in messages if (m["purpose"], m["status"]) == (purpose, "delivered")]

    def eventually(self, look: Callable[[], T], what: str) -> T:
        """Look until there is something."""
        deadline = time.monotonic() + PATIENCE_S
        while not (seen := look()):
            assert time.monotonic() < deadline, f"never seen: {what}"
            time.sleep(0.02)
        return seen


def changes_since(seat: httpx.Client, **how: Any) -> Iterator[tuple[str, str, str]]:
    """The event stream as (id, event, data); ``how`` are httpx arguments such as params and headers."""
    with seat.stream("GET", "/events", **how) as stream:
        assert stream.status_code == 200, stream.read()
        fields: dict[str, str] = {}
        for line in stream.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                yield fields.get("id", ""), fields.get("event", ""), fields.get("data", "")
                fields = {}
