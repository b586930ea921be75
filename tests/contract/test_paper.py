"""The paper bridge over both engines: what is printed, which numbers the cards bear, and that failing is loud."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dispatch.domain.report import Channel
from dispatch.services.paper import BOARD, CARD, CARDS, KEEP, PaperBridge, take_snapshot
from dispatch.services.paper_pdf import PAGE_LINES, PAGE_WIDTH, write_pdf, write_text
from dispatch.storage import committer
from dispatch.storage.database import Database
from dispatch.storage.paper import reserve_cards
from dispatch.storage.reader import Reader
from tests.support.centre import small_rules
from tests.support.desk import FIRE, LAMP, Desk, desk_on
from tests.support.node import node_on

TZ = ZoneInfo("Asia/Jakarta")


@asynccontextmanager
async def bridge_on(
    database: Database, folder: Path, *, training: bool = False
) -> AsyncIterator[tuple[Desk, PaperBridge]]:
    async with desk_on(database) as desk:
        reader = Reader(database, "33.28", connections=1)
        await reader.start()
        try:
            yield desk, PaperBridge(
                folder, reader, desk.node.committer, lambda: desk.knowledge, lambda: desk.moment[0], TZ, every_min=5,
                training=training,
            )
        finally:
            await reader.stop()


def printed(folder: Path, name: str = BOARD) -> str:
    return (folder / f"{name}.txt").read_text("utf-8")


async def test_board_has_all_that_is_needed_without_a_screen(database: Database, tmp_path: Path) -> None:
    async with bridge_on(database, tmp_path) as (desk, bridge):
        number = (await desk.report(FIRE, "+6281234567890")).number
        await desk.report(LAMP, "+6281234567891")
        await desk.command("dispatch", incident=number, units=["D01"], agency=["pln"])
        await desk.command("off", units=["A01"], text="ban bocor")
        await desk.command("scene", incident=number, scene="1 terjebak senjata tabung gas", landmark="blk mushola",
                           caller_name="Bu Sri", callback="0812-9876-5432")
        await bridge.write()
        nobody = await take_snapshot(bridge._reader, small_rules(), desk.moment[0].astimezone(TZ))
        assert (nobody.duty["fire"], nobody.phones["D01"]) == ([], "+628999000101"), "an agency without contacts"
    said = printed(tmp_path)
    assert f"{number} P1" in said
    assert "Kalisapu" in said
    assert "+6281234567891" in said, "the caller's number in full: there is no screen to ask"
    assert "Bu Sri +6281298765432" in said, "and the name, with the number to ring"
    assert "catatan: ciri blk mushola; terjebak 1; senjata; tabung gas" in said
    assert "Tulung kobongan umah" in said
    assert "> D01" in said
    assert "+628999000101" in said
    assert "> pln" in said
    assert "terima D01 09:01:00" in said, "the limit to acknowledge, as a time of the clock on the wall"
    assert "ban bocor" in said
    assert "Piket Damkar" in said
    assert f"Nomor insiden berikut: {number + 2}" in said
    assert "Kartu kosong: M-001..M-020" in said
    assert "12-01-2026 09:00:00  1/1" in said


async def test_files_are_private_whole_and_the_old_ones_go(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    folder.mkdir(mode=0o700)
    for minute in range(KEEP + 3):
        for ending in (".txt", ".pdf"):
            (folder / f"{BOARD}-20260111-08{minute:02d}00{ending}").touch(mode=0o600)
    async with bridge_on(database, folder) as (_, bridge):
        await bridge.write()
    assert folder.stat().st_mode & 0o777 == 0o700
    files = list(folder.iterdir())
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert not [file for file in files if file.name.endswith(".part")]
    assert len(list(folder.glob(f"{BOARD}-*.txt"))) == len(list(folder.glob(f"{BOARD}-*.pdf"))) == KEEP
    newest = max(folder.glob(f"{BOARD}-*.txt"))
    assert newest.read_bytes() == (folder / f"{BOARD}.txt").read_bytes()


async def test_cards_stay_until_they_may_be_in_use(database: Database, tmp_path: Path) -> None:
    """The same sheet as long as nobody can have written on it; after that other numbers, for ever."""
    async with bridge_on(database, tmp_path) as (desk, bridge):
        assert bridge.next_card == ""
        await bridge.write()
        assert bridge.next_card == "M-001", "every console can say where paper begins"
        first = printed(tmp_path, CARD)
        assert "M-001" in first
        assert f"M-{CARDS:03d}" in first
        assert "M-021" not in first
        await bridge.write()
        assert printed(tmp_path, CARD) == first
        await desk.report(FIRE, channel=Channel.OPERATOR, external_id="paper:M-007", sender_name="rina")
        await bridge.write()
        assert "M-021" in (second := printed(tmp_path, CARD))
        assert "M-020" not in second
        desk.pass_time(days=1)
        await bridge.write()
        assert "M-041" in printed(tmp_path, CARD)
        by_hand = await desk.run(lambda tx: reserve_cards(tx, 5, "cli:adi"))
        again = PaperBridge(
            tmp_path / "other", bridge._reader, desk.node.committer, lambda: desk.knowledge, lambda: desk.moment[0],
            TZ, every_min=5,
        )
        await again.write()
    assert by_hand == 61
    assert "M-066" in printed(tmp_path / "other", CARD), "a restart may mean that the cards were used"


async def test_it_is_written_when_due_and_again_after_a_failure(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    folder.write_text("a file where the folder should be")
    async with bridge_on(database, folder) as (desk, bridge):
        await bridge.tick()
        assert "Error" in bridge.failure
        folder.unlink()
        await bridge.tick()
        assert bridge.failure == ""
        first = printed(folder)
        desk.pass_time(minutes=4, seconds=59)
        await bridge.tick()
        assert printed(folder) == first
        desk.pass_time(seconds=1)
        await bridge.tick()
        assert printed(folder) != first


async def test_cards_that_could_not_be_written_are_not_announced(database: Database, tmp_path: Path) -> None:
    """Their numbers are lost, which is cheap; a number on two sheets is not."""
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / f"{CARD}.pdf").mkdir()
    async with bridge_on(database, tmp_path / "paper") as (_, bridge):
        await bridge.write()
        assert bridge.failure
        assert bridge.next_card == ""
        assert "Kartu kosong: belum ada" in printed(tmp_path / "paper"), "the board is there all the same"
        (tmp_path / "paper" / f"{CARD}.pdf").rmdir()
        await bridge.write()
    assert "M-021" in printed(tmp_path / "paper", CARD)
    assert "M-021..M-040" in printed(tmp_path / "paper")


async def test_board_is_printed_also_while_nothing_can_be_stored(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "RETRY_FOR_S", 0.0)
    async with bridge_on(database, tmp_path) as (desk, bridge):
        await bridge.write()
        number = (await desk.report(FIRE)).number
        async with node_on(Database.of(f"sqlite:///{tmp_path / 'empty.sqlite3'}")) as broken:  # it has no tables
            away = PaperBridge(
                tmp_path, bridge._reader, broken.committer, lambda: desk.knowledge, lambda: desk.moment[0], TZ,
                every_min=5,
            )
            await away.write()
        assert "Storage" in away.failure
    assert f"{number} P1" in printed(tmp_path)


async def test_training_can_never_look_like_live_on_paper(database: Database, tmp_path: Path) -> None:
    async with bridge_on(database, tmp_path, training=True) as (desk, bridge):
        number = (await desk.report(LAMP)).number
        await bridge.write()
    for name in (BOARD, CARD):
        assert printed(tmp_path, name).startswith("LATIHAN - BUKAN KEJADIAN NYATA")
        assert "=====" in printed(tmp_path, name)
    assert f"L-{number} P" in printed(tmp_path)
    assert not re.search(rf"(?<!L-)\b({number}|{number + 1})\b", printed(tmp_path)), "the next number too"


async def test_outside_text_cannot_move_the_printer(database: Database, tmp_path: Path) -> None:
    async with bridge_on(database, tmp_path) as (desk, bridge):
        await desk.report("kebakaran\x0c\x1b[2J\r\n\u202eslawi (api) \\ \u2603 " + "x" * 3000)
        await bridge.write()
    said = printed(tmp_path)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert said.count("\f") == 0
    assert max(map(len, said.splitlines())) <= PAGE_WIDTH


async def test_many_incidents_take_many_sheets(database: Database, tmp_path: Path) -> None:
    async with bridge_on(database, tmp_path) as (desk, bridge):
        for index in range(30):
            await desk.report(f"{index} {LAMP}", f"+62812{index:08d}", Channel.OPERATOR)
        await bridge.write()
    sheets = printed(tmp_path).split("\f")
    assert len(sheets) > 2
    assert all(len(sheet.splitlines()) <= PAGE_LINES for sheet in sheets)
    assert [f"{n}/{len(sheets)}" in sheet for n, sheet in enumerate(sheets, 1)] == [True] * len(sheets)


def test_pdf_is_one_and_says_the_same(tmp_path: Path) -> None:
    pages = [["\x02TEBAL (kurung) \\ é", "baris ☃"], ["lembar dua"]]
    content = write_pdf(pages, "papan")
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert write_text(pages).decode() == "TEBAL (kurung) \\ é\nbaris ☃\n\flembar dua\n"
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed: the PDF is not read back")
    (tmp_path / "a.pdf").write_bytes(content)
    done = subprocess.run(["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert [line for sheet in done.stdout.split("\f") for line in sheet.split("\n") if line.strip()] == [
        "TEBAL (kurung) \\ é", "baris ?", "lembar dua",
    ]
