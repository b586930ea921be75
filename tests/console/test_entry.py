"""The call entry form under an operator's keys: it opens by itself, saves by itself and loses nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.app import ConsoleApp
from console.client import Rejected, ServerAway
from console.draft import Draft, Kept, draft_path
from console.entry.form import FIELDS, MAIN
from console.view.head import Seat
from dispatch.texts import text
from dispatch.wire import (
    Changes,
    Command,
    CommandResult,
    DuplicateRow,
    LogLine,
    PlaceRow,
    ProblemDetails,
    SceneRow,
)
from tests.console.night import NOW, Night, board, detail, replaced
from tests.console.test_workspace import RINA, SIZES, console, idle_night, line, lines_of, prompt, type_text, until

CALL = 214


class Desk112(Night):
    """Like the server: an answered call brings its incident, ``new`` makes or fills one."""

    def __init__(self) -> None:
        super().__init__(board(calls=board().calls[1:]))
        self.next = 1061

    def _number(self, command: Command) -> int | None:
        args: Any = command.args
        if command.command not in ("answer", "new"):
            return None
        number = args.get("incident")
        if number is None:
            number, self.next = self.next, self.next + 1
        told = detail(1051)
        row = replaced(
            told.incident, number=number, id=number, status="new", severity=None, type="other_service", subtype="",
            summary="", life_threat=False, place=PlaceRow(),
        )  # fmt: skip
        self.details.setdefault(number, replaced(told, incident=row, timeline=[]))
        return int(number)

    async def command(self, command: Command) -> CommandResult:
        result = await super().command(command)
        answer: CommandResult = replaced(result, incident=self._number(command))
        return answer

    def saves(self) -> list[dict[str, Any]]:
        return [command.args for command in self.sent if command.command == "new" and isinstance(command.args, dict)]


def form(app: ConsoleApp) -> Any:
    return app.entry.form


async def answered(app: ConsoleApp, pilot: Pilot[int]) -> None:
    """F2, and the form of the call is open."""
    await pilot.press("f2")
    await until(pilot, lambda: app.entry.at_hand and app.desk.current == 1061)


async def go_to(app: ConsoleApp, pilot: Pilot[int], field: str) -> None:
    """By arrows, as far as it takes."""
    steps = FIELDS.index(field) - FIELDS.index(form(app).at)
    await pilot.press(*["down" if steps > 0 else "up"] * abs(steps))
    assert form(app).at == field


async def write(pilot: Pilot[int], text: str, key: str = "enter") -> None:
    """A field's text and the key that leaves it."""
    await type_text(pilot, text)
    await pilot.press(key)


# -- opening ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [*SIZES, (160, 50)])
async def test_answering_opens_the_form_and_the_caller_stands_in_it(size: tuple[int, int]) -> None:
    night = Desk112()
    async with console(night, size) as (app, pilot):
        await answered(app, pilot)
        assert line(app, "--- TELP 0857-***-120")
        assert any(">1 LOKASI" in text for text in lines_of(app))
        assert line(app, "LOKASI>")
        assert len(lines_of(app)) == size[1]
        await until(pilot, lambda: "RIWAYAT PELAPOR" in "\n".join(lines_of(app)))


async def test_a_call_put_through_opens_by_itself_but_never_under_the_hand() -> None:
    night = idle_night()
    mine = replaced(night.start.calls[0], status="answered", operator="rina", incident=1052, answered_at=NOW)
    async with console(night) as (app, pilot):
        await type_text(pilot, "r 1051: api")
        night.push(Changes(seq=101, now=NOW, calls=[mine]))
        await until(pilot, lambda: "F2 membuka formulirnya" in line(app, "TUNGGU"))
        assert prompt(app) == "r 1051: api"
        await pilot.press("f2")
        await until(pilot, lambda: app.entry.at_hand and app.desk.current == 1052)
        assert prompt(app) == ""
        await pilot.press("escape")
        assert prompt(app) == "r 1051: api"
        await pilot.press("escape")
        night.push(Changes(seq=102, now=NOW, calls=[replaced(mine, id=215, incident=1049)]))
        await until(pilot, lambda: app.entry.is_open and app.desk.current == 1049)


async def test_f2_without_a_call_is_a_new_entry_with_a_phone_field() -> None:
    night = Night(board(calls=[]))
    async with console(night, (80, 24)) as (app, pilot):
        await pilot.press("f2")
        assert line(app, "--- ENTRI BARU")
        assert any("3 TELP BALIK" in text for text in lines_of(app))
        await pilot.press("escape")
        assert lines_of(app)[2].startswith("--- MENUNGGU 4")
        assert night.sent == []


# -- saving -------------------------------------------------------------------------------------------


