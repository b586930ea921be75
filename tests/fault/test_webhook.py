"""Webhooks as the world sends them: repeated, side by side, out of order, too big, forged, and full of odd bytes.

Each through the real server over real HTTP; what is stored is read from its database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.fakes.twilio_server import sign
from tests.fault.stored import assert_log_whole, assert_whole
from tests.support.sender import Message, Sender
from tests.support.server import TOKEN, Server, owner_headers, server_in

FIRE = "kebakaran rumah di Desa Pesayangan Talang api sudah besar"
ESCAPES = "\x1b]0;judul\x07\x1b[2J\x1b[31mkebakaran\x9b31m di Desa Bojong\u202e\r\n+CMT: palsu"
ODD_BODIES = {
    "invalid_utf8": b"%FF%FE kebakaran %C3%28 Slawi",
    "raw_invalid_utf8": b"\xff\xfe kebakaran \xc3\x28 Slawi",
    "nul": b"kebakaran%00di%00Slawi",
    "lone_surrogate": b"kebakaran %ED%A0%80 Slawi",
    "only_control": b"%01%02%1b%07",
    "empty": b"",
    "percent_rubbish": b"100%25 kebakaran %zz %",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all of these: what one test sends must not hurt the next."""
    with server_in(Path(tmp_path_factory.mktemp("webhook")) / "centre") as server:
        yield server.start()
        assert server.is_running, server.log[-2000:]
        assert_whole(server, [])
        assert server.terminate() == 0
        assert "Traceback" not in server.log


@pytest.fixture
async def sender(shared: Server) -> AsyncIterator[Sender]:
    async with Sender(shared.url, clients=32) as made:
        yield made


def stored(server: Server, sid: str) -> list[tuple[str, int]]:
    return server.rows("SELECT text, incident_id FROM report WHERE external_id = ?", (sid,))


def count(server: Server) -> int:
    return int(server.rows("SELECT count(*) FROM report")[0][0])


async def raw(sender: Sender, body: bytes, signature: str = "", **headers: str) -> httpx.Response:
    """A body exactly as given."""
    head = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature, **headers}
    return await sender._http.post("/twilio/sms", content=body, headers=head)


