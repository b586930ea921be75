"""The life of a call over real HTTP: who rings, who answers, what happens when nobody does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.routing import Route

from dispatch.errors import Refused
from dispatch.services.calls import answer_call, hang_up
from dispatch.storage.statement import Row
from dispatch.storage.tables import call, incident, report
from tests.support.twilio_centre import TwilioCentre, twilio_centre

CITIZEN, OPERATOR_PHONE = "+6281234567890", "+628119000001"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[TwilioCentre]:
    async with twilio_centre(tmp_path) as running:
        yield running


async def answer(centre: TwilioCentre, call_id: int | None = None, operator: str = "rina") -> Row:
    knowledge = centre.app.knowledge
    return await centre.run(lambda tx: answer_call(tx, call_id, operator, OPERATOR_PHONE, knowledge))


async def the_call(centre: TwilioCentre) -> Row:
    rows = await centre.rows(call)
    assert len(rows) == 1
    return rows[0]


async def test_rina_answers_and_is_connected_to_the_caller(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring(CITIZEN)
    row = await the_call(centre)
    assert (row["status"], row["caller"]) == ("ringing", CITIZEN)
    assert await caller.wait(0) == []
    assert (await the_call(centre))["status"] == "queued"
    taken = await answer(centre)
    agent = await centre.twilio.expect_agent()
    assert agent.number == OPERATOR_PHONE
    await agent.pick_up()
    room = await centre.twilio.expect_together(caller, agent)
    assert room.hears(caller, agent)
    assert room.hears(agent, caller)
    await caller.hang_up()
    assert agent.over
    row = await the_call(centre)
    assert (row["status"], row["operator"], row["incident_id"]) == ("wrap_up", "rina", taken["incident_id"])
    assert [r["external_id"] for r in await centre.rows(report)] == [caller.sid]
    await centre.run(lambda tx: hang_up(tx, None, "rina", centre.app.knowledge))
    assert (await the_call(centre))["status"] == "ended"


async def test_only_one_seat_gets_a_call(centre: TwilioCentre) -> None:
    await centre.twilio.ring(CITIZEN)
    row = await answer(centre)
    with pytest.raises(Refused) as refused:
        await answer(centre, row["id"], "budi")
    assert refused.value.params["who"] == "rina"
    assert len(await centre.rows(incident)) == 1


async def test_the_operator_answers_again_without_a_second_call(centre: TwilioCentre) -> None:
    await centre.twilio.ring(CITIZEN)
    first = await answer(centre)
    agent = await centre.twilio.expect_agent()
    again = await answer(centre, first["id"])
    assert again["incident_id"] == first["incident_id"]
    await agent.pick_up()
    assert len(centre.twilio.agents) == 1


async def test_the_operators_phone_does_not_answer_and_another_seat_takes_the_call(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring(CITIZEN)
    await caller.wait(0)
    first = await answer(centre)
    agent = await centre.twilio.expect_agent()
    await agent.end("no-answer")
    row = await the_call(centre)
    assert (row["status"], row["operator"]) == ("queued", "")
    second = await answer(centre, operator="budi")
    assert second["incident_id"] == first["incident_id"]
    other = await centre.twilio.expect_agent(2)
    await other.pick_up()
    await centre.twilio.expect_together(caller, other)
    assert (await the_call(centre))["operator"] == "budi"


async def test_a_phone_that_twilio_refuses_to_ring_gives_the_caller_back(centre: TwilioCentre) -> None:
    await centre.twilio.ring(CITIZEN)
    centre.twilio.failures.append(400)
    await answer(centre)
    await centre.until(call, lambda rows: rows[0]["status"] == "queued")


async def test_a_repeated_no_answer_does_not_take_the_next_operators_call_away(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring(CITIZEN)
    await answer(centre)
    first = await centre.twilio.expect_agent()
    await first.end("no-answer")
    await answer(centre, operator="budi")
    second = await centre.twilio.expect_agent(2)
    await first.status("no-answer")
    assert (await the_call(centre))["operator"] == "budi"
    await first.pick_up()
    await second.pick_up()
    await centre.twilio.expect_together(caller, second)
    assert first.room is None


async def test_a_late_pick_up_reaches_nobody_elses_caller(centre: TwilioCentre) -> None:
    first = await centre.twilio.ring(CITIZEN)
    await answer(centre)
    agent = await centre.twilio.expect_agent()
    await first.hang_up()
    second = await centre.twilio.ring("+6281200000002")
    await agent.pick_up()
    assert agent.over
    assert second.waits
    assert "menutup" in " ".join(agent.says())


async def test_each_operator_gets_the_caller_they_chose(centre: TwilioCentre) -> None:
    first = await centre.twilio.ring(CITIZEN)
    second = await centre.twilio.ring("+6281200000002")
    rows = await centre.rows(call)
    await answer(centre, rows[1]["id"], "budi")
    agent = await centre.twilio.expect_agent()
    await agent.pick_up()
    await centre.twilio.expect_together(second, agent)
    assert first.waits


async def test_the_operator_hangs_up(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring(CITIZEN)
    row = await answer(centre)
    agent = await centre.twilio.expect_agent()
    await agent.pick_up()
    await centre.twilio.expect_together(caller, agent)
    await centre.run(lambda tx: hang_up(tx, row["id"], "rina", centre.app.knowledge))
    await centre.twilio.expect_ended(caller.sid)


async def test_a_caller_who_gives_up_is_reported_and_rung_back_within_a_minute(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring(CITIZEN)
    await caller.wait(0)
    await caller.hang_up()
    row = await the_call(centre)
    assert row["status"] == "abandoned"
    [item] = await centre.rows(incident)
    assert (item["callback_due"], item["channel"], item["id"]) == (1, "call", row["incident_id"])
    await centre.pass_time(60)
    assert (await centre.twilio.expect_agent()).number == CITIZEN
    assert centre.twilio.messages == [], "the SMS only comes when the ring reaches nobody"


async def test_nobody_answers_and_the_voice_message_becomes_a_report(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring(CITIZEN)
    for _ in range(13):
        await caller.wait(10)
        if caller.verb("Record") is not None:
            break
    row = await the_call(centre)
    with pytest.raises(Refused):
        await answer(centre, row["id"])
    await caller.speak(20)
    row = await the_call(centre)
    assert (row["status"], row["recording_url"][:8]) == ("ended", "https://")
    [item] = await centre.rows(incident)
    assert item["callback_due"] == 1
    [heard] = await centre.rows(report)
    assert row["recording_url"] in heard["attachments"]


async def test_the_waiting_caller_is_told_to_stay_and_offered_a_silent_way(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring(CITIZEN)
    assert await caller.wait(0) == []
    assert "Jangan tutup telepon" in " ".join(await caller.wait(10))
    assert "tekan 5 dua kali" not in " ".join(await caller.wait(10))
    assert "tekan 5 dua kali" in " ".join(await caller.wait(10))
    assert "mengerti" in " ".join(await caller.press("55"))
    other = await centre.twilio.ring("+6281200000002")
    taken = await answer(centre)
    assert taken["external_id"] == caller.sid, "who cannot speak is answered first"
    assert other.waits


async def test_every_webhook_twice_changes_nothing(centre: TwilioCentre) -> None:
    centre.twilio.repeats = 2
    caller = await centre.twilio.ring(CITIZEN)
    await caller.wait(0)
    await answer(centre)
    agent = await centre.twilio.expect_agent()
    await agent.pick_up()
    await centre.twilio.expect_together(caller, agent)
    await caller.hang_up()
    assert (await the_call(centre))["status"] == "wrap_up"
    assert len(await centre.rows(incident)) == len(await centre.rows(report)) == 1


async def test_a_call_whose_first_webhook_was_lost_is_still_reported(centre: TwilioCentre) -> None:
    fields = {"CallSid": "CA" + "f" * 32, "CallStatus": "completed", "From": CITIZEN, "To": "+622830112000"}
    await centre.twilio.post("/twilio/status/call", fields)
    assert (await the_call(centre))["status"] == "abandoned"
    assert len(await centre.rows(report)) == 1


async def test_a_withheld_number_gets_no_probe_and_is_still_reported(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring("anonymous")
    await caller.hang_up()
    assert (await the_call(centre))["caller"] == ""
    assert len(await centre.rows(report)) == 1
    assert centre.twilio.messages == []


async def test_the_second_call_of_the_day_is_counted(centre: TwilioCentre) -> None:
    for _ in range(3):
        caller = await centre.twilio.ring(CITIZEN)
        await caller.hang_up()
    assert [row["repeat"] for row in await centre.rows(call)] == [0, 1, 2]


async def test_the_fallback_rings_who_is_on_duty(centre: TwilioCentre) -> None:
    answer = await centre.twilio.post("/twilio/voice/fallback", {"CallSid": "CA1", "From": CITIZEN})
    assert answer.status_code == 200
    assert centre.app.knowledge.rules.supervisors[0].phone in answer.text


def paths_of(centre: TwilioCentre) -> list[str]:
    """Every webhook there is, as Twilio would call it for a call nobody knows."""
    paths = sorted(
        route.path for route in centre.app.site.routes
        if isinstance(route, Route) and route.path.startswith("/twilio/") and "POST" in (route.methods or ())
    )
    assert len(paths) > 15
    return [f"{path}?call=999999&attempt=1&leg=1" for path in paths]


async def test_no_webhook_does_anything_unsigned(centre: TwilioCentre) -> None:
    for path in paths_of(centre):
        answer = await centre.twilio.post(path, {"CallSid": "CA1", "From": CITIZEN}, token="not ours")
        assert answer.status_code == 403, path
    assert await centre.rows(call) == []


async def test_a_call_nobody_knows_breaks_no_webhook(centre: TwilioCentre) -> None:
    fields = {
        "CallSid": "CA" + "9" * 32, "CallStatus": "completed", "From": CITIZEN, "To": "+622830112000", "Digits": "1",
        "ConferenceSid": "CF1", "StatusCallbackEvent": "participant-leave", "RecordingSid": "RE1",
        "QueueResult": "leave", "RecordingUrl": "https://x", "TranscriptionSid": "GT1",
        "TranscriptionEvent": "transcription-content",
        "TranscriptionData": '{"transcript": "halo"}', "SequenceId": "1", "Track": "inbound_track", "Final": "true",
    }
    for path in paths_of(centre):
        answer = await centre.twilio.post(path, fields)
        assert answer.status_code in (200, 400, 404), (path, answer.text)
    odd = {**fields, "TranscriptionData": "[no json", "SequenceId": "-1", "RecordingDuration": "long"}
    for path in paths_of(centre):
        assert (await centre.twilio.post(path, odd)).status_code in (200, 400, 404), path
