"""Which of id, jv, en a text is written in: a count of function words, for the language of an answer."""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

from dispatch.triage.normalise import ENGLISH, INDONESIAN, Words

JAVANESE = frozenset(
    "nyong inyong enyong kulo kula koen kowen rika kowe sampeyan ora mboten durung dereng wis uwis wes esih isih "
    "nang ning neng sing seng karo kanggo nggo sekang saka teko merga mergo bae wae maning banyu umah omah wong "
    "bocah dalan geni kobong uwuh laka pan arep iki kuwi kiye kae kepriben kepriwe piye pripun priben saiki siki "
    "wingi bengi akeh gede cilik nemen temenan pisan tulung matur suwun nuwun enggane bar lagi ana ono onok opo "
    "sopo kok yo iso biso olih entuk wit kali gelut mendem tiba lara getih ambegan ula maring maneh golek angel "
    "ngapunten mugi sue suwe udan mesti".split()
)
TEGAL_ONLY = JAVANESE - {"lagi", "kok", "kali", "gede", "ana", "bar", "tiba"}


def language_of(text: Words) -> str:
    plain = [word.raw.lower() for word in text.words]
    javanese = sum(map(TEGAL_ONLY.__contains__, plain))
    english = sum(map(ENGLISH.__contains__, plain))
    indonesian = sum(map(INDONESIAN.__contains__, plain))
    if english > indonesian + javanese:
        return "en"
    return "jv" if javanese >= 2 and javanese > indonesian else "id"
