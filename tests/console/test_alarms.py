"""Which alarms a seat hears and when: only who can act, then the supervisor, then all; a flood is one tone."""

from __future__ import annotations

import struct
import sys
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.alarms import EMERGENCY, FLOOD_OVER, FLOOD_SPAN, KNOWN, NEEDED, Ears, Recent, Tones, hears
from console.client import ServerAway
from console.sound import PLAYERS, RATE, Sound, find_player, tone_bytes, write_tone
from dispatch.wire import AlarmRow, Changes
from tests.console.night import NOW, Night, board, replaced
from tests.console.test_workspace import console, line, lines_of, prompt, type_text, until

AT = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
RINA = Ears("rina", "dispatcher", present=frozenset({"rina", "adi", "spv"}))
ADI = Ears("adi", "dispatcher", present=RINA.present)
SPV = Ears("spv", "supervisor", present=RINA.present)


def alarm(level: int, id_: int = 1, at: datetime = AT) -> AlarmRow:
    return AlarmRow(id=id_, level=level, kind="clock_breached", text="lewat", at=at, incident=1051)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


@pytest.mark.parametrize(("seconds", "who"), [
    (0, [RINA]), (29.9, [RINA]), (30, [RINA, SPV]), (59.9, [RINA, SPV]), (60, [RINA, SPV, ADI]),
])
def test_an_emergency_nobody_takes_goes_to_the_supervisor_and_then_to_all(seconds: float, who: list[Ears]) -> None:
    found = [ears for ears in (RINA, SPV, ADI) if hears(alarm(EMERGENCY), "rina", ears, after(seconds))]
    assert found == who


@given(st.integers(1, 3), st.integers(0, 86_400), st.sampled_from(["", "gone"]))
def test_what_is_nobodys_is_everybodys_who_can_act(level: int, seconds: int, owner: str) -> None:
    assert all(hears(alarm(level), owner, ears, after(seconds)) for ears in (RINA, SPV, ADI))
    assert not hears(alarm(level), owner, Ears("tamu", "viewer", present=RINA.present), after(seconds))


@given(st.integers(1, 3), st.integers(0, 86_400))
def test_what_was_acknowledged_or_is_over_is_silent(level: int, seconds: int) -> None:
    row = alarm(level)
    assert not hears(replaced(row, acknowledged_by="adi"), "rina", RINA, after(seconds))
    assert not hears(replaced(row, cleared_at=after(1)), "rina", RINA, after(seconds))


def sounded(rows: list[AlarmRow], seconds: int, ears: Ears = RINA) -> list[tuple[int, int]]:
    """(second, class) of every tone, looked at once a second."""
    tones, heard = Tones(), []
    for second in range(seconds):
        now = after(second)
        level = tones.next_tone([row for row in rows if row.at <= now], ears, now)
        if level is not None:
            heard.append((second, level))
    return heard


def test_each_class_has_its_own_repetition() -> None:
    assert sounded([alarm(EMERGENCY)], 31) == [(0, 1), (10, 1), (20, 1), (30, 1)]
    assert sounded([alarm(NEEDED)], 200) == [(0, 2), (60, 2)]
    assert sounded([alarm(KNOWN)], 200) == [(0, 3)]


def test_an_alarm_that_got_worse_sounds_anew() -> None:
    tones = Tones()
    assert tones.next_tone([alarm(NEEDED)], RINA, AT) == NEEDED
    assert tones.next_tone([alarm(NEEDED)], RINA, after(5)) is None
    assert tones.next_tone([alarm(EMERGENCY, at=after(6))], RINA, after(6)) == EMERGENCY


def test_in_a_call_only_an_emergency_sounds_and_the_rest_waits() -> None:
    tones, speaking = Tones(), Ears("rina", "dispatcher", in_call=True, present=RINA.present)
    assert tones.next_tone([alarm(NEEDED), alarm(KNOWN, 2)], speaking, AT) is None
    assert tones.next_tone([alarm(NEEDED), alarm(EMERGENCY, 3)], speaking, after(1)) == EMERGENCY
    assert tones.next_tone([alarm(NEEDED)], RINA, after(2)) == NEEDED


