"""The line-drawn board: what moves, what is repainted, what is remembered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.strip import Strip

from console.view.cell import Line
from console.widgets.board import Board, held_order
from console.widgets.lines import difference

Keys = st.lists(st.integers(0, 12), unique=True)


@given(Keys, Keys)
def test_holding_moves_nothing_and_loses_nothing(shown: list[int], wanted: list[int]) -> None:
    order = held_order(shown, wanted)
    assert order[: len(shown)] == shown
    assert set(order) == set(shown) | set(wanted)
    assert len(order) == len(set(order))


class BoardApp(App[None]):
    CSS = "Board { height: 5; width: 40; }"

    def __init__(self) -> None:
        super().__init__()
        self.painted: list[int] = []
        self.second = 0
        self.board: Board[int] = Board(
            self._paint,
            lambda key: (key, self.second),
            lambda width: (10, 4),
            lambda: Line().add("none"),
            lambda selected: Style(),
            id="board",
        )

    def _paint(self, key: int, width: int, selected: bool) -> Line | None:
        self.painted.append(key)
        return Line().add(f"{'>' if selected else ' '}row {key}")

    def compose(self) -> ComposeResult:
        yield self.board

    def lines(self) -> list[str]:
        return [self.board.render_line(y).text.rstrip() for y in range(5)]


async def test_selection_follows_the_key_and_keeps_its_line_when_rows_are_inserted_above() -> None:
    app = BoardApp()
    async with app.run_test() as pilot:
        app.board.show(list(range(10, 30)))
        app.board.select(18)
        await pilot.pause()
        line = next(y for y, text in enumerate(app.lines()) if text == ">row 18")
        app.board.show([1, 2, 3, *range(10, 30)])
        await pilot.pause()
        assert app.lines()[line] == ">row 18"


async def test_only_visible_rows_are_painted_and_each_only_once_a_second() -> None:
    app = BoardApp()
    async with app.run_test() as pilot:
        app.board.show(list(range(10_000)))
        await pilot.pause()
        assert set(app.painted) == set(range(5))
        app.painted.clear()
        app.board.tick()
        await pilot.pause()
        assert app.painted == []
        app.second = 1
        app.board.tick()
        await pilot.pause()
        assert sorted(app.painted) == list(range(5))


async def test_moving_past_the_end_stays_and_scrolls_into_view() -> None:
    app = BoardApp()
    async with app.run_test() as pilot:
        app.board.show(list(range(8)))
        assert app.board.neighbour(1) == 0
        for _ in range(12):
            app.board.select(app.board.neighbour(1))
        await pilot.pause()
        assert app.board.selected == 7
        assert app.lines()[-1] == ">row 7"
        assert app.board.shown == (4, 8)


async def test_an_empty_board_says_so_and_selects_nothing() -> None:
    app = BoardApp()
    async with app.run_test() as pilot:
        app.board.show([])
        await pilot.pause()
        assert app.lines()[0] == "none"
        assert app.board.neighbour(1) is None


Words = st.lists(st.sampled_from(["aa", "b", "ccc"]), max_size=6)


@given(Words, Words)
def test_what_is_repainted_covers_everything_that_differs(before: list[str], after: list[str]) -> None:
    old, new = (Strip([Segment(text) for text in texts]).extend_cell_length(20) for texts in (before, after))
    left, width = difference(old, new)
    assert old.text[:left] == new.text[:left]
    assert old.text[left + width :] == new.text[left + width :]
