"""Stories on the telephone, over real HTTP with the real driver: who rings, who talks, what breaks, what follows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from dispatch import wire
from dispatch.domain.roles import Actor, Role
from dispatch.errors import Forbidden, Refused
from dispatch.services.access import add_user
from dispatch.services.commands import submit_command
from dispatch.storage.statement import Row
from dispatch.storage.tables import alarm, call, event, incident, outbox, recording, report, unit
from dispatch.storage.transaction import Tx
from tests.fakes.twilio_lines import Agent, Caller
from tests.fakes.twilio_server import SentMessage
from tests.support.twilio_centre import TwilioCentre, twilio_centre

CITIZEN, OTHER = "+6281234567890", "+6281200000002"
PHONES = {"rina": "+628119000001", "budi": "sip:budi@10.0.0.7", "sari": "+628119000003"}
CREW = "+628119000021"


class Story:
    """The centre with its people: rina and budi at the seats, sari supervises, D01 is out."""

    def __init__(self, centre: TwilioCentre) -> None:
        self.centre, self.twilio = centre, centre.twilio
        self._key = 0

    async def say(self, who: str, verb: str, /, **args: Any) -> wire.CommandResult:
        """A command as it comes from this person's seat."""
        self._key += 1
        actor = Actor(who, Role.SUPERVISOR if who == "sari" else Role.DISPATCHER, PHONES[who])
        command = wire.Command(command=verb, args=args, idempotency_key=f"{who}-{self._key}", confirmed=True)
        return await submit_command(self.centre.app.committer, command, actor, self.centre.app.knowledge, "en")

    async def call(self, number: int = -1) -> Row:
        return (await self.centre.rows(call))[number]

    async def incident(self) -> Row:
        [row] = await self.centre.rows(incident)
        return row

    async def kinds(self) -> list[str]:
        return [row["kind"] for row in await self.centre.rows(event)]

    async def alarms(self) -> list[str]:
        return [row["kind"] for row in await self.centre.rows(alarm) if row["is_open"]]

    def texts(self) -> list[SentMessage]:
        """What the citizen was sent; time that passes also escalates to the duty."""
        return [message for message in self.twilio.messages if message.to == CITIZEN]

    async def phone_of(self, who: str, count: int = 1) -> Agent:
        """The phone of this person, once it has been rung ``count`` times; the newest line of it."""
        address = PHONES.get(who, who)

        def lines() -> list[Agent]:
            return [agent for agent in self.twilio.agents if agent.number == address]

        await self.twilio.expect(lambda: len(lines()) >= count)
        return lines()[-1]

    async def talk(self, who: str = "rina") -> tuple[Caller, Agent]:
        """The citizen rings, this person answers, they are together."""
        caller = await self.twilio.ring(CITIZEN)
        await caller.wait(0)
        await self.say(who, "answer")
        phone = await self.phone_of(who)
        await phone.pick_up()
        await self.twilio.expect_together(caller, phone)
        await self.centre.settle()
        return caller, phone


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with twilio_centre(tmp_path, RING_GROUPS="30:rina,budi;60:+628119000099") as centre:
        yield await people(centre)


async def people(centre: TwilioCentre) -> Story:
    def staff(tx: Tx) -> None:
        for name, phone in PHONES.items():
            role = Role.SUPERVISOR if name == "sari" else Role.DISPATCHER
            add_user(tx, name, role, "", by="test", phone=phone)
        tx.update(unit, {"call_sign": "D01"}, phone=CREW)

    await centre.run(staff)
    return Story(centre)


# the line drops


async def test_caller_rings_rina_answers_line_drops_call_back(story: Story) -> None:
    caller, _ = await story.talk()
    await caller.hang_up()
    assert (await story.call())["status"] == "wrap_up"
    await story.centre.pass_time(60)
    back = await story.phone_of(CITIZEN)
    await back.pick_up()
    assert "terputus" in " ".join(back.heard)
    assert (await story.call())["status"] == "ringing"
    await story.say("rina", "answer")
    phone = await story.phone_of("rina", 2)
    await phone.pick_up()
    await story.twilio.expect_together(back, phone)
    lost, found = await story.centre.rows(call)
    assert lost["incident_id"] == found["incident_id"]
    assert len(await story.centre.rows(report)) == 1, "our own ring is no report"
    await story.say("rina", "hangup")
    await story.centre.pass_time(200)
    assert [agent.number for agent in story.twilio.agents].count(CITIZEN) == 1
    assert story.texts() == []


