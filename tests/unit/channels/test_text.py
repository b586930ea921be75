"""Texts to citizens: one SMS each, in the SMS alphabet, in every language, with the longest names."""

from __future__ import annotations

import re

import pytest

from dispatch.texts import LANGUAGES, catalogue, text

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""GSM 03.38, the characters that cost one place."""
ONE_SMS = 160
LONGEST = {
    "number": 123456, "desa": "Kedungbanteng Wetan", "kecamatan": "Kedungbanteng",
    "place": "Kedungbanteng Wetan, Kedungbanteng",
}
CITIZEN = [(lang, key) for lang in LANGUAGES for key in catalogue(lang) if key.startswith("citizen.")]
VOICE = [(lang, key) for lang in LANGUAGES for key in catalogue(lang) if key.startswith("voice.")]
WORDS_IN_8_S = 20
"""At the 150 words a minute of a calm voice."""
DESIGNED = ("receipt", "what", "safe", "sent", "arrived", "reminder", "bounce", "feedback")
"""S1-S6, bounce and F of the dialogue design, in every language."""


@pytest.mark.parametrize(("lang", "key"), CITIZEN)
def test_a_text_to_a_citizen_is_one_sms(lang: str, key: str) -> None:
    sentence = text(key, lang, **LONGEST)
    assert len(sentence) <= ONE_SMS
    assert set(sentence) <= set(GSM_BASIC)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_step_of_the_dialogue_exists_in_every_language(lang: str) -> None:
    assert {f"citizen.{name}" for name in DESIGNED} <= catalogue(lang).keys()


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
