"""Phone numbers as providers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.phone import mask_phone, phone_of


@pytest.mark.parametrize(
    ("address", "number"),
    [("+6281234567890", "+6281234567890"), ("whatsapp:+6281234567890", "+6281234567890"),
     ("081234567890", "+6281234567890"), ("0062 812-3456-7890", "+6281234567890"), ("(0283) 491112", "+62283491112"),
     ("anonymous", ""), ("Restricted", ""), ("", ""), ("+266696687", ""), ("TELKOMSEL", ""), ("112", ""), ("+", ""),
     ("+62812345678901234567", "")],
)
def test_numbers(address: str, number: str) -> None:
    assert phone_of(address) == number


@given(st.text(max_size=40))
def test_any_address_gives_e164_or_nothing(address: str) -> None:
    number = phone_of(address)
    assert number == "" or (number.startswith("+") and number[1:].isascii() and number[1:].isdigit())
    assert phone_of(number) == number


@given(st.from_regex(r"\+62[1-9][0-9]{8,11}", fullmatch=True))
def test_a_masked_number_cannot_be_called(number: str) -> None:
    masked = mask_phone(number)
    assert number[-3:] == masked[-3:]
    assert sum(c.isdigit() for c in masked) <= 7
