"""A text in parts: joined it is the text again, each part fits, and as few as there can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.gsm import BASIC, EXTENDED, PART, WIDE_PART, needs_unicode, split_sms

PLAIN = st.text(st.sampled_from(sorted(BASIC | EXTENDED)), max_size=700)


@given(PLAIN | st.text(max_size=300))
def test_parts_are_the_text_and_each_fits(text: str) -> None:
    parts = split_sms(text)
    assert "".join(parts) == text
    wide = needs_unicode(text)
    places = [
        len(part.encode("utf-16-le", "surrogatepass")) // 2 if wide else len(part) + sum(c in EXTENDED for c in part)
        for part in parts
    ]
    whole, part = (70, WIDE_PART) if wide else (160, PART)
    assert all(p <= (whole if len(parts) == 1 else part) for p in places)
    # A character of two places may leave one free at the end of a part.
    assert len(parts) == 1 or sum(places) > whole
    assert all(p >= part - 1 for p in places[:-1])