async def test_each_field_is_saved_as_it_is_left_and_only_what_changed() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        await write(pilot, "dukuhsalam rt2")
        await until(pilot, lambda: len(night.saves()) == 1)
        await pilot.press("enter")
        await write(pilot, "suami jatuh tidak sadar")
        await until(pilot, lambda: len(night.saves()) == 2)
        await pilot.press("up", "down")
        await write(pilot, "2")
        await until(pilot, lambda: len(night.saves()) == 3)
        assert night.saves() == [
            {"incident": 1061, "place": "dukuhsalam rt2"},
            {"incident": 1061, "text": "suami jatuh tidak sadar"},
            {"incident": 1061, "severity": "high"},
        ]
        assert "tersimpan" in line(app, "--- TELP")


async def test_a_new_entry_is_made_once_and_then_filled() -> None:
    night = Desk112()
    night.start = board(calls=[])
    gate = asyncio.Event()
    night.answers = [gate]
    async with console(night) as (app, pilot):
        await pilot.press("f2")
        await write(pilot, "dukuhsalam")
        await pilot.press("enter")
        await write(pilot, "orang tidak sadar")
        await until(pilot, lambda: len(night.saves()) == 1)
        await go_to(app, pilot, "type")
        await write(pilot, "med")
        assert len(night.saves()) == 1, "the answer has not come: a second one would be a second incident"
        gate.set()
        await until(pilot, lambda: len(night.saves()) == 2)
        assert night.saves()[0] == {"place": "dukuhsalam", "text": "orang tidak sadar"}
        assert night.saves()[1] == {"incident": 1061, "type": "medical"}
        await until(pilot, lambda: app.desk.current == 1061)


async def test_a_lost_save_goes_out_again_under_its_own_key() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        night.answers = [ServerAway("gone")]
        await write(pilot, "dukuhsalam")
        await until(pilot, lambda: len(night.saves()) == 2)
        first, second = (command for command in night.sent if command.command == "new")
        assert first.idempotency_key == second.idempotency_key
        await until(pilot, lambda: "tersimpan" in line(app, "--- TELP"))


async def test_one_refused_field_does_not_hold_back_the_others() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        said = text("error.reason_to_lower", "id")
        refusal = Rejected(ProblemDetails(status=422, code="reason_to_lower", detail=said))
        form(app).values["level"] = "4"
        night.answers = [refusal, None, refusal]
        await write(pilot, "dukuhsalam")
        await until(pilot, lambda: len(night.saves()) == 3)
        assert [sorted(args) for args in night.saves()] == [
            ["incident", "place", "severity"], ["incident", "place"], ["incident", "severity"]]
        await until(pilot, lambda: "sebagian ditolak" in line(app, "--- TELP"))
        assert "!alasan" in line(app, "GAGAL")
        await pilot.press("enter")
        await write(pilot, "x")
        await until(pilot, lambda: len(night.saves()) == 4)
        assert night.saves()[3] == {"incident": 1061, "text": "x"}, "what was refused is not sent again"
        await write(pilot, " !hanya asap")
        await until(pilot, lambda: len(night.saves()) == 5)
        assert night.saves()[4] == {"incident": 1061, "severity": "low", "reason": "hanya asap"}


def closed() -> Rejected:
    return Rejected(ProblemDetails(status=422, code="incident_closed", detail="1061 sudah tutup"))


async def test_words_for_an_incident_somebody_merged_go_to_the_one_it_is_part_of() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        told = night.details[1061]
        night.details[1061] = replaced(told, incident=replaced(told.incident, status="merged", merged_into=1048))
        night.answers = [closed()]
        await write(pilot, "dukuhsalam")
        await until(pilot, lambda: len(night.saves()) == 2)
        assert night.saves()[1] == {"incident": 1048, "place": "dukuhsalam"}
        await until(pilot, lambda: app.desk.current == 1048 and app.entry.at_hand)


async def test_words_a_closed_incident_refuses_are_kept_until_a_person_throws_them_away() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        night.answers = [closed()]
        await write(pilot, "dukuhsalam")
        await until(pilot, lambda: "sebagian ditolak" in line(app, "--- TELP"))
        night.push(Changes(seq=101, now=NOW, calls=[replaced(row, status="ended") for row in night.start.calls]))
        await until(pilot, lambda: not app.store.calls)
        await pilot.press("escape", "f2", "up", "up", "up", "up")
        assert prompt(app) == "dukuhsalam"
        await pilot.press("f9", "f9", "f2")
        assert line(app, "--- ENTRI BARU")


