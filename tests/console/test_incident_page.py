"""One incident on six tabs: what each says, which keys turn it, and that it lives."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from console.view.change import change_of
from console.view.look import Look
from console.view.tabs import tab_lines
from dispatch.wire import Changes, LogLine
from tests.console.night import CENTRE, NOW, Night
from tests.console.pictures import still
from tests.console.test_map import page
from tests.console.test_snapshots import workspace
from tests.console.whole import NUMBER, whole_night

LOOK = Look(CENTRE, NOW)


async def opened(pilot: Pilot[Any], line: str = f"v {NUMBER}") -> None:
    await still(pilot)
    await type_line(pilot, line)
    for _ in range(100):
        if NUMBER in pilot.app.desk.details and "RINCIAN" in str(pilot.app.workspace.covers.live and
                                                                 pilot.app.workspace.covers.live.title()):
            break
        await pilot.pause(0.02)
    await pilot.pause(0.2)


async def type_line(pilot: Pilot[Any], line: str) -> None:
    for char in line:
        await pilot.press({" ": "space"}.get(char, char))
    await pilot.press("enter")


@pytest.mark.parametrize(("tab", "said"), [
    ("1", ["D02: JALAN -> LOKASI", "prioritas P3 -> P2", "insiden 1048 dibuat"]),
    ("2", ["14:18:43 14:19:07 14:19:31 14:25:55", "LOKASI  06:12", "air 40%", "kirim", "00:48/01:30", "tercapai"]),
    ("3", ["Bu Sri 0812-***-771", "api besar, ada gardu PLN", "P2 KBK", "K7PQ2M", "(tanpa kata)"]),
    ("4", ["image/jpeg", "https://api.example/media/ME1", "sampai", "GAGAL", "3x", "30003 unreachable"]),
    ("5", ["Aturan 2026.01.3", "fire.building cocok", "tanpa 'kebakaran': P3", "D01", "6.1 km"]),
    ("6", ["83 14:25:55.000 D02", "JALAN>LOKASI", "P3>P2", "gardu PLN dekat api"]),
])
async def test_each_tab_says_its_part(tab: str, said: list[str]) -> None:
    app = workspace("id", whole_night())
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await type_line(pilot, tab)
        await pilot.pause(0.2)
        for words in said:
            assert words in page(app), f"{words!r} is not on tab {tab}:\n{page(app)}"


async def test_arrows_and_tab_turn_the_tabs_and_nothing_is_sent_by_them() -> None:
    night = whole_night()
    app = workspace("id", night)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        sent = len(night.sent)
        seen = []
        for key in ("right", "tab", "left", "shift+tab", "left"):
            await pilot.press(key)
            await pilot.pause(0.05)
            seen.append(app.workspace.covers.live.tab)  # type: ignore[union-attr]
        assert seen == [2, 3, 2, 1, 6]
        await pilot.press("2")
        await pilot.pause(0.05)
        assert "Unit" in app.workspace.echo.text, "what Enter would do is said"
        assert app.workspace.covers.live.tab == 6, "a digit alone turns nothing"  # type: ignore[union-attr]
        await pilot.press("backspace")
        assert len(night.sent) == sent


async def test_the_first_enter_opens_and_the_second_shows_all() -> None:
    night = whole_night()
    app = workspace("id", night)
    async with app.run_test(size=(120, 36)) as pilot:
        await still(pilot)
        await type_line(pilot, "1052")
        await pilot.pause(0.2)
        assert not app.workspace.covered_by_text, "nobody has opened 1052 yet: the first Enter does that"
        await type_line(pilot, str(NUMBER))
        await pilot.pause(0.2)
        assert not app.workspace.covered_by_text, "a bare number only goes there"
        await pilot.press("enter")
        await pilot.pause(0.3)
        assert "D02: JALAN -> LOKASI" in page(app)
        await pilot.press("escape")
        assert not app.workspace.covered_by_text


async def test_what_is_read_further_down_does_not_move_when_something_is_added_above() -> None:
    night = whole_night()
    many = [LogLine(seq=200 + n, at=NOW, actor="adi", kind="remark.added", incident=NUMBER, text=f"catatan {n:02d}")
            for n in range(60)]
    app = workspace("id", night)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        night.push(Changes(seq=300, now=NOW, log=many))
        await pilot.pause(0.3)
        await pilot.press("pagedown", "pagedown")
        await pilot.pause(0.1)
        before = page(app).splitlines()[5]
        night.push(Changes(seq=301, now=NOW, log=[
            LogLine(seq=301, at=NOW, actor="adi", kind="remark.added", incident=NUMBER, text="baru sekali")
        ]))
        await pilot.pause(0.3)
        assert page(app).splitlines()[5] == before
        await pilot.press("pageup", "pageup", "pageup", "pageup")
        await pilot.pause(0.1)
        assert "baru sekali" in page(app)


async def test_what_the_caller_wrote_is_drawn_and_never_obeyed() -> None:
    night: Night = whole_night()
    detail = night.details[NUMBER]
    from msgspec.structs import replace

    night.details[NUMBER] = replace(detail, reports=[replace(detail.reports[0], text="tolong \x1b[2J [bold]x\u202e")])
    app = workspace("id", night)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await type_line(pilot, "3")
        await pilot.pause(0.2)
        assert "^[[2J [bold]x" in page(app)
        assert "\u202e" not in page(app)


@pytest.mark.parametrize(("kind", "data", "said"), [
    ("assignment.moved", {"before": "en_route", "status": "on_scene"}, "JALAN>LOKASI"),
    ("incident.severity_changed", {"before": "low", "severity": "critical"}, "P4>P1"),
    ("incident.severity_changed", {"before": None, "severity": "high"}, ">P2"),
    ("incident.type_changed", {"before": "fire", "type": "medical"}, "KBK>MED"),
    ("incident.closed", {"disposition": "selesai"}, ">selesai"),
    ("remark.added", {"text": "halo"}, ""),
    ("learning.rolled_back", {"before": "m1", "after": "m2"}, "m1>m2"),
])
def test_a_change_reads_before_and_after(kind: str, data: dict[str, Any], said: str) -> None:
    assert change_of(kind, data, LOOK) == said


def test_until_the_server_has_answered_the_page_says_that_it_loads() -> None:
    from console.view.facts import Facts

    row = next(row for row in whole_night().start.incidents if row.number == NUMBER)
    for tab in (1, 3, 4, 5, 6):
        assert [line.text for line in tab_lines(tab, Facts(row), LOOK, 120)] == ["memuat rincian ..."]
    assert any("D02" in line.text for line in tab_lines(2, Facts(row), LOOK, 120)), "units come with the board"


async def test_in_training_the_number_says_so() -> None:
    night = whole_night()
    from msgspec.structs import replace

    night.start = replace(night.start, centre=replace(night.start.centre, mode="training"))
    app = workspace("id", night)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        live = app.workspace.covers.live
        assert live is not None
        assert live.title().startswith("RINCIAN L-1048")
