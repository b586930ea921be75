"""Line 1 and 2 in every mode and trouble: words, not colour alone, at every width."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.plain_board import alarm_line as plain_alarm
from console.store import Store
from console.view.alarm_line import alarm_line, flood_groups
from console.view.head import Link, Marks, Seat, header
from console.view.look import Look
from dispatch.wire import AlarmRow, OperatorRow
from tests.console.night import CENTRE, NOW, ago, board, replaced

RINA, SPV = Seat("rina", "dispatcher", "3"), Seat("sari", "supervisor", "1")
LIVE = Link("live")
WIDTHS = pytest.mark.parametrize("width", [80, 120, 160])


def look(lang: str = "id", **centre: Any) -> Look:
    return Look(replaced(CENTRE, **centre), NOW, lang)


def store_of(**more: Any) -> Store:
    store = Store()
    store.snapshot(board(**more), NOW)
    return store


def text_of(width: int, link: Link = LIVE, seat: Seat = RINA, marks: Marks | None = None, lang: str = "id",
            store: Store | None = None, **centre: Any) -> str:
    line = header(store or store_of(), seat, link, look(lang, **centre), width, marks or Marks())
    assert line.width <= width
    return line.text


@WIDTHS
@pytest.mark.parametrize(("link", "centre", "marks", "words"), [
    (LIVE, {}, Marks(), ["LIVE"]),
    (LIVE, {"mode": "training"}, Marks(), ["LATIHAN"]),
    (Link("stale", timedelta(seconds=7)), {}, Marks(), ["DATA LAMA 00:07"]),
    (Link("stale", timedelta(seconds=7)), {"mode": "training"}, Marks(), ["DATA LAMA 00:07", "LATIHAN"]),
    (LIVE, {"standby": True}, Marks(), ["LIVE", "CADANGAN"]),
    (LIVE, {"fold_factor": 2.0}, Marks(), ["LIVE", "LONJAKAN x2"]),
    (LIVE, {}, Marks(manual=True), ["LIVE", "MANUAL"]),
    (LIVE, {"next_card": "M-021"}, Marks(manual=True), ["MANUAL M-021"]),
    (Link("offline", timedelta(seconds=61)), {"next_card": "M-021"}, Marks(), ["PUTUS 01:01", "MANUAL M-021"]),
    (LIVE, {}, Marks(deaf=True), ["BUNYI MATI"]),
    (LIVE, {}, Marks(silent_until=NOW + timedelta(seconds=45)), ["SENYAP 45"]),
])
def test_every_mode_is_told_in_words(
    width: int, link: Link, centre: dict[str, Any], marks: Marks, words: list[str]
) -> None:
    text = text_of(width, link, marks=marks, **centre)
    for word in words:
        assert word in text
    assert "14:32:07" in text, "the time is never dropped"


MODES = [
    (LIVE, {}, Marks(), "LIVE"), (LIVE, {"mode": "training", "drivers": {"sms": "simulator"}}, Marks(), "LATIHAN"),
    (Link("stale", timedelta(seconds=7)), {"mode": "training"}, Marks(), "DATA LAMA 00:07"),
    (LIVE, {"next_card": "M-021", "standby": True}, Marks(manual=True), "MANUAL M-021"),
    (LIVE, {"standby": True, "mode": "training", "drivers": {"sms": "simulator"}}, Marks(), "CADANGAN"),
    (Link("offline", timedelta(minutes=61)), {"mode": "training", "standby": True, "next_card": "M-021"},
     Marks(deaf=True), "PUTUS"),
    (Link("ended"), {"drivers": {"sms": "simulator"}}, Marks(), "SESI BERAKHIR"),
]


@WIDTHS
@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize(("link", "centre", "marks", "word"), MODES, ids=[mode[3] for mode in MODES])
def test_the_seat_and_who_sits_there_stand_in_every_mode(
    width: int, lang: str, link: Link, centre: dict[str, Any], marks: Marks, word: str
) -> None:
    for seat in (RINA, SPV):
        text = text_of(width, link, seat, marks, lang, **centre)
        assert f"{seat.seat} {seat.name}" in text
        assert lang == "en" or word in text
        assert "14:32" in text


def test_a_long_name_is_cut_with_a_mark_before_it_pushes_a_mode_off_the_screen() -> None:
    seat = Seat("budi.santoso.pengganti", "dispatcher", "12")
    calm = text_of(80, seat=seat)
    assert "M12 budi.santoso.pengganti" in calm
    troubled = text_of(80, Link("offline", timedelta(minutes=61)), seat, Marks(deaf=True), mode="training",
                       standby=True, next_card="M-021")
    assert "M12 budi.sa~" in troubled
    for word in ("PUTUS", "MANUAL M-021", "LATIHAN", "CADANGAN", "BUNYI MATI"):
        assert word in troubled


@WIDTHS
def test_what_is_not_so_is_not_said(width: int) -> None:
    text = text_of(width, Link("offline", timedelta(seconds=59)), marks=Marks(silent_until=NOW))
    for word in ("MANUAL", "CADANGAN", "LATIHAN", "SENYAP", "BUNYI", "BANJIR"):
        assert word not in text


@WIDTHS
def test_a_supervisor_is_told_of_floods_and_deaf_seats_and_nobody_else_is(width: int) -> None:
    operators = [OperatorRow(name="adi", role="dispatcher", state="ready", since=ago(9), deaf=True)]
    store, marks = store_of(operators=operators), Marks(floods={"rina": 14})
    text = text_of(width, seat=SPV, marks=marks, store=store)
    assert "BANJIR rina 14" in text
    assert "TULI adi" in text
    assert "BANJIR" not in text_of(width, marks=marks, store=store)
    assert "TULI" not in text_of(width, marks=marks, store=store)


def many(kinds: list[tuple[int, str, str, int]]) -> list[AlarmRow]:
    """Level, kind, phase, incident; one second apart."""
    return [
        AlarmRow(id=n, level=level, kind=kind, text="x", at=ago(0, len(kinds) - n), phase=phase,
                 incident=number or None)
        for n, (level, kind, phase, number) in enumerate(kinds, 1)
    ]


FLOOD = many([
    *[(2, "clock_breached", "dispatch", 1051)] * 6, *[(2, "declined", "", 1045)] * 3,
    (1, "clock_warned", "travel", 1041),
    *[(3, "proof_failed", "", 0)] * 4,
])


@pytest.mark.parametrize(("lang", "words"), [
    ("id", ["BANJIR 14/10mnt:", "1 belum tiba SLW", "6 belum dikirim SLW", "3 tugas ditolak ADW"]),
    ("en", ["FLOOD 14/10min:", "6 not dispatched SLW"]),
])
def test_a_flood_is_counted_by_cause_and_district(lang: str, words: list[str]) -> None:
    store = store_of(alarms=FLOOD)
    text = alarm_line(store, look(lang), 160, blink=True, flood=14).text
    for word in words:
        assert word in text
    assert text.startswith("!! "), "an emergency is among them"
    assert "(1/14)" in text
    narrow = alarm_line(store, look(lang), 80, blink=True, flood=14)
    assert narrow.width == 80
    groups = flood_groups(store, store.open_alarms(), look("id"))
    assert groups == ["1 belum tiba SLW", "6 belum dikirim SLW", "3 tugas ditolak ADW", "4 uji hidup gagal"]
    assert sum(int(group.split()[0]) for group in groups) == len(FLOOD), "nothing is dropped"


def test_a_shelved_alarm_is_counted_but_not_shown_until_it_comes_back() -> None:
    alarm = replaced(FLOOD[0], shelved_by="rina", shelved_until=NOW + timedelta(seconds=5))
    store = store_of(alarms=[alarm], calls=[])
    assert "tunda 1" in text_of(120, store=store)
    assert "Tidak ada alarm" in alarm_line(store, look(), 120, blink=True).text
    later = replace(look(), now=NOW + timedelta(seconds=5))
    assert "1051" in alarm_line(store, later, 120, blink=True).text
    assert "tunda" not in header(store, RINA, LIVE, later, 120).text


PEOPLE = [OperatorRow(name=name, role=role, state="ready", since=ago(9), deaf=name == "deaf")
          for name, role in (("rina", "dispatcher"), ("deaf", "dispatcher"), ("sari", "supervisor"))]


@pytest.mark.parametrize(("owner", "level", "age", "people", "words"), [
    ("rina", 1, 29, PEOPLE, "rina"), ("rina", 1, 30, PEOPLE, "rina > PENGAWAS"),
    ("rina", 1, 60, PEOPLE, "rina > SEMUA MEJA"), ("rina", 2, 600, PEOPLE, "rina"),
    ("deaf", 2, 0, PEOPLE, "deaf > PENGAWAS"),
    ("rina", 1, 30, PEOPLE[:2], "rina"), ("rina", 1, 60, PEOPLE[:2], "rina > SEMUA MEJA"),
    ("", 3, 0, PEOPLE, "SEMUA MEJA"), ("gone", 3, 0, PEOPLE, "gone > SEMUA MEJA"),
])
def test_it_is_said_at_whose_seats_an_alarm_sounds_and_whose_it_was(
    owner: str, level: int, age: int, people: list[OperatorRow], words: str
) -> None:
    """Where no supervisor is signed on, nothing claims to have reached one."""
    start = board()
    rows = [replaced(row, owner=owner) if row.number == 1051 else row for row in start.incidents]
    alarm = replaced(start.alarms[0], level=level, at=ago(0, age), text="1051 P1 HENTI JANTUNG belum dikirim " * 2)
    store = store_of(incidents=rows, operators=people, alarms=[alarm], calls=[])
    assert f"{look().since(alarm.at)}  [bunyi: {words}]" in alarm_line(store, look(), 120, blink=True).text
    narrow = alarm_line(store, look(), 80, blink=True).text
    assert f"{look().since(alarm.at)}  [{words}]" in narrow, "the words before it give way"
    assert len(narrow) == 80
    assert plain_alarm(alarm, owner, people, look()).endswith(f"berbunyi di {words}")
    taken = replaced(alarm, acknowledged_by="sari")
    assert "berbunyi" not in plain_alarm(taken, owner, people, look())
