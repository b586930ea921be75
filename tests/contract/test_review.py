"""The second look at what was disposed of, and what a number's past costs it: over both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, select

from dispatch.domain.report import Channel, NewReport
from dispatch.domain.roles import Actor, Role
from dispatch.domain.severity import Severity
from dispatch.domain.trust import Trust
from dispatch.errors import Forbidden, NeedsConfirmation, Refused
from dispatch.services.crew_messages import receive_text
from dispatch.services.labels import labelled_examples
from dispatch.services.review import Found, find_suspects, read_suspects
from dispatch.services.trust import trust_in, weigh_caller
from dispatch.storage.calls import find_call
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import call
from tests.support.desk import FIRE, LAMP, RINA, Desk, desk_on

CALLER, OTHER = "+6281290000007", "+6281290000008"
SARI = Actor("sari", Role.SUPERVISOR, "", "0")
CALLS = Statement(select(call.c.disposition).where(call.c.centre == bindparam("centre")))
PRANK = "halo mas pesan bakso dua ya wkwkwk"


async def ghost_call(desk: Desk, caller: str = CALLER, keys: str = "", seconds: int = 5, code: int = 1) -> int:
    """A call that was answered, said nothing and was disposed of; returns its incident's number."""
    desk._count += 1
    steps = f'[{{"step":"silent_emergency","at":0,"keys":"{keys}"}}]' if keys else "[]"

    def ring(tx: object) -> int:
        call_id = tx.new_id()  # type: ignore[attr-defined]
        tx.insert(  # type: ignore[attr-defined]
            call, id=call_id, external_id=f"CA{desk._count}", caller=caller, status="ended",
            rang_at=tx.now_ms, answered_at=tx.now_ms, ended_at=tx.now_ms + seconds * 1000, steps=steps,  # type: ignore[attr-defined]
            disposition={1: "ghost", 2: "prank"}[code],
        )
        return int(call_id)

    call_id = await desk.run(ring)
    received = await desk.report("", caller, Channel.CALL, call_id=call_id, external_id=f"CA{desk._count}")
    desk.pass_time(seconds=20)
    await desk.command("dispose", incident=received.number, code=code, reason="tidak ada suara")
    return received.number


async def disposed(desk: Desk, words: str = PRANK, sender: str = CALLER, code: int = 2) -> int:
    received = await desk.report(words, sender)
    desk.pass_time(seconds=30)
    await desk.command("dispose", incident=received.number, code=code, confirmed=True)
    return received.number


async def look(desk: Desk, days: int = 7) -> Found:
    found: Found = await desk.run(lambda tx: find_suspects(tx.all, tx.now, days))
    return found


async def signs(desk: Desk) -> dict[int, tuple[str, ...]]:
    return {suspect.number: suspect.signs for suspect in (await look(desk)).suspects}


async def trust(desk: Desk, number: str = CALLER) -> Trust:
    known: Trust = await desk.run(lambda tx: trust_in(tx, number))
    return known


# signs of a miss


async def test_plain_junk_is_counted_and_not_listed(database: Database) -> None:
    async with desk_on(database) as desk:
        await disposed(desk)
        await ghost_call(desk, OTHER)
        found = await look(desk)
        assert (found.disposed, found.reviewed, found.suspects) == (2, 0, [])


