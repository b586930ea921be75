"""What speaks against a number stands beside its call, with the reason and in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.plain import Plain
from dispatch.wire import CallRow, CentreRow

CENTRE = CentreRow(code="33.28", name="Uji", timezone="Asia/Jakarta", mode="live")
RANG = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(("lang", "words"), [
    ("id", "pernah dibuang: iseng 3, senyap 1"), ("en", "disposed before: silent 1, prank 3"),
])
def test_the_reason_is_said_with_the_call(lang: str, words: str) -> None:
    call = CallRow(id=7, caller="+62812*", status="queued", rang_at=RANG, trust=0.4, known={"prank": 3, "ghost": 1})
    assert sorted(words.split(": ")[1].split(", ")) == sorted(
        Plain(CENTRE, lang).call(call).split(": ")[-1].split(", ")
    )


def test_an_unknown_number_has_nothing_beside_it() -> None:
    call = CallRow(id=7, caller="+62812*", status="queued", rang_at=RANG)
    assert "dibuang" not in Plain(CENTRE, "id").call(call)
