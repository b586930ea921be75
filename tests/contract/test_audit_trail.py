"""The audit page over both engines: every filter, paging without a gap, the chain, and who may read it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import wire
from dispatch.domain.roles import Role
from dispatch.errors import StorageUnavailable
from dispatch.services.access import add_user, hash_token, open_session
from dispatch.services.audit_trail import AuditTrail, day_span
from dispatch.storage import audit_log
from dispatch.storage.audit_log import Sought
from dispatch.storage.database import Database
from dispatch.web.site import build_site
from tests.support.centre import START, TZ, Centre, running_centre


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        yield running


async def write(centre: Centre, actor: str, kind: str, count: int = 1, **more: Any) -> None:
    def emit(tx: Any) -> None:
        for _ in range(count):
            tx.emit(kind, actor, touched=[], **more)

    await centre.run(emit)


async def seqs(trail: AuditTrail, sought: Sought, most: int = 100) -> list[int]:
    """All fitting lines, page by page."""
    found: list[int] = []
    before: int | None = None
    while True:
        page = await trail.page(sought, before, "id", most)
        found += [line.seq for line in page.lines]
        if page.next == 0:
            return found
        before = page.next


@pytest.mark.parametrize("most", [1, 3, 100])
async def test_every_filter_finds_its_lines_and_pages_leave_no_gap(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(audit_log, "SLICE", 3)
    monkeypatch.setattr(audit_log, "SLICES", 2)
    received = await centre.report("jalan", "a")
    await write(centre, "rina", "remark.added", incident_id=received.incident_id, text="satu")
    await write(centre, "adi", "remark.added", text="100%_dua")
    centre.pass_time(86_400)
    await write(centre, "rina", "unit.changed", 5, before="available", status="en_route", unit="A01")
    trail = AuditTrail(centre.edge.reader, TZ)
    everything = await seqs(trail, Sought(), most)
    assert everything == list(range(everything[0], 0, -1)), "no line is missing and none comes twice"
    assert len(await seqs(trail, Sought(actor="RINA"), most)) == 6
    assert len(await seqs(trail, Sought(kind="remark"), most)) == 2
    assert len(await seqs(trail, Sought(actor="rina", kind="remark"), most)) == 1
    assert await seqs(trail, Sought(kind="100%"), most) == []
    of_incident = await seqs(trail, Sought(incident=received.number), most)
    assert len(of_incident) >= 3
    assert await seqs(trail, Sought(incident=received.number, actor="rina"), most) == [of_incident[0]]
    assert await seqs(trail, Sought(incident=9999), most) == []
    today, later = (day_span((START + timedelta(days=n)).astimezone(TZ).date(), TZ) for n in (0, 1))
    assert len(await seqs(trail, Sought(since=later[0], until=later[1]), most)) == 5
    assert len(await seqs(trail, Sought(since=today[0], until=today[1]), most)) == len(everything) - 5


async def test_lines_say_who_what_before_and_after_in_the_readers_language(centre: Centre) -> None:
    await write(centre, "rina", "unit.changed", before="available", status="en_route", unit="A01")
    [line] = (await AuditTrail(centre.edge.reader, TZ).page(Sought(actor="rina"), None, "en")).lines
    assert (line.actor, line.kind, line.data["before"], line.data["status"]) == (
        "rina", "unit.changed", "available", "en_route"
    )
    assert line.text.startswith("A01")


async def test_the_chain_is_checked_on_from_question_to_question(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.services.audit_trail.STEPS", 1)
    await write(centre, "rina", "remark.added", 7)
    trail = AuditTrail(centre.edge.reader, TZ)
    first = await trail.chain()
    assert (first.ok, first.checked, first.head) == (True, 7, 7)
    await write(centre, "rina", "remark.added", 2)
    assert (await trail.chain()).checked == 9


async def test_a_line_changed_behind_our_back_is_named(sqlite_database: Database, tmp_path: Path) -> None:
    import sqlite3

    async with running_centre(sqlite_database, tmp_path) as centre:
        await write(centre, "rina", "remark.added", 5, text="asli")
        with sqlite3.connect(sqlite_database.dsn) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("UPDATE event SET actor = 'adi' WHERE seq = 3")
        state = await AuditTrail(centre.edge.reader, TZ).chain()
        assert (state.ok, state.checked, state.broken_at) == (False, 2, 3)
        assert "hash" in state.reason


async def test_reading_leaves_one_event_a_question_and_not_one_a_page_or_a_refresh(centre: Centre) -> None:
    await sign_on(centre, "rina", Role.SUPERVISOR)
    await write(centre, "adi", "remark.added", 5, text="api")
    async with site_of(centre) as web:
        first = await asked(web, "actor=adi&limit=2")
        assert [line.actor for line in first.lines] == ["adi", "adi"]
        await asked(web, f"actor=adi&limit=2&before={first.next}")
        await asked(web, "actor=adi&limit=2")
        assert await readings(centre) == [("audit.read", "rina", "actor:adi")]
        again = await asked(web, "kind=audit.read")
        assert [line.text for line in again.lines] == ["membaca audit: actor:adi"], "a question does not find itself"
        centre.pass_time(61)
        await asked(web, "actor=adi&limit=2")
        everything = await asked(web, "limit=1")
        assert everything.lines[0].kind == "audit.read", "but it finds those before it"
        assert await readings(centre) == [
            ("audit.read", "rina", "actor:adi"), ("audit.read", "rina", "kind:audit.read"),
            ("audit.read", "rina", "actor:adi"), ("audit.read", "rina", "-"),
        ]


async def test_a_page_nobody_asked_for_before_is_a_question(centre: Centre) -> None:
    await sign_on(centre, "rina", Role.SUPERVISOR)
    await sign_on(centre, "dewi", Role.ADMIN)
    async with site_of(centre) as web:
        await asked(web, "before=999999")
        await asked(web, "before=999999", "dewi")
        assert await readings(centre) == [("audit.read", "rina", "-"), ("audit.read", "dewi", "-")]


@pytest.mark.parametrize(("purpose", "kind"), [("read", "audit.read"), ("export", "audit.exported")])
async def test_one_question_is_no_leave_to_read_on_for_ever(centre: Centre, purpose: str, kind: str) -> None:
    await sign_on(centre, "rina", Role.SUPERVISOR)
    await write(centre, "adi", "remark.added", 5)
    async with site_of(centre) as web:
        first = await asked(web, f"limit=2&for={purpose}")
        for _ in range(2):
            await asked(web, f"limit=2&for={purpose}&before={first.next}")
        assert len(await readings(centre)) == 1, "the next page, also when its answer was lost"
        await write(centre, "adi", "unit.changed", 5)
        later = await asked(web, f"limit=2&for={purpose}&before=99")
        assert later.lines[-1].kind == "unit.changed"
        assert [name for name, _, _ in await readings(centre)] == [kind, kind], "what came since is asked anew"


async def test_an_export_is_an_event_of_its_own_every_time(centre: Centre) -> None:
    await sign_on(centre, "rina", Role.SUPERVISOR)
    await write(centre, "adi", "remark.added", 150)
    async with site_of(centre) as web:
        await asked(web, "actor=adi")
        whole = await asked(web, "actor=adi&for=export")
        assert len(whole.lines) == 150, "an export reads in larger pages"
        await asked(web, "actor=adi&for=export&before=1")
        await asked(web, "actor=adi&for=export")
        assert [kind for kind, _, _ in await readings(centre)] == ["audit.read", "audit.exported", "audit.exported"]


async def test_what_cannot_be_written_down_is_not_answered(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_on(centre, "rina", Role.SUPERVISOR)

    async def full(work: Any) -> Any:
        raise StorageUnavailable("storage_full", "the disk is full")

    async with site_of(centre) as web:
        await asked(web, "actor=adi")
        monkeypatch.setattr(centre.edge.committer, "run", full)
        refused = await web.get("/api/v1/audit?actor=rina", headers={"authorization": "Bearer rina"})
        assert refused.status_code == 503


async def sign_on(centre: Centre, name: str, role: Role) -> None:
    await centre.run(lambda tx: add_user(tx, name, role, "", by="test"))
    await centre.run(lambda tx: open_session(tx, name, role, hash_token(name), phone=""))


def site_of(centre: Centre) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=build_site(centre.edge)), base_url="http://centre")


async def asked(web: httpx.AsyncClient, words: str, token: str = "rina") -> wire.AuditPage:
    answer = await web.get(f"/api/v1/audit?{words}", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return wire_page(answer.content)


async def readings(centre: Centre) -> list[tuple[str, str, str]]:
    """Who has read or exported what, oldest first."""
    page = await AuditTrail(centre.edge.reader, TZ).page(Sought(kind="audit."), None, "id")
    return [(line.kind, line.actor, line.data["asked"]) for line in reversed(page.lines)]


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_day_is_a_day_long(day: date) -> None:
    since, until = day_span(day, TZ)
    assert until - since == 86_400_000


@pytest.mark.parametrize(("role", "status"), [
    (Role.VIEWER, 403), (Role.CALL_TAKER, 403), (Role.DISPATCHER, 403), (Role.SUPERVISOR, 200), (Role.ADMIN, 200),
])
async def test_only_supervisors_and_administrators_read_it(centre: Centre, role: Role, status: int) -> None:
    await centre.run(lambda tx: add_user(tx, "x", role, "", by="test"))
    await centre.run(lambda tx: open_session(tx, "x", role, hash_token("secret"), phone=""))
    async with site_of(centre) as web:
        headers = {"authorization": "Bearer secret"}
        assert (await web.get("/api/v1/audit", headers=headers)).status_code == status
        assert (await web.get("/api/v1/audit")).status_code == 401
        if status == 200:
            answer = await web.get("/api/v1/audit?actor=x&kind=signed&limit=1&lang=en", headers=headers)
            page = wire_page(answer.content)
            assert [line.kind for line in page.lines] == ["operator.signed_on"]
            assert page.chain.ok
            for bad in ("day=kemarin", "before=x", "incident=-1", "actor=%00", f"kind={'x' * 61}", "for=fun"):
                assert (await web.get(f"/api/v1/audit?{bad}", headers=headers)).status_code == 400, bad


def wire_page(body: bytes) -> wire.AuditPage:
    import msgspec

    return msgspec.json.decode(body, type=wire.AuditPage)
