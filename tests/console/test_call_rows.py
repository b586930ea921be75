"""A call as the console shows it: in the order it will be answered, with what its line is doing."""

from __future__ import annotations

import pytest

from console.plain import Plain
from console.store import Store
from dispatch.wire import CallRow, LegRow
from tests.console.fake_server import AT, CENTRE
from tests.console.night import NOW, ago, board


def test_ringing_calls_stand_in_the_order_they_will_be_answered() -> None:
    store = Store()
    calls = [
        CallRow(id=1, caller="a", status="queued", rang_at=ago(1, 0)),
        CallRow(id=2, caller="b", status="queued", rang_at=ago(0, 40)),
        CallRow(id=3, caller="c", status="ringing", rang_at=ago(0, 5), hint="critical", ahead_s=600),
        CallRow(id=4, caller="d", status="answered", rang_at=ago(2, 0), operator="rina"),
    ]
    store.snapshot(board(calls=calls), NOW)
    assert [call.id for call in store.ringing()] == [3, 1, 2]


@pytest.mark.parametrize(("lang", "words"), [
    ("en", ["phone not picked up yet", "operator muted", "budi rings", "D01 on the line"]),
    ("id", ["telepon belum diangkat", "suara petugas mati", "budi berdering", "D01 ikut bicara"]),
])
def test_a_line_tells_of_a_late_phone_and_of_who_else_is_on_it(lang: str, words: list[str]) -> None:
    legs = [LegRow(role="seat", who="budi", status="calling"), LegRow(role="unit", who="D01", status="joined")]
    row = CallRow(
        id=7, caller="0812", status="answered", rang_at=AT, operator="rina", claim="stale", muted=True, legs=legs
    )
    line = Plain(CENTRE, lang).call(row)
    assert all(word in line for word in words)
    quiet = Plain(CENTRE, lang).call(CallRow(id=8, caller="0812", status="answered", rang_at=AT, claim="joined"))
    assert words[0] not in quiet