async def test_who_comes_again_and_it_is_real_was_perhaps_no_ghost(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await ghost_call(desk)
        desk.pass_time(hours=2)
        fire = (await desk.report(FIRE, CALLER)).number
        assert await signs(desk) == {number: ("text_after",)}
        await desk.command("dispatch", incident=fire, units=["D01"])
        assert await signs(desk) == {number: ("came_back", "text_after")}


async def test_a_real_one_a_day_later_says_nothing(database: Database) -> None:
    async with desk_on(database) as desk:
        await ghost_call(desk)
        desk.pass_time(hours=25)
        fire = (await desk.report(FIRE, CALLER)).number
        await desk.command("dispatch", incident=fire, units=["D01"])
        assert await signs(desk) == {}


async def test_a_threat_to_life_in_the_words_is_a_sign(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await disposed(desk, FIRE)
        assert await signs(desk) == {number: ("life_words",)}


async def test_five_twice_is_the_loudest(database: Database) -> None:
    async with desk_on(database) as desk:
        wrong = await disposed(desk, FIRE, OTHER)
        silent = await ghost_call(desk, keys="55")
        assert list(await signs(desk)) == [silent, wrong]
        assert (await signs(desk))[silent] == ("silent_keys",)


@pytest.mark.parametrize(("words", "is_sign"), [
    ("ada orang di dalam rumah", True), ("BATAL", False), ("salah pencet", False),
])
async def test_a_text_after_a_silent_call_is_a_sign_unless_it_takes_it_back(
    database: Database, words: str, is_sign: bool
) -> None:
    async with desk_on(database) as desk:
        number = await ghost_call(desk)
        desk.pass_time(minutes=3)
        new = NewReport(Channel.SMS, "SMafter", words, desk.moment[0], sender=CALLER)
        await desk.run(lambda tx: receive_text(tx, new, desk.knowledge))
        assert ("text_after" in (await signs(desk)).get(number, ())) is is_sign


@pytest.mark.parametrize(("seconds", "is_sign"), [(5, True), (60, False)])
async def test_a_short_call_of_a_number_with_an_open_incident(
    database: Database, seconds: int, is_sign: bool
) -> None:
    async with desk_on(database) as desk:
        await desk.report(LAMP, CALLER)
        desk.pass_time(hours=3)
        number = await ghost_call(desk, seconds=seconds)
        assert ("open_incident" in (await signs(desk)).get(number, ())) is is_sign


async def test_the_api_reads_the_same_without_the_writer(database: Database) -> None:
    async with desk_on(database) as desk:
        await disposed(desk, FIRE)
        reader = Reader(database, desk.knowledge.rules.centre, connections=1)
        await reader.start()
        try:
            assert await read_suspects(reader, desk.moment[0]) == await look(desk)
        finally:
            await reader.stop()


@pytest.mark.parametrize(("words", "asks"), [
    (PRANK, False), (LAMP, False), ("motor saya dicuri barusan di Desa Kalisapu Slawi", True), (FIRE, True),
])
async def test_junk_costs_two_keys_and_urgent_words_a_second_look(database: Database, words: str, asks: bool) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(words, CALLER)).number
        item = await desk.incident(number)
        assert (item.severity is not None and item.severity.is_urgent) is asks
        if asks:
            with pytest.raises(NeedsConfirmation):
                await desk.command("dispose", incident=number, code=2)
        await desk.command("dispose", incident=number, code=2, confirmed=asks)
        assert (await desk.incident(number)).disposition == "prank"


# the verdict


async def test_a_miss_opens_it_again_with_alarm_and_example(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await disposed(desk, FIRE)
        result = await desk.command("review", SARI, incident=number, verdict="miss", reason="nyata")
        assert "DIBUKA LAGI" in result.message
        item = await desk.incident(number)
        assert (item.is_open, item.disposition, item.severity) == (True, "", Severity.CRITICAL)
        assert [row["level"] for row in await desk.alarms() if row["kind"] == "junk_missed"] == [1]
        assert "review.miss" in await desk.kinds()
        assert await signs(desk) == {}
        reader = Reader(database, desk.knowledge.rules.centre, connections=1)
        await reader.start()
        try:
            [example] = [e async for e in labelled_examples(reader)]
        finally:
            await reader.stop()
        assert (example["kind"], example["type"], example["by"]) == ("reopened", "fire", "sari")


async def test_a_missed_silent_call_comes_back_urgent_and_counts_as_noise_no_more(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await ghost_call(desk, keys="55")
        await desk.command("review", SARI, incident=number, verdict="miss")
        item = await desk.incident(number)
        assert (item.is_open, item.severity, item.unsure) == (True, Severity.HIGH, True)
        assert [row["disposition"] for row in await desk.rows(CALLS)] == ["normal"]


async def test_prank_words_that_were_a_report_do_not_come_back_as_prank(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await disposed(desk, PRANK)
        await desk.command("review", SARI, incident=number, verdict="miss")
        item = await desk.incident(number)
        assert (item.type, item.severity, item.unsure) == ("other_service", Severity.HIGH, True)
        assert "dispatch" in await desk.clocks(number)


async def test_ok_takes_it_off_the_list_until_it_is_disposed_of_again(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await disposed(desk, FIRE)
        await desk.command("review", SARI, incident=number, verdict="ok")
        found = await look(desk)
        assert (found.reviewed, found.suspects) == (1, [])
        assert not (await desk.incident(number)).is_open
        desk.pass_time(seconds=60)
        await desk.command("reopen", incident=number)
        desk.pass_time(seconds=60)
        await desk.command("dispose", incident=number, code=2, confirmed=True)
        assert number in await signs(desk)


async def test_only_a_supervisor_and_only_what_was_disposed_of(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await disposed(desk, FIRE)
        with pytest.raises(Forbidden):
            await desk.command("review", RINA, incident=number, verdict="miss")
        still_open = (await desk.report(LAMP, OTHER)).number
        with pytest.raises(Refused):
            await desk.command("review", SARI, incident=still_open, verdict="miss")


# trust


async def test_disposals_lower_trust_and_a_real_report_restores_it(database: Database) -> None:
    async with desk_on(database) as desk:
        assert await trust(desk) == Trust()
        for _ in range(3):
            await disposed(desk)
            desk.pass_time(hours=1)
        low = await trust(desk)
        assert (low.score < 0.5, low.counts) == (True, {"prank": 3})
        assert (await trust(desk, OTHER)).score == 1.0
        fire = (await desk.report(FIRE, CALLER)).number
        assert (await trust(desk)).counts == {"prank": 3}, "what is not judged yet says nothing"
        await desk.command("dispatch", incident=fire, units=["D01"])
        assert await trust(desk) == Trust()


async def test_a_miss_restores_trust(database: Database) -> None:
    async with desk_on(database) as desk:
        await disposed(desk)
        desk.pass_time(hours=1)
        number = await disposed(desk, FIRE)
        assert (await trust(desk)).counts == {"prank": 2}
        await desk.command("review", SARI, incident=number, verdict="miss")
        assert await trust(desk) == Trust(), "what was before the miss counts no more"


async def test_what_was_opened_again_weighs_nothing(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await disposed(desk)
        await desk.command("reopen", incident=number)
        assert await trust(desk) == Trust()


async def test_a_ringing_call_tells_why_it_may_wait(database: Database) -> None:
    async with desk_on(database) as desk:
        await ghost_call(desk)
        await disposed(desk)

        def ring(tx: object) -> Row:
            tx.insert(  # type: ignore[attr-defined]
                call, id=9000, external_id="CA9000", caller=CALLER, status="ringing", rang_at=tx.now_ms,  # type: ignore[attr-defined]
            )
            row = find_call(tx, 9000)  # type: ignore[arg-type]
            assert row is not None
            return weigh_caller(tx, row)  # type: ignore[arg-type]

        row = await desk.run(ring)
        assert '"ghost":"1"' in row["steps"]
        assert '"prank":"1"' in row["steps"]
        assert "call.weighed" in await desk.kinds()
