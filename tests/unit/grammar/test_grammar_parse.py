"""What is typed becomes exactly one meaning: every verb, every shape, every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.roles import PERMISSIONS
from dispatch.errors import Invalid
from dispatch.grammar import CALL_CODES, CURRENT, EMPTY, VERBS, ParsedCommand, complete, fault, parse
from tests.unit.grammar.small_centre import VOCABULARY

EXAMPLES: list[tuple[str, str, dict[str, Any]]] = [
    ("n slw kbk pasar trayeman", "new", {"district": "Slawi", "type": "fire", "text": "pasar trayeman"}),
    ("n kbk lis", "new", {"type": "fire", "text": "lis"}),
    ("n m-17 @31/12-14:07 slw", "new", {"card": 17, "at": {"clock": "14:07", "date": "31/12"}, "district": "Slawi"}),
    ("j m-17 @1/1-0:07 kbk", "type", {"card": 17, "at": {"clock": "00:07", "date": "01/01"}, "type": "fire"}),
    ("n 3 rumah terbakar", "new", {"text": "3 rumah terbakar"}),
    ("n 10m dari balai desa", "new", {"text": "10m dari balai desa"}),
    ("l mushola al ikhlas dukuhsalam", "locate", {"text": "mushola al ikhlas dukuhsalam"}),
    ("l 3", "locate", {"pick": 3}),
    ("d a01 p12 1051", "dispatch", {"units": ["A01", "P12"], "incident": 1051}),
    ("d .", "dispatch", {"incident": CURRENT}),
    ("d pln 1051", "dispatch", {"agency": ["pln"], "incident": 1051}),
    ("d damkar pln", "dispatch", {"agency": ["fire", "pln"]}),
    ("de p07 1044", "dispatch", {"units": ["P07"], "incident": 1044, "status": "en_route"}),
    ("dl p07", "dispatch", {"units": ["P07"], "status": "on_scene"}),
    ("e a02", "enroute", {"units": ["A02"]}),
    ("a a02 d05", "arrive", {"units": ["A02", "D05"]}),
    ("t a06 rsud suradadi", "transport", {"units": ["A06"], "facility": "rsud suradadi"}),
    ("h a06", "facility", {"units": ["A06"]}),
    ("c a06", "clear", {"units": ["A06"]}),
    ("w p12 1051", "withdraw", {"units": ["P12"], "incident": 1051}),
    ("x a03 1045>1051", "divert", {"units": ["A03"], "incident": 1045, "to_incident": 1051}),
    ("x a03 1051", "divert", {"units": ["A03"], "to_incident": 1051}),
    ("b 1048 2d 1a", "backup", {"incident": 1048, "more": [["D", 2], ["A", 1]]}),
    ("r api tembus atap", "remark", {"text": "api tembus atap"}),
    ("r 1048: api; d a01 !padam", "remark", {"incident": 1048, "text": "api; d a01 !padam"}),
    ("r 1500 liter air", "remark", {"text": "1500 liter air"}),
    ("p 1", "priority", {"severity": "critical"}),
    ("p mendesak 1051", "priority", {"severity": "high", "incident": 1051}),
    ("p p5", "priority", {"severity": "low"}),
    ("j kbk-rmh", "type", {"type": "fire", "subtype": "building"}),
    ("j fire.land 1051", "type", {"type": "fire", "subtype": "land", "incident": 1051}),
    ("j med-henti", "type", {"type": "medical", "subtype": "cardiac_arrest"}),
    ("g 1050>1048", "merge", {"incident": 1050, "to_incident": 1048}),
    ("g 1048", "merge", {"to_incident": 1048}),
    ("g", "merge", {}),
    ("g 1050>", "merge", {"incident": 1050}),
    ("g -1050", "split", {"split": 1050}),
    ("z 1046 15:00 cek dlh", "hold", {"incident": 1046, "until": {"clock": "15:00"}, "text": "cek dlh"}),
    ("z 2j", "hold", {"until": {"minutes": 120}}),
    ("k sls", "close", {"disposition": "sls"}),
    ("k selesai 1044", "close", {"disposition": "sls", "incident": 1044}),
    ("o a07 15:10 ban", "off", {"units": ["A07"], "until": {"clock": "15:10"}, "text": "ban"}),
    ("i d01 kru4", "on", {"units": ["D01"], "crew": 4}),
    ("m p07 tunggu; bantuan !", "message", {"to": "P07", "text": "tunggu; bantuan !"}),
    ("m @SPV ada massa", "message", {"to": "@spv", "text": "ada massa"}),
    ("m @adi.s ada massa", "message", {"to": "@adi.s", "text": "ada massa"}),
    ("m pln padamkan gardu", "message", {"to": "pln", "text": "padamkan gardu"}),
    ("v 1048", "view", {"incident": 1048}),
    ("v #88213", "view", {"call": 88213}),
    ("1048", "view", {"incident": 1048}),
    ("a02", "view", {"units": ["A02"]}),
    ("u01", "view", {"units": ["U01"]}),
    ("f trayeman p3 7hr", "find", {"text": "trayeman", "severity": "medium", "within_s": 604800}),
    ("q slw p1 >5m", "filter", {"district": "Slawi", "severity": "critical", "older_than_s": 300}),
    ("q talang fire pln", "filter", {"district": "Talang", "agency": ["fire", "pln"]}),
    ("q", "filter", {}),
    ("y", "why", {}),
    ("y a02", "why", {"units": ["A02"]}),
    ("u", "undo", {}),
    ("buang 1", "dispose", {"code": 1}),
    ("dispose prank #7", "dispose", {"code": 2, "call": 7}),
    ("jawab 7", "answer", {"call": 7}),
    ("hangup #7", "hangup", {"call": 7}),
    ("akui #3", "acknowledge", {"alarm": 3}),
    ("tunda #3 10m radio regu mati", "shelve", {"alarm": 3, "until": {"minutes": 10}, "text": "radio regu mati"}),
    ("shelve 1041 14:50", "shelve", {"incident": 1041, "until": {"clock": "14:50"}}),
    ("st", "handover", {}),
    ("st 1 2 3", "handover", {"items": [1, 2, 3]}),
    ("st 4 jalan Danawarih tutup", "handover", {"items": [4], "text": "jalan Danawarih tutup"}),
    ("benar", "confirm", {"life_threat": True}),
    ("salah 1051", "confirm", {"life_threat": False, "incident": 1051}),
    ("buka 1051", "open", {"incident": 1051}),
    ("bukalagi 1051", "reopen", {"incident": 1051}),
    ("sedia", "seat", {"state": "ready"}),
    ("break", "seat", {"state": "break"}),
    ("seat istirahat", "seat", {"state": "break"}),
    ("seat ready", "seat", {"state": "ready"}),
    ("d ?", "help", {"topic": "dispatch"}),
    ("r ?", "help", {"topic": "remark"}),
    ("tutup?", "help", {"topic": "close"}),
    ("?", "help", {}),
    ("help", "help", {}),
]


@pytest.mark.parametrize(("line", "verb", "args"), EXAMPLES, ids=[line for line, *_ in EXAMPLES])
def test_every_example_means_one_thing(line: str, verb: str, args: dict[str, Any]) -> None:
    assert parse(line, VOCABULARY) == [ParsedCommand(verb, args)]


@pytest.mark.parametrize(("line", "verb", "args"), [row for row in EXAMPLES if row[1] not in ("remark", "message")],
                         ids=str)
def test_case_does_not_matter_for_codes(line: str, verb: str, args: dict[str, Any]) -> None:
    shouted = parse(line.upper(), VOCABULARY)[0]
    assert shouted.verb == verb
    assert {k: v for k, v in shouted.args.items() if k not in ("text", "facility")} == {
        k: v for k, v in args.items() if k not in ("text", "facility")}


def test_every_permitted_command_can_be_typed() -> None:
    assert {verb.name for verb in VERBS} - {"help"} == set(PERMISSIONS)


@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_canonical_names_are_words_of_the_language(name: str) -> None:
    assert parse(f"{name} ?") == [ParsedCommand("help", {"topic": name})]


def test_no_name_belongs_to_two_verbs() -> None:
    names = [name for verb in VERBS for name in (verb.short, *verb.words) if name]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("line", "verb"), [("ki a01", "dispatch"), ("gab 1050>1048", "merge"),
                                            ("ken", "why"), ("bukal 1051", "reopen"), ("tutupt", "hangup")])
def test_a_unique_beginning_is_enough(line: str, verb: str) -> None:
    assert parse(line, VOCABULARY)[0].verb == verb


def test_the_reason_forces_and_is_kept() -> None:
    [parsed] = parse("x a03 1045>1051 !henti jantung", VOCABULARY)
    assert (parsed.reason, parsed.forced) == ("henti jantung", True)
    assert not parse("x a03 1051", VOCABULARY)[0].forced


def test_a_question_mark_in_front_tries_the_whole_line() -> None:
    assert [p.dry_run for p in parse("?d a01 1051; e a02", VOCABULARY)] == [True, True]
    assert [p.dry_run for p in parse("d a01 1051; ?e a02", VOCABULARY)] == [False, True]


def test_a_sequence_runs_left_to_right_and_text_keeps_its_semicolons() -> None:
    commands = parse("a a02; p 1; r korban 2; satu terjepit", VOCABULARY)
    assert [c.verb for c in commands] == ["arrive", "priority", "remark"]
    assert commands[2].args == {"text": "korban 2; satu terjepit"}


def test_control_characters_never_get_into_a_command() -> None:
    [parsed] = parse("r api\x1b[2J\ttembus\x07\u2028atap", VOCABULARY)
    assert parsed.args["text"] == "api [2J tembus atap"


def test_without_a_vocabulary_codes_stay_as_typed() -> None:
    assert parse("n slw kbk pasar", EMPTY)[0].args == {"text": "slw kbk pasar"}
    assert parse("j kbk-rmh", EMPTY)[0].args == {"type": "kbk", "subtype": "rmh"}
    assert parse("k sls", EMPTY)[0].args == {"disposition": "sls"}
    assert parse("d PLN", EMPTY)[0].args == {"agency": ["pln"]}
    for line, code in (("j kbk-", "grammar_unexpected"), ("m damkar halo", "grammar_missing")):
        with pytest.raises(Invalid) as caught:
            parse(line, EMPTY)
        assert caught.value.code == code


@pytest.mark.parametrize(("line", "code", "params"), [
    ("", "grammar_empty", {}),
    ("  \x00 ", "grammar_empty", {}),
    ("d a01;; e a02", "grammar_empty", {}),
    ("krim a01", "grammar_unknown_verb", {"word": "krim", "nearest": "KIRIM"}),
    ("zzzzqq", "grammar_unknown_verb", {"nearest": ""}),
    ("tutu", "grammar_ambiguous_verb", {"choices": "TUTUP, TUTUPTELP"}),
    ("e 1051", "grammar_missing", {"what": "units"}),
    ("r", "grammar_missing", {"what": "text"}),
    ("n", "grammar_missing", {"what": "place", "choices": ""}),
    ("n p1", "grammar_missing", {"what": "place"}),
    ("r; d a01", "grammar_missing", {"what": "text"}),
    ("m halo semua", "grammar_bad_code", {"what": "to", "word": "halo"}),
    ("m p07", "grammar_missing", {"what": "text"}),
    ("m", "grammar_missing", {"what": "to"}),
    ("p mendesk 1051", "grammar_unexpected", {"nearest": "MENDESAK"}),
    ("n m-17 @31/13-14:07", "grammar_bad_time", {"word": "@31/13-14:07"}),
    ("n m-17 @32/12-14:07", "grammar_bad_time", {"word": "@32/12-14:07"}),
    ("n m-17 @0/12-14:07", "grammar_bad_time", {"word": "@0/12-14:07"}),
    ("k", "grammar_missing", {"what": "disposition", "choices": "sls, palsu"}),
    ("k beres", "grammar_bad_code", {"what": "disposition", "word": "beres"}),
    ("e a02 sekarang", "grammar_unexpected", {"word": "sekarang"}),
    ("d dankar", "grammar_unexpected", {"word": "dankar", "nearest": "DAMKAR"}),
    ("d plm 1051", "grammar_unexpected", {"nearest": "PLN"}),
    ("1048 1049", "grammar_unexpected", {"word": "1049"}),
    ("p 1 !dok", "grammar_reason_short", {"limit": 5}),
    ("z 25:00 cek", "grammar_bad_time", {"word": "25:00"}),
    ("z 1051 0m", "grammar_no_span", {"word": "0m"}),
    ("tunda #1 0m radio mati", "grammar_no_span", {"word": "0m"}),
    ("o a07 00j ban", "grammar_no_span", {"word": "00j"}),
    ("j kbk-xyz", "grammar_unknown_subtype", {"word": "xyz", "choices": "rmh, lhn"}),
    ("u;u;u;u;u", "grammar_too_many", {"limit": 4}),
    ("r " + "a" * 2000, "grammar_too_long", {}),
])
def test_what_cannot_be_meant_is_refused_with_what_to_type(line: str, code: str, params: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        parse(line, VOCABULARY)
    assert caught.value.code == code
    assert params.items() <= caught.value.params.items()
    for lang in ("id", "en"):
        said = fault(caught.value, lang)
        assert said
        assert "{" not in said


def test_the_current_incident_is_filled_in_only_where_it_is_meant() -> None:
    def done(line: str) -> dict[str, Any]:
        return complete(parse(line, VOCABULARY)[0], current=1051).args

    assert done("d a01") == {"units": ["A01"], "incident": 1051}
    assert done("d a01 1044") == {"units": ["A01"], "incident": 1044}
    assert done("e a02") == {"units": ["A02"]}
    assert done("e a02 .") == {"units": ["A02"], "incident": 1051}
    assert done("x a03") == {"units": ["A03"], "to_incident": 1051}
    assert done("g") == {"incident": 1051}
    assert done("y a02") == {"units": ["A02"]}
    assert done("v #7") == {"call": 7}
    assert done("u") == {}


def test_without_a_current_incident_the_number_must_be_typed() -> None:
    with pytest.raises(Invalid) as caught:
        complete(parse("r api", VOCABULARY)[0], current=None)
    assert caught.value.code == "grammar_no_current"


def test_a_user_name_keeps_its_case() -> None:
    assert parse("serahterima @Adi.s") == [ParsedCommand("handover", {"who": "Adi.s"})]


@pytest.mark.parametrize(("code", "words"), {
    "ghost": "ghost hantu", "prank": "prank iseng", "information": "information info", "dropped": "dropped putus",
    "wrong_number": "wrong_number salah", "duplicate": "duplicate ganda",
}.items())
def test_a_word_disposes_of_a_call_as_its_digit_does(code: str, words: str) -> None:
    digit = next(n for n, name in CALL_CODES.items() if name == code)
    assert {parse(f"buang {word}")[0].args["code"] for word in (*words.split(), digit)} == {digit}
