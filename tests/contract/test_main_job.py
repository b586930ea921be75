"""The main job on both engines: a report in, understood, routed, timed, a team sent, closed."""

from __future__ import annotations

import pytest

from dispatch.domain.report import Attachment, Channel
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.errors import NeedsConfirmation, NeedsReason, NotFound, Refused, StaleVersion
from dispatch.storage.database import Database
from tests.support.desk import ADI, FIRE, LAMP, desk_on

S = IncidentStatus


async def test_a_fire_from_first_text_to_closing(database: Database) -> None:
    async with desk_on(database) as desk:
        received = await desk.report(FIRE)
        number = received.number
        item = await desk.incident(number)
        assert (item.type, item.severity, item.status) == ("fire", Severity.CRITICAL, S.NEW)
        assert item.place.kecamatan == "Slawi"
        assert "fire" in item.agencies
        assert set(await desk.clocks(number)) >= {"answer"}

        desk.pass_time(seconds=20)
        await desk.command("open", incident=number)
        assert (await desk.clocks(number))["answer"].outcome == "met"

        desk.pass_time(seconds=20)
        await desk.command("dispatch", incident=number, units=["D01"])
        assert (await desk.incident(number)).status is S.DISPATCHED
        assert (await desk.unit("D01"))["status"] == "dispatched"
        notice = (await desk.messages("assignment"))[0]
        assert FIRE in notice["body"]
        assert notice["recipient"] == "+628999000101"

        for verb, status in (("enroute", "en_route"), ("arrive", "on_scene")):
            desk.pass_time(minutes=2)
            await desk.command(verb, units=["D01"])
            assert (await desk.unit("D01"))["status"] == status
        assert (await desk.clocks(number))["travel"].outcome == "met"
        await desk.command("clear", units=["D01"])
        await desk.command("close", incident=number, disposition="sls")
        item = await desk.incident(number)
        assert (item.status, item.disposition) == (S.CLOSED, "sls")
        assert all(clock.stopped_at for clock in (await desk.clocks(number)).values())
        assert (await desk.unit("D01"))["status"] == "available"


