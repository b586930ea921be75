"""The SMS alphabet (GSM 03.38): what fits into one message. Pure."""

from __future__ import annotations

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The characters that cost one place each; one other character turns 160 places into 70."""
EXTENDED = frozenset("^{}\\[~]|€\f")
"""Characters of the alphabet that cost two places."""
ONE_SMS = 160
PART, WIDE_SMS, WIDE_PART = 153, 70, 67
"""Places in a part of a longer message, and of a message with any other character: UTF-16 units."""
LOOKALIKES = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u2026", "''\"\"--.")


def is_one_sms(text: str) -> bool:
    """Whether it is sent as a single message."""
    return len(text) <= ONE_SMS and set(text) <= BASIC


def gsm_words(words: str, most: int) -> str:
    """A name for use in a text: characters outside the alphabet become their plain letters or go, the end is cut."""
    plain = words.translate(LOOKALIKES)
    letters = (c if c in BASIC else unicodedata.normalize("NFKD", c) for c in plain)
    kept = "".join(c for c in "".join(letters) if c in BASIC and c not in "\r\n")
    return kept[:most].strip(" ,")


def needs_unicode(text: str) -> bool:
    """Whether any character is outside the alphabet."""
    return not set(text) <= BASIC | EXTENDED


def split_sms(text: str) -> list[str]:
    """The parts a phone sends a text in, joined again by the receiver; one part where it fits."""
    wide = needs_unicode(text)
    whole, part = (WIDE_SMS, WIDE_PART) if wide else (ONE_SMS, PART)
    costs = [(1 + (ord(c) > 0xFFFF)) if wide else 1 + (c in EXTENDED) for c in text]
    if sum(costs) <= whole:
        return [text]
    parts, room = [""], part
    for character, cost in zip(text, costs, strict=True):
        if cost > room:
            parts.append("")
            room = part
        parts[-1] += character
        room -= cost
    return parts