async def test_a_call_back_that_reaches_nobody_is_one_sms(story: Story) -> None:
    caller = await story.twilio.ring(CITIZEN)
    await caller.wait(0)
    await caller.hang_up()
    await story.centre.pass_time(10)
    back = await story.phone_of(CITIZEN)
    story.twilio.repeats = 2
    await back.end("no-answer")
    await back.status("no-answer")
    await story.centre.pass_time(200)
    [sent] = story.texts()
    assert (sent.to, "terputus" in sent.body) == (CITIZEN, True)
    assert [agent.number for agent in story.twilio.agents].count(CITIZEN) == 1, "rung back once, not twice"
    assert (await story.incident())["callback_due"] == 1, "a person still has to"


async def test_the_call_back_that_is_lost_itself_is_not_rung_back_again(story: Story) -> None:
    caller = await story.twilio.ring(CITIZEN)
    await caller.hang_up()
    await story.centre.pass_time(10)
    back = await story.phone_of(CITIZEN)
    await back.pick_up()
    await back.hang_up()
    await story.centre.pass_time(100)
    assert [agent.number for agent in story.twilio.agents].count(CITIZEN) == 1
    assert len(story.texts()) == 1


@pytest.mark.parametrize("settled", ["dispose", "hangup"])
async def test_what_rina_says_was_done_is_not_rung_back(story: Story, settled: str) -> None:
    caller, _ = await story.talk()
    await caller.hang_up()
    await story.say("rina", settled, **({"code": 3} if settled == "dispose" else {}))
    await story.centre.pass_time(120)
    assert CITIZEN not in [agent.number for agent in story.twilio.agents]


async def test_a_talk_whose_trouble_is_known_has_simply_ended(story: Story) -> None:
    caller, _ = await story.talk()
    await story.say("rina", "type", incident=(await story.incident())["number"], type="fire")
    await caller.hang_up()
    await story.centre.pass_time(120)
    assert CITIZEN not in [agent.number for agent in story.twilio.agents]
    assert story.texts() == []


async def test_who_rings_again_by_themselves_is_not_rung_back(story: Story) -> None:
    caller = await story.twilio.ring(CITIZEN)
    await caller.hang_up()
    again = await story.twilio.ring(CITIZEN)
    await story.centre.pass_time(20)
    assert story.twilio.agents == []
    assert again.waits


# claims


async def test_a_claim_whose_phone_is_late_is_amber_and_comes_back_and_is_never_stolen(story: Story) -> None:
    caller = await story.twilio.ring(CITIZEN)
    await caller.wait(0)
    await story.say("rina", "answer")
    phone = await story.phone_of("rina")
    assert (await story.call())["claim"] == "reserved"
    await story.centre.pass_time(12)
    assert (await story.call())["claim"] == "stale"
    assert await story.alarms() == ["claim_stale"]
    with pytest.raises(Refused) as refused:
        await story.say("budi", "answer", call=(await story.call())["id"])
    assert refused.value.params["who"] == "rina"
    await story.centre.pass_time(20)
    row = await story.call()
    assert (row["status"], row["operator"], row["claim"]) == ("queued", "", "")
    assert await story.alarms() == []
    assert caller.waits
    await story.say("budi", "answer")
    await phone.pick_up()
    assert phone.over, "too late: it is budi's by now"
    assert (await story.call())["operator"] == "budi"


async def test_a_phone_that_is_only_slow_keeps_its_call(story: Story) -> None:
    caller = await story.twilio.ring(CITIZEN)
    await story.say("rina", "answer")
    phone = await story.phone_of("rina")
    await story.centre.pass_time(15)
    await phone.pick_up()
    await story.twilio.expect_together(caller, phone)
    assert (await story.call())["claim"] == "joined"
    assert await story.alarms() == []
    await story.centre.pass_time(30)
    assert (await story.call())["operator"] == "rina"


async def test_the_caller_is_brought_by_the_next_round_when_the_request_was_lost(story: Story) -> None:
    caller = await story.twilio.ring(CITIZEN)
    await caller.wait(0)
    await story.say("rina", "answer")
    phone = await story.phone_of("rina")
    story.twilio.failures.extend([500, 500, 500])
    await phone.pick_up()
    await story.centre.until(outbox, lambda rows: any(r["purpose"] == "join" and r["status"] == "failed" for r in rows))
    assert caller.waits
    await caller.wait(10)
    await story.twilio.expect_together(caller, phone)


# while they speak


