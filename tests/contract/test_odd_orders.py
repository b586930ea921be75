"""Odd orders on both engines: nobody is forgotten, nothing is counted twice, whatever comes before what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch.domain.report import Channel
from dispatch.domain.roles import Role
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import AssignmentStatus, IncidentStatus
from dispatch.errors import Invalid, Refused, StaleVersion
from dispatch.services.access import add_user
from dispatch.services.assignments import move_assignment
from dispatch.services.calls import ring_call
from dispatch.services.reminders import wake_held
from dispatch.services.units import import_units
from dispatch.storage.clocks import clocks_of
from dispatch.storage.database import Database
from dispatch.storage.tables import head, operator
from dispatch.texts import text
from tests.support.desk import ADI, ALARMS, FIRE, LAMP, UNITS, Desk, desk_on

S, A = IncidentStatus, AssignmentStatus
INFO = "info nomor telepon kantor kecamatan?"


async def running(desk: Desk, number: int) -> set[str]:
    """Phases of the incident that are timed now."""
    return {phase for phase, clock in (await desk.clocks(number)).items() if clock.is_running}


async def crew(desk: Desk, number: int, to: AssignmentStatus, unit: str = "D01") -> None:
    item = next(a for a in await desk.assignments(number) if a.unit == unit and a.is_live)
    await desk.run(lambda tx: move_assignment(tx, item.id, to, actor=f"crew:{unit}", knowledge=desk.knowledge))


async def remind(desk: Desk) -> None:
    await desk.run(lambda tx: wake_held(tx, desk.knowledge))


# crews


async def test_when_the_last_crew_is_done_the_incident_is_resolved(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await crew(desk, number, A.CLEARED)
        item = await desk.incident(number)
        assert (item.status, item.resolved_at) == (S.RESOLVED, desk.moment[0])
        assert (await desk.clocks(number))["resolve"].outcome == "met"
        await desk.command("close", incident=number, disposition="sls")


@pytest.mark.parametrize("end", [A.DECLINED, A.WITHDRAWN])
async def test_after_one_crew_was_done_anothers_no_still_needs_a_dispatcher(
    database: Database, end: AssignmentStatus
) -> None:
    """The first crew's work says nothing about a second call for help."""
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await crew(desk, number, A.CLEARED)
        await desk.command("dispatch", incident=number, units=["D02"])
        await crew(desk, number, end, "D02")
        assert (await desk.incident(number)).status is S.TRIAGED
        assert await running(desk, number) == {"dispatch"}


async def test_a_message_to_nobody_is_refused_with_who_exists(database: Database) -> None:
    async with desk_on(database) as desk:
        for name, disabled in (("Budi.s", 0), ("wati", 1)):
            await desk.run(lambda tx, n=name: add_user(tx, n, Role.DISPATCHER, "", by="owner"))
            await desk.run(lambda tx, n=name, gone=disabled: tx.update(operator, {"name": n}, disabled=gone))
        for to, said in (("@budi", "@Budi.s"), ("@nobody", "@Budi.s, @"), ("@wati", "@"), ("@", "@Budi.s")):
            with pytest.raises(Invalid, match="there is no") as refused:
                await desk.command("message", to=to, text="tolong")
            told = text(f"error.{refused.value.code}", "id", **refused.value.params)
            assert said in told
            assert "@wati" not in told.replace("Tidak ada @wati", "")
        for to in ("@budi.s", "@SPV", "@supervisor"):
            await desk.command("message", to=to, text="tolong")
        assert [row["kind"] for row in await desk.rows(ALARMS)] == ["seat_message"] * 3


@pytest.mark.parametrize("minutes", [0, -5])
async def test_nothing_is_set_aside_for_no_time(database: Database, minutes: int) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        for verb, args in (("hold", {"incident": number}), ("shelve", {"text": "radio regu mati"}),
                           ("off", {"units": ["D01"]})):
            with pytest.raises(Invalid) as refused:
                await desk.command(verb, until={"minutes": minutes}, **args)
            assert refused.value.code == "no_span"
        assert (await desk.incident(number)).held_until is None


