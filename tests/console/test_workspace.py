"""The operator's screen under the keys an operator presses, at both sizes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.app import ConsoleApp
from console.client import Rejected, ServerAway
from console.draft import Draft, draft_path
from console.live import Live
from console.sound import Sound
from console.view.head import Seat
from console.widgets.prompt import Prompt
from dispatch.texts import text
from dispatch.wire import AlarmRow, Changes, CommandResult, PlaceRow, ProblemDetails
from tests.console.night import NOW, Night, ago, board, detail, incident, replaced

SIZES = [(120, 36), (80, 24)]
RINA = Seat("rina", "dispatcher", "3")


def lines_of(app: ConsoleApp) -> list[str]:
    """The screen as the operator reads it."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


def line(app: ConsoleApp, start: str) -> str:
    found = [text for text in lines_of(app) if text.startswith(start)]
    assert found, (start, lines_of(app))
    return found[0]


def prompt(app: ConsoleApp) -> str:
    return app.workspace.prompt.value


def kept_line(folder: Path, seat: Seat = RINA) -> str:
    """The unfinished command on disk."""
    return Draft(draft_path(folder, seat)).load().line


async def until(pilot: Pilot[int], holds: Callable[[], Any]) -> None:
    """Wait for a condition, not for a time."""
    for _ in range(200):
        await pilot.pause()
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("\n".join(lines_of(pilot.app)))  # type: ignore[arg-type]


async def type_text(pilot: Pilot[int], text: str) -> None:
    """The last letter by key, the rest at once: what matters is what stands on the line."""
    line = pilot.app.screen.query_one(Prompt)
    line.put(line.value + text[:-1])
    await pilot.press("space" if text[-1] == " " else text[-1])


def idle_night() -> Night:
    """Nobody is talking at this seat; three calls ring."""
    return Night(board(calls=board().calls[1:]))


@asynccontextmanager
async def console(
    night: Night, size: tuple[int, int] = (120, 36), *, lang: str = "id", draft: Path | None = None,
    sound: Sound | None = None,
) -> AsyncIterator[tuple[ConsoleApp, Pilot[int]]]:
    app = ConsoleApp(
        night,
        seat=Seat("rina", "dispatcher", "3"),
        lang=lang,
        clock=lambda: NOW,
        calm=True,
        draft=draft,
        sound=sound,
        live=Live(night, silence_s=3600, backoff_s=(0.05, 0.1)),
    )
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.store.ready and app.desk.current in app.desk.details)
        yield app, pilot


# -- the line plan ------------------------------------------------------------------------------------


async def test_line_plan_at_120_by_36() -> None:
    async with console(Night()) as (app, _pilot):
        shown = lines_of(app)
        assert shown[0].startswith("112 KAB TEGAL [LIVE] Sen 12 Jan 14:32:07 | Meja 3 rina/D | TELP dering 2 antre 1")
        assert shown[1].startswith("!! 1051 P1 HENTI JANTUNG belum dikirim")
        assert shown[2].startswith("--- MENUNGGU 4")
        assert "--- UNIT siap 9/20" in shown[2]
        assert shown[4].startswith(">[1] 1051 MED henti jantung Ds Dukuhsalam RT2/1")
        assert shown[10].startswith("--- AKTIF 7")
        assert shown[19].startswith("--- 1051 P1 MED henti jantung")
        assert shown[25].startswith("--- KRONOLOGI 1051")
        assert set(shown[31].strip()) == {"-"}
        assert shown[33].startswith("=> ")
        assert shown[34].startswith("PERINTAH>")
        assert shown[35].startswith("F1 Bantu")
        assert app.focused is app.workspace.prompt


async def test_line_plan_at_80_by_24() -> None:
    async with console(Night(), (80, 24)) as (app, _pilot):
        shown = lines_of(app)
        assert shown[0].startswith("112 TEGAL LIVE 14:32:07|M3 rina/D|telp 2+1 00:09|AL 1! 1~|MNG 4 AKT 7 SIAP 9/20")
        assert shown[2].startswith("--- MENUNGGU 4")
        assert shown[3].startswith(">[1] 1051")
        assert shown[7].startswith("--- AKTIF 7 (1-5)")
        assert shown[13].startswith("--- UNIT . siap")
        assert shown[14].startswith("A01.SLW  A02>1047")
        assert shown[16].startswith("--- 1051 P1 MED henti jantung")
        assert shown[17].startswith("Usulan: A01 3.1 km 6m")
        assert shown[21].startswith("=> ")
        assert shown[22].startswith("> ")
        assert shown[23].startswith("F1 Bantu")


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 36), (120, 25), (200, 60)])
async def test_every_size_keeps_the_fixed_lines_in_place(size: tuple[int, int]) -> None:
    async with console(Night(), size) as (app, _pilot):
        shown = lines_of(app)
        assert len(shown) == size[1]
        assert shown[0].startswith("112 ")
        assert shown[-3].startswith("=> ")
        assert ">" in shown[-2]
        assert shown[-1].startswith("F1 ")


