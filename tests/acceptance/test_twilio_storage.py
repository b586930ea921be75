"""No success without stable storage: a webhook that could not be stored answers 5xx, and its repeat is taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dispatch.errors import StorageUnavailable
from dispatch.storage.tables import call, report
from tests.support.twilio_centre import TwilioCentre, twilio_centre

CITIZEN = "+6281234567890"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[TwilioCentre]:
    async with twilio_centre(tmp_path) as running:
        yield running


@pytest.fixture
def storage_fails(centre: TwilioCentre, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    async def fail(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("storage_unavailable", "disk full")

    monkeypatch.setattr(centre.app.committer, "run", fail)
    return monkeypatch


async def test_a_text_that_is_not_stored_is_not_acknowledged(
    centre: TwilioCentre, storage_fails: pytest.MonkeyPatch
) -> None:
    answer = await centre.twilio.text(CITIZEN, "kebakaran di Slawi", sid="SM" + "7" * 32)
    assert answer.status_code == 503
    assert "<Response" not in answer.text
    storage_fails.undo()
    assert await centre.rows(report) == []
    assert (await centre.twilio.text(CITIZEN, "kebakaran di Slawi", sid="SM" + "7" * 32)).status_code == 200
    assert len(await centre.rows(report)) == 1


@pytest.mark.parametrize(("words", "said"), [
    ("kebakaran di Slawi", "PESAN BELUM DITERIMA"), ("Tulung kobongan umahe nyong", "PESEN DURUNG DITAMPA"),
    ("help, there is a fire", "112"), ("Auto reply: out of office", ""),
])
async def test_who_wrote_is_told_that_nobody_has_read_it(
    centre: TwilioCentre, storage_fails: pytest.MonkeyPatch, words: str, said: str
) -> None:
    fields = {"MessageSid": "SM" + "8" * 32, "From": CITIZEN, "Body": words, "ErrorCode": "11200"}
    answer = await centre.twilio.post("/twilio/sms/fallback", fields)
    assert answer.status_code == 200
    assert ("<Message>" in answer.text) is bool(said)
    assert said in answer.text
    storage_fails.undo()
    assert (await centre.twilio.post("/twilio/sms/fallback", fields)).text.endswith("<Response/>")
    assert len(await centre.rows(report)) == 1, "stored at the second try, nobody is told otherwise"


async def test_a_call_that_is_not_stored_goes_to_the_fallback(
    centre: TwilioCentre, storage_fails: pytest.MonkeyPatch
) -> None:
    fields = {"CallSid": "CA1", "From": CITIZEN, "To": "+622830112000", "CallStatus": "ringing"}
    assert (await centre.twilio.post("/twilio/voice", fields)).status_code == 503
    answer = await centre.twilio.post("/twilio/voice/fallback", {**fields, "ErrorCode": "11200"})
    assert answer.status_code == 200
    assert "<Dial" in answer.text
    storage_fails.undo()
    assert await centre.rows(call) == []