async def test_hold_and_back(story: Story) -> None:
    caller, phone = await story.talk()
    room = await story.twilio.expect_together(caller, phone)
    await story.say("rina", "callhold", state="held")
    await story.centre.settle()
    assert (await story.call())["status"] == "held"
    assert not room.hears(phone, caller)
    assert "Jangan tutup telepon" in " ".join(caller.heard)
    await story.say("rina", "callhold", state="talking")
    await story.centre.settle()
    assert room.hears(phone, caller)
    assert (await story.call())["status"] == "answered"


async def test_mute_silences_rina_alone(story: Story) -> None:
    caller, phone = await story.talk()
    room = await story.twilio.expect_together(caller, phone)
    await story.say("rina", "mute", state="muted")
    await story.centre.settle()
    assert not room.hears(caller, phone)
    assert room.hears(phone, caller)
    await story.say("rina", "mute", state="heard")
    await story.centre.settle()
    assert room.hears(caller, phone)


@pytest.mark.parametrize("leaves", ["console", "handset"])
async def test_rina_hands_over_to_budi_and_the_incident_goes_with_it(story: Story, leaves: str) -> None:
    caller, phone = await story.talk()
    await story.say("rina", "transfer", who="budi")
    other = await story.phone_of("budi")
    await other.pick_up()
    room = await story.twilio.expect_together(caller, phone, other)
    assert all(room.hears(one, two) for one, two in permutations((caller, phone, other), 2))
    assert (await story.call())["operator"] == "rina", "not before she leaves"
    story.twilio.repeats = 2
    if leaves == "console":
        result = await story.say("rina", "hangup")
        assert "budi" in result.message
    else:
        await phone.hang_up()
    await story.twilio.expect(lambda: phone.over)
    await story.centre.settle()
    row = await story.call()
    assert (row["status"], row["operator"], row["agent_sid"]) == ("answered", "budi", other.sid)
    assert (await story.incident())["owner"] == "budi"
    assert {"call.transferred", "incident.passed_on"} <= set(await story.kinds())
    assert room.hears(caller, other)
    await other.hang_up()
    await story.twilio.expect(lambda: caller.over)
    assert (await story.call())["status"] == "wrap_up"


async def test_a_transfer_nobody_picks_up_leaves_the_call_with_rina(story: Story) -> None:
    caller, phone = await story.talk()
    await story.say("rina", "transfer", who="budi")
    other = await story.phone_of("budi")
    await other.end("no-answer")
    assert "call.leg_failed" in await story.kinds()
    assert await story.alarms() == ["leg_failed"]
    assert (await story.call())["operator"] == "rina"
    assert (await story.twilio.expect_together(caller, phone)).hears(caller, phone)


async def test_a_team_joins_by_a_key_and_a_machine_does_not(story: Story) -> None:
    caller, phone = await story.talk()
    await story.say("rina", "conference", units=["D01"])
    crew = await story.phone_of(CREW)
    await crew.pick_up()
    assert crew.room is None, "a machine would hear this and press nothing"
    await crew.press("1")
    room = await story.twilio.expect_together(caller, phone, crew)
    assert room.hears(caller, crew)
    [leg] = json.loads((await story.call())["legs"])
    assert (leg["role"], leg["who"], leg["status"]) == ("unit", "D01", "joined")
    await crew.hang_up()
    assert room.hears(caller, phone), "the talk goes on without the team"


async def test_sari_listens_unheard_then_speaks_to_rina_alone(story: Story) -> None:
    caller, phone = await story.talk()
    await story.say("sari", "listen")
    ear = await story.phone_of("sari")
    await ear.pick_up()
    room = await story.twilio.expect_together(caller, phone, ear)
    assert room.hears(ear, caller)
    assert not room.hears(caller, ear)
    assert not room.hears(phone, ear)
    await story.say("sari", "coach")
    await story.centre.settle()
    assert room.hears(phone, ear)
    assert not room.hears(caller, ear)
    await story.say("sari", "hangup")
    await story.twilio.expect(lambda: ear.over)
    assert room.hears(caller, phone)
    with pytest.raises(Forbidden):
        await story.say("budi", "listen")