async def test_training_can_never_look_like_live() -> None:
    centre = replaced(board().centre, mode="training", drivers={"sms": "simulator"})
    async with console(Night(board(centre=centre))) as (app, _pilot):
        shown = lines_of(app)
        assert "[LATIHAN][SIM]" in shown[0]
        assert "[LIVE]" not in shown[0]
        assert shown[2].startswith("=== MENUNGGU")
        assert "L-1051" in shown[4]
        assert not any(text.startswith("---") for text in shown)


# -- selecting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_the_selection_stays_with_its_incident_when_rows_come_and_go(size: tuple[int, int]) -> None:
    night = Night()
    async with console(night, size) as (app, pilot):
        await pilot.press("down", "down")
        assert app.desk.current == 1049
        new = incident(1060, "fire", "building", "critical", "TLG", ago(0, 1), desa="Baru")
        gone = replaced(night.rows[1051], status="closed", version=9)
        night.push(Changes(seq=101, now=NOW, incidents=[new, gone]))
        await until(pilot, lambda: 1060 in app.store.incidents and not app.feed.dirty)
        assert app.desk.current == 1049
        assert line(app, ">").startswith(">(2) 1049")


async def test_no_row_moves_under_the_hand_and_the_order_settles_afterwards() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await pilot.press("down", "x")
        before = lines_of(app)[4:8]
        night.push(Changes(seq=101, now=NOW, incidents=[incident(1060, "fire", "", "critical", "TLG", ago(30))]))
        await until(pilot, lambda: any("1060" in text for text in lines_of(app)))
        assert lines_of(app)[4:8] == before
        assert "1060" in lines_of(app)[8]
        app.workspace._touched = None
        await pilot.press("escape")
        app.workspace._touched = None
        app.workspace.refresh_all()
        await until(pilot, lambda: "1060" in lines_of(app)[4])
        assert app.desk.current == 1052


async def test_an_incident_that_leaves_takes_the_selection_with_it() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        night.push(Changes(seq=101, now=NOW, incidents=[replaced(night.rows[1051], status="closed", version=9)]))
        await until(pilot, lambda: app.desk.current is None)
        await type_text(pilot, "p 1")
        assert "1052" not in line(app, "=>")


async def test_f3_goes_to_the_other_board_and_back() -> None:
    async with console(Night()) as (app, pilot):
        await pilot.press("f3")
        assert app.desk.current == 1048
        await pilot.press("f3")
        assert app.desk.current == 1051


async def test_a_click_selects() -> None:
    async with console(Night()) as (app, pilot):
        await pilot.click("#active", offset=(10, 1))
        assert app.desk.current == 1047


# -- keys ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_f5_then_enter_sends_what_was_recommended(size: tuple[int, int]) -> None:
    night = Night()
    async with console(night, size) as (app, pilot):
        await pilot.press("f5")
        assert prompt(app) == "d a01 p12 1051"
        await pilot.press("enter")
        await until(pilot, lambda: night.sent)
        sent = night.sent[0]
        assert (sent.command, sent.args["units"], sent.args["incident"]) == ("dispatch", ["A01", "P12"], 1051)
        assert sent.expected_version == 3
        assert sent.idempotency_key
        await until(pilot, lambda: any(text.startswith("OK  14:32:07 A02") for text in lines_of(app)))
        assert "urungkan: U, 52 dtk" in line(app, "OK")
        assert prompt(app) == ""