@pytest.mark.parametrize(("field", "text"), [("type", "zzz"), ("level", "9")])
async def test_what_cannot_be_read_is_said_and_never_sent(field: str, text: str) -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        await go_to(app, pilot, field)
        await write(pilot, text)
        assert line(app, "GAGAL")
        assert form(app).at == field
        assert night.saves() == []


# -- scene and caller ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [*SIZES, (160, 50)])
async def test_what_is_noted_of_scene_and_caller_is_saved_as_it_is_left(size: tuple[int, int]) -> None:
    night = Desk112()
    async with console(night, size) as (app, pilot):
        await answered(app, pilot)
        await write(pilot, "dukuhsalam rt2", "tab")
        await write(pilot, "rumah hijau, blk mushola", "tab")
        await write(pilot, "0812-9876-5432", "tab")
        await write(pilot, "Bu Sri")
        assert form(app).at == "type", "Enter goes on to what every call needs"
        await pilot.press("tab", "tab")
        await type_text(pilot, "2 luka 1 terjebak tanpa senjata gas bocor")
        await until(pilot, lambda: "= korban 2, terjebak 1, tanpa" in " ".join(" ".join(lines_of(app)).split()))
        await until(pilot, lambda: night.asked and night.asked[-1].trapped == 1)
        await pilot.press("enter")
        assert form(app).at == "level"
        await until(pilot, lambda: len(night.saves()) == 5)
        assert night.saves() == [
            {"incident": 1061, "place": "dukuhsalam rt2"},
            {"incident": 1061, "landmark": "rumah hijau, blk mushola"},
            {"incident": 1061, "callback": "0812-9876-5432"},
            {"incident": 1061, "caller_name": "Bu Sri"},
            {"incident": 1061, "casualties": 2, "trapped": 1, "weapon": False, "hazard": "gas bocor"},
        ]


async def test_what_no_longer_stands_in_the_form_is_taken_back() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        await go_to(app, pilot, "scene")
        await write(pilot, "1 terjebak senjata")
        await until(pilot, lambda: len(night.saves()) == 1)
        await go_to(app, pilot, "scene")
        app.workspace.prompt.put("0 terjebak")
        await pilot.press("enter")
        await until(pilot, lambda: len(night.saves()) == 2)
        assert night.saves()[1] == {"incident": 1061, "trapped": 0, "weapon": None}
        await go_to(app, pilot, "scene")
        app.workspace.prompt.put("")
        await pilot.press("enter")
        await until(pilot, lambda: len(night.saves()) == 3)
        assert night.saves()[2] == {"incident": 1061, "trapped": None}


async def test_a_refused_number_holds_back_nothing_else_and_survives_a_crash(tmp_path: Path) -> None:
    night = Desk112()
    async with console(night, draft=tmp_path) as (app, pilot):
        await answered(app, pilot)
        refusal = Rejected(ProblemDetails(status=422, code="no_number", detail="'tetangga' bukan nomor telepon."))
        form(app).values["phone"] = "tetangga"
        await go_to(app, pilot, "scene")
        night.answers = [*[None] * 0, refusal]
        await until(pilot, lambda: night.saves())
        night.answers = [refusal, None, refusal]
        await write(pilot, "t1")
        await until(pilot, lambda: any("trapped" in args for args in night.saves()))
        await until(pilot, lambda: "sebagian ditolak" in line(app, "--- TELP"))
    async with console(night, draft=tmp_path) as (app, pilot):
        await until(pilot, lambda: app.entry.at_hand)
        assert [form(app).value(name) for name in ("phone", "scene")] == ["tetangga", "t1"]


async def test_a_new_entry_rings_back_where_it_was_told_to() -> None:
    night = Desk112()
    night.start = board(calls=[])
    async with console(night) as (app, pilot):
        await pilot.press("f2")
        await write(pilot, "dukuhsalam")
        await go_to(app, pilot, "phone")
        await write(pilot, "0812-3456-7771")
        await go_to(app, pilot, "scene")
        await write(pilot, "t1")
        await until(pilot, lambda: len(night.saves()) == 1)
        assert night.saves()[0] == {"place": "dukuhsalam", "caller": "0812-3456-7771", "trapped": 1}
        await until(pilot, lambda: form(app).incident == 1061)
        await go_to(app, pilot, "phone")
        app.workspace.prompt.put("0813-0000-111")
        await pilot.press("enter")
        await until(pilot, lambda: len(night.saves()) == 2)
        assert night.saves()[1] == {"incident": 1061, "callback": "0813-0000-111"}


