"""Phone numbers as providers write them, made one form: E.164. Never decides who may call."""

from __future__ import annotations

import re

WHATSAPP_PREFIX = "whatsapp:"
E164 = re.compile(r"\+[1-9]\d{6,14}")
SIP = re.compile(r"sips?:[\w.+-]{1,64}@[A-Za-z0-9.-]{1,120}(?::\d{1,5})?(?:;[\w=.;-]{1,64})?")
HIDDEN = frozenset({"+266696687", "+86282452253", "+7378742833", "+2562533", "+8656696"})
"""What Twilio puts into From when the caller's number is withheld: spelled-out words on a keypad."""


def phone_of(address: str) -> str:
    """E.164 of a provider's address; '' when there is no number behind it (withheld, a SIM-less phone)."""
    number = address.strip().removeprefix(WHATSAPP_PREFIX).strip()
    if number in HIDDEN:
        return ""
    digits = re.sub(r"[\s().-]", "", number)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif re.fullmatch(r"0[1-9]\d{6,12}", digits):
        digits = "+62" + digits[1:]
    return digits if E164.fullmatch(digits) else ""


def address_of(text: str) -> str:
    """Where a person answers calls: E.164, or a SIP address as it is written; '' when it is neither."""
    given = text.strip()
    return given if SIP.fullmatch(given) else phone_of(given)


def mask_phone(number: str) -> str:
    """'+6281234567771' -> '0812-***-771': enough to recognise a caller, not enough to ring one up."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < 8:
        return "***" if digits else ""
    national = "0" + digits[2:] if digits.startswith("62") else digits
    return f"{national[:4]}-***-{national[-3:]}"


def mask_name(name: str) -> str:
    """'Bu Sri' -> 'B. S.': tells two callers apart and names nobody."""
    return " ".join(f"{word[0]}." for word in name.split()[:4])


def mask(address: str) -> str:
    """A phone number or mail address as it may stand in a log: 'p***@example.id'."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***@{host}" if at else mask_phone(address)
