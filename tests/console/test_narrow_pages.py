"""At 80 columns a page loses nothing: what does not fit goes on below, and no line is wider than the screen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from console.desk import Desk
from console.labels import LANGUAGES, label
from console.store import Store
from console.view.cell import Line, fold
from console.view.detail import detail_lines
from console.view.hits import hit_lines
from console.view.look import Look
from console.view.map import chosen_line, legend_line, tallies
from console.view.page import text_lines
from console.view.reasons import answer_lines, decision_lines
from console.view.row import unit_heads, unit_row
from console.view.tabs import head_lines, tab_line, tab_lines
from dispatch.wire import CoverRow, LogLine, SearchHit, SearchResult
from tests.console.night import CENTRE, NOW, ago, board, detail, replaced
from tests.console.whole import whole_night

LANGS = pytest.mark.parametrize("lang", LANGUAGES)
WIDTHS = pytest.mark.parametrize("width", [80, 100, 120, 160])
LONG = "rumah kebakaran di Pesayangan, api besar sekali dan merembet ke gudang, ada gardu PLN di sebelah, warga panik"


def flat(lines: list[Line], width: int) -> str:
    """All words in order; every line fits."""
    assert [line.text for line in lines if line.width > width] == []
    return " ".join(" ".join(line.text for line in lines).split())


def hit(**more: Any) -> SearchHit:
    values: dict[str, Any] = {
        "kind": "incident", "key": "incident:1048", "incident": 1048, "at": ago(14), "where": "number",
        "title": LONG, "marks": [(0, 5), (72, 77)], "detail": "Kebakaran bangunan P2 LOKASI balai desa, Pesayangan",
    }
    return SearchHit(**{**values, **more})


@WIDTHS
@LANGS
def test_a_hit_keeps_its_date_its_reason_and_all_its_words(width: int, lang: str) -> None:
    found = hit()
    lines = hit_lines(SearchResult(query="rumah", hits=[found]), Look(CENTRE, NOW, lang), width)
    told = flat(lines, width)
    assert "1048 12/01 14:18" in told
    assert f"[{label('label.where.number', lang)}]" in told
    assert LONG in told
    assert found.detail in told
    bold = "".join(s.text for line in lines for s in line.segments if s.style == Look(CENTRE, NOW).palette.strong)
    assert "rumah" in bold


def test_a_hit_of_another_year_says_which_and_training_numbers_are_marked() -> None:
    look = Look(replaced(CENTRE, mode="training"), NOW)
    told = flat(hit_lines(SearchResult(query="x", hits=[hit(at=ago(60 * 24 * 400), title="x")]), look, 80), 80)
    assert "L-1048 08/12/2024" in told


@WIDTHS
@LANGS
def test_answers_and_help_are_folded(width: int, lang: str) -> None:
    look = Look(CENTRE, NOW, lang)
    lines = ["1033 25-11 14:00 iseng oleh adi: menekan 5 dua kali. " + LONG, "  pendek"]
    assert flat(answer_lines({"lines": lines}, look, width), width) == " ".join(" ".join(lines).split())
    help_words = label("screen.entry.help.lines", lang) + label("screen.help.lines", lang)
    assert flat(text_lines(help_words, look, width), width) == " ".join(help_words.split())
    kept = [line.text for line in text_lines(" F1  help          F2  answer", look, width)]
    assert kept == [" F1  help          F2  answer"], "columns of a line that fits stay"


@WIDTHS
@pytest.mark.parametrize(("lang", "words"), [
    ("id", ["Jenis KBK kebakaran: kobongan neng warung; geni (building_fire, flame_word)", "Prioritas P2: kobongan",
            "Tempat 33.28.10.2005: pasar trayeman (gazetir)", "aturan kebakaran jiwa cocok",
            "aturan luar wilayah tidak, batas wilayah tidak sesuai", "yang memutuskan: kebakaran jiwa"]),
    ("en", ["Type KBK fire:", "Priority P2:", "(gazetteer)", "rule kebakaran jiwa matches", "does not fit"]),
])
def test_why_is_told_in_words_and_codes_stand_in_brackets(width: int, lang: str, words: list[str]) -> None:
    decision = {
        "rules": ["kebakaran_jiwa"], "version": "2026.1",
        "trace": [["fire", "luar_wilayah", False, "outside"], ["fire", "kebakaran_jiwa", True, ""]],
        "reasons": [["type", "fire", "building_fire", ["kobongan", "neng", "warung"]],
                    ["severity", "high", "fire_now", ["kobongan"]], ["type", "fire", "flame_word", ["geni"]],
                    ["place", "33.28.10.2005", "place", ["pasar trayeman"]]],
    }
    told = flat(decision_lines(decision, Look(CENTRE, NOW, lang), width), width)
    for part in words:
        assert part in told
    for slug in ("severity: high", "type: fire", "kebakaran_jiwa", "outside)"):
        assert slug not in told


@LANGS
@pytest.mark.parametrize("tab", range(1, 7))
def test_no_tab_is_wider_than_the_screen(tab: int, lang: str) -> None:
    night = whole_night()
    desk = Desk(Store(), lang=lang)
    desk.store.snapshot(night.start, NOW)
    desk.current = 1048
    desk.keep_detail(night.details[1048])
    look = desk.look(NOW)
    facts = desk.facts(look)
    assert facts is not None
    for width in (80, 100):
        head = flat(head_lines(facts, look, width), width)
        assert flat([tab_line(tab, look, width, 120)], width).endswith("PgDn")
        body = flat(tab_lines(tab, facts, look, width), width)
        wide = " ".join(" ".join(line.text for line in tab_lines(tab, facts, look, 400)).split())
        assert body == wide, "the same words, on more lines"
        assert label("screen.tab.version", lang, n=facts.row.version) in head


@LANGS
def test_an_event_in_the_audit_tab_is_told_in_words(lang: str) -> None:
    night = whole_night()
    desk = Desk(Store(), lang=lang)
    desk.store.snapshot(night.start, NOW)
    desk.current = 1048
    line = LogLine(seq=900, at=NOW, actor="system", incident=1048, kind="reach.ended",
                   data={"subject": "pln", "status": "en_route", "channel": "voice"})
    desk.keep_detail(replaced(night.details[1048], timeline=[line]))
    look = desk.look(NOW)
    facts = desk.facts(look)
    assert facts is not None
    told = flat(tab_lines(6, facts, look, 120), 120)
    assert f">{label('label.assignment.en_route', lang)} {label('label.channel_name.voice', lang)} PLN" in told
    assert "en_route" not in told
    assert label("label.actor.system", lang) in told


@LANGS
@pytest.mark.parametrize(("width", "height"), [(100, 3), (100, 5), (109, 3)])
def test_below_two_columns_the_callers_words_and_the_clocks_have_lines_of_their_own(
    width: int, height: int, lang: str
) -> None:
    desk = Desk(Store(), lang=lang)
    desk.store.snapshot(whole_night().start, NOW)
    desk.current = 1051
    look = desk.look(NOW)
    lines = [line.text for line in detail_lines(desk.facts(look), look, width, height)]
    assert 3 <= len(lines) <= height
    assert lines[1].startswith(label("screen.detail.said", lang))
    assert any(line.startswith(label("screen.detail.clocks", lang)) for line in lines)
    assert not any("[F7]" in line for line in lines), "no column of hints takes half of it"


@pytest.mark.parametrize(("rules", "said"), [
    ([CoverRow(agency="health", minimum=2, kecamatan="Slawi")], ["sisa PSC SLW 0 (min 2)~"]),
    ([CoverRow(agency="health", minimum=2), CoverRow(agency="police", minimum=9)],
     ["sisa PSC 1 (min 2)~", "sisa POL 4 (min 9)~"]),
    ([CoverRow(agency="health", minimum=1), CoverRow(agency="fire", minimum=9)], []),
    ([], []),
])
@pytest.mark.parametrize("width", [150, 160])
def test_what_sending_the_advised_units_leaves_is_said_where_it_is_too_few(
    width: int, rules: list[CoverRow], said: list[str]
) -> None:
    """A01 and P12 are advised; A01 is the only free ambulance of Slawi, A03 stands ready elsewhere."""
    night = whole_night()
    desk = Desk(Store())
    desk.store.snapshot(replaced(night.start, centre=replaced(night.start.centre, cover=rules)), NOW)
    desk.current = 1051
    desk.keep_detail(detail(1051))
    look = desk.look(NOW)
    told = "\n".join(line.text for line in detail_lines(desk.facts(look), look, width, 8))
    assert [part for part in told.replace("|", "\n").split("\n") if "(min " in part and part.strip() not in said] == []
    for part in said:
        assert part in told


@LANGS
def test_the_legend_of_the_map_is_whole(lang: str) -> None:
    store = Store()
    store.snapshot(board(centre=replaced(CENTRE, district_points={})), NOW)
    look = Look(store.centre, NOW, lang)
    found = tallies(store, look)
    lines = [*fold(chosen_line(found["SLW"], look), 80, 2), *fold(legend_line(found, look), 80, 2)]
    told = flat(lines, 80)
    assert label("screen.map.legend", lang) in told
    assert label("screen.map.no_points", lang) in told
    assert all(unit.call_sign in told for unit in found["SLW"].ready)


@LANGS
def test_a_unit_on_the_board_keeps_its_station_at_80_columns(lang: str) -> None:
    look = Look(CENTRE, NOW, lang)
    unit = replaced(board().units[0], name="Damkar Slawi 1", base="Kantor Dishub Slawi", note="")
    assert unit_row(unit, look, 80, selected=False).text.rstrip().endswith("Kantor Dishub Slawi")
    assert "~" not in unit_heads(look, 80).text


@given(st.lists(st.text(st.sampled_from("ab -é"), max_size=30), max_size=6), st.integers(20, 60), st.integers(0, 9))
def test_folding_loses_no_character_and_keeps_styles(texts: list[str], width: int, indent: int) -> None:
    line = Line()
    for index, text in enumerate(texts):
        line.add(text, Style(bold=bool(index % 2)))
    rows = fold(line, width, indent)
    assert all(row.width <= width for row in rows)

    def marks(lines: list[Line]) -> list[tuple[str, bool]]:
        return [(char, bool(s.style and s.style.bold)) for one in lines for s in one.segments for char in s.text
                if not char.isspace()]

    assert marks(rows) == marks([line])
