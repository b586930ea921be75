"""The echo says what would be run, in the operator's language and with what the board knows."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from dispatch.errors import Invalid
from dispatch.grammar import VERBS, complete, fault, overview, parse, sentence, syntax
from dispatch.wire import IncidentRow, PlaceRow
from tests.unit.grammar.small_centre import VOCABULARY
from tests.unit.grammar.test_grammar_parse import EXAMPLES

AT = datetime(2026, 1, 12, 7, 31, tzinfo=UTC)
ROW = IncidentRow(
    number=1051, id=9, type="medical", subtype="cardiac_arrest", severity="critical", status="new",
    place=PlaceRow(desa="Dukuhsalam", kecamatan="Slawi"), opened_at=AT, updated_at=AT, version=3,
)


def echo(line: str, lang: str = "id") -> str:
    commands = [complete(command, current=1051) for command in parse(line, VOCABULARY)]
    return sentence(commands, lang, {1051: ROW}.get, VOCABULARY)


@pytest.mark.parametrize(("line", "said"), [
    ("d a01 p12", "KIRIM A01 dan P12 ke 1051 P1 henti jantung, Dukuhsalam SLW. Enter = jalankan, Esc = batal"),
    ("d", "KIRIM sesuai usulan ke 1051 P1 henti jantung, Dukuhsalam SLW. Enter = jalankan, Esc = batal"),
    ("de p07 1044", "KIRIM P07 ke 1044 (tidak di papan), sudah JALAN. Enter = jalankan, Esc = batal"),
    ("a a02 d05 d07", "A02, D05 dan D07 TIBA. Enter = jalankan, Esc = batal"),
    ("x a03 1045>1050 !henti jantung",
     "PINDAH A03 dari 1045 (tidak di papan) ke 1050 (tidak di papan), alasan: henti jantung. "
     "Enter = jalankan, Esc = batal"),
    ("k sls 1044", "TUTUP 1044 (tidak di papan) sebagai selesai. Enter = jalankan, Esc = batal"),
    ("?e a02", "COBA SAJA, tidak dijalankan: A02 JALAN. Enter = jalankan, Esc = batal"),
    ("e a02; a d05", "A02 JALAN; D05 TIBA. Enter = jalankan, Esc = batal"),
    ("y a02", "KENAPA A02? Enter = jalankan, Esc = batal"),
    ("buang 1", "BUANG sebagai ghost. Enter = jalankan, Esc = batal"),
    ("q slw p1 >5m", "SARING P1 di Slawi lebih lama dari 5 menit. Enter = jalankan, Esc = batal"),
    ("q >2j", "SARING lebih lama dari 2 jam. Enter = jalankan, Esc = batal"),
    ("f trayeman 7hr", "CARI trayeman 7 hari terakhir. Enter = jalankan, Esc = batal"),
    ("z 2j", "INGATKAN 1051 P1 henti jantung, Dukuhsalam SLW 120 menit lagi. Enter = jalankan, Esc = batal"),
    ("senyap 1044", "SENYAP 1044 (tidak di papan): tidak ada pesan atau telepon otomatis ke pelapor. "
     "Enter = jalankan, Esc = batal"),
    ("bunyi 1044", "BUNYI 1044 (tidak di papan): pesan dan telepon otomatis boleh lagi. "
     "Enter = jalankan, Esc = batal"),
    ("j kbk-rmh m-17 @31/12-14:07", "JENIS kartu M-017 menjadi rumah, ditulis pukul 31/12 14:07. "
     "Enter = jalankan, Esc = batal"),
])
def test_the_echo_is_a_sentence(line: str, said: str) -> None:
    assert echo(line) == said


def test_a_fault_says_how_it_is_typed() -> None:
    with pytest.raises(Invalid) as caught:
        parse("e 1051", VOCABULARY)
    assert fault(caught.value) == "Kurang unit. Tulis: E JALAN unit [@jam] -- unit berangkat -- e a02"


def test_english_on_request_with_the_same_codes() -> None:
    assert echo("d a01 p12", "en") == (
        "SEND A01 and P12 to 1051 P1 cardiac arrest, Dukuhsalam SLW. Enter = run, Esc = cancel")


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("line", [line for line, *_ in EXAMPLES])
def test_every_command_has_a_whole_sentence(line: str, lang: str) -> None:
    said = echo(line, lang)
    assert not set("{}[]") & set(said)
    assert "  " not in said


def test_of_an_incident_only_what_is_known_is_said() -> None:
    bare = IncidentRow(number=1051, id=9, type="fire", severity=None, status="new", place=PlaceRow(text="pasar"),
                       opened_at=AT, updated_at=AT, version=1)
    said = sentence(parse("v 1051")[0], "id", {1051: bare}.get, VOCABULARY, tail=False)
    assert said.endswith("1051 kebakaran, pasar")
    nowhere = msgspec.structs.replace(bare, place=PlaceRow())
    assert sentence(parse("v 1051")[0], "id", {1051: nowhere}.get, VOCABULARY, tail=False).endswith("1051 kebakaran")


def test_what_came_from_outside_cannot_steer_the_terminal() -> None:
    evil = IncidentRow(number=1051, id=9, type="x\x1b[2J", severity=None, status="new",
                       place=PlaceRow(landmark="toko\x1b]0;x\x07\u202e"), opened_at=AT, updated_at=AT, version=1)
    said = sentence(parse("v 1051")[0], "id", {1051: evil}.get)
    assert not any(ord(c) < 32 or c == "\u202e" for c in said)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_command_has_syntax_with_an_example_that_parses(lang: str) -> None:
    for verb in {verb.name for verb in VERBS} - {"help"}:
        written, does, example = syntax(verb, lang).split(" | ")
        assert written
        assert does
        assert parse(example, VOCABULARY)[0].verb == verb
    assert len(overview(lang)) == len({verb.name for verb in VERBS})
