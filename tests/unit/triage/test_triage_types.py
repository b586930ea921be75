"""Every type in the three languages people write here, and the edges between types."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dispatch.domain.report import Triage
from dispatch.domain.severity import Severity

Classify = Callable[[str], Triage]

TYPES = [
    ("fire", "ada kebakaran gudang di pinggir jalan"),
    ("fire", "gudang rongsok kobong, geni gede"),
    ("fire", "there is a warehouse on fire on the main road"),
    ("medical", "bapak saya sesak napas, tolong ambulans"),
    ("medical", "mbahe nyong semaput nang kamar mandi"),
    ("medical", "my mom has a fever and is throwing up"),
    ("traffic_accident", "tabrakan motor sama truk di perempatan"),
    ("traffic_accident", "ana wong ketabrak montor nang prapatan"),
    ("traffic_accident", "two cars collided, there was an accident on main street"),
    ("crime", "motor saya dicuri di parkiran masjid"),
    ("crime", "ana maling mlebu umahe tanggane"),
    ("crime", "someone stole my wallet at the market"),
    ("domestic_violence", "saya dipukul suami"),
    ("domestic_violence", "tanggane digebugi bojone nganti nangis"),
    ("domestic_violence", "my boyfriend is hitting me"),
    ("suicide", "ada orang mau bunuh diri di jembatan"),
    ("suicide", "ana wong nggantung nang wit pete"),
    ("suicide", "she says she wants to kill herself"),
    ("disaster", "banjir masuk rumah setinggi lutut"),
    ("disaster", "wit ambruk nutup dalan"),
    ("disaster", "a tree fell across the road"),
    ("rescue", "orang tercebur sumur belum bisa diangkat"),
    ("rescue", "bocah klelep nang kali"),
    ("rescue", "a kid is drowning in the river"),
    ("animal_rescue", "ada ular kobra masuk rumah"),
    ("animal_rescue", "ana ula mlebu umah"),
    ("animal_rescue", "there is an alligator in my backyard"),
    ("missing_person", "suami saya belum pulang 3 hari"),
    ("missing_person", "mbahe ilang wis pikun, durung bali"),
    ("missing_person", "my daughter ran away, she is missing"),
    ("road_damage", "jalan berlubang mohon diperbaiki"),
    ("road_damage", "dalan bolong jero nang ngarep pasar"),
    ("road_damage", "there is a big pothole on the road"),
    ("street_light", "lampu jalan mati sudah seminggu"),
    ("street_light", "lampu dalan mati, peteng ndhedhet"),
    ("street_light", "the street light is broken"),
    ("power", "listrik padam sejak jam 3"),
    ("power", "mati lampu sak desa, kepriben PLN"),
    ("power", "the power is out on our whole street"),
    ("water", "air pdam tidak mengalir 3 hari"),
    ("water", "banyu leding mati"),
    ("water", "no water from the tap, the water pipe is broken"),
    ("waste", "sampah menumpuk di tps"),
    ("waste", "uwuh numpuk mambu bacin"),
    ("waste", "garbage is piling up behind the market"),
    ("public_order", "ada judi sabung ayam di kebun"),
    ("public_order", "bocah mendeman nang alun-alun"),
    ("public_order", "the neighbors are having a really loud party"),
    ("other_service", "mohon pangkas pohon yang rimbun depan sekolah"),
    ("other_service", "selokan mampet mohon dikeruk"),
    ("information_request", "mau tanya syarat bikin KTP"),
    ("information_request", "pan takon cara bikin KK"),
    ("information_request", "what time does the office open tomorrow"),
    ("not_a_report", "promo diskon 50% ketik *123# sekarang"),
    ("not_a_report", "wkwkwk lagi nonton film kebakaran hutan"),
    ("not_a_report", "ojo lali mangan yo"),
    ("not_a_report", "can i get a large pepperoni pizza"),
]


@pytest.mark.parametrize(("kind", "text"), TYPES)
def test_type_is_read_from_the_words(classify: Classify, kind: str, text: str) -> None:
    triage = classify(text)
    assert triage.type == kind, triage.reasons


EDGES = [
    ("pohon tumbang menimpa kabel listrik", "disaster", "fallen_tree"),
    ("mohon pohon dipangkas sudah kena kabel", "other_service", "tree_trim"),
    ("genangan air hujan di depan rumah, selokan mampet", "disaster", "flood"),
    ("selokan mampet tolong dibersihkan", "other_service", "drain"),
    ("tetangga bakar sampah asapnya masuk rumah", "waste", "burning"),
    ("lampu pju mengeluarkan percikan api", "street_light", "sparks"),
    ("kabel listrik putus melintang di jalan", "power", "live_wire"),
    ("pungli di kelurahan diminta 200 ribu", "crime", "extortion"),
    ("tukang parkir liar memaksa minta uang", "public_order", "illegal_parking"),
    ("bau gas menyengat dari dapur", "fire", "gas_leak"),
    ("sound horeg sampai jam 1 malam", "public_order", "noise"),
    ("kucing tercebur sumur", "animal_rescue", "pet"),
]


@pytest.mark.parametrize(("text", "kind", "subtype"), EDGES)
def test_edges_between_types(classify: Classify, text: str, kind: str, subtype: str) -> None:
    triage = classify(text)
    assert (triage.type, triage.subtype) == (kind, subtype), triage.reasons


def test_a_burning_crash_is_an_accident_with_fire_as_second_type(classify: Classify) -> None:
    triage = classify("tabrakan mobil sama truk, mobilnya kebakar")
    assert triage.type == "traffic_accident"
    assert "fire" in triage.also_types


def test_junk_is_named(classify: Classify) -> None:
    assert classify("maaf salah sambung").subtype == "wrong_number"
    assert classify("promo diskon ketik *123# hadiah voucher").subtype == "spam"


def test_neither_questions_nor_junk_have_a_severity(classify: Classify) -> None:
    assert classify("jam buka dukcapil berapa ya").severity is None
    assert classify("lagi apa beb").severity is None


def test_reasons_quote_the_words_as_written(classify: Classify) -> None:
    triage = classify("Umahe nyong KOBONGAN pak")
    quoted = {word for reason in triage.reasons for word in reason.words}
    assert "KOBONGAN" in quoted


def test_language_of_the_answer(classify: Classify) -> None:
    assert classify("tulung pak, umahe nyong kobong nang ngarep").language == "jv"
    assert classify("my house is on fire please help").language == "en"
    assert classify("rumah saya kebakaran tolong").language == "id"


SEVERITIES = [
    ("jalan berlubang mohon diperbaiki", "low"),
    ("jalan berlubang besar dan dalam, sudah banyak yang jatuh", "medium"),
    ("lampu jalan mati", "low"),
    ("banjir semata kaki di jalan", "medium"),
    ("banjir masuk rumah warga", "high"),
    ("banjir setinggi 100 cm", "high"),
    ("banjir sudah 2 meter", "critical"),
    ("kebakaran gudang", "high"),
    ("kabel listrik putus di jalan", "high"),
    ("saya dipukul suami", "high"),
    ("tabrakan motor, korban luka", "high"),
    ("air pdam mati", "medium"),
]


@pytest.mark.parametrize(("text", "severity"), SEVERITIES)
def test_severity_follows_the_rules_of_the_domain(classify: Classify, text: str, severity: str) -> None:
    triage = classify(text)
    assert triage.severity == severity, triage.reasons


@pytest.mark.parametrize(
    "text", ["tolong", "tolong di dukuhsalam", "tulung nang slawi", "desa kalisapu slawi", "dukuhsalam rt2"]
)
def test_a_plea_or_a_place_alone_is_a_report_that_must_be_asked_about(classify: Classify, text: str) -> None:
    triage = classify(text)
    assert (triage.type, triage.unsure) == ("other_service", True), triage.reasons
    assert triage.severity is Severity.MEDIUM