async def test_f5_names_a_desk_as_the_board_does_not_by_its_code() -> None:
    night = Night()
    desk_only = [{"unit": None, "agency": "waste", "why": "no_free_unit"}]
    night.details[1051] = replaced(detail(1051), recommendation=desk_only)
    async with console(night) as (app, pilot):
        await pilot.press("f5")
        await until(pilot, lambda: prompt(app) == "d dlh 1051")
        assert "KIRIM DLH ke 1051" in line(app, "=>")
        await pilot.press("enter")
        await until(pilot, lambda: night.sent)
        assert night.sent[0].args["agency"] == ["waste"]


async def test_f5_before_the_advice_has_arrived_fills_the_line_when_it_has() -> None:
    night = Night()
    night.details[1052] = replaced(detail(1051), incident=night.rows[1052])
    async with console(night) as (app, pilot):
        app.desk.details.pop(1052, None)
        await pilot.press("down", "f5")
        await until(pilot, lambda: prompt(app) == "d a01 p12 1052")
        await until(pilot, lambda: not any("memuat rincian" in shown for shown in lines_of(app)))


async def test_f6_moves_the_only_unit_and_asks_when_there_are_several() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "1041")
        await pilot.press("enter", "f6")
        await until(pilot, lambda: len(night.sent) == 2)
        assert (night.sent[1].command, night.sent[1].args) == ("arrive", {"units": ["D07"]})
        await type_text(pilot, "1048")
        await pilot.press("enter")
        await until(pilot, lambda: app.desk.current == 1048)
        await pilot.press("f6")
        assert prompt(app) == "c "
        assert "D02 D05 A04" in line(app, "TUNGGU")
        assert len(night.sent) == 3


async def test_f4_selects_a_unit_and_f6_moves_that_one() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await pilot.press("f4", "down", "f6")
        await until(pilot, lambda: night.sent)
        assert (night.sent[0].command, night.sent[0].args) == ("arrive", {"units": ["A02"]})
        await pilot.press("f4")
        assert lines_of(app)[2].startswith("--- MENUNGGU")


async def test_f2_answers_the_call_that_waits_longest() -> None:
    night = idle_night()
    async with console(night) as (_app, pilot):
        await pilot.press("f2")
        await until(pilot, lambda: night.sent)
        assert (night.sent[0].command, night.sent[0].args) == ("answer", {"call": 214})


async def test_f7_remarks_on_the_incident_on_screen() -> None:
    night = Night()
    async with console(night) as (_app, pilot):
        await pilot.press("f7")
        await type_text(pilot, "api tembus atap")
        await pilot.press("enter")
        await until(pilot, lambda: night.sent)
        assert night.sent[0].args == {"incident": 1051, "text": "api tembus atap"}


@pytest.mark.parametrize(("key", "threat"), [("ctrl+y", True), ("ctrl+n", False)])
async def test_one_key_answers_an_unsure_threat_and_no_other_doubt(key: str, threat: bool) -> None:
    asked = [
        incident(1051, "medical", "", "critical", "SLW", ago(0, 40), life_threat=True, unsure=True),
        incident(1052, "road_damage", "", "low", "SLW", ago(0, 20), unsure=True),
    ]
    night = Night(board(incidents=asked))
    async with console(night) as (app, pilot):
        app.choosing.select(1052)
        await pilot.press(key)
        assert night.sent == []
        app.choosing.select(1051)
        await pilot.press(key)
        await until(pilot, lambda: night.sent)
        assert (night.sent[0].command, night.sent[0].args) == ("confirm", {"incident": 1051, "life_threat": threat})


async def test_f8_shows_and_acknowledges_the_top_alarm() -> None:
    night = Night(board(alarms=[AlarmRow(id=5, level=2, kind="k", text="D07 belum tiba", at=NOW, incident=1041)]))
    async with console(night) as (app, pilot):
        await pilot.press("f8")
        await until(pilot, lambda: night.sent)
        assert (night.sent[0].command, night.sent[0].args) == ("acknowledge", {"alarm": 5})
        assert app.desk.current == 1041


async def test_f9_and_a_digit_dispose_of_the_call_in_two_keys() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await pilot.press("f9")
        assert "1 ghost 2 prank" in line(app, "=>")
        await pilot.press("2")
        await until(pilot, lambda: night.sent)
        assert (night.sent[0].command, night.sent[0].args) == ("dispose", {"code": 2, "call": 213})
        await pilot.press("2")
        assert prompt(app) == "2"


