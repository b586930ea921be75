"""The printed board line by line, without a database: what somebody without a screen reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from dispatch import wire
from dispatch.domain.routing import Contact
from dispatch.services.paper_board import MAX_WORDS, Snapshot, board_pages
from dispatch.services.paper_pdf import BOLD, PAGE_LINES, PAGE_WIDTH
from tests.support.centre import START, TZ, small_rules

NOW = START.astimezone(TZ)


def ago(**span: float) -> datetime:
    return START - timedelta(**span)


def due(phase: str, at: datetime, state: str = "running", subject: str = "incident") -> wire.ClockRow:
    return wire.ClockRow(phase=phase, subject=subject, started_at=ago(hours=1), due_at=at, warn_at=at, state=state)


FIRE = wire.IncidentRow(
    number=1051, id=9, type="fire", subtype="building", severity="critical", status="dispatched", reports=3,
    place=wire.PlaceRow(text="x", spot="RT 2", desa="Dukuhsalam", kecamatan="Slawi", lat=-6.98123, lon=109.1),
    assignments=[
        wire.AssignmentRow(id=1, unit="D01", agency="fire", status="en_route", at={"en_route": ago(minutes=3)}),
        wire.AssignmentRow(id=2, unit=None, agency="pln", status="notified"),
        wire.AssignmentRow(id=3, unit="D02", agency="fire", status="cleared", at={"cleared": ago(minutes=1)}),
    ],
    clocks=[due("travel", NOW, subject="D01"), due("resolve", NOW + timedelta(seconds=1), "warned"),
            due("answer", ago(minutes=9), "met"), due("dispatch", ago(minutes=9), "paused")],
    opened_at=ago(minutes=10), updated_at=ago(minutes=2), version=3, summary="asap\x1b[2J  " + "tebal1 " * 99,
)
LAMP = wire.IncidentRow(
    number=7, id=4, type="lamp", severity=None, status="new", place=wire.PlaceRow(text="dekat  pasar", lat=1.0),
    opened_at=ago(days=1), updated_at=ago(days=1), version=1, summary="mati",
)
SHOT = Snapshot(
    at=NOW, incidents=[FIRE, LAMP, wire.IncidentRow(
        number=8, id=5, type="fire", severity="low", status="new", opened_at=NOW, updated_at=NOW, version=1)],
    units=[
        wire.UnitRow(call_sign="D01", agency="fire", name="Damkar 1", status="en_route", since=NOW, base="Pos Slawi",
                     kecamatan="Slawi", incident=1051, note="ban\tbaru"),
        wire.UnitRow(call_sign="A01", agency="health", name="PSC", status="available", since=NOW),
    ],
    operators=[wire.OperatorRow(name="rina", role="dispatcher", state="ready", since=NOW),
               wire.OperatorRow(name="adi", role="supervisor", state="break", since=NOW)],
    callers={9: "Bu Sri +6281234567890"}, phones={"D01": "+628999000101"},
    duty={"fire": [Contact("Piket", "+62811", "mail", "piket@damkar.example")]},
    next_number=1052, cards=(1, 20), truncated=2,
)
RULES = replace(small_rules(), supervisors=(Contact("Bu Tuti", "+628115550000"),))


def body(shot: Snapshot = SHOT) -> list[str]:
    return [line.rstrip() for page in board_pages(shot, RULES, "id") for line in page[3:]]


def test_every_line_says_what_the_screen_would() -> None:
    lines = body()
    words = next(i for i, line in enumerate(lines) if "dari Bu Sri" in line)
    assert lines[0] == "Nomor insiden berikut: 1052   Kartu kosong: M-001..M-020"
    assert lines[3:words] == [
        "", BOLD + "INSIDEN TERBUKA 5", BOLD + "1051 P1 Uji Uji  [TUGAS]  13:50:00",
        "      di RT 2, Dukuhsalam, Slawi  (-6.98123, 109.10000)",
    ]
    caller = " ".join(line.strip() for line in lines[words:words + 4])
    assert caller.startswith("dari Bu Sri +6281234567890 x3: asap [2J tebal1 tebal1")
    assert len(caller.partition(": ")[2]) == MAX_WORDS
    assert lines[words + 4:] == [
        "      > D01    JALAN        13:57:00  +628999000101",
        "      > pln    DIBERITAHU   13:58:00",
        "      batas: perjalanan D01 14:00:00!; selesai 14:00:01",
        BOLD + "0007 -- lamp  [BARU]  11/01 14:00", "      di dekat pasar", "      dari tanpa nomor x1: mati",
        BOLD + "0008 P4 Uji  [BARU]  14:00:00", "      di ?", "      dari tanpa nomor x1:",
        "... dan 2 lagi, tidak muat di lembar ini", "",
        BOLD + "UNIT 2",
        "  D01    JALAN        1051   +628999000101    Pos Slawi, Slawi ban baru",
        "  A01    SIAP", "",
        BOLD + "PIKET",
        "  Pengawas 112         +628115550000    Bu Tuti",
        "  Uji                  piket@damkar.example Piket",
        "  Di meja: rina (dispatcher), adi (supervisor)",
    ]


def test_a_quiet_board_says_so_and_invents_nothing() -> None:
    lines = body(replace(SHOT, incidents=[], units=[], operators=[], cards=(0, 0), truncated=0))
    assert "Kartu kosong: belum ada" in lines[0]
    assert lines[3:] == [
        "", BOLD + "INSIDEN TERBUKA 0", "", BOLD + "UNIT 0", "", BOLD + "PIKET",
        "  Pengawas 112         +628115550000    Bu Tuti", "  Uji                  piket@damkar.example Piket",
    ]


def test_sheets_are_full_numbered_and_none_is_wider_than_the_paper() -> None:
    many = replace(SHOT, incidents=[msgspec.structs.replace(LAMP, number=n) for n in range(50)], truncated=0)
    pages = board_pages(many, RULES, "id")
    assert [len(page) for page in pages[:-1]] == [PAGE_LINES] * (len(pages) - 1)
    told = [line for page in pages for line in page[3:] if "[BARU]" in line]
    assert [int(line.removeprefix(BOLD)[:4]) for line in told] == list(range(50))
    for number, page in enumerate(pages, 1):
        assert page[0].startswith(BOLD + "PAPAN CETAK Kab. Uji")
        assert page[0].endswith(f"12-01-2026 14:00:00  {number}/{len(pages)}")
        assert (len(page[0]), page[1], page[2]) == (len(BOLD) + PAGE_WIDTH, "-" * PAGE_WIDTH, "")
        assert max(len(line.removeprefix(BOLD)) for line in page) <= PAGE_WIDTH


def test_an_exercise_says_so_on_every_sheet_and_speaks_its_language() -> None:
    noted = msgspec.structs.replace(LAMP, scene=wire.SceneRow(landmark="mushola", trapped=1))
    [[head, rule, _, *lines]] = board_pages(replace(SHOT, incidents=[noted], training=True), RULES, "en")
    assert head.startswith(BOLD + "EXERCISE - NOT REAL PRINTED BOARD Test Regency")
    assert rule == "=" * PAGE_WIDTH
    assert any(line.strip() == "noted: look for mushola; trapped 1" for line in lines)
