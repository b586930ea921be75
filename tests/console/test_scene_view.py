"""What was noted of a scene, wherever an incident is shown: the danger first, nothing obeyed, nothing made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.filter import BoardFilter
from console.plain import Plain
from console.theme import DARK
from console.view.change import change_of, rest_of
from console.view.detail import detail_lines, detail_title
from console.view.facts import Facts
from console.view.look import Look
from console.view.reasons import decision_lines
from console.view.tabs import head_lines, tab_lines
from dispatch.grammar import read_scene, write_scene
from dispatch.wire import PlaceRow, SceneRow
from tests.console.night import CENTRE, NOW, detail, replaced

LOOK = Look(CENTRE, NOW, "id", DARK)
SCENE = SceneRow(landmark="rumah hijau, blk mushola", casualties=2, trapped=1, weapon=True, hazard="gas \x1b[2J bocor")
PLACE = PlaceRow(desa="Dukuhsalam", kecamatan="Slawi", landmark="rumah hijau, blk mushola", spot="RT2/1")


def facts(scene: SceneRow = SCENE) -> Facts:
    told = detail(1051)
    row = replaced(told.incident, scene=scene, place=PLACE, caller_name="B. S.", callback="0813-***-111")
    return Facts(row, replaced(told, incident=row, caller_name="Bu Sri", callback="+6281300000111"))


@pytest.mark.parametrize(("width", "height"), [(80, 2), (80, 4), (120, 4), (120, 5), (160, 9)])
def test_the_danger_stands_beside_every_incident(width: int, height: int) -> None:
    lines = [line.text for line in detail_lines(facts(), LOOK, width, height)]
    assert len(lines) <= height
    assert any("SENJATA | bahaya: gas ^[[2J bocor" in line for line in lines), lines
    if width > 80:
        assert any("terjebak 1 | korban 2" in line for line in lines)
    nothing = [line.text for line in detail_lines(facts(SceneRow()), LOOK, width, height)]
    assert not any("TKP" in line for line in nothing)


def test_the_title_says_whom_to_ring_and_where_it_is() -> None:
    title = detail_title(facts(), LOOK, 160).text
    assert "0813-***-111 Bu Sri" in title
    assert "RT2/1" in title, "the words of the place are not pushed aside by the landmark"
    assert "rumah hijau" in LOOK.place(replaced(PLACE, spot=""))


def test_the_page_of_an_incident_tells_all_of_it() -> None:
    head = " ".join(" ".join(line.text for line in head_lines(facts(), LOOK, 80)).split())
    assert "ciri: rumah hijau, blk mushola" in head
    assert "pelapor: Bu Sri +6281300000111" in tab_lines(3, facts(), LOOK, 120)[0].text
    raised = decision_lines({"rules": ["medis"], "raised": ["ada_terjebak"]}, LOOK, 120)
    assert any("aturan ada terjebak" in line.text for line in raised)


@pytest.mark.parametrize(("before", "after", "change"), [
    (None, False, ">tidak"), (True, None, "ya>"), (0, 2, "0>2"), ("gang sempit", "pos ronda", "gang sempit>pos ronda"),
])
def test_the_audit_says_what_it_was_and_is(before: object, after: object, change: str) -> None:
    data = {"field": "weapon", "before": before, "after": after}
    assert change_of("incident.noted", data, LOOK) == change
    assert rest_of(data, LOOK) == "senjata"


@pytest.mark.parametrize(("lang", "said"), [("id", "TKP: SENJATA, bahaya: gas"), ("en", "Scene: WEAPON, hazard: gas")])
def test_the_line_mode_reads_it_out(lang: str, said: str) -> None:
    known = facts().detail
    assert known is not None
    lines = list(Plain(CENTRE, lang).detail(known))
    assert any(line.startswith(said) for line in lines), lines
    assert any(line.endswith("Bu Sri +6281300000111") for line in lines)
    assert not any("\x1b" in line for line in lines)
    assert any("ada_terjebak" in line for line in Plain(CENTRE, lang).decision({"raised": ["ada_terjebak"]}))


def test_the_boards_are_filtered_by_it() -> None:
    row = facts().row
    assert all(BoardFilter((("text", word),), "").shows(row, NOW) for word in ("hijau", "bocor", "rt2/1"))
    assert not BoardFilter((("text", "kabel"),), "").shows(row, NOW)


# -- the words ----------------------------------------------------------------------------------------

counts = st.one_of(st.none(), st.integers(0, 9999))
hazards = st.one_of(st.just(""), st.text(max_size=20), st.sampled_from(["2 luka", "senjata", "bahaya api"]))


@given(counts, counts, st.sampled_from([None, True, False]), hazards)
def test_what_is_written_is_read_as_it_was(
    casualties: int | None, trapped: int | None, weapon: bool | None, hazard: str
) -> None:
    scene = {"casualties": casualties, "trapped": trapped, "weapon": weapon, "hazard": " ".join(hazard.split())}
    known = {key: value for key, value in scene.items() if value not in (None, "") or value == 0}
    assert read_scene(write_scene(scene)) == {key: value for key, value in known.items() if value != ""}


@given(st.text(max_size=80))
def test_no_words_are_refused_or_lost(words: str) -> None:
    found = read_scene(words)
    assert set(found) <= {"casualties", "trapped", "weapon", "hazard"}
    assert all(0 <= found[key] <= 9999 for key in ("casualties", "trapped") if key in found)
    assert bool(found) is bool(words.split()) or "bahaya" in words.casefold() or "hazard" in words.casefold()


@pytest.mark.parametrize(("words", "scene"), [
    ("2 luka 1 terjebak senjata gas bocor", {"casualties": 2, "trapped": 1, "weapon": True, "hazard": "gas bocor"}),
    ("korban 2 terjebak 1", {"casualties": 2, "trapped": 1}),
    ("2", {"casualties": 2}), ("2k 1t s", {"casualties": 2, "trapped": 1, "weapon": True}),
    ("k2 t1", {"casualties": 2, "trapped": 1}), ("2 1 terjebak", {"casualties": 2, "trapped": 1}),
    ("2 luka 1 meninggal", {"casualties": 3}), ("2 korban luka", {"casualties": 2}),
    ("korban luka 2", {"casualties": 2}),
    ("satu orang terjebak", {"trapped": 1}), ("terjebak", {"trapped": 1}), ("0 terjebak", {"trapped": 0}),
    ("tidak ada korban", {"casualties": 0}), ("tanpa senjata", {"weapon": False}), ("unarmed", {"weapon": False}),
    ("tidak ada senjata, 1 luka", {"weapon": False, "casualties": 1}),
    ("tidak ada yang terjebak, belum ada korban", {"trapped": 0, "casualties": 0}),
    ("bukan senjata, 2 orang yg luka", {"weapon": False, "casualties": 2}),
    ("3 kg gas bocor", {"hazard": "3 kg gas bocor"}), ("gas 3 kg", {"hazard": "gas 3 kg"}),
    ("hazard gas", {"hazard": "gas"}), ("api 3", {"hazard": "api 3"}),
    ("3 bahaya gas", {"casualties": 3, "hazard": "gas"}), ("2 unarmed", {"casualties": 2, "weapon": False}),
    ("bahaya 2 luka", {"hazard": "2 luka"}), ("s?", {"hazard": "s?"}), ("²", {"hazard": "²"}),
    ("99999 luka", {"casualties": 1, "hazard": "99999"}),
    ("3 hurt 2 trapped weapon", {"casualties": 3, "trapped": 2, "weapon": True}),
])
def test_the_words_mean_what_an_operator_means(words: str, scene: dict[str, object]) -> None:
    assert read_scene(words) == scene