async def test_a_no_after_accepting_wakes_an_incident_that_was_set_aside(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await crew(desk, number, A.ACKNOWLEDGED)
        await desk.command("hold", incident=number, until={"minutes": 30}, text="tunggu kru")
        await crew(desk, number, A.DECLINED)
        item = await desk.incident(number)
        assert (item.status, item.held_until) == (S.TRIAGED, None)
        assert "dispatch" in await running(desk, number)


async def test_a_unit_is_never_twice_on_one_incident_not_even_forced(database: Database) -> None:
    async with desk_on(database) as desk:
        one, two = await desk.report(FIRE), await desk.report(LAMP, sender="+6281290000009")
        await desk.command("dispatch", incident=one.number, units=["D01"])
        await desk.command("dispatch", incident=two.number, units=["D01"], reason="hanya lewat")
        with pytest.raises(Refused):
            await desk.command("dispatch", incident=one.number, units=["D01"], reason="hanya lewat")
        await desk.command("dispatch", incident=one.number, agency=["police", "police"])
        with pytest.raises(Refused):
            await desk.command("dispatch", incident=one.number, agency=["police"])


async def test_a_follow_up_after_the_crews_left_is_answered_anew(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await crew(desk, number, A.CLEARED)
        desk.pass_time(minutes=5)
        again = await desk.report("apinya menyala lagi, kebakaran rumah di Kalisapu Slawi")
        assert again.number != number
        assert "answer" in await running(desk, again.number)


async def test_a_unit_keeps_its_own_agencys_limits_when_the_severity_changes(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01", "A01"])
        for unit in ("D01", "A01"):
            await crew(desk, number, A.ACKNOWLEDGED, unit)
        limits = await _limits(desk, number)
        await desk.command("priority", incident=number, severity="high", reason="sudah terkendali")
        await desk.command("priority", incident=number, severity="critical")
        assert await _limits(desk, number) == limits


async def _limits(desk: Desk, number: int) -> dict[tuple[str, str], timedelta]:
    item = await desk.incident(number)
    found = await desk.run(lambda tx: clocks_of(tx, item.id))
    return {(c.phase.value, c.subject): c.target for c in found if c.is_running}


# severity out of nothing


async def test_a_question_that_becomes_an_emergency_is_timed_from_then_on(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(INFO)).number
        await desk.command("open", incident=number)
        assert await running(desk, number) == set()
        again = await desk.report("tolong kebakaran rumah di Kalisapu, ada orang terjebak di dalam")
        assert again.number == number
        assert (await desk.incident(number)).severity is Severity.CRITICAL
        assert "triage" in await running(desk, number)


async def test_a_confirmed_question_that_is_given_a_priority_waits_for_dispatch(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(INFO)).number
        await desk.command("confirm", incident=number, life_threat=False)
        await desk.command("priority", incident=number, severity="critical")
        assert "dispatch" in await running(desk, number)


async def test_an_operators_priority_counts_also_for_words_that_say_nothing(database: Database) -> None:
    async with desk_on(database) as desk:
        made = await desk.command("new", text=INFO, severity="critical")
        assert made.incident is not None
        assert (await desk.incident(made.incident)).severity is Severity.CRITICAL
        assert "triage" in await running(desk, made.incident)


async def test_a_subtype_brings_its_own_severity(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("type", incident=number, type="medical", subtype="cardiac_arrest")
        assert (await desk.incident(number)).severity is Severity.CRITICAL
        with pytest.raises(Invalid):
            await desk.command("type", incident=number, type="medical", subtype="no_such_thing")


async def test_raised_lowered_and_raised_again_does_not_fire_the_same_deadline_twice(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("confirm", incident=number, life_threat=True)
        desk.pass_time(minutes=2)
        await desk.sweep()
        assert [a["kind"] for a in await desk.alarms()] == ["clock_breached"]
        await desk.command("priority", incident=number, severity="low", reason="hanya asap dapur")
        assert await desk.alarms() == []
        await desk.command("priority", incident=number, severity="critical")
        assert [a["kind"] for a in await desk.alarms()] == ["clock_breached"], "it is late again and must sound"
        await desk.sweep()
        assert (await desk.kinds()).count("clock.breached") == 1


# set aside


async def test_an_urgent_unopened_one_that_is_set_aside_is_still_timed(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("hold", incident=number, until={"minutes": 10}, text="telepon balik")
        assert await running(desk, number) == {"triage"}
        desk.pass_time(minutes=11)
        await remind(desk)
        item = await desk.incident(number)
        assert (item.status, item.triaged_at) == (S.NEW, None), "a reminder confirms nothing in a person's name"
        assert await running(desk, number) == {"triage"}


async def test_sending_somebody_ends_the_pause(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("hold", incident=number, until={"minutes": 600}, text="tunggu Perkim")
        await desk.command("dispatch", incident=number, units=["D01"])
        assert not any(c.is_paused for c in (await desk.clocks(number)).values())


@pytest.mark.parametrize("raised_by", ["operator", "caller"])
async def test_what_becomes_urgent_stands_still_no_longer(database: Database, raised_by: str) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("open", incident=number)
        await desk.command("hold", incident=number, until={"minutes": 600}, text="tunggu Perkim")
        if raised_by == "operator":
            await desk.command("priority", incident=number, severity="high")
        else:
            again = await desk.report("tolong, ada orang tersengat listrik tidak sadar di lampu itu")
            assert again.number == number
        clocks = await desk.clocks(number)
        assert (await desk.incident(number)).severity in (Severity.HIGH, Severity.CRITICAL)
        assert not any(c.is_paused for c in clocks.values())
        assert any(c.is_running and c.next_at for c in clocks.values())


async def test_a_reminder_does_not_call_a_crew_away(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("hold", incident=number, until={"minutes": 10}, text="tunggu kru")
        desk.pass_time(minutes=11)
        await remind(desk)
        assert (await desk.incident(number)).status is S.DISPATCHED
        alarms = [a for a in await desk.alarms() if a["kind"] == "reminder_due"]
        assert len(alarms) == 1
        await desk.command("open", incident=number)
        assert not [a for a in await desk.alarms() if a["kind"] == "reminder_due"], "seen is over"


# merged, split, closed, reopened


async def test_a_merge_keeps_what_the_duplicate_was_owed(database: Database) -> None:
    async with desk_on(database) as desk:
        old = await desk.report(LAMP, sender="+6281290000003", extra={"callback": "1"})
        desk.pass_time(seconds=10)
        new = await desk.report(FIRE)
        await desk.command("merge", incident=old.number, to_incident=new.number, confirmed=True)
        item = await desk.incident(new.number)
        assert item.callback_due
        assert (await desk.clocks(new.number))["answer"].started_at == desk.moment[0] - timedelta(seconds=10)


async def test_a_question_that_takes_in_an_emergency_is_timed(database: Database) -> None:
    async with desk_on(database) as desk:
        question, fire = await desk.report(INFO), await desk.report(FIRE, sender="+6281290000002")
        await desk.command("merge", incident=fire.number, to_incident=question.number, confirmed=True)
        item = await desk.incident(question.number)
        assert item.severity is Severity.CRITICAL
        assert "fire" in item.types
        assert "answer" in await running(desk, question.number)


async def test_reports_of_a_chain_of_merges_come_back_to_whom_they_belong(database: Database) -> None:
    async with desk_on(database) as desk:
        a, b, c = [(await desk.report(f"{FIRE}, rt {n}", sender=f"+628129000100{n}")).number for n in (1, 2, 3)]
        await desk.command("merge", incident=a, to_incident=b, confirmed=True)
        await desk.command("merge", incident=b, to_incident=c, confirmed=True)
        await desk.command("reopen", incident=a)
        await desk.command("merge", split=b)
        assert [(await desk.incident(n)).reports for n in (a, b, c)] == [1, 1, 1]
        assert all([(await desk.incident(n)).is_open for n in (a, b, c)])


async def test_nothing_runs_on_what_is_closed(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report("", channel=Channel.CALL)).number
        await desk.command("close", incident=number, disposition="palsu", confirmed=True)
        with pytest.raises(Refused):
            await desk.command("confirm", incident=number, life_threat=True)
        assert await running(desk, number) == set()


async def test_reopened_withdrawn_again_it_still_waits_for_a_dispatcher(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("clear", units=["D01"])
        await desk.command("close", incident=number, disposition="sls")
        await desk.command("reopen", incident=number)
        assert await running(desk, number) == {"dispatch"}
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("withdraw", incident=number, units=["D01"])
        assert await running(desk, number) == {"dispatch"}


async def test_a_call_that_was_nothing_does_not_close_what_others_reported(database: Database) -> None:
    caller = "+6281290000001"
    async with desk_on(database) as desk:
        number = (await desk.report("kecelakaan motor di desa Pacul talang, korban luka", caller)).number
        call = await desk.run(lambda tx: ring_call(tx, external_id="CA1", caller=caller, called="112"))
        answered = await desk.command("answer", call=call["id"])
        assert answered.incident == number
        await desk.command("dispose", call=call["id"], code=1, confirmed=True)
        assert (await desk.incident(number)).is_open


# undo


async def test_undo_does_not_forget_what_a_crew_said_meanwhile(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("locate", incident=number, text="Kalisapu Slawi")
        await crew(desk, number, A.ACKNOWLEDGED)
        await desk.command("undo")
        assert [a.status for a in await desk.assignments(number)] == [A.ACKNOWLEDGED]
        clocks = await desk.clocks(number)
        assert clocks["acknowledge"].outcome == "met"
        assert clocks["turnout"].is_running


async def test_undo_is_refused_when_a_crew_moved_on_from_what_it_would_put_back(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01", "D02"])
        await crew(desk, number, A.ON_SCENE, "D02")
        await desk.command("enroute", units=["D01"])
        await crew(desk, number, A.ON_SCENE)
        with pytest.raises(StaleVersion):
            await desk.command("undo")


async def test_undo_does_not_call_a_unit_back_from_another_incident(database: Database) -> None:
    async with desk_on(database) as desk:
        one, two = await desk.report(FIRE), await desk.report(LAMP, sender="+6281290000009")
        await desk.command("dispatch", incident=one.number, units=["D01"])
        await desk.command("clear", units=["D01"])
        await desk.command("dispatch", ADI, incident=two.number, units=["D01"])
        with pytest.raises(Refused):
            await desk.command("undo")
        assert (await desk.unit("D01"))["status"] == "dispatched"


async def test_an_undone_dispatch_sounds_again_and_what_it_started_is_silent(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        desk.pass_time(minutes=2)
        await desk.sweep()
        before = [(a["cause"], a["level"]) for a in await desk.alarms()]
        await desk.command("dispatch", incident=number, units=["D01"])
        assert await desk.alarms() == []
        desk.pass_time(seconds=50)
        await desk.sweep()
        assert [a["phase"] for a in await desk.alarms()] == ["acknowledge"]
        await desk.command("undo")
        assert [(a["cause"], a["level"]) for a in await desk.alarms()] == before
        breached = (await desk.kinds()).count("clock.breached")
        await desk.sweep()
        assert (await desk.kinds()).count("clock.breached") == breached


# the rest


async def test_out_of_service_until_is_told_in_local_time(database: Database) -> None:
    async with desk_on(database) as desk:
        await desk.command("off", units=["A01"], until={"minutes": 90}, text="ban")
        assert "10:30" in (await desk.unit("A01"))["note"]


async def test_two_operators_may_choose_the_same_key(database: Database) -> None:
    async with desk_on(database) as desk:
        await desk.command("message", to="p07", text="tunggu", idempotency_key="1")
        await desk.command("message", ADI, to="p07", text="maju", idempotency_key="1")
        assert [m["body"] for m in await desk.messages("operator")] == ["tunggu", "maju"]


async def test_a_number_is_not_given_out_again_while_its_incident_is_open(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(LAMP)
        desk.pass_time(days=100)
        await desk.run(lambda tx: tx.update(head, {}, next_number=first.number))
        second = await desk.report(f"{FIRE}, rt 2", sender="+6281290000008")
        assert second.number != first.number
        await desk.command("close", incident=first.number, disposition="sls")
        await desk.run(lambda tx: tx.update(head, {}, next_number=first.number))
        assert (await desk.report(f"{FIRE}, rt 7", sender="+6281290000009")).number == first.number


async def test_a_crews_strength_survives_a_restart(database: Database) -> None:
    async with desk_on(database) as desk:
        await desk.command("on", units=["D01"], crew=2)
        await desk.run(lambda tx: import_units(tx, UNITS))
        assert (await desk.unit("D01"))["crew"] == 2


async def test_what_stood_still_when_it_was_stopped_is_not_late(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("open", incident=number)
        await desk.command("hold", incident=number, until={"minutes": 600}, text="tunggu Perkim")
        desk.pass_time(days=60)
        await desk.command("dispatch", incident=number, agency=["public_works"])
        clocks = await desk.clocks(number)
        assert clocks["triage"].outcome == "met"
        assert not any(c.is_paused for c in clocks.values())


@pytest.mark.parametrize(("verb", "args"), [
    ("priority", {"severity": "bogus"}), ("dispatch", {"units": "D01"}), ("dispatch", {"units": 5}),
    ("dispatch", {"units": ["D01"], "status": "declined"}), ("dispatch", {"units": ["D01"], "status": "x"}),
    ("locate", {"pick": "x"}), ("dispose", {"code": "x"}),
])
async def test_arguments_no_console_would_send_are_refused_in_words(
    sqlite_database: Database, verb: str, args: dict[str, Any]
) -> None:
    async with desk_on(sqlite_database) as desk:
        number = (await desk.report(FIRE)).number
        with pytest.raises(Invalid):
            await desk.command(verb, incident=number, **args)


async def test_a_merge_that_cannot_be_is_refused_before_it_is_asked_about(sqlite_database: Database) -> None:
    async with desk_on(sqlite_database) as desk:
        fire, lamp = (await desk.report(FIRE)).number, (await desk.report(LAMP)).number
        with pytest.raises(Invalid):
            await desk.command("merge", incident=fire, to_incident=fire)
        await desk.command("dispatch", incident=fire, units=["D01"])
        with pytest.raises(Refused) as refused:
            await desk.command("merge", incident=fire, to_incident=lamp)
        assert refused.value.code == "units_attached"


async def test_a_place_nobody_knows_is_not_verified_by_being_typed(sqlite_database: Database) -> None:
    async with desk_on(sqlite_database) as desk:
        number = (await desk.report(FIRE)).number
        said = await desk.command("locate", incident=number, text="gubuk pak xyzzy")
        assert said.message == f"{number} LOKASI gubuk pak xyzzy: tidak ada di gazetir, ditandai ?"
        assert not (await desk.incident(number)).place.verified
        await desk.command("locate", incident=number, text="dukuhsalam")
        assert (await desk.incident(number)).place.verified


@pytest.mark.parametrize("typed", ["-6.98,109.13", "-6.98000, 109.13000", "6°58'48\"S 109°7'48\"E",
                                   "https://maps.google.com/?q=-6.98,109.13"])
async def test_a_typed_point_is_a_point_and_shown_as_one(sqlite_database: Database, typed: str) -> None:
    async with desk_on(sqlite_database) as desk:
        number = (await desk.report(FIRE)).number
        said = await desk.command("locate", incident=number, text=typed)
        assert said.message == f"{number} LOKASI -6.98000, 109.13000"
        place = (await desk.incident(number)).place
        assert (place.lat, place.lon, place.landmark, place.verified) == (-6.98, 109.13, "-6.98000, 109.13000", True)


async def test_no_text_to_a_phone_holds_what_steers_it(sqlite_database: Database) -> None:
    async with desk_on(sqlite_database) as desk:
        number = (await desk.report(f"{FIRE} \x1b[31m \u202e \x07 rt 2")).number
        await desk.command("dispatch", incident=number, units=["D01"])
        bodies = [message["body"] for message in await desk.messages()]
        assert any("rt 2" in body for body in bodies)
        assert not [char for body in bodies for char in body if char in "\x1b\x07\u202e"]


async def test_back_in_service_says_the_state_it_really_has(sqlite_database: Database) -> None:
    async with desk_on(sqlite_database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("enroute", units=["D01"])
        assert (await desk.command("on", units=["D01", "D02"], crew=5)).message == "D01 JALAN, D02 SIAP kru 5"