async def test_f9_and_zero_ask_the_silent_caller() -> None:
    night = Night()
    async with console(night) as (_, pilot):
        await pilot.press("f9", "0")
        await until(pilot, lambda: night.sent)
        assert (night.sent[0].command, night.sent[0].args) == ("probe", {"call": 213})


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "web"])
async def test_f9_and_a_digit_dispose_of_a_message_too(channel: str) -> None:
    row = incident(1060, "other_service", "", "low", "SLW", ago(1), channel=channel)
    night = Night(board(incidents=[row], calls=[]))
    async with console(night) as (app, pilot):
        app.desk.select(row.number)
        await pilot.press("f9", "2")
        await until(pilot, lambda: night.sent)
        assert (night.sent[-1].command, night.sent[-1].args) == ("dispose", {"code": 2, "incident": row.number})


async def test_an_answer_may_name_the_next_line() -> None:
    night = Night()
    shown = {"lines": ["Tinjau: 1 dari 4", "1051 iseng"], "next": "tinjau 1051 "}
    night.answers.append(CommandResult(ok=True, seq=101, message="Tinjau: 1 dari 4", data=shown))
    async with console(night) as (app, pilot):
        await type_text(pilot, "tinjau")
        await pilot.press("enter")
        await until(pilot, lambda: prompt(app) == "tinjau 1051 ")
        await type_text(pilot, "m")
        await pilot.press("enter")
        await until(pilot, lambda: len(night.sent) == 2)
        assert night.sent[-1].args == {"incident": 1051, "verdict": "miss"}


async def test_esc_takes_f9_back() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await pilot.press("f9", "escape", "2")
        assert (prompt(app), night.sent) == ("2", [])


@pytest.mark.parametrize(("keys", "title"), [
    (["f1"], "--- BANTUAN"), (["question_mark", "enter"], "--- BANTUAN"), (["f10"], "--- PETA KECAMATAN"),
])
async def test_pages_cover_the_boards_and_esc_brings_them_back(keys: list[str], title: str) -> None:
    async with console(Night(), (80, 24)) as (app, pilot):
        await pilot.press(*keys)
        await until(pilot, lambda: lines_of(app)[2].startswith(title))
        await pilot.press("escape")
        await until(pilot, lambda: lines_of(app)[2].startswith("--- MENUNGGU"))


async def test_enter_on_the_empty_line_opens_and_stops_the_answer_clock() -> None:
    night = Night()
    async with console(night) as (_app, pilot):
        await pilot.press("down", "enter")
        await until(pilot, lambda: night.sent)
        assert (night.sent[0].command, night.sent[0].args) == ("open", {"incident": 1052})


# -- the command line ---------------------------------------------------------------------------------


async def test_the_echo_follows_what_others_change_while_a_line_is_typed() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "r 1051: api")
        assert "1051 P1" in line(app, "=>")
        night.push(Changes(seq=101, now=NOW, incidents=[replaced(night.rows[1051], severity="medium", version=9)]))
        await until(pilot, lambda: "1051 P3" in line(app, "=>"))
        assert prompt(app) == "r 1051: api"


async def test_ctrl_r_brings_back_what_was_run_by_a_part_of_it() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        for typed in ("r 1051: api", "e a02", "r 1048: asap"):
            await type_text(pilot, typed)
            await pilot.press("enter")
            await until(pilot, lambda: prompt(app) == "")
        await pilot.press("ctrl+r")
        assert prompt(app) == "r 1048: asap"
        await pilot.press("ctrl+r", "escape")
        await type_text(pilot, "r 10")
        await pilot.press("ctrl+r", "ctrl+r")
        assert prompt(app) == "r 1051: api"
        await pilot.press("ctrl+r")
        assert prompt(app) == "r 1051: api", "there is no older one"
        assert "1051" in line(app, "=>")


async def test_a_question_mark_in_front_tries_and_is_never_lost() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await pilot.press("question_mark", *"d", "space", *"a01")
        assert prompt(app) == "?d a01"
        assert line(app, "=>").startswith("=> COBA")
        await pilot.press("enter")
        await until(pilot, lambda: night.sent)
        assert night.sent[0].args["dry_run"] is True


@pytest.mark.parametrize("size", SIZES)
async def test_the_echo_says_what_enter_would_do(size: tuple[int, int]) -> None:
    night = Night()
    async with console(night, size) as (app, pilot):
        await type_text(pilot, "d a01 p12")
        assert "A01 dan P12 ke 1051" in line(app, "=>")
        await type_text(pilot, " 1049")
        assert "1049" in line(app, "=>")
        assert night.sent == []


