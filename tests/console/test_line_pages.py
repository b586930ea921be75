"""Every page of the screen as plain lines in line mode: tabs, cards, rows of the boards, the map, the audit."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from console.client import Client, ServerAway
from console.desk import LOCAL_WORDS
from console.line.reads import PAGE_WORDS, SCREEN_ONLY
from dispatch.wire import AlarmRow, AuditPage, Changes, OperatorRow
from tests.console.fake_server import AT, TOKEN, FakeServer, incident, unit
from tests.console.test_line import run


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[FakeServer]:
    monkeypatch.chdir(tmp_path)
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


def test_every_word_of_the_screen_has_an_answer_in_line_mode() -> None:
    assert set(LOCAL_WORDS) == {word for word in (*PAGE_WORDS, *SCREEN_ONLY) if word in LOCAL_WORDS}


async def test_all_tabs_or_one(server: FakeServer) -> None:
    _, callers = await run(server, "rincian 1051 3")
    _, chronology = await run(server, "v 1051", "tab 1")
    code, everything = await run(server, "detail 1051")
    assert code == 0
    assert any("tulung ^[[2J bapak" in line for line in callers)
    assert not any("dibuka" in line for line in callers)
    assert any(line.endswith("rina dibuka ^G") for line in chronology), "without a number the current one is meant"
    assert len(everything) > len(callers) + 1
    assert {command.command for command in server.commands} == {"open"}, "reading it is opening it"
    assert all(line.isprintable() for line in everything)


async def test_what_is_no_tab_is_said(server: FakeServer) -> None:
    code, said = await run(server, "rincian 1051 7", "rincian 1099", "rincian x12", "rincian 1")
    assert code == 1
    assert said == [
        "GAGAL bukan tab: 1051 7. Tulis: rincian 1048 3 (1 kronologi 2 unit 3 pelapor 4 berkas 5 kenapa 6 audit)",
        "GAGAL Tidak ada insiden 1099.", "GAGAL bukan nomor insiden: X12",
        "GAGAL tidak ada insiden yang terbuka; tulis nomornya",
    ]


async def test_rows_of_the_boards_with_the_numbers_that_commands_take(server: FakeServer) -> None:
    server.board = msgspec.structs.replace(
        server.board,
        alarms=[
            AlarmRow(id=4, level=2, kind="clock_warned", text="hampir", at=AT, acknowledged_by="adi"),
            AlarmRow(id=9, level=1, kind="clock_breached", text="lewat \x1b[2J", at=AT, incident=1051),
        ],
        operators=[OperatorRow(name="rina", role="dispatcher", state="break", since=AT, viewing=1051, deaf=True)],
    )
    code, said = await run(server, "alarm", "alarm hampir", "meja", "unit", "unit d02", "telepon")
    assert code == 0
    assert said == [
        "  #9 DARURAT lewat ^[[2J, insiden 1051, 14:31:00, berbunyi di SEMUA MEJA",
        "  #4 PERLU hampir, 14:31:00, diakui adi", "OK 2 baris",
        "  #4 PERLU hampir, 14:31:00, diakui adi", "OK 1 baris",
        "  rina, D, istirahat sejak 14:31, melihat 1051, TIDAK MENDENGAR ALARM", "OK 1 baris",
        "  A01 Ambulans A01, SIAP", "  D02 Ambulans D02, LOKASI, di 1048", "OK 2 baris",
        "  D02 Ambulans D02, LOKASI, di 1048", "OK 1 baris",
        "  #7 0812-***-771, dering, 14:31:00", "OK 1 baris",
    ]


async def test_the_map_is_a_list_and_one_district_in_full(server: FakeServer) -> None:
    server.board = msgspec.structs.replace(
        server.board, incidents=[*server.board.incidents, incident(1060, place=incident(1).place.__class__())],
        units=[unit("A01", kecamatan="Slawi"), unit("A04", kecamatan="Talang")],
        centre=msgspec.structs.replace(server.board.centre, district_points={"SLW": (-6.98, 109.14),
                                                                             "TLG": (-6.9, 109.14)}),
    )
    code, said = await run(server, "unit slw", "peta", "peta slw", "map talang", "peta tegal")
    assert code == 1
    assert said[:2] == ["  A01 Ambulans A01, SIAP, Slawi", "OK 1 baris"], "by its code as by its name"
    said = said[2:]
    assert said[:4] == [
        "  SLW Slawi menunggu 1 [1]1051 aktif 0 siap: A01", "  TLG Talang menunggu 0 aktif 1 siap: A04",
        "  tanpa kecamatan: menunggu 1 [1]1060 aktif 0 siap: -", "OK 3 baris",
    ]
    assert said[5].startswith("  P1 1051 medis")
    assert said[7] == "  siap di luar, 8.9 km: A04 Ambulans A04, SIAP, Talang"
    assert said[-1] == "GAGAL tidak ada kecamatan tegal"


async def test_what_only_a_screen_has_is_said_and_not_taken_for_a_command(server: FakeServer) -> None:
    code, said = await run(server, "tema", "bunyi", "kartu 1051", "kartu", "bahasa", "cards")
    assert code == 1
    assert said == [
        "GAGAL tema: hanya ada di layar penuh", "GAGAL bunyi: hanya ada di layar penuh",
        "GAGAL tidak ada kartu protokol untuk 1051", "GAGAL tidak ada insiden yang terbuka; tulis nomornya",
        "OK language: English", "FAILED no incident is open; type its number",
    ]
    assert server.commands == []


async def test_manual_turns_what_the_board_says_of_this_person(server: FakeServer) -> None:
    from console.line.mode import LineMode

    said: list[str] = []
    async with Client(server.url, token=TOKEN) as client:
        mode = LineMode(client, server.board, said.append, name="rina")
        await mode.run_line("manual")
        rina = OperatorRow(name="rina", role="dispatcher", state="ready", since=AT, on_paper=True)
        server.board = msgspec.structs.replace(server.board, operators=[rina])
        await mode.run_line("meja")
        await mode.run_line("manual")
    assert [command.args for command in server.commands] == [{"on_paper": True}, {"on_paper": False}]
    assert said[0] == "OK kerja dengan kartu kertas; ketik manual lagi bila selesai"
    assert said[1].endswith("KERJA DI KARTU KERTAS")
    assert said[-1] == "OK tidak lagi dengan kartu kertas"


@pytest.mark.parametrize(("interactive", "told"), [(True, 1), (False, 0)])
async def test_a_person_is_told_of_another_console_of_theirs(
    server: FakeServer, interactive: bool, told: int
) -> None:
    from console.line.mode import LineMode

    said: list[str] = []
    shared = msgspec.structs.replace(server.board.centre, screens={"rina": 2, "adi": 3})
    async with Client(server.url, token=TOKEN) as client:
        mode = LineMode(client, server.board, said.append, name="rina", interactive=interactive)
        mode.take_changes(Changes(seq=11, now=AT, centre=shared))
        mode.take_board(msgspec.structs.replace(server.board, centre=shared))
        mode.take_changes(Changes(seq=12, now=AT, centre=server.board.centre))
    assert said == ["!! rina dibuka di 2 layar. Bukan Anda? Lapor supervisor."] * told


async def test_help_names_the_pages(server: FakeServer) -> None:
    _, said = await run(server, "?")
    assert any("audit simpan" in line for line in said)
    assert any("peta [kecamatan]" in line for line in said)


# -- the audit ------------------------------------------------------------------------------------------


async def test_audit_goes_on_line_by_line_with_the_filters_of_the_page(server: FakeServer) -> None:
    code, said = await run(server, "audit op:adi tgl:2026-01-09", "audit lagi", "audit lagi", "audit adi")
    assert code == 1
    assert server.audits == [
        {"actor": "adi", "day": "2026-01-09"}, {"actor": "adi", "day": "2026-01-09", "before": "3"},
    ]
    row = "2026-01-12 14:31:00 rina 1051 prioritas diubah (incident.severity_changed) P3>P1 =1+2 api ^[[2J"
    assert said == [
        f"  #5 {row}", f"  #4 {row}", f"  #3 {row}",
        "OK 3 baris, masih ada: audit lagi; rantai OK s/d #2 dari 5 (tanya lagi: lanjut)",
        f"  #2 {row}", f"  #1 {row}", "OK 2 baris, ini semuanya; rantai OK s/d #4 dari 5 (tanya lagi: lanjut)",
        "GAGAL tidak ada baris yang lebih lama; tanya dulu: audit op:adi",
        "GAGAL bukan saringan: adi. Tulis: audit op:adi aksi:g ins:1048 tgl:09jan",
    ]


async def test_a_refusal_and_a_broken_chain_fail_the_script(server: FakeServer) -> None:
    server.chain_broken = True
    code, said = await run(server, "audit op:lurah", "audit")
    assert code == 1
    assert said[0] == "GAGAL peran Anda tidak boleh"
    assert said[-1] == "GAGAL 3 baris, masih ada: audit lagi; RANTAI PUTUS di #3: hash"


async def test_an_export_holds_every_line_and_says_what_it_is_worth(server: FakeServer, tmp_path: Path) -> None:
    server.log_lines = 20
    code, said = await run(server, "audit op:rina simpan", "audit simpan")
    assert code == 0
    first, second = sorted(tmp_path.glob("kentongan-audit-*.csv"))
    assert {said[0], said[1]} == {
        f"OK 20 baris di {first}; rantai OK s/d #20", f"OK 20 baris di {second}; rantai OK s/d #20"
    }
    assert {asked["for"] for asked in server.audits} == {"export"}
    assert {asked.get("actor") for asked in server.audits} == {"rina"}, "without a filter the last question is meant"
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    rows = list(csv.DictReader(io.StringIO(first.read_text("utf-8-sig"))))
    assert [row["seq"] for row in rows if row["record"] == "event"] == [str(seq) for seq in range(20, 0, -1)]
    assert (rows[0]["event"], rows[0]["name"]) == ("incident.severity_changed", "prioritas diubah")
    assert rows[0]["change"] == "P3>P1"
    assert rows[0]["text"].startswith("'=1+2"), "no spreadsheet runs it"
    assert (rows[-1]["record"], rows[-1]["seq"], rows[-1]["text"]) == ("chain", "20", "rantai OK s/d #20")


async def test_an_export_is_bounded_and_says_so(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.audit.export.MOST_LINES", 4)
    monkeypatch.setattr("console.audit.export.CHAIN_QUESTIONS", 1)
    server.log_lines = 20
    _, said = await run(server, "audit simpan")
    assert "4 baris di" in said[0]
    assert said[0].endswith("(rantai belum diperiksa sampai baris terbaru) DIPOTONG di 4 baris: persempit saringan")


async def test_an_export_that_breaks_off_leaves_no_file(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Client.audit

    async def fails_later(self: Client, params: dict[str, str]) -> AuditPage:
        if "before" in params:
            raise ServerAway("mati")
        return await whole(self, params)

    monkeypatch.setattr(Client, "audit", fails_later)
    code, said = await run(server, "audit simpan")
    assert (code, said) == (1, ["GAGAL TIDAK TERSIMPAN: mati"])
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_takes_no_file_is_one_line(server: FakeServer, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from console.line.mode import LineMode

    said: list[str] = []
    async with Client(server.url, token=TOKEN) as client:
        mode = LineMode(client, server.board, said.append, clock=lambda: datetime(2026, 1, 12, tzinfo=UTC),
                        folder=tmp_path / "nowhere")
        await mode.run_line("audit simpan")
    assert len(said) == 1
    assert said[0].startswith("GAGAL TIDAK TERSIMPAN: [Errno 2]")
