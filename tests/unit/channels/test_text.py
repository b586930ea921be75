"""Texts to citizens: one SMS each, in the SMS alphabet, in every language, with the longest names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dispatch import services
from dispatch.domain.gsm import gsm_words, is_one_sms
from dispatch.services.dialogue import LONGEST_NAME, LONGEST_PLACE
from dispatch.texts import LANGUAGES, catalogue, text

SERVICES = Path(services.__file__).parent
LONGEST = {
    "number": 123456, "other": 123456, "desa": "Kedungbanteng Wetan", "kecamatan": "Kedungbanteng",
    "place": "Kedungbanteng Wetan, Kedungbanteng",
}
CITIZEN = [(lang, key) for lang in LANGUAGES for key in catalogue(lang) if key.startswith("citizen.")]
VOICE = [(lang, key) for lang in LANGUAGES for key in catalogue(lang) if key.startswith("voice.")]
WORDS_IN_8_S = 20
"""At the 150 words a minute of a calm voice."""
SAID = {match for path in ("dialogue", "conversation", "silence", "notices", "call_record")
        for match in re.findall(r'"(?:citizen\.)?(\w+)"', (SERVICES / f"{path}.py").read_text("utf-8"))}
DESIGNED = ("receipt", "what", "safe", "sent", "arrived", "reminder", "bounce", "feedback")
"""S1-S6, bounce and F of the dialogue design, in every language."""


@pytest.mark.parametrize(("lang", "key"), CITIZEN)
def test_a_text_to_a_citizen_is_one_sms(lang: str, key: str) -> None:
    sentence = text(key, lang, **LONGEST)
    assert is_one_sms(sentence)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_step_of_the_dialogue_exists_in_every_language(lang: str) -> None:
    assert {f"citizen.{name}" for name in DESIGNED} <= catalogue(lang).keys()


def test_every_text_of_the_dialogue_is_there_in_all_three_languages_and_used() -> None:
    mine = {key.removeprefix("citizen.") for _, key in CITIZEN}
    for lang in LANGUAGES:
        assert {key for own, key in CITIZEN if own == lang} == {f"citizen.{name}" for name in mine}, lang
    assert mine - SAID <= {"bounce"}, "the bounce is the webhook's own: nothing could be stored"


def test_a_name_never_makes_a_text_two() -> None:
    assert len(LONGEST["desa"]) == len("Kedungbanteng Wetan") <= LONGEST_NAME
    assert len(LONGEST["place"]) <= LONGEST_PLACE
    written = "Désa \u201cŁódź\u201d \u2014 \U0001f525 Slawi, Kabupaten Tegal Jawa Tengah"
    assert gsm_words(written, 20) == 'Désa "odz" -  Slawi'
    beyond = gsm_words("\U0001f525\u0151\u201c" * 40 + "x" * 90, LONGEST_NAME)
    for lang, key in CITIZEN:
        odd = {"desa": beyond, "kecamatan": beyond, "place": gsm_words("y" * 90, LONGEST_PLACE)}
        assert is_one_sms(text(key, lang, **{**LONGEST, **odd})), (lang, key)


@pytest.mark.parametrize("key", sorted({key for _, key in CITIZEN + VOICE}))
def test_translations_take_the_same_parameters(key: str) -> None:
    asked = {
        lang: set(re.findall(r"{(\w+)}", catalogue(lang)[key])) for lang in LANGUAGES if key in catalogue(lang)
    }
    assert len({frozenset(names) for names in asked.values()}) == 1, asked


@pytest.mark.parametrize(("lang", "key"), [pair for pair in VOICE if pair[1] != "voice.voicemail"])
def test_a_spoken_prompt_is_short(lang: str, key: str) -> None:
    assert len(text(key, lang).split()) <= WORDS_IN_8_S


def test_the_first_texts_carry_no_link_and_speak_politely() -> None:
    for lang, key in CITIZEN:
        sentence = catalogue(lang)[key]
        assert "http" not in sentence
        assert not re.search(r"\b(kamu|koen)\b", sentence, re.IGNORECASE)