@pytest.mark.parametrize(("typed", "said"), [
    ("d a99 1051", "Tidak ada unit A99."), ("e a10", "Tidak ada unit A10. Maksud Anda A01?"),
    ("v 9051", "Tidak ada insiden 9051 di papan; yang terbaru 1052. Maksud Anda 1051?"),
    ("k abc", "abc bukan kode penutupan."), ("j kbx", "Maksud Anda KBK?"),
    ("v 1001", "1001 (tidak di papan)"), ("n slx pasar", "(SLX kata biasa; kode SLW?)"),
])
async def test_the_echo_names_what_the_board_does_not_have_before_enter(typed: str, said: str) -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, typed)
        assert said in line(app, "=>")
        assert (prompt(app), night.sent) == (typed, []), "nothing is corrected by itself"


async def test_a_misspelt_command_is_explained_and_never_run() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "kirm a01")
        await pilot.press("enter")
        assert line(app, "GAGAL").count("KIRIM")
        assert (prompt(app), night.sent) == ("kirm a01", [])


async def test_several_commands_run_in_order_and_stop_at_the_first_failure() -> None:
    night = Night()
    night.answers = [None, Rejected(ProblemDetails(status=422, detail="tidak bisa"))]
    async with console(night) as (app, pilot):
        await type_text(pilot, "e a01; a a02; c a03")
        await pilot.press("enter")
        await until(
            pilot, lambda: any(text.startswith("GAGAL tidak bisa") or "tidak bisa" in text for text in lines_of(app))
        )
        assert [command.command for command in night.sent] == ["enroute", "arrive"]


@pytest.mark.parametrize(("typed", "what"), [("p 2", "Masih perlu?"), ("u", "Perintah Anda tidak bisa diurungkan")])
async def test_who_was_first_and_the_newer_value_are_shown(typed: str, what: str) -> None:
    night = Night()
    newer = replaced(night.rows[1051], version=4, last_actor="adi", severity="high")
    night.answers = [Rejected(ProblemDetails(status=409, code="stale_version", current=newer))]
    async with console(night) as (app, pilot):
        await type_text(pilot, typed)
        await pilot.press("enter")
        await until(pilot, lambda: any(text.startswith("GAGAL") for text in lines_of(app)))
        assert f"adi lebih dulu: 1051 kini P2 DIPILAH MED. {what}" in line(app, "GAGAL")
        assert app.store.incidents[1051].severity == "high"
        assert prompt(app) == typed


@pytest.mark.parametrize(("actor", "claimed"), [("adi", 3), ("system", 4), ("rina", 4)])
async def test_what_a_colleague_changed_while_it_was_typed_is_not_overwritten_unseen(actor: str, claimed: int) -> None:
    """Only a colleague's decision counts: a delivery report is none, and what one did oneself is known."""
    night = Night()
    night.start = replaced(night.start, incidents=[replaced(row, version=3) for row in night.start.incidents])
    async with console(night) as (app, pilot):
        await type_text(pilot, "p 2")
        night.push(Changes(seq=101, now=NOW, incidents=[replaced(night.rows[1051], version=4, last_actor=actor)]))
        await until(pilot, lambda: app.store.incidents[1051].version == 4)
        await pilot.press("enter")
        await until(pilot, lambda: night.sent)
        assert night.sent[0].expected_version == claimed


async def test_the_next_line_is_typed_over_what_stands_there_now() -> None:
    night = Night()
    newer = replaced(night.rows[1051], version=9, last_actor="adi")
    night.answers = [Rejected(ProblemDetails(status=409, code="stale_version", current=newer))]
    async with console(night) as (app, pilot):
        await type_text(pilot, "p 2")
        await pilot.press("enter")
        await until(pilot, lambda: any(text.startswith("GAGAL") for text in lines_of(app)))
        await pilot.press("enter")
        await until(pilot, lambda: len(night.sent) == 2)
        assert night.sent[1].expected_version == 9