async def test_a_whole_talk_told_twice_is_one_talk(story: Story) -> None:
    story.twilio.repeats = 2
    caller, phone = await story.talk()
    await story.say("rina", "callhold", state="held")
    await story.centre.settle()
    await story.say("rina", "callhold", state="talking")
    await caller.heard_say("ada kebakaran rumah di slawi")
    await story.say("rina", "conference", units=["D01"])
    crew = await story.phone_of(CREW)
    await crew.pick_up()
    await crew.press("1")
    await story.twilio.expect_together(caller, phone, crew)
    await phone.hang_up()
    await story.twilio.expect(lambda: caller.over and crew.over)
    await story.centre.settle()
    assert (await story.call())["status"] == "wrap_up"
    once = ("call.rang", "call.answered", "call.bridged", "call.held", "call.transcript", "call.leg_joined",
            "call.ended", "call.recording_stored")
    kinds = await story.kinds()
    assert {kind: kinds.count(kind) for kind in once} == dict.fromkeys(once, 1)
    assert [len(await story.centre.rows(table)) for table in (call, incident, report, recording)] == [1, 1, 1, 1]
    await story.say("rina", "hangup")
    await story.centre.pass_time(120)
    assert CITIZEN not in [agent.number for agent in story.twilio.agents]


async def test_nobody_else_holds_or_transfers_rinas_call(story: Story) -> None:
    await story.talk()
    number = (await story.call())["id"]
    for verb, more in (("callhold", {"state": "held"}), ("mute", {"state": "muted"}), ("transfer", {"who": "sari"})):
        with pytest.raises(Refused) as refused:
            await story.say("budi", verb, call=number, **more)
        assert refused.value.code == "not_your_call"


async def test_a_room_that_fails_gives_the_caller_back_to_every_seat(story: Story) -> None:
    caller, _ = await story.talk()
    await caller.request(caller.dial_action, DialCallStatus="failed")
    row = await story.call()
    assert (row["status"], row["operator"]) == ("queued", "")
    assert caller.waits


async def test_a_late_word_about_an_earlier_room_ends_nothing(story: Story) -> None:
    caller, phone = await story.talk()
    old = await story.twilio.expect_together(caller, phone)
    caller.room, phone.room = None, None
    old.over = True
    await caller.request(caller.dial_action, DialCallStatus="failed")
    await story.say("budi", "answer")
    other = await story.phone_of("budi")
    await other.pick_up()
    await story.twilio.expect_together(caller, other)
    await story.centre.settle()
    url = f"/twilio/status/conference?call={(await story.call())['id']}"
    told = {"ConferenceSid": old.sid, "StatusCallbackEvent": "participant-leave", "CallSid": caller.sid}
    await story.twilio.post(url, told)
    row = await story.call()
    assert (row["status"], row["operator"]) == ("answered", "budi")


# nobody answers


async def test_nobody_answers_the_phones_ring_and_the_first_key_has_the_call(story: Story) -> None:
    caller = await story.twilio.ring(CITIZEN)
    await story.centre.pass_time(40)
    rina, budi = await story.phone_of("rina"), await story.phone_of("budi")
    await rina.pick_up()
    assert "Tekan 1" in " ".join(rina.heard + rina.says())
    await budi.pick_up()
    story.twilio.repeats = 2
    await budi.press("1")
    await story.twilio.expect_together(caller, budi)
    await story.twilio.expect(lambda: rina.over)
    row = await story.call()
    assert (row["status"], row["operator"], row["agent_sid"]) == ("answered", "budi", budi.sid)
    await story.centre.pass_time(60)
    assert "+628119000099" not in [agent.number for agent in story.twilio.agents], "the next group is not needed"
    await budi.hang_up()
    assert (await story.call())["status"] == "wrap_up"


async def test_a_seat_that_answers_stops_the_ringing_phones(story: Story) -> None:
    await story.twilio.ring(CITIZEN)
    await story.centre.pass_time(40)
    budi = await story.phone_of("budi")
    await budi.status("ringing")
    await story.say("rina", "answer")
    await story.twilio.expect(lambda: budi.over)


async def test_machines_answer_and_the_voicemail_takes_the_words_down(story: Story) -> None:
    caller = await story.twilio.ring(CITIZEN)
    for _ in range(13):
        await story.centre.pass_time(10)
        for agent in story.twilio.agents:
            if not agent.over and not agent.in_progress:
                await agent.pick_up()
        if caller.verb("Record") is not None:
            break
    rung = {agent.number for agent in story.twilio.agents}
    assert {PHONES["rina"], PHONES["budi"], "+628119000099"} <= rung, "both groups were rung"
    await caller.speak(20, "tolong kebakaran rumah di pasar trayeman slawi ada orang di dalam")
    item = await story.incident()
    assert (item["type"], item["severity"], item["callback_due"]) == ("fire", "critical", 1)
    [heard] = await story.centre.rows(report)
    assert "kebakaran" in heard["text"]
    assert (await story.call())["status"] == "ended"