async def test_what_the_server_has_stands_in_an_empty_field() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        told = night.details[1061]
        scene = SceneRow(landmark="gang mushola", trapped=2, hazard="\x1b[2J gas")
        row = replaced(told.incident, version=9, scene=scene, caller_name="B. S.")
        night.details[1061] = replaced(told, incident=row, caller_name="Bu Sri")
        night.push(Changes(seq=101, now=NOW, incidents=[row]))
        await until(pilot, lambda: "Bu Sri" in "\n".join(lines_of(app)))
        shown = "\n".join(lines_of(app))
        assert "gang mushola" in shown
        assert "terjebak 2, bahaya: ^[[2J gas" in shown
        assert night.saves() == []


# -- the place ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("keys", "district"), [(["enter", "2"], "Talang"), (["down", "enter"], "Talang"),
                                                (["enter", "enter"], "Slawi"), (["enter", "0"], "")])
async def test_twins_are_chosen_by_digit_or_arrow_or_left_as_they_are(keys: list[str], district: str) -> None:
    night = Desk112()
    async with console(night, (80, 24)) as (app, pilot):
        await answered(app, pilot)
        await type_text(pilot, "kalisapu rt 2")
        await until(pilot, lambda: "2 Ds Kalisapu, Kec Talang" in "\n".join(lines_of(app)))
        await pilot.press(*keys)
        await until(pilot, lambda: form(app).at == "type")
        await until(pilot, lambda: night.saves() and night.saves()[-1].get("district", "") == district)
        assert night.saves()[-1]["place"] == "kalisapu rt 2"


async def test_a_digit_is_text_until_enter_has_asked() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        await type_text(pilot, "kalisapu rt ")
        await until(pilot, lambda: form(app).candidates)
        await pilot.press("2")
        assert prompt(app) == "kalisapu rt 2"
        await pilot.press("enter", "x")
        assert prompt(app) == "kalisapu rt 2x", "a letter is typing again"
        assert form(app).at == "place"


# -- the card -----------------------------------------------------------------------------------------


async def to_card(app: ConsoleApp, pilot: Pilot[int]) -> None:
    await answered(app, pilot)
    await write(pilot, "dukuhsalam")
    await pilot.press("enter")
    await write(pilot, "suami tidak sadar")
    await until(pilot, lambda: form(app).questions)
    await pilot.press("enter")
    assert form(app).at == "card"


@pytest.mark.parametrize("size", SIZES)
async def test_one_key_answers_a_question_and_raises_what_it_implies(size: tuple[int, int]) -> None:
    night = Desk112()
    async with console(night, size) as (app, pilot):
        await to_card(app, pilot)
        assert "Apakah orangnya sadar" in "\n".join(lines_of(app))
        await pilot.press("t")
        await until(pilot, lambda: night.saves()[-1].get("severity") == "critical")
        assert night.saves()[-1]["answers"] == ["MED-09 Apakah orangnya sadar dan bisa menjawab? tidak"]
        await until(pilot, lambda: night.asked[-1].answered)  # the server proposes the next one
        await pilot.press("2")
        await until(pilot, lambda: night.saves()[-1].get("answers") == ["MED-09 Apakah napasnya biasa? tidak"])
        assert "severity" not in night.saves()[-1], "it is critical already"
        await pilot.press("5", "8", "enter")
        await until(pilot, lambda: night.saves()[-1].get("answers") == ["MED-09 Berapa kira-kira umurnya? 58"])
        assert "3/3" in "\n".join(lines_of(app))
        assert "Kartu selesai" in line(app, "=>")


async def test_no_question_is_answered_before_it_is_on_the_screen() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        await pilot.press("shift+tab", "up", *["down"] * 8, "y", "t")
        assert (form(app).at, prompt(app), night.saves()) == ("card", "", [])


async def test_a_letter_that_answers_nothing_is_free_text_and_up_goes_back() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await to_card(app, pilot)
        await write(pilot, "kadang sadar")
        await until(pilot, lambda: night.saves()[-1].get("answers") == [
            "MED-09 Apakah orangnya sadar dan bisa menjawab? kadang sadar"])
        await pilot.press("up", "y")
        await until(pilot, lambda: night.saves()[-1].get("answers") == [
            "MED-09 Apakah orangnya sadar dan bisa menjawab? ya"])


# -- duplicates, dispatch, disposal -------------------------------------------------------------------


