"""Line mode as a script and as a person at a terminal use it: typed lines in, result lines out."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from console.client import Client
from console.line.terminal import Terminal
from dispatch.wire import AlarmRow, Changes, Command, CommandResult
from tests.console.fake_server import AT, TOKEN, Answer, FakeServer, incident, problem


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


async def run(server: FakeServer, *lines: str, token: str = TOKEN, lang: str = "id") -> tuple[int, list[str]]:
    """A script through a pipe: exit code and what was printed."""
    sink = io.StringIO()
    source = io.StringIO("".join(f"{line}\n" for line in lines))
    async with Client(server.url, token=token, timeout_s=1) as client:
        code = await Terminal(client, source, sink, lang=lang, interactive=False).run()
    return code, sink.getvalue().splitlines()


async def test_every_line_has_one_result_and_the_exit_code_is_the_sum(server: FakeServer) -> None:
    code, said = await run(server, "d a01 1051", "", "# komentar", "u")
    assert (code, said) == (0, ["OK dispatch", "OK undo"])
    assert [(c.command, c.args) for c in server.commands] == [
        ("dispatch", {"units": ["A01"], "incident": 1051}), ("undo", {})]
    code, said = await run(server, "krim a01", "u")
    assert code == 1
    assert said == ["GAGAL Tidak ada perintah krim. Maksud Anda KIRIM?", "OK undo"]


@pytest.mark.parametrize(("lang", "word"), [("id", "LATIHAN"), ("en", "TRAINING")])
async def test_an_exercise_never_looks_like_the_real_thing(server: FakeServer, lang: str, word: str) -> None:
    centre = msgspec.structs.replace(server.board.centre, mode="training")
    server.board = msgspec.structs.replace(server.board, centre=centre)
    _, said = await run(server, "d a01 1051", "krim a01", lang=lang)
    results = [line for line in said if not line.startswith("  ")]
    assert len(results) == 2
    assert all(f"[{word}]" in line for line in results), said
    assert results[0].startswith("OK ")


async def test_a_misspelt_verb_is_never_sent(server: FakeServer) -> None:
    await run(server, "krim a01 1051")
    assert server.commands == []


async def test_an_incident_that_was_viewed_is_the_one_meant(server: FakeServer) -> None:
    code, said = await run(server, "r api", "v 1048", "r api tembus atap; d a01", "d a01 !butuh air")
    assert code == 1
    assert said[0] == "GAGAL Tidak ada insiden yang terbuka; tulis nomornya."
    assert [(c.command, c.args) for c in server.commands] == [
        ("open", {"incident": 1048}),
        ("remark", {"text": "api tembus atap; d a01", "incident": 1048}),
        ("dispatch", {"units": ["A01"], "incident": 1048, "reason": "butuh air"}),
    ]


async def test_a_new_incident_becomes_the_current_one(server: FakeServer) -> None:
    server.answer = lambda command: CommandResult(ok=True, seq=1, message="dibuat", incident=1060)
    await run(server, "n slw kbk pasar trayeman", "p 1")
    assert server.commands[0].args == {"district": "Slawi", "type": "fire", "text": "pasar trayeman"}
    assert server.commands[1].args == {"severity": "critical", "incident": 1060}


async def test_a_sequence_stops_at_the_first_failure(server: FakeServer) -> None:
    def answer(command: Command) -> Answer:
        refused = problem(422, "no_unit", "D09 tidak dikenal")
        return refused if command.command == "arrive" else CommandResult(ok=True, seq=1, message="ok")

    server.answer = answer
    code, said = await run(server, "e a01; a d09; c a01; u", "u")
    assert code == 1
    assert said == ["OK ok", "GAGAL D09 tidak dikenal", "  (2 perintah sesudahnya tidak dijalankan)", "OK ok"]


def ask_first(command: Command) -> Answer:
    if command.command == "merge" and not command.confirmed:
        return problem(428, "needs_confirmation", "GABUNG 1050 ke 1048?")
    return CommandResult(ok=True, seq=1, message=command.command)


async def test_in_a_pipe_ya_on_the_next_line_confirms(server: FakeServer) -> None:
    server.answer = ask_first
    code, said = await run(server, "g 1050>1048", "ya", "u")
    assert code == 0
    assert said == ["TANYA GABUNG 1050 ke 1048? (mode baris: ya = jalankan, lainnya = batal)", "OK merge", "OK undo"]
    asked, confirmed, _ = server.commands
    assert (asked.confirmed, confirmed.confirmed) == (False, True)
    assert asked.idempotency_key != confirmed.idempotency_key


async def test_in_a_pipe_any_other_line_cancels_and_is_run(server: FakeServer) -> None:
    server.answer = ask_first
    code, said = await run(server, "g 1050>1048", "u", "ya")
    assert code == 1
    assert said[1:] == ["OK undo", "GAGAL tidak ada yang menunggu jawaban ya"]
    assert [c.command for c in server.commands] == ["merge", "undo"]
    code, said = await run(server, "g 1050>1048")
    assert code == 1


async def test_the_detail_is_plain_lines_with_nothing_that_steers_the_terminal(server: FakeServer) -> None:
    code, said = await run(server, "1051")
    assert code == 0
    assert said[0] == "  P1 1051 medis, Dukuhsalam, Slawi, BARU, masuk 14:31:00"
    assert any("tulung ^[[2J bapak" in line for line in said)
    assert all(line.isprintable() for line in said)
    assert said[-1].startswith("OK ")


async def test_boards_units_calls_and_search_print_rows(server: FakeServer) -> None:
    _, said = await run(server, "q", "q slw", "a01 d02", "v #7", "f trayeman", "d ?")
    rows = [line for line in said if line.startswith("  ")]
    assert [line.split()[1] for line in rows[:3]] == ["1051", "1048", "1051"]
    assert rows[3].startswith("  A01 Ambulans A01, SIAP")
    assert rows[4].startswith("  D02 Ambulans D02, LOKASI, di 1048")
    assert rows[5].startswith("  #7 0812-***-771, dering")
    assert rows[6] == "  incident:1044, KJH pencurian, crime medium closed Slawi, 2026-01-12 14:31"
    assert rows[7].startswith("  D KIRIM")
    assert server.searches == ["trayeman"]
    assert len([line for line in said if line.startswith("OK ")]) == 6


async def test_what_is_not_there_is_said(server: FakeServer) -> None:
    code, said = await run(server, "a09", "v #99", "v 1099")
    assert code == 1
    assert said == ["GAGAL tidak ada unit A09", "GAGAL tidak ada telepon 99", "GAGAL Tidak ada insiden 1099."]


async def test_why_prints_whatever_the_server_explains(server: FakeServer) -> None:
    data = {"decision": {"rules": ["med-p1"], "trace": [{"rule": "med-p1", "matched": True, "failed": ""}]}}
    server.answer = lambda command: CommandResult(ok=True, seq=1, message="1051 medis", data=data)
    _, said = await run(server, "y 1051")
    assert said == ["  rules: med-p1", "  trace: rule med-p1, matched True", "OK 1051 medis"]


async def test_a_stale_version_shows_the_newer_row(server: FakeServer) -> None:
    newer = msgspec.structs.replace(problem(409, "stale_version", "adi lebih dulu"), current=incident(1051))
    server.answer = lambda command: newer
    _, said = await run(server, "p 1 1051")
    assert said[0].startswith("GAGAL adi lebih dulu | sekarang: P1 1051 medis")


async def test_a_dead_server_fails_lines_and_a_dead_session_ends(server: FakeServer) -> None:
    server.answer = lambda command: 502
    code, said = await run(server, "u")
    assert code == 1
    assert said[0].startswith("GAGAL server tidak menjawab")
    server.answer = lambda command: problem(401, "no_session", "Sesi berakhir.")
    code, said = await run(server, "u", "u")
    assert (code, said) == (2, ["GAGAL Sesi berakhir."])


async def test_a_trial_goes_to_the_server_as_one(server: FakeServer) -> None:
    await run(server, "?d a01 1051")
    assert server.commands[0].args == {"units": ["A01"], "incident": 1051, "dry_run": True}


async def test_english_words_same_language_of_commands(server: FakeServer) -> None:
    code, said = await run(server, "krim", "v 1048", lang="en")
    assert code == 1
    assert said[0] == "FAILED There is no command krim. Did you mean KIRIM?"
    assert "fire, Pesayangan, Talang" in said[1]


class Keyboard:
    """Standard input of a person: a line comes when it is typed."""

    def __init__(self) -> None:
        self._lines = asyncio.Queue[str]()
        self._loop = asyncio.get_running_loop()

    def type(self, line: str) -> None:
        self._lines.put_nowait(line)

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        return asyncio.run_coroutine_threadsafe(self._lines.get(), self._loop).result(timeout=10)


@pytest.fixture
async def terminal(server: FakeServer) -> AsyncIterator[tuple[Keyboard, io.StringIO, asyncio.Task[int]]]:
    keyboard, sink = Keyboard(), io.StringIO()
    async with Client(server.url, token=TOKEN) as client:
        made = Terminal(client, keyboard, sink, lang="id", interactive=True)  # type: ignore[arg-type]
        task = asyncio.create_task(made.run())
        yield keyboard, sink, task
        keyboard.type("keluar\n")
        async with asyncio.timeout(5):
            await task


async def _until(sink: io.StringIO, words: str) -> str:
    async with asyncio.timeout(5):
        while words not in sink.getvalue():
            await asyncio.sleep(0.005)
    return sink.getvalue()


async def test_a_person_hears_of_a_new_p1_once_and_of_nothing_else(
    server: FakeServer, terminal: tuple[Keyboard, io.StringIO, asyncio.Task[int]]
) -> None:
    _, sink, _ = terminal
    await _until(sink, "PERINTAH> ")
    while not server.feeds:
        await asyncio.sleep(0.005)
    alarm = AlarmRow(id=3, level=1, kind="clock_breached", text="1052 lewat\x1b[31m", at=AT)
    later = incident(1052, updated_at=AT + timedelta(seconds=1), version=2)
    server.send(Changes(seq=11, now=AT, incidents=[incident(1052), incident(1053, severity="low")]))
    server.send(Changes(seq=12, now=AT, incidents=[later, incident(1048, severity="critical")], alarms=[alarm]))
    server.send(Changes(seq=13, now=AT, alarms=[alarm], incidents=[incident(1060)]))
    said = await _until(sink, "1060")
    news = [line for line in said.splitlines() if line.startswith("!!")]
    assert [line.split(":")[0] for line in news] == ["!! P1 BARU", "!! NAIK KE P1", "!! ALARM", "!! P1 BARU"]
    assert "1052 lewat^[[31m" in said
    assert said.endswith("\nPERINTAH> ")


async def test_a_person_says_no(server: FakeServer, terminal: tuple[Keyboard, io.StringIO, asyncio.Task[int]]) -> None:
    server.answer = ask_first
    keyboard, sink, _ = terminal
    keyboard.type("g 1050>1048\n")
    await _until(sink, "TANYA")
    keyboard.type("t\n")
    await _until(sink, "GAGAL dibatalkan: GABUNG 1050 ke 1048?")
    assert [c.command for c in server.commands] == ["merge"]


async def test_a_person_is_told_when_the_server_goes_and_comes_back(
    server: FakeServer, terminal: tuple[Keyboard, io.StringIO, asyncio.Task[int]]
) -> None:
    _, sink, _ = terminal
    while not server.feeds:
        await asyncio.sleep(0.005)
    await server.stop()
    await _until(sink, "!! PUTUS dari server")
    await server.start()
    await _until(sink, "Tersambung kembali.")