async def test_twenty_repeats_side_by_side_are_one_report(shared: Server, sender: Sender) -> None:
    message = Message("SMsame", "+628600000001", FIRE)
    answers = await asyncio.gather(*(sender.send(message) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(stored(shared, "SMsame")) == 1
    assert (await sender.send(message)).status_code == 200
    assert len(stored(shared, "SMsame")) == 1
    opened = shared.rows("SELECT reports FROM incident WHERE caller = ?", ("+628600000001",))
    assert opened == [(1,)], "a repeat was counted as a report"


async def test_a_repeat_with_other_words_changes_nothing(shared: Server, sender: Sender) -> None:
    await sender.send(Message("SMwords", "+628600000002", FIRE))
    assert (await sender.send(Message("SMwords", "+628600000002", "batal, sudah padam"))).status_code == 200
    assert [text for text, _ in stored(shared, "SMwords")] == [FIRE]


async def test_delivery_states_out_of_order_never_go_back(shared: Server, sender: Sender) -> None:
    """'delivered' first, then the late 'sent' and 'queued', then a state for a message nobody knows."""
    await sender.send(Message("SMstates", "+628600000003", FIRE))
    async with asyncio.timeout(10):
        while not (rows := shared.rows(
            "SELECT id, provider_id, status FROM outbox WHERE recipient = ? AND provider_id <> ''", ("+628600000003",)
        )):
            await asyncio.sleep(0.05)
    own, provider_id, _ = rows[0]
    for state in ("delivered", "sent", "queued", "sending"):
        answer = await sender.post(
            f"/twilio/status/message?message={own}", {"MessageSid": provider_id, "MessageStatus": state}
        )
        assert answer.status_code == 200
    assert shared.rows("SELECT status FROM outbox WHERE id = ?", (own,)) == [("delivered",)]
    unknown = await sender.post("/twilio/status/message", {"MessageSid": "SMnobody", "MessageStatus": "failed"})
    assert unknown.status_code < 500


@pytest.mark.parametrize("declared", [True, False])
async def test_oversized_is_refused_unread(shared: Server, sender: Sender, declared: bool) -> None:
    before = count(shared)
    body = b"MessageSid=SMbig&From=%2B628600000004&Body=" + b"a" * 3_000_000

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65536):
            yield body[start:start + 65536]

    try:
        answer = await sender._http.post(
            "/twilio/sms", content=body if declared else pieces(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x"},
        )
        assert answer.status_code == 413
    except httpx.WriteError:
        pass  # refused and closed while we were still sending
    assert count(shared) == before


async def test_unsigned_and_wrongly_signed_leave_no_trace(shared: Server, sender: Sender) -> None:
    before, lines = count(shared), shared.rows("SELECT count(*) FROM event WHERE kind LIKE 'report%'")
    fields = Message("SMforged", "+628600000005", FIRE).fields
    url = shared.url + "/twilio/sms"
    right = sign(url, fields, TOKEN)
    forged = [
        ({}, fields), ({"X-Twilio-Signature": ""}, fields), ({"X-Twilio-Signature": "x" * 5000}, fields),
        ({"X-Twilio-Signature": sign(url, fields, "another")}, fields),
        ({"X-Twilio-Signature": right}, {**fields, "Body": FIRE + "!"}),
        ({"X-Twilio-Signature": right}, {**fields, "Extra": "1"}),
        ({"X-Twilio-Signature": sign(shared.url + "/twilio/voice", fields, TOKEN)}, fields),
    ]
    for headers, sent in forged:
        answer = await sender._http.post("/twilio/sms", data=sent, headers=headers)
        assert answer.status_code == 403, (headers, sent)
        assert "Response" not in answer.text
    moved = await sender._http.post("/twilio/sms?x=1", data=fields, headers={"X-Twilio-Signature": right})
    assert moved.status_code == 403
    assert count(shared) == before
    assert shared.rows("SELECT count(*) FROM event WHERE kind LIKE 'report%'") == lines


@pytest.mark.parametrize("name", ODD_BODIES)
async def test_odd_bytes_are_a_report_all_the_same(shared: Server, sender: Sender, name: str) -> None:
    """Somebody may need help behind a broken encoding. Signed over what the bytes decode to, as Twilio does."""
    from urllib.parse import unquote_to_bytes

    sid = f"SModd{name}"
    words = unquote_to_bytes(ODD_BODIES[name].replace(b"+", b" ")).decode("utf-8", "replace")
    fields = {"MessageSid": sid, "From": "+628600000006", "Body": words}
    body = b"MessageSid=" + sid.encode() + b"&From=%2B628600000006&Body=" + ODD_BODIES[name]
    answer = await raw(sender, body, sign(shared.url + "/twilio/sms", fields, TOKEN))
    assert answer.status_code == 200, answer.text
    assert [text for text, _ in stored(shared, sid)] == [words.replace("\0", "\ufffd")]


async def test_a_very_long_text_is_a_report_or_refused_but_never_half(shared: Server, sender: Sender) -> None:
    """100,000 characters are over the limit of a webhook; 60,000 are stored as far as a report may be long."""
    answer = await sender.send(Message("SMlong", "+628600000007", "kebakaran " * 10_000))
    assert answer.status_code == 413
    assert stored(shared, "SMlong") == []
    answer = await sender.send(Message("SMquite", "+628600000008", FIRE + " a" * 30_000))
    assert answer.status_code == 200
    assert [text[: len(FIRE)] for text, _ in stored(shared, "SMquite")] == [FIRE]


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
async def test_missing_fields_are_named(shared: Server, sender: Sender, missing: str) -> None:
    before = count(shared)
    fields = Message("SMmissing", "+628600000009", FIRE).fields
    del fields[missing]
    answer = await sender.post("/twilio/sms", fields)
    assert answer.status_code == 400
    assert missing in answer.text
    assert count(shared) == before


async def test_escape_sequences_are_kept_and_never_obeyed(shared: Server, sender: Sender) -> None:
    """Verbatim in the report; in line mode, and in what the console reads, nothing a terminal would act on."""
    assert (await sender.send(Message("SMescape", "+628600000010", ESCAPES))).status_code == 200
    text, incident_id = stored(shared, "SMescape")[0]
    assert text == ESCAPES
    number = shared.rows("SELECT number FROM incident WHERE id = ?", (incident_id,))[0][0]
    said = shared.command(
        "console", "--line", "--server", shared.url, "--token-file", str(shared.owner_file), words=f"V {number}\nQ\n"
    )
    assert str(number) in said.stdout
    assert "kebakaran" in said.stdout
    hostile = [char for char in said.stdout if (ord(char) < 32 and char != "\n") or 127 <= ord(char) < 160]
    assert hostile == []
    assert "\u202e" not in said.stdout
    async with httpx.AsyncClient(base_url=shared.url, trust_env=False) as api:
        detail = await api.get(f"/api/v1/incidents/{number}", headers=owner_headers())
    assert ESCAPES in [report["text"] for report in detail.json()["reports"]]


async def test_nul_in_a_command_is_refused_and_holds_up_nobody(shared: Server, sender: Sender) -> None:
    command = {"command": "new", "args": {"text": "a\0b"}, "idempotency_key": "k"}
    async with httpx.AsyncClient(base_url=shared.url, headers=owner_headers(), trust_env=False) as api:
        answer = await api.post("/api/v1/commands", json=command)
        assert answer.status_code == 400
        assert (await api.get("/lapor/AB%00CD")).status_code == 404
        assert (await api.get("/api/v1/search", params={"q": "a\0b"})).status_code < 500
    assert_log_whole(shared)
