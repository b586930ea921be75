"""The operator API: who may do what, how words become commands, how refusals look."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from dispatch import wire
from dispatch.domain.roles import PERMISSIONS, Role
from dispatch.web.guard import BODY_LIMIT
from tests.support.centre import Centre
from tests.unit.web.conftest import sign_on

API = "/api/v1"
Headers = dict[str, str]


async def command(web: httpx.AsyncClient, headers: Headers, key: str = "k", **fields: Any) -> httpx.Response:
    return await web.post(f"{API}/commands", json={"idempotency_key": key, **fields}, headers=headers)


def problem(answer: httpx.Response) -> wire.ProblemDetails:
    assert answer.headers["content-type"] == "application/problem+json"
    found = msgspec.json.decode(answer.content, type=wire.ProblemDetails)
    assert found.status == answer.status_code
    assert found.detail
    return found


@pytest.mark.parametrize("path", ["/board", "/events", "/incidents/1001", "/search?q=x", "/stats"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
async def test_reading_needs_a_session(web: httpx.AsyncClient, path: str, headers: Headers) -> None:
    answer = await web.get(API + path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert problem(answer).code == "no_session"


async def test_a_bare_token_is_told_whose_it_is(web: httpx.AsyncClient, dispatcher: Headers) -> None:
    assert (await web.get(f"{API}/session")).status_code == 401
    session = msgspec.json.decode((await web.get(f"{API}/session", headers=dispatcher)).content, type=wire.Session)
    assert (session.username, session.role, session.seat, session.token) == ("user-dispatcher", "dispatcher", "1", "")
    assert session.expires_at.utcoffset() is not None


async def test_the_board_shows_what_is_open(centre: Centre, web: httpx.AsyncClient, dispatcher: Headers) -> None:
    await centre.add_unit("D01")
    received = await centre.report("kebakaran di Slawi", "a", sender="+6281234567771")
    answer = await web.get(f"{API}/board", headers=dispatcher)
    board = msgspec.json.decode(answer.content, type=wire.Board)
    [row] = board.incidents
    assert (row.number, row.type, row.severity, row.caller) == (received.number, "fire", "critical", "0812-***-771")
    assert [unit.call_sign for unit in board.units] == ["D01"]
    assert [person.name for person in board.operators] == ["user-dispatcher"]
    assert board.centre.types["fire"].subtypes["building"]["short"] == "RMH"
    assert board.seq == centre.edge.feed.newest
    assert row.opened_at.utcoffset() is not None
    assert '"opened_at":"2026-01-12T14:00:00+07:00"' in answer.text


@pytest.mark.parametrize(("lang", "said"), [
    ("id", ["jenis kebakaran -> kebakaran rumah", "ditutup: selesai"]),
    ("en", ["type fire -> fire building", "closed: done"]),
])
async def test_the_chronology_says_labels_and_no_slugs(
    centre: Centre, web: httpx.AsyncClient, dispatcher: Headers, lang: str, said: list[str]
) -> None:
    number = (await centre.report("kebakaran di Slawi", "a")).number
    for key, line in (("1", f"j {number} kbk-rmh"), ("2", f"k sls {number} !sudah ditangani")):
        done = await command(web, dispatcher, key, line=line, confirmed=True)
        assert done.status_code == 200, done.text
    answer = await web.get(f"{API}/incidents/{number}?lang={lang}", headers=dispatcher)
    told = [line.text for line in msgspec.json.decode(answer.content, type=wire.IncidentDetail).timeline]
    for sentence in said:
        assert any(text.startswith(sentence) for text in told), told


async def test_words_objects_and_lines_run_the_same_command(
    centre: Centre, web: httpx.AsyncClient, dispatcher: Headers
) -> None:
    received = await centre.report("kebakaran", "a")
    number = received.number
    given: list[dict[str, Any]] = [
        {"command": "remark", "args": {"incident": number, "text": "kata satu"}},
        {"command": "r", "args": "kata dua", "current": number},
        {"command": "catat", "args": ["kata", "tiga"], "current": number},
        {"line": "r kata empat", "current": number},
    ]
    for index, fields in enumerate(given):
        answer = await command(web, dispatcher, key=f"k{index}", **fields)
        assert answer.status_code == 200, answer.text
        assert answer.json()["incident"] == number
    answer = await web.get(f"{API}/incidents/{number}", headers=dispatcher)
    detail = msgspec.json.decode(answer.content, type=wire.IncidentDetail)
    remarks = [line.data["text"] for line in detail.timeline if line.kind == "remark.added"]
    assert remarks == ["kata empat", "kata tiga", "kata dua", "kata satu"]


async def test_a_repeated_key_runs_once(centre: Centre, web: httpx.AsyncClient, dispatcher: Headers) -> None:
    received = await centre.report("kebakaran", "a")
    answers = [await command(web, dispatcher, line="r sekali saja", current=received.number) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    detail = (await web.get(f"{API}/incidents/{received.number}", headers=dispatcher)).json()
    assert sum(line["kind"] == "remark.added" for line in detail["timeline"]) == 1


async def test_several_commands_on_a_line_run_in_order(
    centre: Centre, web: httpx.AsyncClient, dispatcher: Headers
) -> None:
    received = await centre.report("kebakaran", "a")
    await centre.add_unit("D01")
    answer = await command(web, dispatcher, line=f"p {received.number} p1; d d01 {received.number}")
    assert answer.status_code == 200, answer.text
    row = (await web.get(f"{API}/incidents/{received.number}", headers=dispatcher)).json()["incident"]
    assert row["assignments"][0]["unit"] == "D01"


async def test_who_was_first_comes_with_the_newer_row(
    centre: Centre, web: httpx.AsyncClient, dispatcher: Headers
) -> None:
    received = await centre.report("kebakaran", "a")
    await command(web, dispatcher, key="first", line=f"j {received.number} jln")
    answer = await command(web, dispatcher, key="second", line=f"j {received.number} kbk", expected_version=1)
    assert answer.status_code == 409
    found = problem(answer)
    assert found.current is not None
    assert found.current.type == "road_damage"
    assert "user-dispatcher" in found.detail


async def test_a_command_without_a_key_is_refused(web: httpx.AsyncClient, dispatcher: Headers) -> None:
    answer = await web.post(f"{API}/commands", json={"line": "1001"}, headers=dispatcher)
    assert (answer.status_code, problem(answer).code) == (400, "no_idempotency_key")
    body = {"line": "1001", "idempotency_key": "k" * 201}
    answer = await web.post(f"{API}/commands", json=body, headers=dispatcher)
    assert (answer.status_code, problem(answer).code) == (400, "long_idempotency_key")


@pytest.mark.parametrize("args", [{"dry": True}, {"dry_run": "true"}, {"dry_run": 1}])
async def test_a_dry_run_asked_for_wrongly_is_refused_and_not_done(
    centre: Centre, web: httpx.AsyncClient, dispatcher: Headers, args: dict[str, Any]
) -> None:
    body = {"command": "new", "args": {"text": "pohon tumbang", **args}, "idempotency_key": "wrongly-dry"}
    answer = await web.post(f"{API}/commands", json=body, headers=dispatcher)
    assert (answer.status_code, problem(answer).code) == (400, "bad_arguments")


@pytest.mark.parametrize(
    ("line", "code"), [("dispach a01 1001", "grammar_unknown_verb"), ("k 1001", "grammar_missing")]
)
async def test_what_is_typed_wrong_is_said(web: httpx.AsyncClient, dispatcher: Headers, line: str, code: str) -> None:
    answer = await command(web, dispatcher, line=line)
    assert (answer.status_code, problem(answer).code) == (400, code)


async def test_help_and_find_answer_without_a_transaction(
    centre: Centre, web: httpx.AsyncClient, dispatcher: Headers
) -> None:
    await centre.report("kebakaran pasar trayeman", "a")
    before = centre.edge.feed.newest
    assert (await command(web, dispatcher, line="d ?")).json()["message"]
    assert "trayeman" in (await command(web, dispatcher, line="f trayeman")).json()["data"]["lines"][0]
    assert centre.edge.feed.newest == before


@pytest.mark.parametrize("role", list(Role))
async def test_the_permission_table_is_obeyed(centre: Centre, web: httpx.AsyncClient, role: Role) -> None:
    headers = await sign_on(centre, role)
    for index, (verb, roles) in enumerate(PERMISSIONS.items()):
        answer = await command(web, headers, key=str(index), command=verb, args={"incident": 9, "unit": "A01"})
        if role in roles:
            assert answer.status_code not in (401, 403), (verb, answer.text)
        else:
            assert answer.status_code == 403, (verb, answer.text)
            assert role.value in problem(answer).detail


async def test_a_line_with_one_forbidden_command_runs_nothing(centre: Centre, web: httpx.AsyncClient) -> None:
    headers = await sign_on(centre, Role.CALL_TAKER)
    received = await centre.report("kebakaran", "a")
    await centre.add_unit("D01")
    answer = await command(web, headers, line=f"p {received.number} p2 !salah dengar; d d01 {received.number}")
    assert answer.status_code == 403
    detail = (await web.get(f"{API}/incidents/{received.number}", headers=headers)).json()
    assert detail["incident"]["severity"] == "critical"


async def test_numbers_are_full_only_for_those_who_call_back(centre: Centre, web: httpx.AsyncClient) -> None:
    received = await centre.report("kebakaran", "a", sender="+6281234567771")
    senders = {}
    for role in (Role.CALL_TAKER, Role.VIEWER):
        headers = await sign_on(centre, role)
        detail = await web.get(f"{API}/incidents/{received.number}", headers=headers)
        senders[role] = detail.json()["reports"][0]["sender"]
        if role is Role.VIEWER:
            assert "81234567771" not in detail.text
            assert "81234567771" not in (await web.get(f"{API}/search?q=kebakaran", headers=headers)).text
    assert senders == {Role.CALL_TAKER: "+6281234567771", Role.VIEWER: "0812-***-771"}


async def test_an_unknown_incident_is_not_found(web: httpx.AsyncClient, dispatcher: Headers) -> None:
    for number, status in (("4711", 404), ("abc", 400), ("1" * 30, 400), ("0", 404)):
        assert (await web.get(f"{API}/incidents/{number}", headers=dispatcher)).status_code == status


@pytest.mark.parametrize(("query", "status"), [
    ("", 200), ("?from=2026-01-12T00:00:00%2B07:00&to=2026-01-13T00:00:00%2B07:00", 200),
    ("?from=2026-01-12T00:00:00+07:00&to=2026-01-13T00:00:00+07:00&by=severity", 200),
    ("?from=2026-01-12T00:00:00", 400), ("?from=yesterday", 400), ("?by=moon", 400),
    ("?from=2026-01-13T00:00:00Z&to=2026-01-12T00:00:00Z", 400), ("?to=0001-01-01T00:00:00Z", 400),
])
async def test_statistics_take_a_span(web: httpx.AsyncClient, dispatcher: Headers, query: str, status: int) -> None:
    answer = await web.get(f"{API}/stats{query}", headers=dispatcher)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"args": 5}', b"\xff\xfe", b'{"command": {}}', b"null"])
async def test_an_unreadable_body_is_a_400(web: httpx.AsyncClient, dispatcher: Headers, body: bytes) -> None:
    for path in ("/commands", "/session"):
        answer = await web.post(API + path, content=body, headers=dispatcher)
        assert (answer.status_code, problem(answer).code) == (400, "bad_body")


async def test_a_body_over_the_limit_is_refused_early(web: httpx.AsyncClient, dispatcher: Headers) -> None:
    async def endless() -> Any:
        for _ in range(BODY_LIMIT // 1000 + 2):
            yield b"x" * 1000

    for content in (b"x" * (BODY_LIMIT + 1), endless()):
        answer = await web.post(f"{API}/commands", content=content, headers=dispatcher)
        assert (answer.status_code, problem(answer).code) == (413, "too_large")


async def test_errors_speak_the_readers_language(web: httpx.AsyncClient) -> None:
    said = {
        lang: problem(await web.get(f"{API}/board", headers={"Accept-Language": lang})).detail for lang in ("id", "en")
    }
    assert "Masuk lagi" in said["id"]
    assert "Sign in again" in said["en"]


async def test_an_unknown_failure_is_a_problem_without_a_trace(
    centre: Centre, web: httpx.AsyncClient, dispatcher: Headers, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def explode(*args: Any, **kw: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("dispatch.web.api.read_board", explode)
    answer = await web.get(f"{API}/board", headers=dispatcher)
    assert (answer.status_code, problem(answer).code) == (500, "internal")
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text


async def test_unknown_paths_and_methods(web: httpx.AsyncClient) -> None:
    assert problem(await web.get(f"{API}/nothing")).code == "not_found"
    assert problem(await web.put(f"{API}/board")).code == "method_not_allowed"
    page = await web.get("/nothing")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_security_headers_are_on_every_answer(web: httpx.AsyncClient) -> None:
    for path in ("/", "/healthz", f"{API}/board", "/nothing", "/metrics"):
        headers = (await web.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


async def test_the_description_names_every_route(centre: Centre, web: httpx.AsyncClient) -> None:
    from dispatch.web.api import PREFIX, routes

    described = (await web.get(f"{API}/openapi.json")).json()
    real = {
        (route.path.removeprefix(PREFIX), method.lower())
        for route in routes(centre.edge) for method in route.methods - {"HEAD"}
    }
    assert {(path, method) for path, item in described["paths"].items() for method in item} == real
    assert {"Board", "Changes", "IncidentRow"} <= set(described["components"]["schemas"])


async def test_metrics_are_numbers_and_hold_nothing_private(
    centre: Centre, web: httpx.AsyncClient, dispatcher: Headers
) -> None:
    await centre.report("kebakaran rumah Bu Siti", "a", sender="+6281234567771")
    text = (await web.get("/metrics")).text
    assert 'kentongan_incidents_open{severity="critical"} 1' in text
    assert 'kentongan_incidents_open{severity="low"} 0' in text
    assert "kentongan_ready 1" in text
    for line in text.splitlines():
        assert line.startswith("# ") or float(line.rsplit(" ", 1)[1]) >= 0
    assert "Siti" not in text
    assert "81234567771" not in text


async def test_readiness_names_what_is_missing(centre: Centre, web: httpx.AsyncClient) -> None:
    assert (await web.get("/readyz")).status_code == 200
    object.__setattr__(centre.edge, "ready", lambda: ["storage: disk full"])
    answer = await web.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["storage: disk full"]
    assert (await web.get("/healthz")).status_code == 200


async def test_the_event_stream_ends_when_the_client_leaves(centre: Centre, dispatcher: Headers) -> None:
    from dispatch.web.site import build_site

    sent: list[dict[str, Any]] = []
    leave = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": f"{API}/events", "raw_path": b"", "root_path": "",
        "query_string": b"after=0", "headers": [(b"authorization", dispatcher["Authorization"].encode())],
        "client": ("127.0.0.1", 1), "server": ("centre", 80), "scheme": "http", "http_version": "1.1",
    }
    async with asyncio.timeout(5):
        serving = asyncio.create_task(build_site(centre.edge)(scope, receive, send))
        while centre.edge.feed.listeners == 0:
            await asyncio.sleep(0.01)
        await centre.report("kebakaran", "a")
        while not any(b"incident.opened" in message.get("body", b"") for message in sent):
            await asyncio.sleep(0.01)
        leave.set()
        await serving
    assert centre.edge.feed.listeners == 0
    assert dict(sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