async def test_g_joins_a_possible_duplicate_in_three_keys() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await to_card(app, pilot)
        row = replaced(night.details[1061].incident, version=9, duplicates=[
            DuplicateRow(number=1048, score=0.6, reason="same_village", params={"where": "Pesayangan", "minutes": 4})])
        night.push(Changes(seq=101, now=NOW, incidents=[row]))
        await until(pilot, lambda: "MUNGKIN GANDA" in "\n".join(lines_of(app)) and "1048" in "\n".join(lines_of(app)))
        night.answers = [Rejected(ProblemDetails(status=428, detail="Gabung 1061 ke 1048?"))]
        await pilot.press("g", "enter")
        await until(pilot, lambda: "Gabung 1061 ke 1048?" in line(app, "=>"))
        await pilot.press("enter")
        await until(pilot, lambda: night.sent[-1].command == "merge" and night.sent[-1].confirmed)
        assert night.sent[-1].args == {"incident": 1061, "to_incident": 1048}
        await until(pilot, lambda: app.entry.at_hand)


@pytest.mark.parametrize("size", SIZES)
async def test_f5_saves_and_puts_the_advised_units_on_the_line(size: tuple[int, int]) -> None:
    night = Desk112()
    async with console(night, size) as (app, pilot):
        await answered(app, pilot)
        await type_text(pilot, "dukuhsalam")
        await pilot.press("f5")
        await until(pilot, lambda: prompt(app) == "d a01 p12 1061")
        assert night.saves() == [{"incident": 1061, "place": "dukuhsalam"}]
        await pilot.press("enter")
        await until(pilot, lambda: night.sent[-1].command == "dispatch")
        await until(pilot, lambda: app.entry.at_hand)
        assert line(app, "LOKASI>")


async def test_f9_disposes_of_the_call_and_its_form_goes() -> None:
    night = Desk112()
    async with console(night, (80, 24)) as (app, pilot):
        await answered(app, pilot)
        mine = replaced(night.start.calls[0], status="answered", operator="rina", incident=1061, answered_at=NOW)
        night.push(Changes(seq=101, now=NOW, calls=[mine]))
        await until(pilot, lambda: app.desk.call_in_hand())
        await type_text(pilot, "jl ahmad")
        await pilot.press("f9", "1")
        await until(pilot, lambda: night.sent[-1].command == "dispose")
        assert night.sent[-1].args == {"code": 1, "call": CALL}
        await until(pilot, lambda: not app.entry.is_open)
        assert night.saves() == []
        assert app.entry.forms == []


async def test_f9_that_asks_is_answered_in_the_form() -> None:
    night = Desk112()
    async with console(night, (80, 24)) as (app, pilot):
        await answered(app, pilot)
        mine = replaced(night.start.calls[0], status="answered", operator="rina", incident=1061, answered_at=NOW)
        night.push(Changes(seq=101, now=NOW, calls=[mine]))
        await until(pilot, lambda: app.desk.call_in_hand())
        for keys in (("tab", "enter"), ("enter",)):
            night.answers = [Rejected(ProblemDetails(status=428, detail="BUANG juga?"))]
            await pilot.press("f9", "1")
            await until(pilot, lambda: "BUANG juga?" in line(app, "=>"))
            await pilot.press(*keys)
        await until(pilot, lambda: not app.entry.is_open)
        assert [sent.confirmed for sent in night.sent if sent.command == "dispose"] == [False, False, True]


async def test_a_form_that_is_nobodys_is_thrown_away_with_f9_twice() -> None:
    night = Night(board(calls=[]))
    async with console(night) as (app, pilot):
        await pilot.press("f2")
        await type_text(pilot, "jl ahmad")
        await pilot.press("f9")
        assert "Buang formulir ini?" in line(app, "=>")
        await pilot.press("escape")
        assert prompt(app) == "jl ahmad"
        await pilot.press("f9", "f9")
        assert not app.entry.is_open
        await pilot.press("f2")
        assert prompt(app) == ""


# -- the command line ---------------------------------------------------------------------------------


async def test_the_command_line_is_always_within_reach_and_the_hand_comes_back() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        await type_text(pilot, "dukuhsalam")
        await pilot.press("f3")
        assert (prompt(app), line(app, "PERINTAH>")[:9]) == ("", "PERINTAH>")
        assert any("1 LOKASI" in text for text in lines_of(app)), "the form stays in sight"
        await write(pilot, "e a02")
        await until(pilot, lambda: any(command.command == "enroute" for command in night.sent))
        await until(pilot, lambda: app.entry.at_hand)
        assert prompt(app) == "dukuhsalam"
        await pilot.press("f7")
        assert prompt(app) == "r 1061: "


async def test_esc_goes_back_and_f2_brings_everything_back() -> None:
    night = Night(board(calls=[]))
    async with console(night) as (app, pilot):
        await type_text(pilot, "e a0")
        await pilot.press("f2")
        await type_text(pilot, "dukuhsalam")
        await pilot.press("escape")
        assert lines_of(app)[2].startswith("--- MENUNGGU")
        assert prompt(app) == "e a0"
        await pilot.press("f2")
        assert prompt(app) == "dukuhsalam"