async def test_the_same_message_twice_is_one_report(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(FIRE, external_id="SM1")
        before = await desk.kinds()
        again = await desk.report(FIRE, external_id="SM1")
        assert again.repeated
        assert (again.number, again.public_code) == (first.number, first.public_code)
        assert await desk.kinds() == before


async def test_a_follow_up_of_the_caller_joins_and_only_raises(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report("ada kebakaran sampah di kebun desa Kalisapu slawi")
        before = await desk.incident(first.number)
        desk.pass_time(minutes=3)
        second = await desk.report("tolong cepat, ada orang terjebak di dalam rumah tidak sadar")
        after = await desk.incident(first.number)
        assert second.number == first.number
        assert after.reports == 2
        assert after.severity is Severity.CRITICAL
        assert before.severity is not None
        assert after.place.kecamatan == "Slawi"


async def test_another_place_by_the_same_caller_is_another_incident(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(FIRE)
        second = await desk.report("ada kecelakaan motor di desa Dukuhturi kecamatan Dukuhturi, luka parah")
        assert second.number != first.number


async def test_a_doubtful_neighbour_is_suggested_and_not_folded(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(FIRE)
        second = await desk.report("kebakaran warung bu Yati di desa Kalisapu slawi", sender="+6281290000002")
        item = await desk.incident(second.number)
        assert second.number != first.number
        assert [d.number for d in item.duplicates] == [first.number]


async def test_media_and_a_shared_location_are_kept(database: Database) -> None:
    async with desk_on(database) as desk:
        from dispatch.domain.place import Place

        received = await desk.report(
            "kebakaran", channel=Channel.WHATSAPP, place=Place(lat=-6.98, lon=109.13, text="-6.98,109.13"),
            attachments=(Attachment("https://example.org/1.jpg", "image/jpeg"),),
        )
        item = await desk.incident(received.number)
        assert (item.place.lat, item.place.lon) == (-6.98, 109.13)


async def test_a_silent_call_is_urgent_until_a_person_says_otherwise(database: Database) -> None:
    async with desk_on(database) as desk:
        received = await desk.report("", channel=Channel.CALL, extra={"callback": "1", "repeat": "0"})
        item = await desk.incident(received.number)
        assert (item.severity, item.unsure, item.callback_due) == (Severity.HIGH, True, True)


async def test_an_operators_choice_of_type_never_lowers_what_the_words_say(database: Database) -> None:
    async with desk_on(database) as desk:
        received = await desk.report(FIRE, channel=Channel.WEB, type="street_light")
        item = await desk.incident(received.number)
        assert item.severity is Severity.CRITICAL
        assert "fire" in item.types


async def test_two_dispatchers_on_one_incident_the_second_is_told_who_was_first(database: Database) -> None:
    async with desk_on(database) as desk:
        received = await desk.report(LAMP)
        version = (await desk.incident(received.number)).version
        await desk.command("priority", incident=received.number, severity="high", expected_version=version)
        with pytest.raises(StaleVersion) as refused:
            await desk.command(
                "priority", ADI, incident=received.number, severity="critical", expected_version=version
            )
        assert refused.value.params["who"] == "rina"
        assert (await desk.incident(received.number)).severity is Severity.HIGH


async def test_lowering_needs_a_reason_raising_does_not(database: Database) -> None:
    async with desk_on(database) as desk:
        received = await desk.report(FIRE)
        with pytest.raises(NeedsReason):
            await desk.command("priority", incident=received.number, severity="low")
        await desk.command("priority", incident=received.number, severity="low", reason="hanya asap dapur")
        assert (await desk.incident(received.number)).severity is Severity.LOW


async def test_a_busy_unit_is_not_sent_without_a_reason(database: Database) -> None:
    async with desk_on(database) as desk:
        one, two = await desk.report(FIRE), await desk.report(LAMP, sender="+6281290000009")
        await desk.command("dispatch", incident=one.number, units=["D01"])
        with pytest.raises(NeedsReason):
            await desk.command("dispatch", incident=two.number, units=["D01"])
        with pytest.raises(NotFound):
            await desk.command("dispatch", incident=two.number, units=["D99"])
        with pytest.raises(Refused):
            await desk.command("off", units=["D01"])


async def test_dispatch_without_unit_sends_the_recommendation(database: Database) -> None:
    async with desk_on(database) as desk:
        received = await desk.report(FIRE)
        await desk.command("dispatch", incident=received.number)
        sent = {a.subject for a in await desk.assignments(received.number)}
        assert "D01" in sent, "the nearest free engine goes"
        agencies = {a.agency for a in await desk.assignments(received.number)}
        assert agencies == set((await desk.incident(received.number)).agencies)


async def test_closing_an_urgent_one_nobody_was_sent_to_asks_first(database: Database) -> None:
    async with desk_on(database) as desk:
        received = await desk.report(FIRE)
        with pytest.raises(NeedsConfirmation):
            await desk.command("close", incident=received.number, disposition="palsu")
        await desk.command("close", incident=received.number, disposition="palsu", confirmed=True)
        assert not (await desk.incident(received.number)).is_open


async def test_merge_and_split_restore_everything(database: Database) -> None:
    async with desk_on(database) as desk:
        one = await desk.report(FIRE)
        two = await desk.report("kebakaran warung bu Yati di desa Kalisapu slawi", sender="+6281290000002")
        await desk.command("merge", incident=two.number, to_incident=one.number, confirmed=True)
        assert (await desk.incident(one.number)).reports == 2
        merged = await desk.incident(two.number)
        assert (merged.status, merged.merged_into) == (S.MERGED, one.incident_id)
        await desk.command("merge", split=two.number)
        assert (await desk.incident(one.number)).reports == 1
        assert (await desk.incident(two.number)).status is S.NEW
        running = [c.phase.value for c in (await desk.clocks(two.number)).values() if c.is_running]
        assert running, "its clocks run again from the original start"


async def test_a_repeated_command_key_answers_the_same_and_does_it_once(database: Database) -> None:
    async with desk_on(database) as desk:
        received = await desk.report(LAMP)
        first = await desk.command("remark", incident=received.number, text="dicek", idempotency_key="k1")
        again = await desk.command("remark", incident=received.number, text="dicek", idempotency_key="k1")
        assert first == again
        assert (await desk.kinds()).count("remark.added") == 1


async def test_declined_by_all_waits_for_a_dispatcher_again(database: Database) -> None:
    async with desk_on(database) as desk:
        received = await desk.report(FIRE)
        await desk.command("dispatch", incident=received.number, units=["D01"])
        await desk.command("withdraw", incident=received.number, units=["D01"])
        item = await desk.incident(received.number)
        assert item.status is S.TRIAGED
        assert (await desk.clocks(received.number))["dispatch"].is_running
        assert (await desk.messages("withdrawal"))[0]["recipient"] == "+628999000101"


async def test_a_closed_one_is_reopened_within_thirty_days_only(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("close", incident=number, disposition="sls")
        desk.pass_time(days=29)
        await desk.command("reopen", incident=number)
        assert (await desk.incident(number)).status is S.REOPENED
        assert (await desk.clocks(number))["dispatch"].is_running
        await desk.command("close", incident=number, disposition="sls")
        desk.pass_time(days=30, seconds=1)
        with pytest.raises(Refused) as refused:
            await desk.command("reopen", incident=number)
        assert refused.value.code == "too_old_to_reopen"


async def test_a_key_used_for_other_words_is_refused_and_nothing_is_lost(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("remark", incident=number, text="satu", idempotency_key="k1")
        with pytest.raises(Refused) as refused:
            await desk.command("remark", incident=number, text="dua", idempotency_key="k1")
        assert refused.value.code == "key_used"
        assert (await desk.kinds()).count("remark.added") == 1


async def test_a_follow_up_of_a_merged_incident_reaches_its_survivor(database: Database) -> None:
    async with desk_on(database) as desk:
        one = await desk.report(FIRE)
        two = await desk.report("kebakaran warung bu Yati di desa Kalisapu slawi", sender="+6281290000002")
        await desk.command("merge", incident=two.number, to_incident=one.number, confirmed=True)
        desk.pass_time(minutes=5)
        again = await desk.report("apinya tambah besar, cepat", sender="+6281290000002")
        assert again.number == one.number
        assert (await desk.incident(one.number)).reports == 3


async def test_a_route_raises_the_severity_also_after_a_person_changed_type_or_place(database: Database) -> None:
    async with desk_on(database) as desk:
        train = await desk.report(LAMP)
        await desk.command("type", incident=train.number, type="traffic_accident", subtype="train")
        assert (await desk.incident(train.number)).severity is Severity.CRITICAL

        slide = (await desk.report("longsor kecil di jalan desa", sender="+6281290000077")).number
        await desk.command("type", incident=slide, type="disaster", subtype="landslide")
        await desk.command("priority", incident=slide, severity="medium", reason="tidak ada rumah")
        await desk.command("locate", incident=slide, text="Bumijawa")
        assert (await desk.incident(slide)).severity is Severity.MEDIUM
        await desk.command("locate", incident=slide, text="Padasari Jatinegara")
        assert (await desk.incident(slide)).severity is Severity.HIGH
        assert (await desk.clocks(slide))["triage"].severity == Severity.HIGH
