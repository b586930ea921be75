"""What the boards say of incidents that are resolved, held, to be rung back or not judged yet, and of cards."""

from __future__ import annotations

import pytest

from console.screens.workspace import shared_lines
from tests.console.night import Night, ago, board, detail, incident, replaced
from tests.console.test_workspace import console, line, lines_of, type_text, until

CARD = {
    "code": "KLL-01", "title": {"id": "Kecelakaan", "en": "Accident"}, "sample": True, "approved_by": "",
    "questions": [{"key": "trapped", "text": {"id": "Ada yang terjepit?", "en": "Anybody trapped?"},
                   "answers": [{"key": "yes", "text": {"id": "ya", "en": "yes"}}]}],
    "instructions": {"id": ["Berdiri di luar jalur.", "Jangan lepas helm."], "en": ["Stand off the lane."]},
}


def night_with(number: int, **changed: object) -> Night:
    rows = [replaced(row, **changed) if row.number == number else row for row in board().incidents]
    return Night(board(incidents=rows))


def row_of(lines: list[str], number: int) -> str:
    return next(text for text in lines[3:20] if f"{number} " in text[:14])


async def test_resolved_stands_on_the_active_board_and_says_how_it_is_closed() -> None:
    async with console(night_with(1041, status="resolved", assignments=[])) as (app, pilot):
        assert 1041 in app.store.active()
        assert "SELESAI" in row_of(lines_of(app), 1041)
        assert "K sls" in row_of(lines_of(app), 1041)
        await type_text(pilot, "1041")
        await pilot.press("enter")
        await until(pilot, lambda: app.desk.current == 1041)
        assert "[K sls] tutup" in lines_of(app)[20]
        assert "| SELESAI" in lines_of(app)[19]


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_held_stands_last_and_says_until_when(size: tuple[int, int]) -> None:
    night = night_with(1051, status="held", held_until=ago(-28))
    async with console(night, size) as (app, _pilot):
        assert app.store.waiting()[-1] == 1051
        assert app.store.waiting_count(1) == 1
        assert "TERTAHAN 15:00 T" in row_of(lines_of(app), 1051)


async def test_held_until_another_day_says_which() -> None:
    async with console(night_with(1051, status="held", held_until=ago(-24 * 60))) as (app, pilot):
        await pilot.press(*"1051", "enter")
        await until(pilot, lambda: "ditahan s/d 14:32 (13/01)" in lines_of(app)[19])


async def test_a_caller_to_be_rung_back_is_marked_on_the_row() -> None:
    async with console(night_with(1052, callback_due=True)) as (app, pilot):
        assert "TELP BALIK" in row_of(lines_of(app), 1052)
        await pilot.press("down")
        await until(pilot, lambda: any("TELEPON BALIK pelapor; [R ...]" in text for text in lines_of(app)))


@pytest.mark.parametrize(("size", "said"), [((120, 36), "[Ctrl+Y] BENAR  [Ctrl+N] SALAH"), ((80, 24), "BENAR/SALAH?")])
async def test_a_threat_nobody_has_judged_says_how_it_is_judged(size: tuple[int, int], said: str) -> None:
    async with console(Night(), size) as (app, pilot):
        await pilot.press("down")
        assert app.desk.current == 1052
        await until(pilot, lambda: any(said in text for text in lines_of(app)))
        await type_text(pilot, "benar")
        assert "1052" in line(app, "=>")


async def test_the_card_is_in_the_detail_when_there_is_room_and_on_a_page_when_asked_for() -> None:
    night = Night()
    night.details[1051] = replaced(detail(1051), cards=[CARD])
    async with console(night, (160, 50)) as (app, pilot):
        await until(pilot, lambda: any(text.startswith("Kartu : KLL-01 Kecelakaan  CONTOH") for text in lines_of(app)))
        assert any("1. Ada yang terjepit?  [ya]" in text for text in lines_of(app))
        assert any("2. Jangan lepas helm." in text for text in lines_of(app))
    async with console(night, (80, 24)) as (app, pilot):
        assert not any("Jangan lepas helm" in text for text in lines_of(app))
        await type_text(pilot, "kartu")
        await pilot.press("enter")
        await until(pilot, lambda: lines_of(app)[2].startswith("--- KARTU 1051"))
        assert any("2. Jangan lepas helm." in text for text in lines_of(app))
        await pilot.press("escape", "down")
        await type_text(pilot, "kartu")
        await pilot.press("enter")
        await until(pilot, lambda: "Tidak ada kartu protokol untuk 1052" in "\n".join(lines_of(app)))


async def test_earlier_reports_are_shown_when_there_is_room() -> None:
    night = Night()
    first = replaced(detail(1051).reports[0], text="ada asap dari dapur")
    night.details[1051] = replaced(detail(1051), reports=[first, *detail(1051).reports], cards=[CARD])
    async with console(night, (160, 50)) as (app, pilot):
        await until(pilot, lambda: any("14:31 T ada asap dari dapur" in text for text in lines_of(app)))
        assert any(text.startswith("Kartu : KLL-01") for text in lines_of(app))


async def test_the_theme_changes_on_a_word() -> None:
    async with console(Night()) as (app, pilot):
        await type_text(pilot, "tema")
        assert "terang / gelap" in line(app, "=>")
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "kentongan-light" and "Tema: terang" in line(app, "OK"))
        await type_text(pilot, "theme")
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "kentongan-dark")


async def test_rows_above_are_told_as_well_as_rows_below() -> None:
    rows = [*board().incidents, *(incident(1200 + n, "fire", "land", "low", "TLG", ago(n)) for n in range(20))]
    async with console(Night(board(incidents=rows))) as (app, pilot):
        await type_text(pilot, "1200")
        await pilot.press("enter")
        await until(pilot, lambda: "di atas" in lines_of(app)[2])


@pytest.mark.parametrize(
    ("waiting", "active", "expected"),
    [(4, 7, (6, 7)), (500, 1, (10, 3)), (500, 5, (8, 5)), (500, 500, (6, 7)), (0, 500, (3, 10)), (0, 0, (6, 7))],
)
def test_a_board_gives_the_other_the_lines_it_does_not_need(
    waiting: int, active: int, expected: tuple[int, int]
) -> None:
    assert shared_lines(13, waiting, active, (6, 7)) == expected