async def test_help_and_boards_cover_the_form_and_esc_uncovers_it() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        await type_text(pilot, "dukuh")
        await pilot.press("f1")
        await until(pilot, lambda: lines_of(app)[2].startswith("--- BANTUAN"))
        assert lines_of(app)[3].startswith("FORMULIR PANGGILAN")
        await pilot.press("escape")
        await until(pilot, lambda: lines_of(app)[2].startswith("--- TELP"))
        assert prompt(app) == "dukuh"


async def test_an_alarm_puts_the_form_aside() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        await type_text(pilot, "dukuh")
        await pilot.press("f8")
        await until(pilot, lambda: app.desk.current == 1051)
        assert not app.entry.is_open
        await until(pilot, lambda: night.saves() == [{"incident": 1061, "place": "dukuh"}])


async def test_the_callers_words_are_shown_as_they_are_heard() -> None:
    night = Desk112()
    async with console(night, (80, 24)) as (app, pilot):
        await answered(app, pilot)
        heard = [LogLine(seq=101 + i, at=NOW, actor="system", kind="call.transcript", incident=1061, text=text)
                 for i, text in enumerate(["halo tolong pak", "suami saya jatuh \x1b[2J"])]
        night.push(Changes(seq=102, now=NOW, log=heard))
        await until(pilot, lambda: "suami saya jatuh ^[[2J" in "\n".join(lines_of(app)))
        assert "halo tolong pak" in "\n".join(lines_of(app))


async def test_what_is_heard_is_advised_on_until_the_operator_writes() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        heard = [LogLine(seq=101 + i, at=NOW, actor=who, kind="call.transcript", incident=1061,
                         text=f"{who}: {text}", data={"speaker": who, "text": text})
                 for i, (who, text) in enumerate([("citizen", "suami saya"), ("operator", "di mana bu?"),
                                                  ("citizen", "tidak sadar")])]
        night.push(Changes(seq=103, now=NOW, log=heard))
        await until(pilot, lambda: "saran MED henti jantung" in "\n".join(lines_of(app)))
        assert night.asked[-1].text == "suami saya tidak sadar"
        await go_to(app, pilot, "text")
        await type_text(pilot, "jatuh")
        await until(pilot, lambda: night.asked[-1].text == "jatuh")


@pytest.mark.parametrize("size", SIZES)
async def test_what_caller_and_village_had_before_is_seen_at_once(size: tuple[int, int]) -> None:
    night = Desk112()
    async with console(night, size) as (app, pilot):
        await answered(app, pilot)
        await type_text(pilot, "dukuhsalam")
        await until(pilot, lambda: "RIWAYAT DESA" in "\n".join(lines_of(app)))
        shown = lines_of(app)
        assert any("1044 KJH sls motor saya" in text for text in shown)
        village = next(i for i, text in enumerate(shown) if "RIWAYAT DESA" in text)
        assert "1041 EVK TUGAS ular" in shown[village + 1], "what is open comes first"


async def test_ctrl_g_joins_from_any_field_and_the_number_is_shown_in_full() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        told = night.details[1061]
        row = replaced(told.incident, version=9, duplicates=[DuplicateRow(number=1048, score=0.6, reason="same_spot")])
        night.details[1061] = replaced(told, incident=row, reports=[replaced(told.reports[0], sender="+6285712345120")])
        night.push(Changes(seq=101, now=NOW, incidents=[row]))
        await until(pilot, lambda: "+6285712345120" in line(app, "--- TELP"))
        await pilot.press("ctrl+g")
        assert prompt(app) == "g 1061>1048"
        await pilot.press("escape", "f3", "ctrl+g")
        assert prompt(app) == "g 1061>1048"


async def test_advice_that_does_not_come_is_said_and_comes_with_the_server() -> None:
    night = Desk112()
    working = night.advice

    def refuse(words: Any) -> Any:
        raise ServerAway("diam")

    night.advice = refuse
    async with console(night, (80, 24)) as (app, pilot):
        await answered(app, pilot)
        await until(pilot, lambda: "TANPA SARAN: diam" in "\n".join(lines_of(app)))
        night.advice = working
        await until(pilot, lambda: "TANPA SARAN" not in "\n".join(lines_of(app)))


