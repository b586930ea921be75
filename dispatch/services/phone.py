"""Phone numbers as people write them. A number that is none never blocks anything: it becomes ''."""

from __future__ import annotations

import phonenumbers

REGION = "ID"


def to_e164(typed: str) -> str:
    """'0812 3456-7771' -> '+6281234567771'; '' when it cannot be a phone number."""
    try:
        number = phonenumbers.parse(typed, REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
