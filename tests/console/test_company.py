"""One person at several consoles: nothing typed is lost, somebody hears, every screen says so."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.company import Hearing
from console.draft import DraftKeeper, Kept, joined
from console.entry.form import Draft as FormDraft
from console.store import Store
from console.view.head import Marks, Seat
from console.view.look import Look
from console.view.wall.data import WallData
from console.view.wall.frame import header
from dispatch.wire import Changes, Command, CommandResult
from tests.console.night import NOW, Night, board, replaced
from tests.console.test_alarms import Played
from tests.console.test_banners import SPV, text_of
from tests.console.test_workspace import RINA, console, line, lines_of, prompt, type_text, until

# -- drafts ---------------------------------------------------------------------------------------------


@dataclass
class Console:
    """A console's draft, and what is typed at it."""

    folder: Path
    kept: Kept = field(default_factory=Kept)

    def __post_init__(self) -> None:
        self.keeper = DraftKeeper(self.folder, lambda: self.kept, cast(Any, None))

    def start(self, seat: Seat = RINA) -> Kept:
        self.kept = self.keeper.use(seat)
        return self.kept

    def type(self, line: str, *forms: FormDraft) -> None:
        self.kept = Kept(line, list(forms))
        self.keeper.save_now()

    def end(self) -> None:
        """However it ends: the system lets go of the lock."""
        self.keeper.release()


@pytest.mark.parametrize(("kept", "left", "both"), [
    (Kept("r api", on=3), Kept(), Kept("r api", on=3)),
    (Kept(on=3), Kept("r api", on=7), Kept("r api", on=7)),
    (Kept("a"), Kept("b"), None),
    (Kept(forms=[FormDraft(incident=1)]), Kept("b", [FormDraft(incident=2)]),
     Kept("b", [FormDraft(incident=2), FormDraft(incident=1)])),
    (Kept(forms=[FormDraft(incident=1)]), Kept(forms=[FormDraft(incident=1)]), None),
    (Kept(forms=[FormDraft()]), Kept(forms=[FormDraft()]), Kept(forms=[FormDraft(), FormDraft()])),
])
def test_of_two_drafts_neither_hides_the_other(kept: Kept, left: Kept, both: Kept | None) -> None:
    assert joined(kept, left) == both


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Console, Console]]:
    first, second = Console(tmp_path), Console(tmp_path)
    yield first, second
    first.end()
    second.end()


def form(incident: int | None) -> FormDraft:
    return replaced(FormDraft(), incident=incident)


def test_two_consoles_of_one_seat_never_write_the_same_file(pair: tuple[Console, Console], tmp_path: Path) -> None:
    first, second = pair
    assert (first.start(), second.start()) == (Kept(), Kept())
    first.type("r 1051: api")
    second.type("d a01 1048")
    first.end()
    second.end()
    again, other = Console(tmp_path), Console(tmp_path)
    assert again.start().line == "r 1051: api"
    assert other.start().line == "d a01 1048"
    again.end()
    other.end()


def test_what_a_second_console_left_comes_to_the_one_that_has_room(
    pair: tuple[Console, Console], tmp_path: Path
) -> None:
    first, second = pair
    first.start()
    second.start()
    second.type("d a01 1048", form(1048))
    second.end()
    first.type("", form(1051))
    first.end()
    alone = Console(tmp_path)
    kept = alone.start()
    assert (kept.line, [draft.incident for draft in kept.forms]) == ("d a01 1048", [1048, 1051])
    alone.end()
    assert Console(tmp_path).start() == kept, "it is in one file now, and only once"


def test_what_would_hide_something_stays_where_it_is(pair: tuple[Console, Console], tmp_path: Path) -> None:
    first, second = pair
    first.start()
    second.start()
    first.type("satu", form(1051))
    second.type("", form(1051))
    first.end()
    second.end()
    alone = Console(tmp_path)
    assert [draft.incident for draft in alone.start().forms] == [1051]
    alone.type("")
    alone.end()
    assert [draft.incident for draft in Console(tmp_path).start().forms] == [1051], "the other one, now there is room"


def test_what_a_running_console_types_is_not_taken_from_it(pair: tuple[Console, Console]) -> None:
    first, second = pair
    first.start()
    first.type("r 1051: api")
    assert second.start() == Kept()