def test_a_flood_is_one_tone_each_half_minute() -> None:
    many = [alarm(EMERGENCY, n, after(n / 100)) for n in range(FLOOD_OVER + 5)]
    assert sounded(many, 95) == [(0, 1), (30, 1), (60, 1), (90, 1)]
    quiet = [alarm(KNOWN, n) for n in range(FLOOD_OVER + 5)]
    assert sounded(quiet, 95) == []


def test_what_is_shelved_is_silent_and_sounds_anew_when_it_comes_back() -> None:
    row, tones = alarm(NEEDED), Tones()
    assert tones.next_tone([row], RINA, AT) == NEEDED
    aside = replaced(row, shelved_by="rina", shelved_until=after(600))
    assert not hears(aside, "rina", RINA, after(599))
    assert hears(aside, "rina", RINA, after(600))
    assert tones.next_tone([aside], RINA, after(600)) == NEEDED


def test_while_silenced_only_an_emergency_sounds() -> None:
    tones = Tones()
    tones.silent_until = after(60)
    assert tones.next_tone([alarm(NEEDED), alarm(KNOWN, 2)], RINA, AT) is None
    assert tones.next_tone([alarm(EMERGENCY, 3), alarm(NEEDED)], RINA, after(1)) == EMERGENCY
    assert tones.next_tone([alarm(NEEDED)], RINA, after(60)) == NEEDED


@pytest.mark.parametrize("level", [EMERGENCY, NEEDED, KNOWN])
def test_a_supervisor_hears_at_once_for_a_seat_that_hears_nothing(level: int) -> None:
    deaf = frozenset({"rina"})
    assert hears(alarm(level), "rina", Ears("spv", "supervisor", present=RINA.present, deaf=deaf), AT)
    assert not hears(alarm(level), "rina", Ears("adi", "dispatcher", present=RINA.present, deaf=deaf), AT)
    assert not hears(alarm(level), "rina", SPV, AT)


@given(st.lists(st.tuples(st.sampled_from(["rina", "adi", "", "gone"]), st.integers(0, 1200)), max_size=60))
def test_floods_are_counted_for_whoever_hears_them_also_when_they_are_over(raised: list[tuple[str, int]]) -> None:
    recent, present = Recent(), frozenset({"rina", "adi"})
    rows = [alarm(NEEDED, n, after(at)) for n, (_, at) in enumerate(raised)]
    for second in range(0, 1201, 60):  # each is on the board for a minute only
        seen = [row for row in rows if timedelta(0) <= after(second) - row.at < timedelta(seconds=60)]
        recent.note(seen, lambda row: raised[row.id][0], after(second))
    end, counts = after(1200), {}
    for name in present:
        mine = [at for owner, at in raised if owner in (name, "", "gone") and end - after(at) <= FLOOD_SPAN]
        counts[name] = len(mine)
        assert recent.of(name, present) == len(mine)
    assert recent.floods(present) == {name: n for name, n in sorted(counts.items()) if n > FLOOD_OVER}


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 600)), max_size=60))
def test_every_emergency_is_heard_within_half_a_minute_and_no_tone_is_made_up(raised: list[tuple[int, int]]) -> None:
    rows = [alarm(level, n, after(at)) for n, (level, at) in enumerate(raised)]
    heard = sounded(rows, 660)
    assert {level for _, level in heard} <= {row.level for row in rows}
    for row in rows:
        since = int((row.at - AT).total_seconds())
        assert row.level != EMERGENCY or any(since <= second <= since + 30 and level == 1 for second, level in heard)