async def test_a_second_enter_confirms_and_only_that() -> None:
    night = Night()
    night.answers = [Rejected(ProblemDetails(status=428, code="needs_confirmation", detail="Gabung 1050 ke 1048?"))]
    async with console(night) as (app, pilot):
        await type_text(pilot, "g 1049>1048")
        await pilot.press("enter")
        await until(pilot, lambda: "Gabung 1050 ke 1048?" in line(app, "=>"))
        assert "belum dijalankan: g 1049>1048" in line(app, "TUNGGU"), "a question is no failure"
        await pilot.press("enter")
        await until(pilot, lambda: len(night.sent) == 2)
        assert [command.confirmed for command in night.sent] == [False, True]


async def test_changing_the_line_takes_the_confirmation_back() -> None:
    night = Night()
    night.answers = [Rejected(ProblemDetails(status=428, detail="Yakin?"))]
    async with console(night) as (app, pilot):
        await type_text(pilot, "g 1049>1048")
        await pilot.press("enter")
        await until(pilot, lambda: "Yakin?" in line(app, "=>"))
        await pilot.press("backspace", "8", "enter")
        await until(pilot, lambda: len(night.sent) == 2)
        assert not night.sent[1].confirmed


async def test_a_missing_reason_is_asked_for() -> None:
    night = Night()
    said = text("error.reason_to_lower", "id")
    night.answers = [Rejected(ProblemDetails(status=422, code="reason_to_lower", detail=said))]
    async with console(night) as (app, pilot):
        await type_text(pilot, "p 4")
        await pilot.press("enter")
        await until(pilot, lambda: any(f"GAGAL  {said}" in shown for shown in lines_of(app)))
        assert prompt(app) == "p 4"


async def test_history_with_arrows_when_the_line_is_not_empty() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        for text in ("e a01", "e a03"):
            await type_text(pilot, text)
            await pilot.press("enter")
        await type_text(pilot, "x")
        await pilot.press("up")
        assert prompt(app) == "e a03"
        await pilot.press("up")
        assert prompt(app) == "e a01"
        await pilot.press("down", "down")
        assert prompt(app) == "x"


async def test_a_filter_hides_rows_and_says_so() -> None:
    async with console(Night()) as (app, pilot):
        await type_text(pilot, "q p1")
        await pilot.press("enter")
        await until(pilot, lambda: "[Q p1: 2]" in lines_of(app)[2])
        assert not any("1049" in text for text in lines_of(app)[3:10])
        await type_text(pilot, "q")
        await pilot.press("enter")
        await until(pilot, lambda: any("1049" in text for text in lines_of(app)[3:10]))


async def test_search_and_why_answer_on_a_page() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "f trayeman")
        await pilot.press("enter")
        await until(pilot, lambda: any("[/] trayeman" in text for text in lines_of(app)))
        decision = {"rules": ["medis"], "version": "1", "trace": [["medical", "medis", True, ""]], "reasons": []}
        night.answers = [CommandResult(ok=True, seq=1, message="", data={"decision": decision})]
        await type_text(pilot, "y")
        await pilot.press("enter")
        await until(pilot, lambda: any("MED: aturan medis cocok" in text for text in lines_of(app)))


async def test_language_switches_every_label() -> None:
    async with console(Night()) as (app, pilot):
        await pilot.press("ctrl+t")
        await until(pilot, lambda: lines_of(app)[2].startswith("--- PENDING 4"))
        assert lines_of(app)[-1].startswith("F1 Help")
        await type_text(pilot, "bahasa")
        await pilot.press("enter")
        await until(pilot, lambda: lines_of(app)[2].startswith("--- MENUNGGU 4"))


async def test_signing_off_with_a_p1_waiting_asks_twice() -> None:
    async with console(Night()) as (app, pilot):
        await pilot.press("ctrl+q")
        assert "2 di antaranya P1" in line(app, "=>")
        assert app.is_running
        await pilot.press("ctrl+q")
        assert app.return_code == 0


# -- a server that goes -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_typed_text_survives_the_servers_death_and_return(size: tuple[int, int]) -> None:
    night = Night()
    async with console(night, size) as (app, pilot):
        await type_text(pilot, "d a01")
        night.away = True
        night.push(ServerAway("gone"))
        await until(pilot, lambda: "PUTUS" in lines_of(app)[0])
        assert prompt(app) == "d a01"
        await type_text(pilot, " p12")
        assert "A01 dan P12" in line(app, "=>")
        night.away = False
        await until(pilot, lambda: "LIVE" in lines_of(app)[0])
        assert prompt(app) == "d a01 p12"


