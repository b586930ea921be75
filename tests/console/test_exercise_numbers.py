"""Numbers of an exercise: L-1051 wherever a person reads one, typed with or without the L-."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import cast

import msgspec
import pytest

from console.audit.export import event_row
from console.client import Client, Rejected
from console.desk import Desk
from console.line.mode import LineMode
from console.plain import Plain
from console.plain_board import alarm_line as alarm_row
from console.spreadsheet import file_stem
from console.store import Store
from console.view.alarm_line import alarm_line
from console.view.chronology import told
from console.view.look import Look
from dispatch.grammar import Numbers, Vocabulary, parse, sentence
from dispatch.wire import AlarmRow, Changes, Command, CommandResult, LogLine
from tests.console.fake_server import Answer, FakeServer, problem
from tests.console.night import CENTRE, NOW, Night, board, detail, incidents, replaced
from tests.console.test_handover import owning, shown
from tests.console.test_line import run
from tests.console.test_workspace import console, line, lines_of, prompt, type_text, until

EXERCISE = replaced(CENTRE, mode="training")
WORDS, LIVE = Vocabulary.of(EXERCISE), Vocabulary.of(CENTRE)
LOOK = Look(EXERCISE, NOW)
ALARM = AlarmRow(id=7, level=1, kind="clock_breached", text="P1 1051 LEWAT BATAS: kirim", at=NOW, incident=1051)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    fake.board = msgspec.structs.replace(fake.board, centre=replaced(fake.board.centre, mode="training"))
    await fake.start()
    yield fake
    await fake.stop()


async def test_echo_result_and_question_carry_the_l_and_it_may_be_typed() -> None:
    night = Night(board(centre=EXERCISE))
    question = problem(428, "needs_confirmation", "GABUNG 1049 ke 1048?")
    night.answers = [CommandResult(ok=True, seq=101, message="A01 -> 1051", incident=1051), Rejected(question)]
    async with console(night) as (app, pilot):
        await type_text(pilot, "d a01 l-1051")
        await until(pilot, lambda: "L-1051 P1" in line(app, "=>"))
        await pilot.press("enter")
        await until(pilot, lambda: "A01 -> L-1051" in line(app, "OK"))
        assert [command.args for command in night.sent] == [{"units": ["A01"], "incident": 1051}]
        await type_text(pilot, "g 1049>1048")
        await pilot.press("enter")
        await until(pilot, lambda: "GABUNG L-1049 ke L-1048?" in line(app, "=>"))


def test_with_and_without_it_are_the_same_and_live_knows_no_l() -> None:
    assert parse("g L-1050>l-1048", WORDS) == parse("g 1050>1048", WORDS)
    assert "L-1050" in sentence(parse("g 1050>1048", WORDS), "id", None, WORDS)
    assert "L-1050" in sentence(parse("g -L-1050", WORDS), "id", None, WORDS)
    assert "L-" not in sentence(parse("g 1050>1048", LIVE), "id", None, LIVE)


@pytest.mark.parametrize("line_", [
    "r lihat L-1002", "r L-1051: lihat L-1002", "m p07 lihat L-1002", "l 1051 slw lihat L-1002", "n slw lihat L-1002"])
def test_free_text_stays_as_it_was_typed(line_: str) -> None:
    [command] = parse(line_, WORDS)
    assert command.args["text"] == "lihat L-1002"
    assert command.args.get("incident") in (None, 1051)


def test_a_reason_stays_and_a_search_means_the_number() -> None:
    [denied] = parse("salah L-1051 !sama dengan L-1002", WORDS)
    assert (denied.args["incident"], denied.reason) == (1051, "sama dengan L-1002")
    assert parse("f L-1002", WORDS) == parse("f 1002", WORDS)


def test_only_numbers_of_incidents_are_marked() -> None:
    assert LOOK.numbered("1050 > 1051, L-1051, 0811-1051, #1051 1048", {1051, 1050}) == (
        "L-1050 > L-1051, L-1051, 0811-1051, #1051 1048")
    assert Numbers(True).listed("  1099 P1 dekat 1051, 1500 m", {1051}) == "  L-1099 P1 dekat L-1051, 1500 m"


def test_function_keys_fill_in_what_the_boards_show() -> None:
    store = Store()
    store.snapshot(board(centre=EXERCISE), NOW)
    desk = Desk(store)
    desk.select(1048)
    assert desk.remark_current().prefill == "r L-1048: "
    assert "L-1048" in desk.dispatch_current().say
    assert "L-1048" in desk.next_status().say, "several units are on it"
    assert "L-1099" in desk.echo("p 1 1099").text, "a number no board has"


async def test_the_handover_carries_it() -> None:
    start = owning().start
    night = Night(replaced(start, centre=EXERCISE))
    night.answers = [shown([1, 2])]
    async with console(night) as (app, pilot):
        await pilot.press("ctrl+o")
        await until(pilot, lambda: prompt(app) == "st ")
        assert "L-1051 P1 henti jantung" in "\n".join(lines_of(app))


def test_alarms_carry_it_once() -> None:
    odd = replaced(ALARM, kind="odd_one_out", text="1051 LAIN dari gelombang 1048: periksa")
    full = AlarmRow(id=8, level=1, kind="storage_full", text="sisa 1051 MB", at=NOW)
    store = Store()
    store.snapshot(board(centre=EXERCISE, alarms=[ALARM]), NOW)
    top = alarm_line(store, LOOK, 160, blink=True).text
    assert (top.count("L-1051"), top.count("1051")) == (1, 1)
    assert "P1 L-1051 LEWAT" in alarm_row(ALARM, "", [], LOOK)
    assert "L-1051 LAIN dari gelombang L-1048" in alarm_row(odd, "", [], LOOK)
    assert "sisa 1051 MB" in alarm_row(full, "", [], LOOK)


def test_the_log_and_its_file_carry_it() -> None:
    event = LogLine(seq=5, at=NOW, actor="rina", kind="incident.merged", incident=1052,
                    text="1052 digabung ke 1051", data={"number": 1052, "into": 1051})
    assert told(event, LOOK) == "L-1052 digabung ke L-1051"
    lines = list(Plain(EXERCISE, "id").detail(replaced(detail(1051), timeline=[event])))
    assert lines[-1].endswith("L-1052 digabung ke L-1051")
    row = event_row(event, LOOK)
    assert [row[name] for name in ("incident", "change", "text")] == ["L-1052", ">L-1051", "L-1052 digabung ke L-1051"]
    assert file_stem("audit", LOOK).startswith("kentongan-LATIHAN-audit-2026")
    assert file_stem("audit", Look(CENTRE, NOW)).startswith("kentongan-audit-2026")


async def test_line_mode_writes_it_in_rows_results_and_refusals(server: FakeServer) -> None:
    def answer(command: Command) -> Answer:
        if command.command == "merge":
            return problem(422, "not_merged", "1099 tidak sedang digabung ke 1048.")
        if command.command == "handover":
            return shown([1])
        return CommandResult(ok=True, seq=1, message="D02 -> 1060", incident=1060, data={"lines": ["1061 buangan"]})

    server.answer = answer
    typed = ("q", "d02", "f trayeman", "g l-1099>1048", "d d02 L-1060", "st", "v 1097")
    _, said = await run(server, *typed)
    text = "\n".join(said)
    for told_ in ("P1 L-1051 medis", "LOKASI, di L-1048", "incident:L-1044", "L-1099 tidak sedang digabung ke L-1048.",
                  "D02 -> L-1060", "  L-1061 buangan", "Tidak ada insiden L-1097."):
        assert told_ in text, said
    assert [line_ for line_ in said if "L-1051 P1" in line_], "the items of the handover"
    assert not numbers_without_mark(text), said


def numbers_without_mark(text: str) -> list[str]:
    return re.findall(r"(?<!L-)(?<!\d)10\d\d(?!\d)", text)


async def test_what_line_mode_announces_carries_it() -> None:
    said: list[str] = []
    mode = LineMode(cast(Client, None), board(centre=EXERCISE), said.append, interactive=True)
    raised = replaced(incidents()[2], severity="critical", version=9)
    mode.take_changes(Changes(seq=101, now=NOW, incidents=[raised], alarms=[replaced(ALARM, id=99)]))
    assert len(said) == 2
    assert all("[LATIHAN]" in news and "L-10" in news and not numbers_without_mark(news) for news in said), said
