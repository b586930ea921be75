"""What is done while people speak, as state: on both engines, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, bindparam, select

from dispatch.domain.call_plan import RingGroup
from dispatch.domain.roles import Role
from dispatch.errors import Invalid, NotFound, Refused
from dispatch.services.access import add_user
from dispatch.services.call_delivery import lost_reason, request_done
from dispatch.services.call_end import end_call
from dispatch.services.call_legs import join_leg, live_legs, note_leg_sid, ring_leg
from dispatch.services.call_ring import ring_group
from dispatch.services.call_talk import (
    accept_call,
    end_leg,
    finish_talk,
    hold_call,
    leave_room,
    mute_call,
    note_room,
    supervise_call,
    transfer_call,
)
from dispatch.services.call_tasks import run_due
from dispatch.services.call_transcript import hear_words
from dispatch.services.calls import answer_call, bridge_call, connect_operator, ring_call
from dispatch.services.incidents import set_type
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, call, event, incident, outbox
from dispatch.storage.transaction import Tx, json_value
from dispatch.storage.voice import add_task, open_tasks
from tests.support.centre import Centre, running_centre

CITIZEN, RINA, BUDI = "+6281234567890", "+628119000001", "+628119000002"


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        await running.run(_staff)
        yield running


def _staff(tx: Tx) -> None:
    for name, phone in (("rina", RINA), ("budi", BUDI), ("tanpa", "")):
        add_user(tx, name, Role.DISPATCHER, "", by="test", phone=phone)


async def rows(centre: Centre, table: Table) -> list[Row]:
    key = table.c.id if "id" in table.c else table.c.seq
    return await centre.edge.reader.all(
        Statement(select(table).where(table.c.centre == bindparam("centre")).order_by(key))
    )


async def ring(centre: Centre, sid: str = "CA1", caller: str = CITIZEN) -> Row:
    return await centre.run(lambda tx: ring_call(tx, external_id=sid, caller=caller, called="112"))


async def talk(centre: Centre, sid: str = "CA1", operator: str = "rina", caller: str = CITIZEN) -> Row:
    """A call in which this operator and the caller speak."""
    row, knowledge = await ring(centre, sid, caller), centre.edge.knowledge()

    def meet(tx: Tx) -> None:
        answer_call(tx, row["id"], operator, RINA, knowledge)
        connect_operator(tx, row["id"], 1, f"{sid}-{operator}")
        note_room(tx, row["id"], f"CF-{sid}")
        bridge_call(tx, row["id"])

    await centre.run(meet)
    return await now(centre, row["id"])


async def now(centre: Centre, call_id: int) -> Row:
    return next(row for row in await rows(centre, call) if row["id"] == call_id)


async def asked(centre: Centre, purpose: str) -> list[dict[str, str]]:
    return [json_value(row["payload"]) for row in await rows(centre, outbox) if row["purpose"] == purpose]


async def test_hold_asks_once_and_only_what_still_holds_is_sent(centre: Centre) -> None:
    row = await talk(centre)
    for on in (True, True, False):
        await centre.run(lambda tx, on=on: hold_call(tx, None, "rina", on=on))
    first, second = await asked(centre, "participant")
    assert (first["hold"], second["hold"], first["conference"], first["sid"]) == ("true", "false", "CF-CA1", "CA1")
    assert await centre.run(lambda tx: lost_reason(tx, "participant", first)) != ""
    assert await centre.run(lambda tx: lost_reason(tx, "participant", second)) == ""
    assert (await now(centre, row["id"]))["status"] == "answered"


async def test_a_held_caller_is_not_taken_back_while_talking_to_another(centre: Centre) -> None:
    held = await talk(centre)
    await centre.run(lambda tx: hold_call(tx, held["id"], "rina", on=True))
    await talk(centre, "CA2", caller="+6281200000002")
    with pytest.raises(Refused) as refused:
        await centre.run(lambda tx: hold_call(tx, held["id"], "rina", on=False))
    assert refused.value.code == "still_talking"


async def test_nothing_is_held_or_muted_before_they_speak(centre: Centre) -> None:
    row, knowledge = await ring(centre), centre.edge.knowledge()
    await centre.run(lambda tx: answer_call(tx, row["id"], "rina", RINA, knowledge))
    with pytest.raises(Refused) as refused:
        await centre.run(lambda tx: mute_call(tx, row["id"], "rina", on=True))
    assert refused.value.code == "not_connected"


@pytest.mark.parametrize(("to", "error"), [("rina", Invalid), ("nobody", NotFound), ("tanpa", Refused)])
async def test_a_transfer_needs_somebody_else_with_a_phone(centre: Centre, to: str, error: type[Exception]) -> None:
    await talk(centre)
    with pytest.raises(error):
        await centre.run(lambda tx: transfer_call(tx, None, "rina", to))
    assert await asked(centre, "leg") == []


async def test_a_transfer_to_who_is_talking_is_refused(centre: Centre) -> None:
    await talk(centre)
    await talk(centre, "CA2", "budi", "+6281200000002")
    with pytest.raises(Refused) as refused:
        await centre.run(lambda tx: transfer_call(tx, None, "rina", "budi"))
    assert refused.value.code == "seat_talks"


async def test_the_hand_over_moves_call_seat_and_incident_once(centre: Centre) -> None:
    row, knowledge = await talk(centre), centre.edge.knowledge()

    def both(tx: Tx) -> None:
        leg = transfer_call(tx, None, "rina", "budi")
        assert transfer_call(tx, None, "rina", "budi") == leg, "asked twice, rung once"
        note_leg_sid(tx, row["id"], leg.leg, "CA-budi")
        join_leg(tx, row["id"], leg.leg)

    await centre.run(both)
    assert await centre.run(lambda tx: finish_talk(tx, None, "rina"))
    for _ in range(2):
        await centre.run(lambda tx: leave_room(tx, row["id"], "CA1-rina", "hung_up", knowledge))
    after = await now(centre, row["id"])
    assert (after["operator"], after["status"], after["agent_sid"]) == ("budi", "answered", "CA-budi")
    assert [item["owner"] for item in await rows(centre, incident)] == ["budi"]
    assert [line["kind"] for line in await rows(centre, event)].count("call.transferred") == 1
    await centre.run(lambda tx: leave_room(tx, row["id"], "CA-budi", "hung_up", knowledge))
    assert (await now(centre, row["id"]))["status"] == "wrap_up"


async def test_without_a_second_seat_nobody_is_left_the_call(centre: Centre) -> None:
    row = await talk(centre)
    await centre.run(lambda tx: transfer_call(tx, None, "rina", "budi"))
    assert await centre.run(lambda tx: finish_talk(tx, None, "rina")) is None
    assert (await now(centre, row["id"]))["operator"] == "rina"


async def test_the_end_stops_every_phone_that_still_rings(centre: Centre) -> None:
    row, knowledge = await talk(centre), centre.edge.knowledge()
    await centre.run(lambda tx: transfer_call(tx, None, "rina", "budi"))
    await centre.run(lambda tx: note_leg_sid(tx, row["id"], 1, "CA-budi"))
    await centre.run(lambda tx: end_call(tx, row["id"], knowledge))
    assert live_legs(await now(centre, row["id"])) == []
    assert {"CA1", "CA1-rina", "CA-budi"} == {item["hangup"] for item in await asked(centre, "hangup")}
    [leg] = await asked(centre, "leg")
    assert await centre.run(lambda tx: lost_reason(tx, "leg", leg)) != ""


@pytest.mark.parametrize("who", ["CA1", "CA1-rina"])
async def test_whoever_left_first_nothing_taken_down_means_ringing_back(centre: Centre, who: str) -> None:
    row, knowledge = await talk(centre), centre.edge.knowledge()

    def leave(tx: Tx) -> None:
        if who == "CA1":
            end_call(tx, row["id"], knowledge)
        leave_room(tx, row["id"], "CA1-rina", "hung_up", knowledge)
        end_call(tx, row["id"], knowledge)

    await centre.run(leave)
    assert [task["kind"] for task in await centre.run(lambda tx: open_tasks(tx, row["id"]))] == ["callback"]
    centre.pass_time(50)
    await centre.run(lambda tx: run_due(tx, knowledge))
    assert len(await asked(centre, "callback")) == 1


async def test_a_talk_that_was_taken_down_has_ended_and_was_not_lost(centre: Centre) -> None:
    row, knowledge = await talk(centre), centre.edge.knowledge()

    def take_down(tx: Tx) -> None:
        set_type(tx, fetch_incident(tx, row["incident_id"]), "fire", "", actor="rina", knowledge=knowledge)
        end_call(tx, row["id"], knowledge)

    await centre.run(take_down)
    centre.pass_time(50)
    await centre.run(lambda tx: run_due(tx, knowledge))
    assert await asked(centre, "callback") == []
    assert "call.callback_dropped" in [line["kind"] for line in await rows(centre, event)]


async def test_a_key_on_a_rung_phone_and_a_seat_at_once_exactly_one_wins(database: Database, tmp_path: Path) -> None:
    async with running_centre(database, tmp_path) as one, running_centre(database, tmp_path) as two:
        row, knowledge = await ring(one), one.edge.knowledge()
        await one.run(lambda tx: ring_leg(tx, row["id"], "ring", "", "+628119000009"))
        results = await asyncio.gather(
            two.run(lambda tx: accept_call(tx, row["id"], 1, "CA-9", knowledge)),
            one.run(lambda tx: answer_call(tx, row["id"], "rina", RINA, knowledge)),
            return_exceptions=True,
        )
        won = [result for result in results if result is not None and not isinstance(result, BaseException)]
        assert len(won) == 1, results
        assert len(await rows(one, incident)) == 1


async def test_where_there_is_no_telephone_network_a_hand_over_still_works(centre: Centre) -> None:
    row, knowledge = await ring(centre), centre.edge.knowledge()

    def simulated(tx: Tx) -> None:
        answer_call(tx, row["id"], "rina", RINA, knowledge)
        request_done(tx, "bridge", {"call_id": str(row["id"]), "attempt": "1"})
        leg = transfer_call(tx, None, "rina", "budi")
        request_done(tx, "leg", {"call_id": str(row["id"]), "leg": str(leg.leg)})
        finish_talk(tx, None, "rina")

    await centre.run(simulated)
    after = await now(centre, row["id"])
    assert (after["operator"], after["status"], after["claim"]) == ("budi", "answered", "joined")


async def test_listening_becomes_coaching_without_a_second_ring(centre: Centre) -> None:
    row = await talk(centre)
    leg = await centre.run(lambda tx: supervise_call(tx, None, "sari", "+62811", coach=False))
    await centre.run(lambda tx: note_leg_sid(tx, row["id"], leg.leg, "CA-sari"))
    await centre.run(lambda tx: join_leg(tx, row["id"], leg.leg))
    await centre.run(lambda tx: supervise_call(tx, row["id"], "sari", "+62811", coach=True))
    [told] = await asked(centre, "participant")
    assert (told["coaching"], told["muted"], told["coached"], told["sid"]) == ("true", "false", "CA1-rina", "CA-sari")
    assert len(await asked(centre, "leg")) == 1


async def test_of_a_ring_group_the_first_key_wins_on_every_order(centre: Centre) -> None:
    row, knowledge = await ring(centre), centre.edge.knowledge()
    group = RingGroup(timedelta(seconds=30), ("rina", "budi", "rina", "+628119000009", "nobody"))

    def rung(tx: Tx) -> None:
        add_task(tx, row["id"], "ring", tx.now_ms, group=0)
        [task] = open_tasks(tx, row["id"], "ring")
        ring_group(tx, task, group, knowledge)

    await centre.run(rung)
    legs = live_legs(await now(centre, row["id"]))
    assert [leg.address for leg in legs] == [RINA, BUDI, "+628119000009"], "each phone once"
    assert [(row["kind"], "nobody" in row["params"]) for row in await rows(centre, alarm)] == [("ring_nobody", True)]
    second, first = [
        await centre.run(lambda tx, n=n: accept_call(tx, row["id"], n, f"CA-{n}", knowledge)) for n in (3, 1)
    ]
    assert (second is not None, first) == (True, None)
    again = await centre.run(lambda tx: accept_call(tx, row["id"], 3, "CA-3", knowledge))
    assert again is not None, "a repeated key of the winner changes nothing"
    after = await now(centre, row["id"])
    assert (after["operator"], after["agent_sid"], live_legs(after)) == ("0811-***-009", "CA-3", [])
    await centre.run(lambda tx: bridge_call(tx, row["id"]))
    await centre.run(lambda tx: end_leg(tx, row["id"], 3, "CA-3", "hung_up", knowledge))
    assert (await now(centre, row["id"]))["status"] == "wrap_up"


async def test_a_group_waits_while_a_seats_phone_rings(centre: Centre) -> None:
    row, knowledge = await ring(centre), centre.edge.knowledge()
    await centre.run(lambda tx: answer_call(tx, row["id"], "rina", RINA, knowledge))

    def rung(tx: Tx) -> None:
        add_task(tx, row["id"], "ring", tx.now_ms, group=0)
        [task] = open_tasks(tx, row["id"], "ring")
        ring_group(tx, task, RingGroup(timedelta(), ("budi",)), knowledge)

    await centre.run(rung)
    assert await asked(centre, "leg") == []
    assert await centre.run(lambda tx: open_tasks(tx, row["id"], "ring")) != []


async def test_words_raise_and_are_kept_once(centre: Centre) -> None:
    row, knowledge = await talk(centre), centre.edge.knowledge()

    async def hear(sequence: int, words: str, speaker: str = "citizen") -> bool:
        return bool(await centre.run(lambda tx: hear_words(
            tx, row["id"], sid="GT1", sequence=sequence, speaker=speaker, words=words, knowledge=knowledge
        )))

    assert await hear(2, "kebakaran")
    assert not await hear(2, "kebakaran")
    assert not await hear(3, "   ")
    assert await hear(1, "info dulu")
    [item] = await rows(centre, incident)
    assert (item["severity"], item["type"]) == ("critical", "fire")
    assert (await now(centre, row["id"]))["transcript"] == "info dulu kebakaran"


async def test_what_is_due_runs_once(centre: Centre) -> None:
    row, knowledge = await ring(centre), centre.edge.knowledge()
    await centre.run(lambda tx: answer_call(tx, row["id"], "rina", RINA, knowledge))
    centre.pass_time(31)
    counts = [await centre.run(lambda tx: run_due(tx, knowledge)) for _ in range(3)]
    assert counts == [2, 0, 0]
    assert (await now(centre, row["id"]))["status"] == "queued"