def test_tones_are_wav_files_that_differ_in_pulses(tmp_path: Path) -> None:
    rises = []
    for level in (1, 2, 3):
        write_tone(tmp_path / "t.wav", level)
        with wave.open(str(tmp_path / "t.wav")) as file:
            assert (file.getframerate(), file.getnframes(), file.getnchannels()) == (RATE, RATE, 1)
        samples = struct.unpack(f"<{RATE}h", tone_bytes(level))
        loud = [max(abs(s) for s in samples[i:i + RATE // 50]) > 800 for i in range(0, RATE, RATE // 50)]
        rises.append(sum(1 for before, now in zip([False, *loud], loud, strict=False) if now and not before))
    assert rises == [4, 2, 1]


def test_the_player_is_found_on_the_path_or_named() -> None:
    def only(*names: str):
        return lambda name: f"/usr/bin/{name}" if name in names else None

    assert find_player({}, only()) == ()
    assert find_player({}, only("aplay", "ffplay")) == ("/usr/bin/aplay", "-q")
    assert find_player({"KENTONGAN_SOUND": "ffplay"}, only(*[p[0] for p in PLAYERS]))[0] == "/usr/bin/ffplay"
    assert find_player({"KENTONGAN_SOUND": "mine"}, only("mine")) == ("/usr/bin/mine",)
    assert find_player({"KENTONGAN_SOUND": "off"}, only("paplay")) == ()
    assert find_player({"KENTONGAN_SOUND": "bell"}, only("paplay")) == ()
    assert not Sound.of({"KENTONGAN_SOUND": "off"}).wanted


def player(tmp_path: Path, body: str) -> tuple[str, ...]:
    script = tmp_path / "player.py"
    script.write_text(body)
    return (sys.executable, str(script))


async def test_a_player_that_fails_or_is_gone_is_noticed_and_never_raises(tmp_path: Path) -> None:
    good = Sound(player(tmp_path, "import sys, wave; wave.open(sys.argv[1]).close()"))
    assert await good.play(1)
    bad = Sound(player(tmp_path, "import sys; sys.exit(1)"))
    assert not await bad.play(2)
    assert not bad.works
    gone = Sound(("/nowhere/player",))
    assert not await gone.play(1)
    for sound in (good, bad, gone):
        sound.close()


class Played(Sound):
    """A player that only remembers."""

    def __init__(self, *, works: bool = True) -> None:
        super().__init__(("player",) if works else ())
        self.levels: list[int] = []

    async def play(self, level: int) -> bool:
        self.levels.append(level)
        return True


async def test_the_digit_of_the_tone_heard_passes_the_self_test() -> None:
    sound = Played()
    async with console(Night(), sound=sound) as (app, pilot):
        await until(pilot, lambda: "UJI BUNYI" in line(app, "=>"))
        await until(pilot, lambda: sound.levels)
        app.echo_now()  # whatever else is drawn meanwhile leaves the question where it is
        assert "UJI BUNYI" in line(app, "=>")
        await pilot.press(str(sound.levels[0]))
        await until(pilot, lambda: "Bunyi alarm terdengar" in line(app, "OK"))
        assert "BUNYI MATI" not in lines_of(app)[0]
        assert prompt(app) == ""


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_wrong_digit_or_work_that_goes_first_leaves_the_seat_marked(size: tuple[int, int]) -> None:
    sound = Played()
    async with console(Night(), size, sound=sound) as (app, pilot):
        await until(pilot, lambda: "UJI BUNYI" in line(app, "=>") and sound.levels)
        await pilot.press(str(sound.levels[0] % 3 + 1))
        await until(pilot, lambda: "BUNYI MATI" in lines_of(app)[0])
        await type_text(pilot, "bunyi")
        await pilot.press("enter")
        await until(pilot, lambda: app.workspace.prompt.expects_digit)
        await pilot.press("d")
        await until(pilot, lambda: not app.workspace.prompt.expects_digit)
        await pilot.press("space", "a", "0", "1")
        assert prompt(app) == "d a01"
        assert "BUNYI MATI" in lines_of(app)[0]


async def test_without_a_player_the_bell_rings_and_the_screen_says_so() -> None:
    async with console(Night(), sound=Played(works=False)) as (app, pilot):
        await until(pilot, lambda: any(text.startswith("GAGAL") and "baris 2" in text for text in lines_of(app)))
        assert "BUNYI MATI" in lines_of(app)[0]
        assert app.desk.deaf


async def test_the_owner_hears_it_and_a_colleague_does_not() -> None:
    start = board()
    for owner, expected in (("rina", True), ("adi", False)):
        rows = [replaced(row, owner=owner) for row in start.incidents]
        alarms = [replaced(a, level=2, at=NOW) for a in start.alarms if a.incident]
        people = [*start.operators, replaced(start.operators[0], name="adi")]
        sound = Played()
        night = Night(replaced(start, incidents=rows, alarms=alarms, operators=people))
        async with console(night, sound=sound) as (app, _pilot):
            assert bool(app.ear.mine(NOW)) is expected


async def test_what_belongs_to_somebody_who_has_left_is_heard() -> None:
    start = board()
    rows = [replaced(row, owner="adi") for row in start.incidents]
    people = [start.operators[0], replaced(start.operators[1], name="adi", state="off")]
    night = Night(replaced(start, incidents=rows, operators=people))
    async with console(night, sound=Played()) as (app, _pilot):
        assert len(app.ear.mine(NOW)) == 2


async def test_a_seat_that_hears_nothing_tells_the_server_until_the_board_says_so() -> None:
    night = Night()
    async with console(night, sound=Played(works=False)) as (app, pilot):
        await until(pilot, lambda: [c.args for c in night.sent if c.command == "seat"] == [{"heard": False}])
        rina = next(row for row in night.start.operators if row.name == "rina")
        night.push(Changes(seq=101, now=NOW, operators=[replaced(rina, deaf=True)]))
        await until(pilot, lambda: app.store.operators["rina"].deaf)
        await pilot.pause(0.6)
        assert len([c for c in night.sent if c.command == "seat"]) == 1


async def test_ctrl_s_silences_this_seat_and_says_so() -> None:
    sound = Played()
    async with console(Night(), sound=sound) as (app, pilot):
        await until(pilot, lambda: sound.levels)
        await pilot.press(str(sound.levels[0]), "ctrl+s")
        await until(pilot, lambda: "SENYAP 60" in lines_of(app)[0])
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "SENYAP" not in lines_of(app)[0])


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_flood_turns_line_2_into_a_counted_list(size: tuple[int, int]) -> None:
    alarms = [replaced(alarm(NEEDED, n, NOW), phase="dispatch") for n in range(FLOOD_OVER + 1)]
    async with console(Night(board(alarms=alarms)), size) as (app, pilot):
        await until(pilot, lambda: "BANJIR 11/10mnt: 11 belum dikirim SLW" in lines_of(app)[1])
        assert "F8" in lines_of(app)[1]


async def test_manual_is_typed_and_said_until_it_is_typed_again() -> None:
    night = Night(board(centre=replaced(board().centre, next_card="M-021")))
    async with console(night) as (app, pilot):
        await type_text(pilot, "manual")
        assert "kartu kertas" in line(app, "=>")
        await pilot.press("enter")
        await until(pilot, lambda: "MANUAL M-021" in lines_of(app)[0])
        assert "M-021" in line(app, "OK")
        await type_text(pilot, "manual")
        await pilot.press("enter")
        await until(pilot, lambda: "MANUAL" not in lines_of(app)[0])
        await until(pilot, lambda: night.sent)
        assert {sent.command for sent in night.sent} == {"seat"}, "nothing else goes out"


async def test_manual_is_told_to_the_board_also_when_the_server_comes_back_and_followed_at_the_next_console() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        night.away = True
        night.push(ServerAway("gone"))
        await until(pilot, lambda: app.desk.link.state == "offline")
        await type_text(pilot, "manual")
        await pilot.press("enter")
        await until(pilot, lambda: "MANUAL" in lines_of(app)[0])
        assert not night.sent
        night.away = False
        await until(pilot, lambda: [sent.args for sent in night.sent if sent.command == "seat"])
        assert night.sent[-1].args == {"on_paper": True}
        rina = app.store.operators["rina"]
        night.push(Changes(seq=101, now=NOW, operators=[replaced(rina, on_paper=True)]))
        await until(pilot, lambda: app.store.operators["rina"].on_paper)
        app.local.paper.watch()  # what comes next is somebody else's word
        night.push(Changes(seq=102, now=NOW, operators=[replaced(rina, on_paper=False)]))
        await until(pilot, lambda: "MANUAL" not in lines_of(app)[0])
