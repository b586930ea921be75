"""What an operator's client can rely on: fields, events, refusals, roles; and what is never written down."""

from __future__ import annotations

import itertools
import json
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.support.outside import Outside, changes_since
from tests.support.server import OWNER, ROOT, TOKEN, Server, server_in

ROLES = ("viewer", "call_taker", "dispatcher", "supervisor", "admin")
PASSWORD = "kata-sandi-panjang"
TAKE = ("n slw", "l . slawi", "r catatan", "p 1 9998", "j kbk 9998", "g 9998>9999", "z 9998 10m cek", "k sls 9998",
        "m p99 halo", "u", "jawab 999999", "akui 999999")
SEND = ("d a99 9998", "de a99 9998", "dl a99 9998", "e a99", "a a99", "t a99 rsud", "h a99", "c a99", "w a99 9998",
        "x a99 9998>9999", "b 9998 1a", "o a99 ban", "i a99")
READ = ("v 9998", "f slawi", "y 9998", "q p1")
INCIDENT = {
    "number", "id", "type", "also_types", "subtype", "severity", "status", "place", "agencies", "reports",
    "assignments", "clocks", "opened_at", "updated_at", "version",
}
PLACE = {"code", "desa", "kecamatan", "landmark", "lat", "lon", "text", "verified"}
CLOCK = {"phase", "subject", "started_at", "due_at", "warn_at", "state", "paused_ms", "lateness_ms"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_in(tmp_path_factory.mktemp("operator")) as running:
        running.start()
        adding = [
            subprocess.Popen(
                [sys.executable, "-m", "dispatch.cli", "users", "add", f"si-{role}", "--role", role,
                 "--password-stdin"],
                cwd=ROOT, env=running.environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            )
            for role in ROLES
        ]
        for child in adding:
            child.communicate(f"{PASSWORD}\n".encode(), timeout=30)
            assert child.returncode == 0
        yield running


@pytest.fixture
def centre(server: Server) -> Iterator[Outside]:
    with Outside(server) as outside:
        yield outside


VILLAGES = itertools.cycle(
    ["Kalisapu Slawi", "Dukuhsalam Slawi", "Balamoa Pangkah", "Lebaksiu Kidul", "Pener", "Kagok", "Jejeg", "Rembul"]
)
"""A second fire in one village would be taken for the same."""


@pytest.fixture
def number(centre: Outside) -> int:
    """A fire of its own, in a place that is known."""
    words = f"kebakaran rumah di Desa {next(VILLAGES)} {uuid.uuid4().hex[:8]}"
    centre.sms(words, f"+62857{uuid.uuid4().int % 10**8:08d}")
    return int(centre.incident_about(words)["number"])


def sign_in(centre: Outside, role: str) -> httpx.Client:
    answer = centre.http.post("/api/v1/session", json={"username": f"si-{role}", "password": PASSWORD})
    assert answer.status_code == 200
    session = answer.json()
    assert session["role"] == role
    assert session["seat"]
    assert datetime.fromisoformat(session["expires_at"]).tzinfo
    return centre.seat(session["token"])


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_it_is_for_and_no_more(centre: Outside, role: str) -> None:
    seat = sign_in(centre, role)
    takes = role in ("call_taker", "dispatcher", "supervisor")
    sends = role in ("dispatcher", "supervisor")
    for lines, allowed in ((TAKE, takes), (SEND, sends), (READ, True)):
        for line in lines:
            answer = centre.command(line, seat=seat)
            assert (answer.status_code == 403) is not allowed, f"{role} {line}: {answer.text}"
    assert {seat.get(path).status_code for path in ("/board", "/search?q=slawi", "/stats")} == {200}


def test_the_rows_have_the_fields_they_promise(centre: Outside, number: int) -> None:
    centre.done(f"d a05 {number}")
    board = centre.board()
    assert {"seq", "now", "centre", "incidents", "units", "calls", "operators", "alarms"} <= board.keys()
    row = next(row for row in board["incidents"] if row["number"] == number)
    assert row.keys() >= INCIDENT
    assert row["place"].keys() >= PLACE
    assert row["place"]["desa"] in row["summary"]
    assert row["place"]["kecamatan"]
    assert row["clocks"]
    assert all(clock.keys() >= CLOCK for clock in row["clocks"])
    [assignment] = row["assignments"]
    assert assignment["unit"] == "A05"
    assert {"unit", "agency", "status", "at"} <= assignment.keys()
    times = [row["opened_at"], row["updated_at"], *assignment["at"].values(), *(c["due_at"] for c in row["clocks"])]
    assert all(datetime.fromisoformat(moment).utcoffset() is not None for moment in times)
    detail = centre.detail(number)
    assert {"incident", "reports", "timeline"} <= detail.keys()
    assert "A05 ditugaskan" in [line["text"] for line in detail["timeline"]]
    assert any(line["text"] == f"insiden {number} dibuat: kebakaran P2" for line in detail["timeline"])


def test_who_was_first_and_the_newer_row_come_with_a_conflict(centre: Outside, number: int) -> None:
    version = centre.detail(number)["incident"]["version"]
    key = uuid.uuid4().hex
    first = centre.command(f"p 1 {number}", expected_version=version, idempotency_key=key)
    again = centre.command(f"p 1 {number}", expected_version=version, idempotency_key=key)
    assert first.status_code == 200
    assert {"ok", "seq", "message", "changed"} <= first.json().keys()
    assert again.json() == first.json(), "the same key answers the same and does it once"
    late = centre.command(f"p 2 {number} !api kecil", expected_version=version, seat=sign_in(centre, "dispatcher"))
    assert late.status_code == 409
    assert late.headers["content-type"] == "application/problem+json"
    problem = late.json()
    assert problem["current"]["number"] == number
    assert problem["current"]["severity"] == "critical"
    assert problem["current"]["last_actor"] in problem["detail"]


def test_the_stream_resumes_beats_and_says_when_it_cannot(centre: Outside, number: int) -> None:
    seq = centre.board()["seq"]
    done = centre.done("r api tembus atap", current=number)
    seen: set[str] = set()
    how = {"params": {"after": seq + 10_000}, "headers": {"Last-Event-ID": str(seq)}}
    for id_, event, data in changes_since(centre.desk, **how):
        seen.add(event)
        if event == "changes" and json.loads(data)["seq"] >= done["seq"]:
            assert int(id_) == json.loads(data)["seq"]
            row = next(row for row in json.loads(data)["incidents"] if row["number"] == number)
            assert row.keys() >= INCIDENT, "the full row, not a difference"
        if {"changes", "heartbeat"} <= seen:
            break
    with centre.desk.stream("GET", "/events", params={"after": 10**9}) as gone:
        assert gone.status_code == 410
    assert centre.http.get("/api/v1/events").status_code == 401


def test_a_unit_is_explained_and_never_sent_where_it_is(centre: Outside, number: int) -> None:
    other = centre.done("n adw kll tabrakan dua motor")["incident"]
    centre.done(f"d a08 {number}")
    assert f"TUGAS {number}" in centre.done("y a08")["message"]
    assert centre.done("a08")["message"] == centre.done("v a08")["message"]
    for line in (f"x a08 {number}>{number} !lebih gawat", f"x a08 {other}>{number} !lebih gawat"):
        refused = centre.command(line)
        assert (refused.status_code, refused.json()["detail"]) == (422, f"A08 sudah di {number}.")
    assert centre.command(f"x a08 {number}>{other}").status_code == 428
    assert centre.done(f"x a08 {number}>{other}", confirmed=True)["message"] == f"A08 DIPINDAH dari {number} ke {other}"
    assert centre.done("u")["message"] == f"PINDAH {other} diurungkan"


@pytest.mark.parametrize("words", ["dukuhsalam rt2", "slw", "p1 adw"])
def test_what_an_operator_enters_is_never_taken_for_nothing(centre: Outside, words: str) -> None:
    row = centre.detail(centre.done(f"n {words}")["incident"])["incident"]
    assert (row["type"], row["unsure"]) == ("other_service", True)
    assert row["severity"] == ("critical" if "p1" in words else "medium")
    assert any(clock["state"] == "running" for clock in row["clocks"])


def test_a_message_to_a_seat_is_seen_until_it_is_acknowledged(centre: Outside) -> None:
    centre.done("m @spv dua bus, minta bantuan", seat=sign_in(centre, "call_taker"))
    [seen] = [row for row in centre.board()["alarms"] if row["kind"] == "seat_message"]
    assert seen["text"] == "@spv dari si-call_taker: dua bus, minta bantuan"
    centre.done(f"akui {seen['id']}", seat=sign_in(centre, "supervisor"))
    assert seen["id"] not in [row["id"] for row in centre.board()["alarms"]]


def test_english_is_a_switch_of_the_reader(centre: Outside, number: int) -> None:
    english = centre.seat(OWNER, "en")
    assert centre.done("n slw kbk", seat=english)["message"].endswith("created: Fire P2")
    assert centre.command("d z99", seat=english).json()["detail"].startswith("z99 is not known here")
    lines = [line["text"] for line in english.get(f"/incidents/{number}").json()["timeline"]]
    assert f"incident {number} opened: fire P2" in lines


def test_search_and_statistics_answer(centre: Outside, number: int) -> None:
    hits = centre.desk.get("/search", params={"q": str(number)}).json()["hits"]
    assert f"incident:{number}" in [hit["key"] for hit in hits]
    span = {"from": "2026-01-01T00:00:00+07:00", "to": "2026-12-31T00:00:00+07:00", "by": "severity"}
    assert {"from", "to", "calls", "phases", "units"} <= centre.desk.get("/stats", params=span).json().keys()
    assert centre.desk.get("/stats", params={"by": "colour"}).status_code == 400


# what is never written, and what is always found


def test_no_secret_is_ever_written_anywhere(centre: Outside, number: int) -> None:
    refused = centre.sms("x", "+6285712345678", token="wrong")
    log = centre.server.command("log", "export").stdout
    assert '"report.received"' in log
    told = "".join((refused.text, centre.http.get("/metrics").text, log, centre.server.log,
                    centre.desk.get("/openapi.json").text, centre.desk.get("/board").text))
    for secret in (TOKEN, OWNER, PASSWORD):
        assert secret not in told


def test_a_changed_copy_of_the_database_is_found_out(centre: Outside, number: int, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    assert centre.server.command("db", "backup", str(copy)).returncode == 0
    beside = Server(tmp_path / "beside", database_url=f"sqlite:///{copy}")
    whole = beside.command("log", "verify")
    assert (whole.returncode, "chain whole" in whole.stdout) == (0, True)
    with closing(sqlite3.connect(copy)) as connection:
        connection.executescript("DROP TRIGGER event_no_update; UPDATE event SET at = at + 1 WHERE seq = 3;")
    broken = beside.command("log", "verify")
    assert broken.returncode == 1
    assert "broken at line 3" in broken.stdout
