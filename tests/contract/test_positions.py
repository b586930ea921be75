"""Positions a phone sends by itself (AML) reach the caller's incident or call, and never the screen as a message."""

from __future__ import annotations

from dispatch.domain.instant import to_ms
from dispatch.domain.report import Channel, NewReport
from dispatch.services.calls import answer_call, ring_call
from dispatch.services.crew_messages import receive_text
from dispatch.storage.calls import find_call
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident
from tests.support.desk import ADI, Desk, desk_on

CALLER = "+6281234500001"


def aml(lat: str = "-6.98210", lon: str = "+109.14030", radius: str = "20") -> str:
    return (f'A"ML=1;lt={lat};lg={lon};rd={radius};top=20260112030000;lc=68;pm=G;si=510101234567890;'
            "ei=353472104343540;mcc=510;mnc=10;ml=128")


async def send(desk: Desk, text: str, key: str = "SM9", sender: str = CALLER) -> None:
    report = NewReport(Channel.SMS, key, text, desk.moment[0], sender=sender)
    await desk.run(lambda tx: receive_text(tx, report, desk.knowledge))


async def test_a_position_joins_the_callers_incident_once(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report("tolong ada kebakaran rumah", sender=CALLER)
        await send(desk, aml())
        await send(desk, aml())
        item = await desk.incident(first.number)
        assert (item.place.lat, item.place.lon, item.place.radius_m) == (-6.9821, 109.1403, 20.0)
        assert item.place.located_at is not None
        assert to_ms(item.place.located_at) == 1768186800000
        assert item.reports == 1
        kinds = await desk.kinds()
        assert kinds.count("position.received") == 1
        assert kinds.count("report.received") == 1


async def test_a_coarser_or_another_phones_position_changes_nothing(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report("tolong ada kebakaran rumah", sender=CALLER)
        await send(desk, aml())
        before = await desk.incident(first.number)
        await send(desk, aml(lat="-7.01", radius="900"), key="SM10")
        await send(desk, aml(lat="-7.02", radius="5"), key="SM11", sender="+6281234500002")
        assert (await desk.incident(first.number)).place == before.place


async def test_a_position_before_its_call_is_the_place_of_the_call(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk, aml())
        desk.pass_time(seconds=20)
        row = await desk.run(lambda tx: ring_call(tx, external_id="CA7", caller=CALLER, called="112"))
        await desk.run(
            lambda tx: answer_call(tx, row["id"], ADI.name, "+628119000001", desk.knowledge)
        )
        call = await desk.run(lambda tx: find_call(tx, row["id"]))
        assert call is not None
        item = await desk.run(lambda tx: fetch_incident(tx, call["incident_id"]))
        assert (item.place.lat, item.place.radius_m) == (-6.9821, 20.0)


async def test_a_position_that_cannot_be_read_is_only_an_event(database: Database) -> None:
    async with desk_on(database) as desk:
        await send(desk, 'A"ML=1;lt=+00.00000;lg=+000.00000;rd=N;top=20220131173734;lc=0;pm=N')
        await send(desk, 'A"ML=9;x', key="SM12")
        kinds = await desk.kinds()
        assert kinds.count("position.unusable") == 2
        assert "report.received" not in kinds