async def test_advice_about_words_that_no_longer_stand_is_dropped() -> None:
    night, gate, taken = Desk112(), asyncio.Event(), list[Any]()
    advise = night.advise

    async def slow(words: Any) -> Any:
        advice = await advise(words)
        if words.place == "kalisapu":
            await gate.wait()
            return replaced(advice, agencies=["old"])
        return advice

    night.advise = slow  # type: ignore[method-assign]
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        take = form(app).take_advice
        form(app).take_advice = lambda advice: (taken.append(advice.agencies), take(advice))
        await type_text(pilot, "kalisapu")
        await until(pilot, lambda: night.asked and night.asked[-1].place == "kalisapu")
        app.workspace.prompt.put("kalisapu x")
        await until(pilot, lambda: form(app).value("place") == "kalisapu x")
        gate.set()
        await until(pilot, lambda: form(app).candidates)
        assert ["old"] not in taken


async def test_a_slow_save_does_not_take_what_is_half_written_with_it() -> None:
    night, slow = Desk112(), asyncio.Event()
    async with console(night) as (app, pilot):
        await answered(app, pilot)
        night.answers = [slow]
        await write(pilot, "dukuhsalam")
        await until(pilot, lambda: len(night.saves()) == 1)
        await pilot.press("enter")  # leaves the type: one more save waits behind the slow one
        assert form(app).at == "text"
        await type_text(pilot, "rumah kebakar")
        slow.set()
        await until(pilot, lambda: not app.entry.saver.is_busy(form(app)))
        assert len(night.saves()) == 1
        await write(pilot, "an")
        await until(pilot, lambda: len(night.saves()) == 2)
        assert night.saves()[-1] == {"text": "rumah kebakaran", "incident": 1061}


# -- nothing is lost ----------------------------------------------------------------------------------


async def test_a_form_survives_a_crash_with_its_unanswered_save(tmp_path: Path) -> None:
    night, folder = Desk112(), tmp_path / "drafts"
    async with console(night, draft=folder) as (app, pilot):
        await answered(app, pilot)
        await write(pilot, "dukuhsalam")
        await until(pilot, lambda: len(night.saves()) == 1 and not app.entry.saver.is_busy(form(app)))
        night.answers = [asyncio.Event()]
        await go_to(app, pilot, "text")
        await write(pilot, "suami tidak sadar")
        await until(pilot, lambda: len(night.saves()) == 2)
        await go_to(app, pilot, "type")
        await type_text(pilot, "me")
        await until(pilot, lambda: "me" in kept(folder))
        key = night.sent[-1].idempotency_key
    async with console(night, draft=folder) as (app, pilot):
        await until(pilot, lambda: app.entry.at_hand and app.desk.current == 1061)
        assert prompt(app) == "me"
        assert [form(app).value(name) for name in ("place", "text")] == ["dukuhsalam", "suami tidak sadar"]
        await until(pilot, lambda: len(night.saves()) == 3)
        assert night.sent[-1].idempotency_key == key, "done once, whether or not the server had heard it"
        await pilot.press("backspace", "backspace", "enter")
        await until(pilot, lambda: "tersimpan" in line(app, "--- ") or "tersimpan" in "\n".join(lines_of(app)))
        assert len(night.saves()) == 3, "what the server has is not sent again"


def kept(folder: Path) -> list[str]:
    forms = Draft(draft_path(folder, RINA)).load().forms
    return [text for entry in forms for text in entry.values.values()]


async def test_a_form_survives_the_end_of_the_session_and_the_server(tmp_path: Path) -> None:
    night = Desk112()
    async with console(night, draft=tmp_path) as (app, pilot):
        await answered(app, pilot)
        await type_text(pilot, "dukuhsalam")
        night.push(Rejected(ProblemDetails(status=401, code="no_session", detail="Sesi berakhir")))
        await until(pilot, lambda: prompt(app) == "rina")
        assert "dukuhsalam" in "\n".join(lines_of(app))
        await pilot.press("f2", "enter")
        app.workspace.prompt.put("bena")
        await pilot.press("r", "enter")
        await until(pilot, lambda: app.entry.at_hand)
        assert prompt(app) == "dukuhsalam"
        assert "benar" not in "".join(path.read_text() for path in tmp_path.iterdir())
        night.away = True
        night.push(ServerAway("gone"))
        await until(pilot, lambda: "PUTUS" in lines_of(app)[0])
        await type_text(pilot, " rt 2")
        night.away = False
        await until(pilot, lambda: "LIVE" in lines_of(app)[0])
        assert prompt(app) == "dukuhsalam rt 2"


async def test_a_save_that_met_the_end_of_the_session_goes_out_again_once(tmp_path: Path) -> None:
    night = Desk112()
    over = Rejected(ProblemDetails(status=401, code="no_session", detail="Sesi berakhir"))
    async with console(night, draft=tmp_path) as (app, pilot):
        await answered(app, pilot)
        night.answers = [over]
        await write(pilot, "dukuhsalam")
        await until(pilot, lambda: prompt(app) == "rina")
        assert (app.entry.saver.lost, form(app).refused) == ([form(app)], {})
        await pilot.press("enter")
        app.workspace.prompt.put("bena")
        await pilot.press("r", "enter")
        await until(pilot, lambda: len(night.saves()) == 2 and not app.entry.saver.is_busy(form(app)))
        assert len({command.idempotency_key for command in night.sent if command.command == "new"}) == 1
        left = [entry.pending for path in tmp_path.glob("*.json") for entry in Draft(path).load().forms]
        assert left == [None], "what is answered is not kept as unanswered"


