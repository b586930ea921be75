"""The call entry form as data: what it sends, what it keeps, and that it fits on every screen."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.entry.form import FIELDS, Draft, Form, groups
from console.entry.scene import LANDMARK, NAME, PHONE, SCENE
from console.store import RANKS
from console.theme import DARK
from console.view.entry import entry_lines, entry_title
from console.view.entry_part import Entry
from console.view.look import Look
from dispatch.grammar import Vocabulary
from dispatch.wire import CandidateRow, DuplicateRow, EarlierRow, EntryAdvice, LogLine, PlaceRow
from tests.console.night import CARD, CENTRE, NOW, entry_advice, incidents

WORDS = Vocabulary.of(CENTRE)
LOOK = Look(CENTRE, NOW, "id", DARK)

texts = st.text(max_size=60)
types = st.sampled_from(["", "kbk", "kbk lahan", "med", "zzz", "kebakaran", "1 2"])
levels = st.sampled_from(["", "1", "p2", "3 !hanya asap", "4", "9", "!x"])
given_answers = st.dictionaries(st.sampled_from(["MED-09/awake", "MED-09/breathing", "MED-09/age"]),
                                st.sampled_from(["yes", "no", "unknown", "58 tahun"]))


scene_words = ["2", "0", "luka", "1 terjebak", "t3", "senjata", "tanpa senjata", "gas bocor", "bahaya"]
scenes = st.lists(st.sampled_from(scene_words), max_size=4).map(" ".join)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    values = {"place": draw(texts), "text": draw(texts), "type": draw(types), "level": draw(levels),
              **{name: draw(texts) for name in (LANDMARK, PHONE, NAME)}, SCENE: draw(st.one_of(texts, scenes))}
    form = Form(draw(st.sampled_from([None, 1051])), "", None, values, draw(st.sampled_from(["", "Slawi"])))
    form.answers = draw(given_answers)
    form.at = draw(st.sampled_from(FIELDS))
    if draw(st.booleans()):
        form.take_advice(draw(advices()))
    return form


@st.composite
def advices(draw: st.DrawFn) -> EntryAdvice:
    villages = [CandidateRow(code=str(i), desa=draw(texts), kecamatan="Slawi") for i in range(draw(st.integers(0, 9)))]
    place = PlaceRow(ambiguous=bool(villages), candidates=villages, desa=draw(texts), kecamatan=draw(texts))
    earlier = [EarlierRow(incident=1, at=NOW, type="fire", status="closed", text=draw(texts))] * draw(st.integers(0, 6))
    severity = draw(st.sampled_from([None, *RANKS]))
    return EntryAdvice(type="medical", severity=severity, place=place, cards=draw(st.sampled_from([[], [CARD]])),
                       earlier=earlier, here=earlier, question={"key": "x", "text": {"id": draw(texts)}},
                       life_threat=True, unsure=True, agencies=["health", "fire"])


# -- what is sent -------------------------------------------------------------------------------------


@given(form=forms(), now=st.sampled_from([None, *RANKS]))
def test_what_was_saved_or_refused_is_not_sent_again(form: Form, now: str | None) -> None:
    args = form.args(WORDS, "id", now)
    for note in (form.note_saved, form.note_refused):
        other = Form(form.incident, values=form.values, district=form.district, answers=form.answers,
                     advice=form.advice)
        (other.note_saved if note == form.note_saved else other.note_refused)(args)
        assert other.args(WORDS, "id", now) == {}


@given(form=forms(), now=st.sampled_from([None, *RANKS]))
def test_answers_of_the_card_never_lower_and_a_reason_goes_with_its_level(form: Form, now: str | None) -> None:
    args, level = form.args(WORDS, "id", now), form.chosen_level()
    sent = args.get("severity")
    implied = form.implied()[0]
    if sent and not level:
        assert sent == implied
        assert all(RANKS[sent] < RANKS[known] for known in (now, form.advice and form.advice.severity) if known)
    if sent and level and not form.reason:
        assert RANKS[sent] <= RANKS[level]
    assert "reason" not in args or args["severity"] == level
    assert sum(map(len, groups(args))) == len(args.keys() - {"caller"}), "nothing is left out when it is split"


@given(form=forms())
def test_a_form_comes_back_from_disk_as_it_was(form: Form) -> None:
    form.note_saved({"place": "x", "answers": ["a"]})
    kept = msgspec.json.decode(msgspec.json.encode(form.kept()), type=Draft)
    again = Form.restored(kept)
    assert again.kept() == kept == form.kept()
    again.advice = form.advice
    assert again.args(WORDS, "id") == form.args(WORDS, "id")


@pytest.mark.parametrize(("words", "meant"), [
    ("", ("", "")), ("kbk", ("fire", "")), ("KBK lahan", ("fire", "land")), ("med-cardiac", ("medical", "cardiac")),
    ("kebakaran", ("fire", "")), ("zzz", None), ("kbk; d a01", None), ("1051 kbk", None),
])
def test_the_type_is_written_as_everywhere_and_never_as_a_command(words: str, meant: tuple[str, str] | None) -> None:
    assert Form(values={"type": words}).chosen_type(WORDS) == meant


@pytest.mark.parametrize(("words", "level", "reason"), [
    ("2", "high", ""), ("p1", "critical", ""), ("P 3 !hanya asap", "medium", "hanya asap"), ("5", None, ""),
    ("", "", ""),
])
def test_the_priority_is_a_digit_and_perhaps_a_reason(words: str, level: str | None, reason: str) -> None:
    form = Form(values={"level": words})
    assert (form.chosen_level(), form.reason) == (level, reason)


def test_what_is_grave_already_is_not_raised_again() -> None:
    form = Form(1051, answers={"MED-09/awake": "no"}, advice=EntryAdvice(type="medical", severity="high", cards=[CARD]))
    assert form.args(WORDS, "id", "high")["severity"] == "critical"
    assert "severity" not in form.args(WORDS, "id", "critical")
    form.values["level"] = "2"
    assert form.args(WORDS, "id", "high")["severity"] == "critical", "a graver answer goes before the operator's level"
    form.values["level"] = "2 !sudah sadar lagi"
    assert form.args(WORDS, "id", "high")["severity"] == "high", "but not before their reason"


def test_a_place_written_anew_forgets_the_village_that_was_chosen() -> None:
    form = Form(1051, values={"place": "kalisapu"})
    form.take_advice(entry_advice(form.asks(WORDS)))
    assert form.take_pick()
    assert form.args(WORDS, "id") == {"place": "kalisapu", "district": "Slawi"}
    form.put("kalisapu talang")
    assert form.args(WORDS, "id") == {"place": "kalisapu talang"}


def test_another_card_begins_at_its_first_open_question() -> None:
    form = Form(values={"text": "tidak sadar"}, answers={"MED-09/awake": "no"})
    form.take_advice(entry_advice(form.asks(WORDS)))
    assert form.question is not None
    assert form.question[0] == "MED-09/breathing"
    form.take_advice(EntryAdvice(type="fire", cards=[]))
    assert (form.question, form.told("id")) == (None, []), "answers of a card that no longer fits are not told"


@pytest.mark.parametrize(("keys", "given"), [
    ("y", "yes"), ("t", "no"), ("n", "no"), ("?", "unknown"), ("1", "yes"), ("2", "no"), ("3", "unknown"),
    ("4", None), ("0", None), ("x", None),
])
def test_one_key_answers_and_goes_on_or_does_nothing(keys: str, given: str | None) -> None:
    form = Form(advice=EntryAdvice(type="medical", cards=[CARD]))
    assert form.answer(keys) is (given is not None)
    assert form.answers == ({"MED-09/awake": given} if given else {})
    assert form.asked == (1 if given else 0)


def test_a_card_is_gone_through_told_in_ones_language_and_back() -> None:
    form = Form(advice=EntryAdvice(type="medical", cards=[CARD]))
    assert not form.ask_before()
    form.answer("y")
    form.say_answer("  ")
    form.say_answer(" 58 tahun ")
    form.say_answer("lagi")
    assert (form.question, form.asked, form.answer("y")) == (None, 3, False)
    assert form.told("en") == ["MED-09 Is the person awake and able to answer? yes", "MED-09 About how old? 58 tahun"]
    assert form.told("id") == [
        "MED-09 Apakah orangnya sadar dan bisa menjawab? ya", "MED-09 Berapa kira-kira umurnya? 58 tahun"]
    assert form.implied() == ("", [])
    assert [form.ask_before() for _ in range(4)] == [True, True, True, False]
    form.answer("t")
    assert form.implied() == ("critical", [])


def test_enter_passes_only_what_every_call_needs_and_the_arrows_everything() -> None:
    form, seen = Form(choosing=True), ["place"]
    for _ in range(5):
        form.go_on()
        seen.append(form.at)
    assert seen == ["place", "type", "text", "level", "card", "card"]
    assert not form.choosing
    assert not form.step(1)
    assert [form.at for _ in FIELDS if form.step(-1)] == [*reversed(FIELDS[:-1])]
    assert form.put("x")
    assert not form.put("x")


def test_a_candidate_is_put_before_the_words_unless_they_name_it() -> None:
    for words, place in (("Kalisapu rt 2", "Kalisapu rt 2"), ("warung bu Yati", "Kalisapu, warung bu Yati"),
                         ("", "Kalisapu")):
        twins = [CandidateRow(code=name, desa="Kalisapu", kecamatan=name) for name in ("Slawi", "Talang")]
        form = Form(values={"place": words})
        form.take_advice(EntryAdvice(type="fire", place=PlaceRow(ambiguous=True, candidates=twins)))
        form.move_pick(-1)
        form.move_pick(5)
        assert form.take_pick()
        assert (form.value("place"), form.district, form.pick) == (place, "Talang", 0)
        form.keep_words()
        assert (form.candidates, form.take_pick()) == ([], False)


def test_everything_that_was_written_is_sent() -> None:
    form = Form(values={"place": " pasar ", "text": " api ", "type": "kbk lahan", "level": "3 !hanya asap"})
    assert form.args(WORDS, "id") == {
        "text": "api", "place": "pasar", "type": "fire", "subtype": "land", "severity": "medium",
        "reason": "hanya asap",
    }
    form.note_saved({"type": "fire", "severity": "medium", "place": "pasar"})
    assert form.args(WORDS, "id") == {
        "text": "api", "type": "fire", "subtype": "land", "severity": "medium", "reason": "hanya asap",
    }, "what means nothing alone goes with what it belongs to"


# -- on the screen ------------------------------------------------------------------------------------

SIZES = st.tuples(st.integers(80, 160), st.integers(17, 44))


@given(form=forms(), size=SIZES, heard=st.lists(texts, max_size=8), choosing=st.booleans())
def test_every_field_and_the_asked_question_are_seen_on_every_screen(
    form: Form, size: tuple[int, int], heard: list[str], choosing: bool
) -> None:
    width, height = size
    form.choosing = choosing and form.at == "place" and bool(form.candidates)
    row = incidents()[0]
    facts = Entry(
        form, WORDS, row, twins=[(DuplicateRow(number=1048, score=1, reason="same_spot"), row)] * 3, state="saved",
        heard=[LogLine(seq=i, at=NOW, actor="x", kind="call.transcript", text=text) for i, text in enumerate(heard)],
    )
    drawn = entry_lines(facts, LOOK, width, height)
    assert len(drawn) == height
    assert all(line.width <= width for line in drawn)
    assert all("|" in line.text for line in drawn)
    shown = [line.text for line in drawn]
    for name in ["LOKASI", "CIRI", "TELP BALIK", "JENIS", "KEJADIAN", "KORBAN", "PRIORITAS", "KARTU"]:
        assert any(name in text[:16] for text in shown), (name, shown)
    assert any("4 NAMA" in text for text in shown), shown  # marks without a width move it, counted in characters
    if form.question and form.at == "card":
        first = form.question[1]["text"]["id"].split()[0]
        assert any(">" in text.partition("|")[2] and first in text for text in shown), shown
    assert entry_title(facts, LOOK, width).width == width


def test_fields_stand_before_everything_that_can_give_way() -> None:
    villages = [CandidateRow(code=str(i), desa=f"Desa {i}", kecamatan="Slawi") for i in range(9)]
    place = PlaceRow(ambiguous=True, candidates=villages)
    form = Form(values={"place": "kalisapu"}, advice=EntryAdvice(type="fire", place=place))
    form.choosing = True
    shown: list[Any] = [line.text for line in entry_lines(Entry(form, WORDS), LOOK, 80, 17)]
    assert [text[1:14].strip() for text in shown if text[1:2].isdigit()] == [
        f"{i} {LOOK.say(f'screen.entry.field.{name}')}" for i, name in enumerate(FIELDS, 1) if name != NAME]