async def test_a_command_without_an_answer_comes_back_and_is_repeated_under_the_same_key() -> None:
    night = Night()
    night.answers = [ServerAway("gone")]
    async with console(night) as (app, pilot):
        await type_text(pilot, "e a02")
        await pilot.press("enter")
        await until(pilot, lambda: any(text.startswith("GAGAL") for text in lines_of(app)))
        assert prompt(app) == "e a02"
        await pilot.press("enter")
        await until(pilot, lambda: len(night.sent) == 2)
        assert night.sent[0].idempotency_key == night.sent[1].idempotency_key


async def test_a_draft_survives_a_crash_with_the_incident_it_is_about(tmp_path: Path) -> None:
    folder = tmp_path / "seat" / "drafts"
    async with console(Night(), draft=folder) as (app, pilot):
        await pilot.press("down")
        await type_text(pilot, "r api")
        await until(pilot, lambda: kept_line(folder) == "r api")
    assert folder.stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    async with console(Night(), draft=folder) as (app, pilot):
        await until(pilot, lambda: prompt(app) == "r api")
        assert "CATAT di 1052 " in line(app, "=>")
        assert "dipulihkan" in line(app, "OK")


async def test_a_draft_about_an_incident_that_is_gone_is_about_no_other(tmp_path: Path) -> None:
    (tmp_path / "3@rina.json").write_text('{"line":"r api","forms":[],"on":1999}', "utf-8")
    app = ConsoleApp(Night(), seat=RINA, clock=lambda: NOW, calm=True, draft=tmp_path, live=Live(Night()))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.store.ready and prompt(app) == "r api")
        app.feed.dirty.add("all")
        app.feed.read()
        await until(pilot, lambda: not app.feed.dirty)
        assert app.desk.current is None
        assert "CATAT di" not in line(app, "=>")


async def test_a_draft_follows_its_user_to_the_seat_of_a_new_log_on_and_nobody_elses(tmp_path: Path) -> None:
    for name, typed in (("1@rina", "r 1051: api"), ("3@rinal", "k sls"), ("3@adi", "k sls")):
        (tmp_path / f"{name}.json").write_text(f'{{"line":"{typed}","forms":[]}}', "utf-8")
    async with console(Night(), draft=tmp_path) as (app, pilot):
        await until(pilot, lambda: prompt(app) == "r 1051: api")
    assert not (tmp_path / "1@rina.json").exists()
    assert (tmp_path / "3@rinal.json").exists()
    assert (tmp_path / "3@adi.json").exists()


async def test_before_the_first_snapshot_nothing_is_called_empty_or_quiet() -> None:
    night = Night()
    night.away = True
    app = ConsoleApp(night, clock=lambda: NOW, calm=True, live=Live(night, backoff_s=(0.05, 0.1)))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "PUTUS" in lines_of(app)[0])
        text = "\n".join(lines_of(app))
        assert "MENUNGGU ?" in text
        assert "Tidak ada" not in text.partition("Tidak ada insiden dipilih")[0]
        assert "Menghubungi server" in lines_of(app)[1]
        night.start = board(incidents=[])
        night.away = False
        await until(pilot, lambda: "Tidak ada yang menunggu." in lines_of(app)[4])
        await until(pilot, lambda: "Tidak ada insiden aktif." in lines_of(app)[12])


async def test_stale_data_is_said_after_three_seconds() -> None:
    from datetime import timedelta

    moment = [NOW]
    night = Night()
    app = ConsoleApp(night, clock=lambda: moment[0], calm=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "[LIVE]" in lines_of(app)[0])
        moment[0] = NOW + timedelta(seconds=7)
        await until(pilot, lambda: "[DATA LAMA 00:07]" in lines_of(app)[0])


async def test_a_text_page_is_folded_anew_for_another_width_and_drawn_in_other_colours() -> None:
    async with console(Night(), (160, 50)) as (app, pilot):
        await pilot.press("f1")
        wide = [text.strip() for text in lines_of(app)[3:20]]
        await pilot.resize_terminal(80, 24)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: all(row.width <= 80 for row in app.workspace.covers.page.lines))
        shown = " ".join(" ".join(row.text for row in app.workspace.covers.page.lines).split())
        assert all(" ".join(text.split()) in shown for text in wide if text)
        before = app.workspace.covers.page.lines[0].segments
        await type_text(pilot, "tema")
        await pilot.press("enter")
        await until(pilot, lambda: app.workspace.covers.page.lines[0].segments != before)