# words and recordings


async def test_the_words_raise_the_incident_while_they_speak_and_lower_nothing(story: Story) -> None:
    caller, _ = await story.talk()
    assert (await story.incident())["severity"] == "high"
    await caller.heard_say("halo pak")
    await caller.heard_say("baik di mana lokasinya", "outbound_track")
    await caller.heard_say("ada kebakaran rumah orang terjebak di dalam")
    item = await story.incident()
    assert (item["type"], item["severity"], item["life_threat"]) == ("fire", "critical", 1)
    await caller.heard_say("sudah padam pak tidak apa apa")
    assert (await story.incident())["severity"] == "critical"
    lines = [json.loads(row["data"]) for row in await story.centre.rows(event) if row["kind"] == "call.transcript"]
    assert [line["speaker"] for line in lines] == ["citizen", "operator", "citizen", "citizen"]
    assert "lokasinya" not in (await story.call())["transcript"], "only the caller's words are judged"


async def test_pieces_that_come_twice_or_late_are_heard_once_in_their_order(story: Story) -> None:
    caller, _ = await story.talk()
    await caller.heard_say("dua", sequence=8)
    await caller.heard_say("satu", sequence=7)
    await caller.heard_say("satu", sequence=7)
    assert (await story.call())["transcript"] == "satu dua"
    assert (await story.kinds()).count("call.transcript") == 2


async def test_a_person_who_lowered_it_is_not_overruled_by_the_same_words(story: Story) -> None:
    caller, _ = await story.talk()
    await caller.heard_say("ada kebakaran rumah orang terjebak di dalam")
    number = (await story.incident())["number"]
    await story.say("rina", "priority", incident=number, severity="low", reason="hanya asap dapur")
    await caller.heard_say("iya begitu pak")
    assert (await story.incident())["severity"] == "low"
    await caller.heard_say("aduh sekarang orangnya tidak bernapas")
    assert (await story.incident())["life_threat"] == 1


async def test_who_cries_for_help_in_the_queue_is_answered_first(story: Story) -> None:
    await story.twilio.ring(OTHER)
    caller = await story.twilio.ring(CITIZEN)
    await caller.heard_say("tolong kebakaran anak saya di dalam")
    await story.say("rina", "answer")
    taken = [row for row in await story.centre.rows(call) if row["operator"] == "rina"]
    assert [row["external_id"] for row in taken] == [caller.sid]
    assert (await story.incident())["severity"] == "critical", "what was said while waiting is in the report"


async def test_a_recording_is_kept_for_its_time_and_then_gone(story: Story) -> None:
    caller, _ = await story.talk()
    await caller.hang_up()
    await story.say("rina", "hangup")
    [kept] = await story.centre.rows(recording)
    assert (kept["kind"], kept["seconds"], kept["url"][:8]) == ("call", 42, "https://")
    await story.centre.pass_time(89 * 86400, step=89 * 86400)
    assert kept["sid"] in story.twilio.recordings
    await story.centre.pass_time(2 * 86400, step=2 * 86400)
    await story.twilio.expect(lambda: kept["sid"] not in story.twilio.recordings)
    await story.centre.until(recording, lambda rows: rows[0]["deleted_at"] is not None)
    assert (await story.centre.rows(recording))[0]["url"] == ""
    assert (await story.call())["recording_url"] == ""
    assert "call.recording_deleted" in await story.kinds()


async def test_a_recording_the_provider_does_not_delete_is_asked_for_again(story: Story) -> None:
    caller, _ = await story.talk()
    await caller.hang_up()
    await story.say("rina", "hangup")
    story.twilio.failures.extend([403])
    await story.centre.pass_time(91 * 86400, step=91 * 86400)
    assert "call.recording_kept" in await story.kinds()
    await story.centre.pass_time(2 * 3600, step=2 * 3600)
    await story.centre.until(recording, lambda rows: rows[0]["deleted_at"] is not None)


async def test_without_recording_nothing_is_recorded_or_written_down(tmp_path: Path) -> None:
    async with twilio_centre(tmp_path, RECORD_CALLS="0", TRANSCRIBE_CALLS="0") as centre:
        story = await people(centre)
        caller, _ = await story.talk()
        assert caller.transcription is None
        await caller.hang_up()
        assert await centre.rows(recording) == []
        assert centre.twilio.recordings == set()
