"""Who needs help and what may hurt the crew, written as words: '2 luka 1 terjebak senjata gas bocor'. Pure and total.

Counts stand before or behind their word, also as '2k' and 't1'; what is no count and no weapon is a hazard. Behind
'bahaya' everything is one, so that any hazard can be written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HURT = frozenset({
    "k", "korban", "luka", "terluka", "cedera", "sakit", "meninggal", "tewas", "mati", "pingsan", "hurt", "injured",
    "casualty", "casualties", "dead", "wounded",
})
TRAPPED = frozenset({
    "t", "terjebak", "terjepit", "tertimbun", "tertindih", "terkurung", "kejebak", "kejepit", "kurungan", "trapped",
    "pinned", "buried",
})
WEAPON = frozenset({"s", "w", "senjata", "bersenjata", "weapon", "weapons", "armed"})
UNARMED = frozenset({"unarmed"})
NONE = frozenset({
    "tanpa", "tidak", "tak", "tdk", "belum", "blm", "bukan", "nihil", "ora", "durung", "no", "not", "none", "without",
})
FILLER = frozenset({"ada", "orang", "yang", "yg", "dan", "people", "person", "persons", "and", "any"})
HAZARD = frozenset({"bahaya", "hazard"})
NUMBERS = {
    word: number
    for words in (
        "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh",
        "zero one two three four five six seven eight nine ten",
    )
    for number, word in enumerate(words.split())
} | {"seorang": 1}
COUNTED = re.compile(r"(?:(\d{1,4})([a-z]+)|([a-z])(\d{1,4}))")
MOST = 9_999


def read_scene(words: str) -> dict[str, Any]:
    """What the words say: ``casualties`` and ``trapped`` as int, ``weapon`` as bool, ``hazard`` as text.

    What they do not speak of is absent. Nothing is ever refused: what is not understood is a hazard.
    """
    found: dict[str, Any] = {}
    tokens, loose, index = _once(words.split()), list[str](), 0
    heard = [_bare(token) for token in tokens]
    behind = _counts_stand_behind(heard)
    while index < len(tokens):
        if heard[index] in HAZARD:
            loose += tokens[index + 1:]
            break
        key, value, taken = _said(heard[index:], behind=behind, first=index == 0)
        if not key:
            loose.append(tokens[index])
        elif key == "weapon":
            found[key] = bool(value)
        else:
            # '2 luka 1 meninggal' are three.
            found[key] = min(MOST, found.get(key, 0) + value)
        index += taken
    if hazard := " ".join(loose):
        found["hazard"] = hazard
    return found


def write_scene(scene: Mapping[str, Any]) -> str:
    """The words that mean it: ``read_scene`` of them gives it back."""
    parts = [f"{scene[key]} {word}" for key, word in (("casualties", "korban"), ("trapped", "terjebak"))
             if scene.get(key) is not None]
    if scene.get("weapon") is not None:
        parts.append("senjata" if scene["weapon"] else "tanpa senjata")
    if scene.get("hazard"):
        parts.append(f"bahaya {scene['hazard']}")
    return " ".join(parts)


def _bare(token: str) -> str:
    return token.casefold().strip(",;.:")


def _once(tokens: list[str]) -> list[str]:
    """'2 korban luka' counts once: of words that mean the same, the last."""
    kinds = [_kind(_bare(token)) for token in tokens]
    return [token for i, token in enumerate(tokens) if not kinds[i] or kinds[i] not in kinds[i + 1:i + 2]]


def _kind(word: str) -> str:
    return "casualties" if word in HURT else "trapped" if word in TRAPPED else ""


def _number(word: str) -> int | None:
    return NUMBERS.get(word, int(word) if word.isascii() and word.isdigit() and len(word) <= len(str(MOST)) else None)


def _counts_stand_behind(heard: list[str]) -> bool:
    """Whether it is written 'korban 2 terjebak 1': the first count decides for all of them."""
    first = next((i for i, word in enumerate(heard) if _number(word) is not None or word in NONE or _kind(word)), None)
    if first is None or not _kind(heard[first]):
        return False
    return any(_number(word) is not None for word in heard[first + 1:first + 2])


def _said(heard: list[str], *, behind: bool, first: bool) -> tuple[str, int, int]:
    """Key, value and number of words of what begins here; an empty key for a word of a hazard."""
    word = heard[0]
    if word in WEAPON or word in UNARMED:
        return "weapon", int(word in WEAPON), 1
    joined = COUNTED.fullmatch(word)
    if joined and (key := _kind(joined[2] or joined[3])):
        return key, int(joined[1] or joined[4]), 1
    following = next((i for i, other in enumerate(heard[1:], 1) if other not in FILLER), len(heard))
    after = heard[following] if following < len(heard) else ""
    if word in NONE and (after in WEAPON or _kind(after)):
        return _kind(after) or "weapon", 0, following + 1
    if key := "" if len(word) == 1 else _kind(word):
        count = _number(after) if behind else None
        return (key, 1, 1) if count is None else (key, count, following + 1)
    count = _number(word)
    if count is not None and not behind and _kind(after):
        return _kind(after), count, following + 1
    if count is not None and first and not _belongs(after):
        return "casualties", count, following
    return "", 0, 1


def _belongs(after: str) -> bool:
    """Whether a first number is part of what follows it, as in '3 kg'."""
    known = WEAPON | UNARMED | HAZARD | NONE
    return bool(after) and after not in known and _number(after) is None and COUNTED.fullmatch(after) is None
