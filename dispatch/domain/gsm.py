"""The SMS alphabet (GSM 03.38): what fits into one message. Pure."""

from __future__ import annotations

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The characters that cost one place each; one other character turns 160 places into 70."""
ONE_SMS = 160
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
