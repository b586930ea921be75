"""The wallboard: the numbers as the server gave them, marked only where they can be trusted."""

from __future__ import annotations

import pytest

from console.client import ServerAway
from console.live import Live
from console.store import Store
from console.view.look import Look
from console.view.wall import WallData, wall_lines
from console.wall import WallApp
from tests.console.night import NOW, Night, board, replaced, stats


def shown(size: tuple[int, int] = (120, 36), lang: str = "id", **change: object) -> list[str]:
    start = board()
    store = Store()
    store.snapshot(start, NOW)
    look = Look(replaced(start.centre, **change), NOW, lang)
    return [line.text for line in wall_lines(WallData(store, stats(), stats()), look, *size)]


def find(lines: list[str], start: str) -> str:
    return next(line for line in lines if line.startswith(start))


def test_percentiles_stand_beside_n_and_target() -> None:
    row = find(shown(), "kirim (pasti>kirim)")
    assert row.split("|")[0].split()[2:] == ["58", "62", "104", "139", "90", "84%", "!", "+14"]


def test_fewer_than_twenty_cases_are_in_brackets_and_never_alarmed() -> None:
    row = find(shown(), "selesai").split("|")[0]
    assert "(11j)" in row
    assert "n<20" in row
    assert "!" not in row


def test_the_most_urgent_clock_is_first_and_counts_down() -> None:
    lines = shown()
    start = next(i for i, line in enumerate(lines) if line.startswith("--- SLA"))
    assert "BERISIKO 2   LEWAT 1" in lines[start + 1]
    assert lines[start + 2].startswith("! 1041")
    assert "lewat 04:55" in lines[start + 2]
    assert "sisa 00:12" in lines[start + 3]


def test_units_are_counted_by_agency() -> None:
    assert "Damkar              1     3    0      0  ~ tinggal 1" in find(
        [line.partition("|")[2] for line in shown()], "Damkar"
    )


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 36), (160, 50)])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_size_fits(size: tuple[int, int], lang: str) -> None:
    lines = shown(size, lang)
    assert len(lines) == size[1]
    assert all(len(line.rstrip()) <= size[0] for line in lines), max(lines, key=len)


def test_training_and_degraded_parts_are_said() -> None:
    lines = shown(mode="training", degraded=["SMS tidak keluar"])
    assert "[LATIHAN]" not in lines[0]  # offline outranks training: no link in this picture
    assert "GANGGUAN 1" in lines[0]
    assert any("SMS tidak keluar" in line for line in lines)
    assert lines[1].startswith("===")


async def test_wall_reads_freezes_and_explains() -> None:
    night = Night()
    app = WallApp(night, clock=lambda: NOW, live=Live(night, silence_s=3600))
    async with app.run_test(size=(120, 36)) as pilot:
        for _ in range(50):
            await pilot.pause()
            if app._read_at is not None and app.store.ready:
                break

        def text() -> str:
            strips = app.screen._compositor.render_strips()
            return "\n".join("".join(segment.text for segment in strip) for strip in strips)

        assert "[LIVE]" in text()
        await pilot.press("z")
        assert "BEKU sejak 14:32:07" in text()
        await pilot.press("z", "question_mark")
        assert "DEFINISI" in text()
        await pilot.press("escape", "ctrl+t")
        assert "SUPERVISOR BOARD" in text()
        await pilot.press("d", "enter", "f5")
        assert night.sent == []


async def test_without_statistics_the_live_part_still_stands() -> None:
    class Silent(Night):
        async def stats(self, *args: object, **named: object) -> object:
            raise ServerAway("gone")

    night = Silent()
    app = WallApp(night, clock=lambda: NOW, live=Live(night, silence_s=3600))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(50):
            await pilot.pause()
            if app.store.ready:
                break
        await pilot.press("ctrl+l")
        strips = app.screen._compositor.render_strips()
        text = "\n".join("".join(segment.text for segment in strip) for strip in strips)
        assert "LEWAT 1" in text
        assert "belum ada data" in text
