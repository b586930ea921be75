"""A team's phone page: small, one button, harmless twice, one sentence in the wrong order, nothing to steal."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from dispatch.domain.hazard import Hazard
from dispatch.domain.place import Place
from dispatch.domain.report import Channel, NewReport
from dispatch.domain.transitions import AssignmentStatus
from dispatch.services.assignments import assign_units, move_assignment
from dispatch.services.incidents import add_remark
from dispatch.services.intake import receive_report
from dispatch.services.knowledge import Knowledge
from dispatch.services.scene import note_scene
from dispatch.services.unit_page import NEXT_STEP, Taken, judge_step
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.statement import Statement
from dispatch.storage.tables import assignment, unit_link
from dispatch.storage.unit_links import ALPHABET, PLACEHOLDER, TOKEN_LENGTH, hash_of, mint_link
from dispatch.web.site import build_site
from dispatch.web.unit_page import WRONG_LINKS
from tests.support.centre import Centre, WordTriage, running_centre, small_rules

ASSIGNMENTS = Statement(select(assignment).where(assignment.c.centre == bindparam("centre")).order_by(assignment.c.id))
LINKS = Statement(select(unit_link).where(unit_link.c.centre == bindparam("centre")).order_by(unit_link.c.created_at))
WORDS = "tolong kebakaran di slawi, ada tabung gas"
CALLER = "+6281234567890"
S = AssignmentStatus
ALL = ("acknowledged", "en_route", "on_scene", "cleared")


def knowledge() -> Knowledge:
    rules = small_rules()
    gas = Hazard("gas", {"id": "gas", "en": "gas"}, words=("tabung gas",))
    return Knowledge(replace(rules, hazards=(gas,)), WordTriage(), link_url="https://112.example")


KNOWLEDGE = knowledge()


@dataclass
class Crew:
    """A team with its page open in a browser without JavaScript."""

    centre: Centre
    web: httpx.AsyncClient
    token: str
    incident_id: int
    assignment_id: int

    async def get(self, **query: str) -> httpx.Response:
        return await self.web.get(f"/u/{self.token}", params=query)

    async def press(self, step: str, **typed: str) -> httpx.Response:
        return await self.web.post(f"/u/{self.token}", data={"step": step, **typed})

    async def status(self) -> str:
        return str((await self.centre.edge.reader.all(ASSIGNMENTS))[-1]["status"])

    async def move(self, to: AssignmentStatus) -> None:
        await self.centre.run(
            lambda tx: move_assignment(tx, self.assignment_id, to, actor="rina", knowledge=KNOWLEDGE)
        )


async def start_crew(centre: Centre, words: str = WORDS, place: Place | None = None) -> Crew:
    await centre.add_unit("D01", phone="+6281999000111")
    new = NewReport(
        Channel.SMS, "r1", words, centre.moment[0], sender=CALLER, **({"place": place} if place else {})
    )
    received = await centre.run(lambda tx: receive_report(tx, new, KNOWLEDGE))

    def send(tx):  # type: ignore[no-untyped-def]
        assign_units(tx, fetch_incident(tx, received.incident_id), ["D01"], actor="rina", knowledge=KNOWLEDGE)
        item = tx.all(ASSIGNMENTS)[-1]
        return item["id"], mint_link(tx, item["id"])

    item_id, token = await centre.run(send)
    edge = replace(centre.edge, knowledge=lambda: KNOWLEDGE)
    transport = httpx.ASGITransport(build_site(edge), raise_app_exceptions=False)
    return Crew(
        centre, httpx.AsyncClient(transport=transport, base_url="http://centre"), token, received.incident_id, item_id
    )


@pytest.fixture
async def crew(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Crew]:
    async with running_centre(sqlite_database, tmp_path) as centre:
        ready = await start_crew(centre)
        async with ready.web:
            yield ready


def buttons(page: str) -> list[str]:
    return re.findall(r'name="step" value="(\w+)"', page)


async def test_the_page_is_small_has_no_script_and_says_what_the_crew_needs(crew: Crew) -> None:
    await crew.centre.run(lambda tx: add_remark(tx, fetch_incident(tx, crew.incident_id), "gang sempit", actor="rina"))
    page = await crew.get()
    assert page.status_code == 200
    assert len(page.content) < 10_000
    for said in (WORDS, "Slawi", "BAHAYA: gas", "gang sempit", "14:00", f'href="tel:{CALLER}"', "TERIMA", "P1"):
        assert said in page.text
    assert not re.search(r"<script|<img|<link|javascript:|onclick", page.text)
    assert buttons(page.text) == ["acknowledged", "declined"]


async def test_what_was_noted_of_the_scene_stands_before_the_words(crew: Crew) -> None:
    def note(tx):  # type: ignore[no-untyped-def]
        said = {
            "weapon": True, "hazard": "<b>kabel</b> putus", "trapped": 1, "casualties": 2, "landmark": "blk mushola",
        }
        note_scene(tx, fetch_incident(tx, crew.incident_id), said, actor="rina", knowledge=KNOWLEDGE)

    await crew.centre.run(note)
    page = (await crew.get()).text
    assert "BAHAYA: senjata, &lt;b&gt;kabel&lt;/b&gt; putus, gas" in page
    assert "korban 2, terjebak 1" in page
    assert "Ciri: blk mushola" in page
    assert page.index("BAHAYA") < page.index("korban 2") < page.index("blk mushola") < page.index(WORDS)


async def test_nobody_on_the_way_keeps_the_page_or_learns_its_address(crew: Crew) -> None:
    for answer in (await crew.get(), await crew.press("acknowledged"), await crew.web.get(f"/u/{'a' * TOKEN_LENGTH}")):
        assert "no-store" in answer.headers["cache-control"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
    policy = (await crew.get()).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy


async def test_four_presses_bring_the_task_to_its_end(crew: Crew) -> None:
    for step, following in zip(ALL, (*ALL[1:], None), strict=True):
        answer = await crew.press(step)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"/u/{crew.token}")
        assert await crew.status() == step
        shown = buttons((await crew.get()).text)
        assert shown[:1] == ([following] if following else [])


async def test_looking_changes_nothing(crew: Crew) -> None:
    await crew.get()
    await crew.web.head(f"/u/{crew.token}")
    assert await crew.status() == "assigned"


async def test_the_same_button_twice_is_harmless_also_late(crew: Crew) -> None:
    for step in ("acknowledged", "acknowledged", "en_route", "acknowledged"):
        assert (await crew.press(step)).status_code == 303
    assert await crew.status() == "en_route"


@pytest.mark.parametrize(("step", "lang", "sentence"), [
    ("en_route", "id", "Belum bisa: tekan TERIMA dulu."), ("cleared", "id", "Belum bisa: tekan TERIMA dulu."),
    ("on_scene", "en", "Not yet: press ACCEPT first."), ("transporting", "id", "Belum bisa"), ("", "id", "Belum bisa"),
])
async def test_the_wrong_order_gets_one_clear_sentence(crew: Crew, step: str, lang: str, sentence: str) -> None:
    answer = await crew.web.post(f"/u/{crew.token}?lang={lang}", data={"step": step})
    assert answer.status_code == 409
    assert sentence in answer.text
    assert answer.text.count('role="alert"') == 1
    assert buttons(answer.text)[0] == "acknowledged"
    assert await crew.status() == "assigned"


async def test_refusing_needs_a_reason_and_the_reason_is_kept(crew: Crew) -> None:
    without = await crew.press("declined", more="ban bocor")
    assert without.status_code == 422
    assert "Pilih alasan menolak." in without.text
    assert (await crew.press("declined", why="vehicle", more="ban bocor")).status_code == 303
    [row] = await crew.centre.edge.reader.all(ASSIGNMENTS)
    assert (row["status"], row["note"]) == ("declined", "kendaraan rusak: ban bocor")
    page = await crew.get()
    assert "Anda menolak" in page.text
    assert buttons(page.text) == []


@pytest.mark.parametrize("end", [S.WITHDRAWN, S.TIMED_OUT, S.DIVERTED])
async def test_a_task_that_is_over_shows_no_name_no_number_and_takes_no_step(crew: Crew, end: AssignmentStatus) -> None:
    await crew.move(end)
    page = await crew.get()
    assert page.status_code == 200
    for private in (WORDS, CALLER, "Slawi"):
        assert private not in page.text
    pressed = await crew.press("acknowledged")
    assert pressed.status_code == 409
    assert "sudah berakhir" in pressed.text
    assert await crew.status() == end.value


async def test_the_link_lives_twelve_hours_longer_than_its_task(crew: Crew) -> None:
    crew.centre.moment[0] += timedelta(days=3)
    assert (await crew.get()).status_code == 200, "a long task keeps its page"
    await crew.move(S.WITHDRAWN)
    crew.centre.moment[0] += timedelta(hours=11, minutes=59)
    assert (await crew.get()).status_code == 200
    crew.centre.moment[0] += timedelta(minutes=1)
    for answer in (await crew.get(), await crew.press("acknowledged")):
        assert answer.status_code == 404
        assert "Tautan ini tidak dikenal" in answer.text


async def test_only_its_hash_is_stored_and_it_opens_one_task_only(crew: Crew) -> None:
    [link] = await crew.centre.edge.reader.all(LINKS)
    assert link["token_hash"] == hash_of(crew.token)
    assert crew.token not in str(link)
    assert len(crew.token) == TOKEN_LENGTH
    assert len(ALPHABET) ** TOKEN_LENGTH > 2**128
    assert (await crew.web.get("/api/v1/board", headers={"Authorization": f"Bearer {crew.token}"})).status_code == 401


@pytest.mark.parametrize("odd", [
    "x", "a" * 25, "a" * 27, "A" * 26, "%00", "..%2f..%2fetc", "'%20OR%201=1", PLACEHOLDER, "é" * 26, "a" * 5000,
])
async def test_an_odd_link_is_no_link(crew: Crew, odd: str) -> None:
    assert (await crew.web.get(f"/u/{odd}")).status_code == 404
    assert (await crew.web.post(f"/u/{odd}", data={"step": "acknowledged"})).status_code in (404, 405)


async def test_who_guesses_is_slowed_and_a_good_link_never_is(crew: Crew) -> None:
    codes = [(await crew.web.get(f"/u/{'b' * TOKEN_LENGTH}")).status_code for _ in range(WRONG_LINKS + 2)]
    assert codes == [404] * WRONG_LINKS + [429] * 2
    assert (await crew.get()).status_code == 200
    pressed = [(await crew.press("acknowledged")).status_code for _ in range(40)]
    assert pressed[0] == 303
    assert pressed[-1] == 429


HOSTILE = "<script>alert(1)</script> \x1b[31m \x00 \u202e \"'><img src=x onerror=1> &amp; [/]"


async def test_words_of_strangers_are_shown_and_never_obeyed(sqlite_database: Database, tmp_path: Path) -> None:
    async with running_centre(sqlite_database, tmp_path) as centre:
        place = Place(text=HOSTILE, landmark=HOSTILE, lat=-6.98, lon=109.13)
        crew = await start_crew(centre, f"kebakaran {HOSTILE.replace(chr(0), '')}", place)
        await centre.run(lambda tx: add_remark(tx, fetch_incident(tx, crew.incident_id), HOSTILE, actor="crew:D01"))
        async with crew.web:
            page = await crew.get()
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "\x1b" not in page.text
    assert "\x00" not in page.text
    assert "<script>alert(1)</script>" in unescape(page.text), "verbatim"
    assert "https://maps.google.com/?q=-6.98000,109.13000" in page.text


@pytest.mark.parametrize("sign", ["x", "<", "\U0001f525", "&", "ë"])
async def test_the_page_stays_under_ten_kilobytes(sqlite_database: Database, tmp_path: Path, sign: str) -> None:
    async with running_centre(sqlite_database, tmp_path) as centre:
        crew = await start_crew(
            centre, "kebakaran " + sign * 3990, Place(text=sign * 900, landmark=sign * 900, desa=sign * 900)
        )
        scene = dict.fromkeys(("landmark", "hazard"), sign * 200)
        await centre.run(lambda tx: note_scene(
            tx, fetch_incident(tx, crew.incident_id), {**scene, "casualties": 9999, "trapped": 9999}, actor="rina",
            knowledge=KNOWLEDGE,
        ))
        for number in range(9):
            await centre.run(lambda tx, n=number: add_remark(
                tx, fetch_incident(tx, crew.incident_id), f"{n}{sign * 1900}", actor="rina"
            ))
        async with crew.web:
            for lang in ("id", "en"):
                page = await crew.get(lang=lang)
                assert len(page.content) < 10_000
                assert buttons(page.text) == ["acknowledged", "declined"]


async def test_both_languages(crew: Crew) -> None:
    english = await crew.web.get(f"/u/{crew.token}", headers={"Accept-Language": "en-GB"})
    assert "ACCEPT" in english.text
    assert '<html lang="en">' in english.text
    assert "TERIMA" in (await crew.get(lang="id")).text


async def test_a_failure_of_the_server_leaves_no_key_in_the_log(crew: Crew, caplog: pytest.LogCaptureFixture) -> None:
    broken = replace(crew.centre.edge, knowledge=lambda: 1 / 0)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(build_site(broken), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://centre") as web:
        assert (await web.get(f"/u/{crew.token}")).status_code == 500
    assert "request failed" in caplog.text
    assert crew.token not in "".join(record.getMessage() for record in caplog.records)


@given(status=st.sampled_from(list(S)), wanted=st.sampled_from([*S, "", "x"]), reason=st.sampled_from(["", " ", "ban"]))
def test_a_button_never_leads_back_or_skips(status: AssignmentStatus, wanted: str, reason: str) -> None:
    taken = judge_step(status, wanted, reason)
    if taken is Taken.MOVED:
        assert wanted == NEXT_STEP[status] or (wanted == "declined" and reason.strip())
        assert judge_step(AssignmentStatus(wanted), wanted, reason) is Taken.SAME, "twice is harmless"