def test_a_folder_that_takes_nothing_is_said_and_does_not_stop_the_console(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lone = Console(tmp_path / "file" / "drafts")
    assert lone.start() == Kept()
    assert lone.keeper.problem


def test_names_that_look_like_copies_are_others(tmp_path: Path) -> None:
    one, other = Console(tmp_path), Console(tmp_path)
    one.start(Seat("rina", "", "3"))
    other.start(Seat("rina+2", "", "3"))
    other.type("milik lain")
    other.end()
    third = Console(tmp_path)
    assert third.start(Seat("rina", "", "3")) == Kept()
    one.end()
    third.end()


async def test_what_cannot_be_kept_is_said_on_the_screen(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with console(Night(), draft=tmp_path / "file" / "drafts") as (app, pilot):
        await type_text(pilot, "r 1051: api")
        await until(pilot, lambda: "tidak tersimpan di berkas: [Errno" in line(app, "GAGAL"))
        assert prompt(app) == "r 1051: api"


async def test_a_console_gives_its_draft_back_when_it_ends(tmp_path: Path) -> None:
    for _ in range(2):
        async with console(Night(), draft=tmp_path) as (app, pilot):
            await type_text(pilot, "r 1051: api" if not prompt(app) else "!")
        assert not [name for name in os.listdir(tmp_path) if "+" in name]


# -- hearing --------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["open", "close", "deaf", "hears"])), max_size=25))
def test_the_board_says_deaf_when_no_console_hears_and_nobody_argues_for_ever(steps: list[tuple[int, str]]) -> None:
    ears: dict[int, tuple[Hearing, bool]] = {0: (Hearing(), False)}
    board_deaf = False
    for which, act in steps:
        if act == "open":
            ears.setdefault(which, (Hearing(), bool(which % 2)))
        elif act == "close" and len(ears) > 1:
            ears.pop(which, None)
        elif which in ears:
            ears[which] = (ears[which][0], act == "deaf")
        told = 0
        while told <= 4 * len(ears) + 4:
            talkers = [
                (hearing, deaf) for hearing, deaf in ears.values() if hearing.must_tell(deaf, board_deaf, len(ears))
            ]
            if not talkers:
                break
            for hearing, deaf in talkers:
                board_deaf = deaf
                hearing.told(deaf, len(ears))
                told += 1
        else:
            raise AssertionError("they argue without end")
        assert board_deaf == all(deaf for _, deaf in ears.values())


class Shared(Night):
    """One of two consoles of rina: what either tells of its hearing stands on both boards."""

    both: ClassVar[list[Shared]] = []
    told: ClassVar[list[bool]] = []

    async def command(self, command: Command) -> CommandResult:
        if command.command == "seat" and isinstance(command.args, dict):
            heard = bool(command.args["heard"])
            self.told.append(heard)
            rina = next(row for row in self.start.operators if row.name == "rina")
            for night in self.both:
                night.push(Changes(seq=100 + len(self.told), now=NOW, operators=[replaced(rina, deaf=not heard)]))
        return await super().command(command)


async def test_a_console_that_hears_speaks_for_one_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    start = board()
    start = replaced(start, centre=replaced(start.centre, screens={"rina": 2}))
    nights = [Shared(start), Shared(start)]
    monkeypatch.setattr(Shared, "both", nights)
    monkeypatch.setattr(Shared, "told", [])
    monkeypatch.setattr("console.ear.TELL_AGAIN", timedelta())
    async with console(nights[0], sound=Played(works=False)) as (deaf, pilot):
        await until(pilot, lambda: Shared.told == [False] and deaf.store.operators["rina"].deaf)
        sound = Played()
        nights[1].start = replaced(start, operators=[
            replaced(row, deaf=row.name == "rina") for row in start.operators
        ])
        async with console(nights[1], sound=sound) as (hears, other):
            await until(other, lambda: sound.levels)
            await other.press(str(sound.levels[0]))
            await until(other, lambda: Shared.told[-1] is True and not hears.store.operators["rina"].deaf)
            for _ in range(4):
                deaf.ear.watch()
                hears.ear.watch()
                await asyncio.sleep(0.02)
            assert Shared.told == [False, True], "nobody argues"
            assert hears.ear.mine(NOW), "and somebody hears"
            assert not deaf.store.operators["rina"].deaf


# -- what is seen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120, 160])
def test_both_screens_and_the_supervisor_see_it(width: int) -> None:
    assert "2 LAYAR" in text_of(width, marks=Marks(screens=2))
    assert "LAYAR" not in text_of(width)
    assert "2 LAYAR rina" in text_of(width, seat=SPV, screens={"rina": 2})
    assert "LAYAR" not in text_of(width, screens={"adi": 2}), "others do not"


def test_the_wall_names_who_has_two() -> None:
    store = Store()
    start = board()
    store.snapshot(replaced(start, centre=replaced(start.centre, screens={"rina": 3, "adi": 2})), NOW)
    assert "3 LAYAR rina+1" in header(WallData(store), Look(store.centre, NOW), 160).text
    store.snapshot(start, NOW)
    assert "LAYAR" not in header(WallData(store), Look(store.centre, NOW), 160).text


async def test_another_console_is_said_when_it_opens_and_when_it_is_gone() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "r 1051: api")
        shared = replaced(night.start.centre, screens={"rina": 2})
        night.push(Changes(seq=101, now=NOW, centre=shared))
        await until(pilot, lambda: "[2 LAYAR]" in lines_of(app)[0])
        await until(pilot, lambda: any("rina dibuka di 2 layar" in text for text in lines_of(app)))
        assert prompt(app) == "r 1051: api"
        night.push(Changes(seq=102, now=NOW, centre=night.start.centre))
        await until(pilot, lambda: any("hanya layar ini" in text for text in lines_of(app)))
        assert "LAYAR]" not in lines_of(app)[0]


async def test_one_of_two_consoles_is_left_without_a_handover() -> None:
    rows = [replaced(row, owner="rina") for row in board().incidents]
    base = board(incidents=rows)
    night = Night(replaced(base, centre=replaced(base.centre, screens={"rina": 2})))
    async with console(night) as (app, pilot):
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "Ctrl+Q sekali lagi" in line(app, "=>"))
        await pilot.press("ctrl+q")
        assert app.return_code == 0
        assert not night.sent