async def test_a_save_is_on_disk_before_it_leaves(tmp_path: Path) -> None:
    night, on_disk = Desk112(), list[str]()
    send = night.command

    async def watched(command: Command) -> CommandResult:
        if command.command == "new":
            pending = [entry.pending for entry in Draft(draft_path(tmp_path, RINA)).load().forms]
            on_disk.extend(entry.idempotency_key for entry in pending if entry is not None)
        return await send(command)

    night.command = watched  # type: ignore[method-assign]
    async with console(night, draft=tmp_path) as (app, pilot):
        await answered(app, pilot)
        await write(pilot, "dukuhsalam")
        await until(pilot, lambda: len(night.saves()) == 1)
    assert on_disk == [night.sent[-1].idempotency_key]


def test_a_late_thread_changes_nothing_and_a_damaged_file_is_no_draft(tmp_path: Path) -> None:
    draft = Draft(draft_path(tmp_path / "drafts", RINA))
    draft.save(Kept("baru"), 2)
    draft.save(Kept("lama"), 1)
    assert draft.load().line == "baru"
    path = draft.path
    assert path is not None
    path.write_bytes(b'{"line": 1')
    assert draft.load() == Kept()
    assert draft.problem
    draft.drop()
    draft.save(Kept("lama"), 3)
    assert not path.exists()


def test_no_two_seats_share_a_file(tmp_path: Path) -> None:
    seats = [Seat(name, "", seat) for name in ("rina", "rina@3", "../x", "3") for seat in ("3", "", "4/..", "@")]
    paths = {draft_path(tmp_path, seat) for seat in seats}
    assert len(paths) == len(seats)
    assert {path.parent for path in paths} == {tmp_path}


async def test_two_consoles_of_one_folder_keep_their_own_drafts(tmp_path: Path) -> None:
    async with console(Night(board(calls=[])), draft=tmp_path) as (app, pilot):
        await pilot.press("f2")
        await type_text(pilot, "jl ahmad yani")
        await until(pilot, lambda: "jl ahmad yani" in kept(tmp_path))
        app.desk.seat = replaced_seat("4")
        app.draft.use(app.desk.seat)
        assert kept(tmp_path) == []
    other = draft_path(tmp_path, replaced_seat("4"))
    assert [entry.values["place"] for entry in Draft(other).load().forms] == ["jl ahmad yani"]


def replaced_seat(seat: str) -> Any:
    from dataclasses import replace

    return replace(RINA, seat=seat)


# -- few keys -----------------------------------------------------------------------------------------


async def test_task_2_one_key_opens_the_form() -> None:
    night = Desk112()
    async with console(night) as (app, pilot):
        await pilot.press("f2")
        await until(pilot, lambda: app.entry.at_hand)


async def test_task_3_a_minimal_incident_in_fourteen_keys() -> None:
    night = Desk112()
    async with console(night, (80, 24)) as (app, pilot):
        await answered(app, pilot)
        keys = [*"kalisapu", "enter", *"kbk", "tab", "f5"]
        night.advice = lambda words: replaced(_known(words), cards=[])
        assert len(keys) <= 14
        await pilot.press(*keys)
        await until(pilot, lambda: prompt(app) == "d a01 p12 1061")
        merged: dict[str, Any] = {}
        for args in night.saves():
            merged |= args
        assert merged == {"incident": 1061, "place": "kalisapu", "type": "fire"}


async def test_somebody_trapped_is_four_keys_and_enter_never_asks_for_it() -> None:
    night = Desk112()
    async with console(night, (80, 24)) as (app, pilot):
        await answered(app, pilot)
        passed = []
        for _ in range(4):
            passed.append(form(app).at)
            await pilot.press("enter")
        assert [*passed, form(app).at] == list(MAIN)
        await go_to(app, pilot, "text")
        await pilot.press("tab", "t", "1", "enter")
        await until(pilot, lambda: night.saves() == [{"incident": 1061, "trapped": 1}])


def _known(words: Any) -> Any:
    from dispatch.wire import EntryAdvice, PlaceRow

    return EntryAdvice(type=words.type or "fire", place=PlaceRow(desa="Kalisapu", kecamatan="Slawi"))
