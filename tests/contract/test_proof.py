"""Proof of life over both databases: a text of our own goes out, comes back, and is nobody's report."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, select

from dispatch.domain.report import Channel, NewReport
from dispatch.errors import ChannelError
from dispatch.ports import Accepted
from dispatch.services.crew_messages import receive_text
from dispatch.services.delivery import Outcome, claim_messages, settle_message
from dispatch.services.proof import Plan, expect_proof_call, receive_proof, sweep_proofs, words_of
from dispatch.services.proof_watch import ProofWatch
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import proof, report
from tests.support.desk import Desk, desk_on

HOUR_MS = 3_600_000
PLAN = Plan(HOUR_MS, {"sms": "+628112000001"})
BOTH = Plan(HOUR_MS, {"sms": "+628112000001", "voice": "+628112000002"})
PROOFS = Statement(select(proof).where(proof.c.centre == bindparam("centre")).order_by(proof.c.id))
REPORTS = Statement(select(report.c.id).where(report.c.centre == bindparam("centre")))


async def sweep(desk: Desk, plan: Plan = PLAN, **passed: float) -> None:
    desk.pass_time(**passed)
    await desk.run(lambda tx: sweep_proofs(tx, plan))


async def proofs(desk: Desk) -> list[Row]:
    return await desk.rows(PROOFS)


async def come_in(desk: Desk, words: str) -> None:
    new = NewReport(Channel.SMS, f"SM{words}{desk.moment[0]}", words, desk.moment[0], sender="+6285550001")
    await desk.run(lambda tx: receive_text(tx, new, desk.knowledge))


async def kinds_of_alarms(desk: Desk) -> list[tuple[str, int]]:
    return [(row["kind"], row["level"]) for row in await desk.alarms()]


async def test_it_goes_out_comes_back_and_opens_nothing(database: Database) -> None:
    async with desk_on(database) as desk:
        await sweep(desk)
        await sweep(desk, seconds=5)
        [out] = await desk.messages("proof")
        assert (out["recipient"], bool(out["critical"])) == ("+628112000001", True)
        desk.pass_time(seconds=3)
        await come_in(desk, f" {out['body']}\n")
        await come_in(desk, out["body"])
        done = (await proofs(desk))[0]
        assert (done["state"], done["back_at"] - done["sent_at"]) == ("ok", 3000)
        assert await desk.rows(REPORTS) == []
        assert await desk.messages("receipt") == []
        assert (await desk.kinds()).count("proof.returned") == 1


async def test_the_next_one_is_a_row_with_its_time(database: Database) -> None:
    async with desk_on(database) as desk:
        await sweep(desk)
        await sweep(desk)
        await come_in(desk, (await desk.messages("proof"))[0]["body"])
        await sweep(desk)
        done, planned = await proofs(desk)
        assert (planned["state"], planned["next_at"] - done["sent_at"]) == ("planned", HOUR_MS)
        await sweep(desk, minutes=59)
        assert len(await desk.messages("proof")) == 1
        await sweep(desk, minutes=2)
        first, second = await desk.messages("proof")
        assert first["body"] != second["body"]


@pytest.mark.parametrize("words", [
    "KENTONGAN UJI AAAAAAAAAAAAAAAA", "tolong {nonce} kebakaran di Slawi", "{nonce} tulung", "KENTONGAN UJI",
])
async def test_what_only_looks_like_it_is_a_citizens_text(database: Database, words: str) -> None:
    async with desk_on(database) as desk:
        await sweep(desk)
        await sweep(desk)
        [out] = await desk.messages("proof")
        await come_in(desk, words.format(nonce=out["body"]))
        assert len(await desk.rows(REPORTS)) == 1
        assert (await proofs(desk))[0]["state"] == "waiting"


async def test_one_that_stays_away_is_an_alarm_and_the_next_comes_soon(database: Database) -> None:
    async with desk_on(database) as desk:
        await sweep(desk)
        await sweep(desk)
        await sweep(desk, seconds=179)
        assert await kinds_of_alarms(desk) == []
        await sweep(desk, seconds=2)
        assert await kinds_of_alarms(desk) == [("proof_failed", 2)]
        await sweep(desk, minutes=5, seconds=1)
        await sweep(desk, minutes=4)
        assert await kinds_of_alarms(desk) == [("proof_failed", 1)], "the second in a row is an emergency"
        await sweep(desk, minutes=5, seconds=1)
        await come_in(desk, (await desk.messages("proof"))[-1]["body"])
        assert await kinds_of_alarms(desk) == []


async def test_a_late_one_is_noted_and_proves_nothing(database: Database) -> None:
    async with desk_on(database) as desk:
        await sweep(desk)
        await sweep(desk)
        await sweep(desk, minutes=4)
        await come_in(desk, (await desk.messages("proof"))[0]["body"])
        assert await desk.rows(REPORTS) == []
        assert "proof.late" in await desk.kinds()
        assert await kinds_of_alarms(desk) == [("proof_failed", 2)]


async def test_a_provider_that_refuses_it_fails_it_at_once(database: Database) -> None:
    async with desk_on(database) as desk:
        await sweep(desk)
        await sweep(desk)
        [claim] = await desk.run(lambda tx: claim_messages(tx, "w", free=8, routine=8))
        error = ChannelError("no such number", permanent=True, provider_code="21211")
        await desk.run(lambda tx: settle_message(tx, Outcome(claim, "twilio", error=error), desk.knowledge, jitter=0.0))
        failed = (await proofs(desk))[0]
        assert (failed["state"], failed["error"]) == ("failed", "no such number 21211")


async def test_one_that_is_over_is_not_sent_any_more(database: Database) -> None:
    async with desk_on(database) as desk:
        await sweep(desk)
        await sweep(desk)
        await sweep(desk, minutes=4)
        assert await desk.run(lambda tx: claim_messages(tx, "w", free=8, routine=8)) == []
        assert [row["status"] for row in await desk.messages("proof")] == ["cancelled"]


async def test_the_simulator_brings_it_back_and_is_named(database: Database) -> None:
    async with desk_on(database) as desk:
        await sweep(desk, BOTH)
        await sweep(desk, BOTH)
        claims = await desk.run(lambda tx: claim_messages(tx, "w", free=8, routine=8))
        for claim in claims:
            told = Outcome(claim, "simulator", accepted=Accepted(f"SIM-{claim.id}", delivered=True))
            await desk.run(lambda tx, told=told: settle_message(tx, told, desk.knowledge, jitter=0.0))
        done = [row for row in await proofs(desk) if row["state"] == "ok"]
        assert [(row["channel"], row["driver"]) for row in done] == [("sms", "simulator"), ("voice", "simulator")]


async def test_a_call_is_taken_for_ours_only_while_one_of_ours_is_out(database: Database) -> None:
    async with desk_on(database) as desk:
        assert not await desk.run(lambda tx: expect_proof_call(tx, "CA1"))
        await sweep(desk, BOTH)
        await sweep(desk, BOTH)
        assert await desk.run(lambda tx: expect_proof_call(tx, "CA2"))
        nonce = next(row["nonce"] for row in await proofs(desk) if row["channel"] == "voice")
        assert not await desk.run(lambda tx: receive_proof(tx, nonce[:-1]))
        assert await desk.run(lambda tx: receive_proof(tx, nonce))
        assert not await desk.run(lambda tx: expect_proof_call(tx, "CA3"))
        assert await desk.run(lambda tx: expect_proof_call(tx, "CA2")), "a repeat of the webhook is answered alike"


async def test_a_channel_taken_out_of_the_settings_is_proved_no_more(database: Database) -> None:
    async with desk_on(database) as desk:
        await sweep(desk, BOTH)
        await sweep(desk, Plan(HOUR_MS, {}), minutes=5)
        assert {row["state"] for row in await proofs(desk)} == {"dropped"}
        await sweep(desk, PLAN)
        await sweep(desk, PLAN)
        assert [row["recipient"] for row in await desk.messages("proof")] == ["+628112000001"]


async def test_a_node_that_starts_knows_the_last_good_one(database: Database) -> None:
    async with desk_on(database) as desk:
        await sweep(desk)
        await sweep(desk)
        good_at = desk.moment[0]
        await come_in(desk, (await desk.messages("proof"))[0]["body"])
        reader = Reader(database, desk.knowledge.rules.centre)
        await reader.start()
        try:
            watch = ProofWatch(desk.node.committer, reader, BOTH, lambda: desk.moment[0])
            await watch.look()
            rows = watch.rows(good_at.tzinfo)  # type: ignore[arg-type]
            assert (rows["sms"].state, rows["sms"].at, rows["voice"].state) == ("ok", good_at, "never")
            await sweep(desk)
            await sweep(desk, hours=1)
            await sweep(desk, minutes=4)
            await watch.look()
            failed = watch.rows(good_at.tzinfo)["sms"]  # type: ignore[arg-type]
            assert (failed.state, failed.at) == ("failed", good_at)
            [said] = watch.sentences("en", good_at.tzinfo)  # type: ignore[arg-type]
            assert "NOT PROVED" in said
        finally:
            await reader.stop()


def test_the_text_fits_into_one_sms() -> None:
    assert len(words_of("A" * 16)) <= 160
