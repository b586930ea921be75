"""Words, colours and strange text: what every line is made of."""

from __future__ import annotations

import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from console.labels import catalogue
from console.store import Store
from console.theme import PALETTES, Palette, colour_of, without_colour
from console.view import row as rows
from console.view.cell import Line
from console.view.look import Look
from console.view.span import span
from console.view.visible import visible
from tests.console.night import CENTRE, NOW, board, units

HOSTILE = [
    "[/]",
    "[@click=app.quit]x[/]",
    "\x1b]0;x\x07\x1b[2J",
    "\u202eCIHC",
    "a\nb\tc",
    "\ud800",
    "e" + "\u0301" * 40,
    "👨‍👩‍👧",
    "$primary",
    "\u2066x\u2069",
    "\x9b31m",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_obeyed(text: str) -> None:
    shown = visible(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert not any(char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for char in shown)
    shown.encode("utf-8")


def test_escape_and_override_stay_readable() -> None:
    assert visible("a\x1b[31mb") == "a^[[31mb"
    assert visible("x\u202ey") == "x<202E>y"
    assert visible("satu\ndua\ttiga") == "satu / dua tiga"


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_cell_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    line = Line().add(text, None, width)
    assert cell_len(line.text) == width == line.strip(width, Style()).cell_length


@given(st.text(max_size=80), st.integers(1, 60))
def test_a_line_fills_its_width_and_never_more(text: str, width: int) -> None:
    assert Line().add(text).strip(width, Style()).cell_length == width


@given(st.integers(0, 99 * 86400))
def test_a_duration_takes_at_most_five_cells(seconds: int) -> None:
    assert len(span(timedelta(seconds=seconds))) <= 5


@pytest.mark.parametrize(
    ("seconds", "text"), [(48, "00:48"), (2470, "41:10"), (5999, "99:59"), (43500, "12j05"), (360000, "4h04")]
)
def test_durations_read_as_on_the_boards(seconds: int, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


def test_both_catalogues_have_the_same_keys_and_fields() -> None:
    indonesian, english = catalogue("id"), catalogue("en")
    assert set(indonesian) == set(english)
    fields = string.Formatter()
    for key, text in indonesian.items():
        if not key.endswith(".lines"):
            named = [{found[1] for found in fields.parse(one)} - {None} for one in (text, english[key])]
            assert named[0] == named[1], key


def _light(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


ALL_PALETTES = [*PALETTES.values(), *map(without_colour, PALETTES.values())]


@pytest.mark.parametrize("palette", ALL_PALETTES, ids=[*PALETTES, *(f"{name}-grey" for name in PALETTES)])
def test_every_text_has_enough_contrast_on_the_ground_and_on_a_selected_row(palette: Palette) -> None:
    for name in (
        "text",
        "strong",
        "quiet",
        "title",
        "p1",
        "p2",
        "p3",
        "p4",
        "p5",
        "ready",
        "warn",
        "late",
        "ok",
        "key",
    ):
        colour = colour_of(getattr(palette, name))
        assert contrast(colour, palette.ground) >= 4.5, name
        assert contrast(colour, palette.band) >= 4.5, name
    for name in ("p1_chip", "live", "stale", "offline", "training", "standby", "simulator"):
        style = getattr(palette, name)
        assert contrast(colour_of(style), style.bgcolor.get_truecolor().hex) >= 4.5, name
    assert contrast(colour_of(palette.frame), palette.ground) >= 3


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
def test_without_colours_what_presses_is_bolder_than_the_rest_and_no_colour_is_left(palette: Palette) -> None:
    grey = without_colour(palette)
    for name in ("p1", "p2", "warn", "late"):
        style = getattr(grey, name)
        assert style.bold, name
        assert contrast(colour_of(style), grey.ground) > contrast(colour_of(grey.text), grey.ground), name
    assert {colour_of(style) for style in grey.priorities} <= {
        colour_of(palette.text), colour_of(palette.strong), colour_of(palette.quiet)}


def test_states_differ_without_colour() -> None:
    look = Look(CENTRE, NOW)
    store = Store()
    store.snapshot(board(), NOW)
    shown = {rank: rows.chip(row, look)[0] for row in store.incidents.values() for rank in [row.severity]}
    assert len(set(shown.values())) == len(shown)
    assert len(set(rows.GLYPHS.values())) == len(rows.GLYPHS)


@pytest.mark.parametrize("width", [71, 80, 120, 200])
def test_rows_and_their_heads_stand_in_the_same_columns(width: int) -> None:
    look = Look(CENTRE, NOW)
    store = Store()
    store.snapshot(board(), NOW)
    waiting = rows.waiting_row(store.incidents[1051], look, width, selected=False)
    start, size = rows.waiting_clock(look, width)
    assert waiting.text[start : start + size] == "00:48~"
    assert rows.waiting_heads(look, width).text[start : start + 5].strip() == "Umur"
    active = rows.active_row(store.incidents[1041], look, width, selected=False)
    start, size = rows.active_clock(look, width)
    assert active.text[start : start + size].split() == ["JALAN!", "14:55"]
    assert waiting.width <= width
    assert active.width <= width


def test_units_that_do_not_fit_are_counted() -> None:
    look = Look(CENTRE, NOW)
    lines = rows.chip_lines(units(), frozenset({"D07"}), look, 80, 2)
    text = " ".join(line.text for line in lines)
    shown = sum(unit.call_sign in text for unit in units())
    assert f"+{len(units()) - shown} F4" in text
    assert "D07>1041!" in text
    assert all(line.width <= 80 for line in lines)
