"""The life-threat floor: indirect cries are heard, negation and tense are understood, jokes do not count."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dispatch.domain.report import Channel, Triage
from dispatch.domain.severity import Severity
from dispatch.triage.engine import TriageEngine
from dispatch.triage.lexicon import load_lexicon
from tests.unit.triage.conftest import AT

Classify = Callable[[str], Triage]

THREATS = [
    "dibangunin ga nyaut, bibirnya biru",
    "bapakku gak napas",
    "nafasnya udah satu satu pak cepetan",
    "anak sy step, matanya melotot",
    "mau lahiran ketuban udah pecah",
    "ada yang gantung diri",
    "bocah kelelep nang kali gung durung ketemu",
    "kernet kejepit kepala truk",
    "ada orang bawa parang ngejar warga",
    "orang ngamuk bawa golok",
    "tetangga dibacok",
    "pak tulung bapakku ambruk, diceluk ora semaur tidak sadar",
    "banjir sudah seleher",
    "rumah ketimbun longsor 4 orang didalam",
    "tulung kobongan umah, ana wong nang njero",
    "adik saya minum racun tikus",
    "temen saya kesetrum ga gerak",
    "truk rem blong banyak korban tergeletak",
    "he has been shot twice",
    "my baby is choking",
    "my little boy stopped breathing",
    "she is unconscious",
    "i think he took an overdose",
    "somebody stabbed my brother",
    "he's not waking up",
    "i can't breathe",
]


@pytest.mark.parametrize("text", THREATS)
def test_a_threat_is_critical(classify: Classify, text: str) -> None:
    triage = classify(text)
    assert triage.life_threat, triage.reasons
    assert triage.severity is Severity.CRITICAL
    assert any(reason.effect == "life_threat" for reason in triage.reasons)


CALM = [
    "tidak ada korban tenggelam",
    "korban tidak kejang",
    "bukan serangan jantung, cuma masuk angin",
    "takut anak tenggelam karena selokan terbuka",
    "kalau banjir anak bisa tenggelam",
    "tahun lalu ada yang tenggelam di kali ini",
    "anak saya pernah kejang, sekolah minta surat",
    "mati lampu sejak sore",
    "banjir orderan hari ini",
    "ibu sering pingsan minta jadwal dokter",
    "istri saya baru melahirkan, cara urus akta gimana",
    "kucing nyangkut di pohon",
]


@pytest.mark.parametrize("text", CALM)
def test_negated_feared_past_and_figurative_words_are_no_threat(classify: Classify, text: str) -> None:
    triage = classify(text)
    assert not triage.life_threat, triage.reasons


def test_not_breathing_is_no_negated_threat(classify: Classify) -> None:
    assert classify("tidak bernapas").life_threat
    assert classify("ora ambegan").life_threat
    assert classify("not breathing").life_threat


def test_still_overrules_the_past(classify: Classify) -> None:
    assert not classify("kemarin anak saya kejang").life_threat
    assert classify("kemarin anak saya kejang, sekarang kejang lagi").life_threat


def test_since_yesterday_is_not_past(classify: Classify) -> None:
    assert classify("kakek tidak sadar sejak kemarin").life_threat


def test_a_doubted_threat_is_critical_and_unsure(classify: Classify) -> None:
    triage = classify("kayaknya bapak saya tidak sadar")
    assert triage.severity is Severity.CRITICAL
    assert triage.unsure


def test_a_plain_threat_is_sure(classify: Classify) -> None:
    assert not classify("bapak saya tidak napas, tolong").unsure


def test_a_threat_is_never_dismissed_as_junk(classify: Classify) -> None:
    triage = classify("tolong bapak saya tidak napas. promo diskon gratis ketik *123# wkwkwk")
    assert triage.type == "medical"
    assert triage.severity is Severity.CRITICAL


def test_a_joke_about_fire_is_no_threat(classify: Classify) -> None:
    assert classify("wkwk rumah gw kebakaran jenggot").type == "not_a_report"


def test_silence_is_never_closed(engine: TriageEngine) -> None:
    for text in ("", "   ", "...", "\u200b"):
        triage = engine.classify(text, at=AT, channel=Channel.CALL)
        assert triage.type not in ("not_a_report", "information_request")
        assert triage.severity is Severity.HIGH
        assert triage.unsure
        assert triage.question == "what_happened"


def test_the_question_asks_for_what_would_change_most(classify: Classify) -> None:
    assert classify("kebakaran rumah").question == "location"
    assert classify("kebakaran rumah di kalisapu").question == "people_inside"
    assert classify("kebakaran di kaligayam").question == "which_district"
    assert classify("bapak tidak napas ds kalisapu").question == "breathing"
    assert classify("lagi apa beb").question == ""


def test_what_is_over_is_no_longer_urgent(classify: Classify) -> None:
    assert classify("kebakaran gudang").severity is Severity.HIGH
    assert classify("kebakaran gudang wis padam").severity is Severity.MEDIUM
    assert classify("kebakaran gudang durung padam").severity is Severity.HIGH


def test_links_and_faces_do_not_silence_a_named_threat(classify: Classify) -> None:
    assert classify("😭😭😭 ibu saya pingsan ga sadar min @damkar http://x.y").life_threat
    assert classify("bapak saya tidak napas wkwk http://a.b").life_threat


def test_words_nobody_knows_about_a_relative_are_not_dismissed(classify: Classify) -> None:
    triage = classify("adik saya dari tadi aneh sekali kelakuannya")
    assert triage.type not in ("not_a_report", "information_request")
    assert triage.severity is not None
    assert triage.severity.is_urgent
    assert triage.unsure
    assert triage.question == "what_happened"


def test_still_inside_counts_only_where_something_burns_or_floods(classify: Classify) -> None:
    assert classify("api udah nyampe atap, nenek saya masih di kamar").life_threat
    assert not classify("nenek saya masih di kamar").life_threat


def test_words_as_written_are_not_their_relatives() -> None:
    lexicon = load_lexicon()
    names = {hit.concept.name for hit in lexicon.hits(lexicon.words("katanya"))}
    assert "news" not in names


def test_who_can_save_the_life_is_among_the_types(classify: Classify) -> None:
    triage = classify("lampu jalan mati, tiang lampu rusak, ada anak kesetrum belum lepas")
    assert triage.type == "street_light"
    assert triage.also_types[0] == "medical"