# -- strange text -------------------------------------------------------------------------------------

HOSTILE = [
    "[/]",
    "[@click=app.quit]x[/]",
    "[bold]b[/bold]",
    "\x1b[2J\x1b]0;t\x07",
    "\u202egnirts",
    "a\r\nb",
    "{0}{x}",
    "%s",
    "[",
    "[/red",
    "$text",
    "\\[x]",
    "\x00",
    "👩‍🚒 ​x",
]


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_text_everywhere_is_shown_and_never_obeyed(size: tuple[int, int]) -> None:
    rows = [
        incident(
            1100 + i,
            "[/]",
            text,
            "critical",
            "SLW",
            ago(i),
            summary=text,
            channel=text,
            caller=text,
            seen_by=text,
            place=PlaceRow(desa=text, landmark=text, kecamatan=text, text=text, ambiguous=True),
            agencies=[text],
        )
        for i, text in enumerate(HOSTILE)
    ]
    base = board()
    centre = replaced(base.centre, name=HOSTILE[1], degraded=list(HOSTILE))
    units = [replaced(base.units[i], note=text, name=text, base=text) for i, text in enumerate(HOSTILE)]
    calls = [replaced(base.calls[1], id=300 + i, caller=text) for i, text in enumerate(HOSTILE)]
    alarms = [
        AlarmRow(id=i, level=1, kind=text, text=text, at=NOW, incident=1100 + i) for i, text in enumerate(HOSTILE)
    ]
    night = Night(board(centre=centre, incidents=rows, units=units, calls=calls, alarms=alarms))
    for row in rows:
        told = detail(row.number, rows)
        night.details[row.number] = replaced(told, reports=[replaced(told.reports[0], text=row.summary)])
    async with console(night, size) as (app, pilot):
        night.answers = [CommandResult(ok=True, seq=1, message=text, data={"lines": HOSTILE}) for text in HOSTILE]
        for key in ("f4", "f4", *["down", "f8"] * len(HOSTILE), "escape"):
            await pilot.press(key)
            for shown in lines_of(app):
                assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066" for char in shown)
        assert app.is_running
        assert any("[@click=app" in text for text in lines_of(app))


# -- few keys -----------------------------------------------------------------------------------------

BUDGET = [
    ("f9 1", 2, "dispose"),
    ("f2", 1, "answer"),
    ("f5 enter", 2, "dispatch"),
    ("d space a 0 3 enter", 6, "dispatch"),
    ("e space a 0 2 enter", 6, "enroute"),
    ("p space 1 enter", 4, "priority"),
    ("f8", 1, "acknowledge"),
    ("1 0 4 9 enter", 5, "open"),
    ("k space s l s enter", 6, "close"),
]


@pytest.mark.parametrize(("keys", "limit", "command"), BUDGET, ids=[row[2] + row[0][:2] for row in BUDGET])
async def test_frequent_tasks_stay_within_their_keys(keys: str, limit: int, command: str) -> None:
    night = idle_night() if command == "answer" else Night()
    async with console(night) as (_, pilot):
        pressed = keys.split()
        assert len(pressed) <= limit
        await pilot.press(*pressed)
        await until(pilot, lambda: night.sent)
        assert night.sent[0].command == command


async def test_no_colour_keeps_every_cue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(Night()) as (app, pilot):
        assert app.no_color
        assert app.desk.palette.late.bold, "what presses does not turn into a paler grey"
        assert app.desk.palette.late.color == app.desk.palette.strong.color
        shown = lines_of(app)
        assert shown[4].startswith(">[1] 1051")
        assert "00:48~" in shown[4]
        assert any("JALAN!" in text for text in shown)
        await pilot.press("down")
        assert lines_of(app)[5].startswith(">[1]?1052")


@pytest.mark.parametrize("size", [(80, 23), (80, 17), (80, 12), (40, 10), (30, 9), (20, 6)])
async def test_the_command_line_never_leaves_the_screen(size: tuple[int, int]) -> None:
    async with console(Night(), size) as (app, pilot):
        await type_text(pilot, "d a01")
        lines = lines_of(app)
        assert len(lines) == size[1]
        assert any(text.startswith("> d a01") for text in lines)
        assert any(text.startswith("=> KIRIM") for text in lines)
