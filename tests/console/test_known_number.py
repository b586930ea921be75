"""What speaks against a number stands beside its call with the reason; the header tells which channels are proved."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec import structs

from console.plain import Plain
from console.store import Store
from console.view.head import Link, Seat, header
from console.view.look import Look
from dispatch.wire import CallRow, CentreRow, ProofRow
from tests.console.night import CENTRE as NIGHT
from tests.console.night import incidents, replaced

CENTRE = CentreRow(code="33.28", name="Uji", timezone="Asia/Jakarta", mode="live")
RANG = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(("lang", "words"), [
    ("id", "pernah dibuang: iseng 3, ghost 1"), ("en", "disposed before: ghost 1, prank 3"),
])
def test_the_reason_is_said_with_the_call(lang: str, words: str) -> None:
    call = CallRow(id=7, caller="+62812*", status="queued", rang_at=RANG, trust=0.4, known={"prank": 3, "ghost": 1})
    assert sorted(words.split(": ")[1].split(", ")) == sorted(
        Plain(CENTRE, lang).call(call).split(": ")[-1].split(", ")
    )


def test_an_unknown_number_has_nothing_beside_it() -> None:
    call = CallRow(id=7, caller="+62812*", status="queued", rang_at=RANG)
    assert "dibuang" not in Plain(CENTRE, "id").call(call)


def test_a_silenced_caller_is_marked_in_every_list() -> None:
    row = replaced(incidents()[0], quiet=True, callback_due=True)
    assert "SENYAP: jangan telepon" in Plain(NIGHT, "id").incident(row)


def centre_with(state: str) -> CentreRow:
    at = datetime(2026, 1, 12, 7, 2, tzinfo=UTC)
    proofs = {"sms": ProofRow(state=state, at=at, took_ms=900), "voice": ProofRow(state="never")}
    return structs.replace(CENTRE, proofs=proofs)


@pytest.mark.parametrize(("width", "state", "said"), [
    (160, "ok", "bukti SMS 14:02 telp -"), (160, "failed", "bukti SMS! 14:02 telp -"),
    (80, "failed", "bukti SMS! 14:02"), (80, "ok", ""),
])
def test_the_header_tells_when_each_channel_was_last_proved(width: int, state: str, said: str) -> None:
    look = Look(centre_with(state), RANG)
    shown = header(Store(), Seat("rina", "dispatcher", "1"), Link("live"), look, width).text
    assert (said in shown) if said else ("bukti" not in shown)
