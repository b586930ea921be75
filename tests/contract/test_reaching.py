"""Reaching a team on both engines: step after step until somebody answers, exactly one answer, no step lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, select

from dispatch.domain.policy import Policy, PolicyStep
from dispatch.domain.report import Channel, NewReport
from dispatch.domain.routing import Contact
from dispatch.domain.transitions import AssignmentStatus
from dispatch.ports import Accepted
from dispatch.services.assignments import assign_units, move_assignment
from dispatch.services.audit import find_unfired
from dispatch.services.crew_messages import receive_text
from dispatch.services.delivery import Outcome, claim_messages, settle_message
from dispatch.services.notices import spoken_notice, unreached_notice
from dispatch.services.step_sweep import sweep_due, sweep_steps
from dispatch.services.unit_page import Taken, expire_links, take_step
from dispatch.storage.board import read_detail
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import page, reach_step, report
from dispatch.storage.unit_links import assignment_of_link, mint_link
from tests.support.desk import FIRE, UNITS, Desk, desk_on

STEPS = Statement(select(reach_step).where(reach_step.c.centre == bindparam("centre")).order_by(reach_step.c.id))
PAGES = Statement(select(page).where(page.c.centre == bindparam("centre")).order_by(page.c.id))
REPORTS = Statement(select(report.c.id).where(report.c.centre == bindparam("centre")))
UNIT = UNITS[0].phone
DUTY = [Contact("Andi", "+628111000001"), Contact("Budi", "+628111000002")]
BOSS = [Contact("Bos", "+628111000009", "whatsapp")]


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def walk(*steps: tuple[float, str, str], rounds: int = 2, pause: float = 30) -> Policy:
    return Policy(
        "uji", tuple(PolicyStep(seconds(after), who, by) for after, who, by in steps), rounds=rounds,
        pause=seconds(pause),
    )


USUAL = walk((0, "unit", "own"), (20, "unit", "voice"), (30, "contact", "own"), (30, "contact", "own"),
             (40, "supervisor", "own"))


def teach(desk: Desk, policy: Policy, **rules: Any) -> None:
    old = desk.knowledge.rules
    fire = replace(old.agencies["fire"], contacts=tuple(DUTY))
    changed = replace(
        old, reaching=(policy,), agencies={**old.agencies, "fire": fire}, supervisors=tuple(BOSS), **rules
    )
    desk.knowledge = replace(desk.knowledge, rules=changed)


async def send(desk: Desk, policy: Policy = USUAL) -> int:
    teach(desk, policy)
    number = (await desk.report(FIRE)).number
    await desk.command("dispatch", incident=number, units=["D01"])
    return number


async def tick(desk: Desk, **span: float) -> int:
    """Time passes, the sweep looks."""
    desk.pass_time(**span)
    return await desk.run(lambda tx: sweep_steps(tx, desk.knowledge))  # type: ignore[no-any-return]


async def told(desk: Desk) -> list[tuple[str, str]]:
    return [(row["phone"], row["channel"]) for row in await desk.rows(PAGES)]


async def waiting(desk: Desk) -> list[Row]:
    return [row for row in await desk.rows(STEPS) if row["state"] in ("waiting", "held")]


async def answer(desk: Desk, phone: str, words: str, sid: str = "SMx") -> None:
    report = NewReport(Channel.SMS, sid, words, desk.moment[0], sender=phone)
    await desk.run(lambda tx: receive_text(tx, report, desk.knowledge))


async def test_step_after_step_until_somebody_answers(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk)
        assert await told(desk) == [(UNIT, "sms")]
        assert await tick(desk, seconds=19.9) == 0
        expected = [(UNIT, "voice"), (DUTY[0].phone, "sms"), (DUTY[1].phone, "sms"), (BOSS[0].phone, "whatsapp")]
        for wait, who in zip((0.1, 30, 30, 40), expected, strict=True):
            assert await tick(desk, seconds=wait) == 1
            assert (await told(desk))[-1] == who
        assert "BELUM MENJAWAB" in (await desk.messages("unreached"))[-1]["body"]
        await answer(desk, UNIT, "1")
        assert [item.status for item in await desk.assignments(number)] == [AssignmentStatus.ACKNOWLEDGED]
        assert await waiting(desk) == []
        assert await tick(desk, hours=2) == 0
        assert len(await told(desk)) == 5


async def test_a_duty_desk_that_does_not_answer_is_named_as_people_know_it(sqlite_database: Database) -> None:
    async with desk_on(sqlite_database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, agency=["fire"])
        [item], incident = await desk.assignments(number), await desk.incident(number)
        said = unreached_notice(incident, item, desk.knowledge)
        label = desk.knowledge.rules.agencies["fire"].labels["id"]
        assert said.startswith(f"112: {label} BELUM MENJAWAB")
        assert f"Regu {label} belum" in spoken_notice(incident, item, desk.knowledge, supervisor=True)
        await desk.command("dispatch", incident=number, units=["D01"])
        unit = next(one for one in await desk.assignments(number) if one.unit)
        assert unreached_notice(incident, unit, desk.knowledge).startswith("112: D01 BELUM MENJAWAB")
        assert "Regu D 0 1 belum" in spoken_notice(incident, unit, desk.knowledge, supervisor=True)


async def test_a_round_without_an_answer_is_an_alarm_and_the_next_round_begins(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk, walk((0, "unit", "own"), (10, "contact", "own"), rounds=2, pause=30))
        await tick(desk, seconds=10)
        assert await tick(desk, seconds=30) == 1
        [alarm] = [row for row in await desk.alarms() if row["kind"] == "team_unreached"]
        assert (alarm["level"], alarm["subject"]) == (1, "D01")
        await tick(desk)
        await tick(desk, seconds=10)
        assert await told(desk) == [(UNIT, "sms"), (DUTY[0].phone, "sms")] * 2, "a new round starts from the first"
        assert await tick(desk, seconds=30) == 1
        assert await waiting(desk) == []
        assert "reach.given_up" in await desk.kinds()
        await answer(desk, DUTY[0].phone, "siap")
        assert (await desk.assignments(number))[0].status is AssignmentStatus.ACKNOWLEDGED
        assert not [row for row in await desk.alarms() if row["kind"] == "team_unreached"]


async def test_one_answer_ends_it_and_the_second_changes_nothing(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk)
        await answer(desk, UNIT, "1")
        before = await desk.kinds()
        await answer(desk, UNIT, "1", sid="SMy")
        assert (await desk.kinds()).count("reach.ended") == before.count("reach.ended") == 1


async def test_what_is_queued_is_not_sent_after_the_answer(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk)
        await tick(desk, seconds=20)
        await answer(desk, UNIT, "1")
        claims = await desk.run(lambda tx: claim_messages(tx, "w", free=20, routine=20))
        assert [claim for claim in claims if claim.message.recipient == UNIT] == []
        assert {row["status"] for row in await desk.messages("assignment")} == {"cancelled"}


async def test_new_rules_change_no_running_escalation(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk)
        teach(desk, walk((0, "unit", "own"), (1, "supervisor", "own")))
        await tick(desk, seconds=20)
        assert (await told(desk))[-1] == (UNIT, "voice")
        await desk.command("dispatch", incident=(await desk.report(FIRE + " kidul", "+628777")).number, units=["D02"])
        await tick(desk, seconds=1)
        assert (await told(desk))[-1] == (BOSS[0].phone, "whatsapp")


async def test_whom_a_step_means_is_looked_up_when_it_fires(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk)
        await tick(desk, seconds=20)
        rules = desk.knowledge.rules
        fire = replace(rules.agencies["fire"], contacts=(Contact("Citra", "+628111000003"),))
        desk.knowledge = replace(
            desk.knowledge, rules=replace(rules, agencies={**rules.agencies, "fire": fire})
        )
        await tick(desk, seconds=30)
        assert (await told(desk))[-1] == ("+628111000003", "sms")


async def test_lateness_is_stored_and_an_outage_does_not_call_everybody_at_once(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk)
        assert await tick(desk, minutes=10) == 1
        fired = [row for row in await desk.rows(STEPS) if row["state"] == "fired"]
        assert fired[-1]["lateness_ms"] == 580_000
        assert await tick(desk, seconds=29) == 0, "the wait counts from when it really fired"
        assert await tick(desk, seconds=1) == 1


async def test_nobody_to_tell_makes_the_next_step_due_at_once(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk, walk((0, "unit", "own"), (20, "contact", "mail"), (500, "supervisor", "own")))
        await tick(desk, seconds=20)
        assert await tick(desk) == 1
        assert (await told(desk))[-1] == (BOSS[0].phone, "whatsapp")
        assert [row["state"] for row in await desk.rows(STEPS)] == ["fired", "nobody", "fired", "waiting"]


async def test_what_the_provider_cannot_deliver_makes_the_next_step_due_at_once(database: Database) -> None:
    from dispatch.errors import ChannelError

    async with desk_on(database) as desk:
        await send(desk)
        [claim] = [c for c in await desk.run(lambda tx: claim_messages(tx, "w", free=9, routine=9))
                   if c.message.recipient == UNIT]
        broken = Outcome(claim, "twilio", error=ChannelError("no such number", permanent=True))
        await desk.run(lambda tx: settle_message(tx, broken, desk.knowledge, jitter=0))
        assert await tick(desk) == 1
        assert (await told(desk))[-1] == (UNIT, "voice")


async def test_the_next_unit_is_sent_instead_and_the_silent_one_shown(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk, walk((0, "unit", "own"), (30, "next_unit", "own"), (30, "supervisor", "own")))
        await tick(desk, seconds=30)
        first, second = await desk.assignments(number)
        assert (first.unit, first.status) == ("D01", AssignmentStatus.TIMED_OUT)
        assert (second.unit, second.status) == ("D02", AssignmentStatus.ASSIGNED)
        assert (await desk.unit("D01"))["status"] == "no_contact"
        assert (await told(desk))[-1] == (UNITS[1].phone, "sms")
        assert [row["recipient"] for row in await desk.messages("withdrawal")] == [UNIT]
        assert (await desk.incident(number)).status.value == "dispatched"
        # No third engine: the supervisor is told at once instead.
        await tick(desk, seconds=30)
        await tick(desk)
        assert (await told(desk))[-1] == (BOSS[0].phone, "whatsapp")


async def test_a_duty_contact_answers_for_a_unit_and_a_refusal_of_theirs_goes_on(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk)
        await tick(desk, seconds=20)
        await tick(desk, seconds=30)
        await answer(desk, DUTY[0].phone, "0")
        assert (await desk.assignments(number))[0].status is AssignmentStatus.ASSIGNED, "it is not their engine"
        assert await tick(desk) == 1
        await answer(desk, DUTY[1].phone, "1", sid="SMz")
        assert (await desk.assignments(number))[0].status is AssignmentStatus.ACKNOWLEDGED


async def test_a_desk_tells_everybody_on_duty(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk, USUAL)
        number = (await desk.report(FIRE)).number
        incident = await desk.incident(number)
        await desk.run(lambda tx: assign_units(
            tx, incident, [], actor="rina", knowledge=desk.knowledge, agencies=["fire"]
        ))
        assert sorted(await told(desk)) == sorted((contact.phone, "sms") for contact in DUTY)
        [item] = await desk.assignments(number)
        await desk.run(lambda tx: move_assignment(
            tx, item.id, AssignmentStatus.WITHDRAWN, actor="rina", knowledge=desk.knowledge
        ))
        assert sorted(row["recipient"] for row in await desk.messages("withdrawal")) == [c.phone for c in DUTY]
        assert await waiting(desk) == []


@pytest.mark.parametrize("end", ["withdraw", "close"])
async def test_the_end_of_the_task_ends_the_calling(database: Database, end: str) -> None:
    async with desk_on(database) as desk:
        number = await send(desk)
        await desk.command("withdraw", units=["D01"], incident=number)
        if end == "close":
            await desk.command("close", incident=number, disposition="sls", confirmed=True)
        assert await waiting(desk) == []
        assert await tick(desk, hours=1) == 0


async def test_a_step_that_cannot_be_judged_is_parked_and_the_others_go_on(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk)
        number = (await desk.report(FIRE + " lor", "+628778")).number
        await desk.command("dispatch", incident=number, units=["D02"])
        broken = (await waiting(desk))[0]
        await desk.run(lambda tx: tx.update(reach_step, {"id": broken["id"]}, assignment_id=999_999))
        assert await tick(desk, seconds=20) == 2
        assert (await told(desk))[-1] == (UNITS[1].phone, "voice")
        assert "step_parked" in {row["kind"] for row in await desk.alarms()}


async def test_two_nodes_never_fire_the_same_step(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk)
        desk.pass_time(seconds=20)

        def both(tx):  # type: ignore[no-untyped-def]
            return sweep_due(tx, desk.knowledge), sweep_due(tx, desk.knowledge)

        await desk.run(both)
        assert (await told(desk)).count((UNIT, "voice")) == 1


async def test_delivery_tells_the_team_and_does_not_count_as_an_answer(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk)
        for claim in await desk.run(lambda tx: claim_messages(tx, "w", free=9, routine=9)):
            sent = Outcome(claim, "simulator", accepted=Accepted("x", delivered=True))
            await desk.run(lambda tx, sent=sent: settle_message(tx, sent, desk.knowledge, jitter=0))
        assert (await desk.assignments(number))[0].status is AssignmentStatus.NOTIFIED
        assert await tick(desk, seconds=20) == 1


async def test_an_operators_word_ends_it_too(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk)
        item = (await desk.assignments(number))[0]
        await desk.run(lambda tx: move_assignment(
            tx, item.id, AssignmentStatus.EN_ROUTE, actor="rina", knowledge=desk.knowledge
        ))
        assert await waiting(desk) == []


async def test_the_operator_sees_the_delivery_clock(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk)
        desk.pass_time(seconds=2)
        for claim in await desk.run(lambda tx: claim_messages(tx, "w", free=9, routine=9)):
            sent = Outcome(claim, "simulator", accepted=Accepted("x", delivered=True))
            await desk.run(lambda tx, sent=sent: settle_message(tx, sent, desk.knowledge, jitter=0))
        reader = Reader(database, desk.knowledge.rules.centre)
        await reader.start()
        try:
            detail, _ = await read_detail(reader, number, UTC, desk.moment[0], lang="id", full_phone=False)
        finally:
            await reader.stop()
        first, following = detail.reaching
        [told_row] = first.told
        assert (first.subject, first.who, first.lateness_ms) == ("D01", "unit", 0)
        assert told_row.queued_at == desk.moment[0] - seconds(2)
        assert told_row.delivered_at == desk.moment[0]
        assert UNIT not in told_row.to
        assert (following.state, following.fired_at) == ("waiting", None)
        assert following.due_at == desk.moment[0] + seconds(18)


async def test_an_answer_taken_back_lets_the_calling_go_on(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk)
        desk.pass_time(seconds=5)
        await desk.command("enroute", units=["D01"])
        assert await waiting(desk) == []
        desk.pass_time(seconds=25)
        await desk.command("undo")
        assert await tick(desk) == 1, "its moment had passed meanwhile"
        assert (await told(desk))[-1] == (UNIT, "voice")
        assert len(await told(desk)) == 2, "nothing is told twice"
        assert await tick(desk, seconds=30) == 1


async def test_a_dispatch_taken_back_stops_at_once(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk)
        desk.pass_time(seconds=5)
        await desk.command("undo")
        assert await waiting(desk) == []


async def test_a_supervisor_writes_back(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk, walk((0, "unit", "own"), (10, "supervisor", "own"), (60, "contact", "own")))
        await tick(desk, seconds=10)
        before = len(await desk.rows(REPORTS))
        await answer(desk, BOSS[0].phone, "sedang saya telepon", sid="SMa")
        assert len(await waiting(desk)) == 2
        await answer(desk, BOSS[0].phone, "1", sid="SMb")
        assert await waiting(desk) == []
        assert (await desk.assignments(number))[0].status is AssignmentStatus.ASSIGNED
        assert len(await desk.rows(REPORTS)) == before, "no report was made of it"
        assert (await desk.kinds()).count("remark.added") == 2
        await answer(desk, BOSS[0].phone, "1", sid="SMb")
        assert (await desk.kinds()).count("remark.added") == 2


async def test_the_independent_check_finds_a_step_that_does_not_fire(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk)
        reader = Reader(database, desk.knowledge.rules.centre)
        await reader.start()
        try:
            async def late() -> list[tuple[int, str]]:
                found = await find_unfired(reader, desk.knowledge.rules, desk.moment[0])
                return [(u.number, u.subject) for u in found if u.phase == "reach"]

            desk.pass_time(seconds=21)
            assert await late() == []
            desk.pass_time(seconds=2)
            assert await late() == [(number, "D01")]
            # Also when the sweep has lost it: nothing that it stored is trusted.
            await desk.run(lambda tx: tx.update(reach_step, {"state": "waiting"}, next_at=None))
            assert await late() == [(number, "D01")]
            await answer(desk, UNIT, "1")
            assert await late() == []
        finally:
            await reader.stop()


async def test_a_duty_contact_who_refuses_on_the_page_passes_it_on(database: Database) -> None:
    async with desk_on(database) as desk:
        desk.knowledge = replace(desk.knowledge, link_url="https://112.example")
        number = await send(desk, walk((0, "unit", "own"), (10, "contact", "own"), (60, "contact", "own")))
        await tick(desk, seconds=10)
        claims = await desk.run(lambda tx: claim_messages(tx, "w", free=9, routine=9))
        links = {claim.message.recipient: claim.message.body.partition("/u/")[2][:26] for claim in claims}
        taken = await desk.run(lambda tx: take_step(
            tx, links[DUTY[0].phone], "declined", "di luar kota", desk.knowledge
        ))
        assert taken is Taken.PASSED_ON
        assert (await desk.assignments(number))[0].status is AssignmentStatus.ASSIGNED
        await tick(desk)
        assert (await told(desk))[-1] == (DUTY[1].phone, "sms")
        assert await desk.run(lambda tx: take_step(tx, links[UNIT], "declined", "ban", desk.knowledge)) is Taken.MOVED
        assert (await desk.assignments(number))[0].status is AssignmentStatus.DECLINED


async def test_links_are_deleted_when_no_task_can_need_them(database: Database) -> None:
    async with desk_on(database) as desk:
        token = await desk.run(lambda tx: mint_link(tx, 1))
        desk.pass_time(days=29)
        assert await desk.run(expire_links) == 0
        desk.pass_time(days=2)
        assert await desk.run(expire_links) == 1
        assert await desk.run(lambda tx: assignment_of_link(tx, token)) is None


async def test_the_chronology_says_it_in_words(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await send(desk, walk((0, "unit", "own"), (1, "contact", "mail"), (1, "unit", "voice"), pause=1))
        for _ in range(4):
            await tick(desk, seconds=1)
        reader = Reader(database, desk.knowledge.rules.centre)
        await reader.start()
        try:
            detail, _ = await read_detail(reader, number, UTC, desk.moment[0], lang="id", full_phone=False)
        finally:
            await reader.stop()
        said = [line.text for line in reversed(detail.timeline) if line.kind.startswith("reach.")]
        assert said[:4] == [
            "D01: regu dihubungi lewat saluran sendiri, putaran 1",
            "D01: piket tidak ada orangnya lewat surel, putaran 1",
            "D01: regu dihubungi lewat telepon, putaran 1",
            "D01: putaran 1 tanpa jawaban",
        ]
