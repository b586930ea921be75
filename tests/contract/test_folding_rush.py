"""A rush of incidents over the whole centre, on both engines: what it folds and suggests more, and that it says so."""

from __future__ import annotations

from datetime import UTC, timedelta

import msgspec

from console.view.change import rest_of
from dispatch import wire
from dispatch.services.rush_watch import RushWatch
from dispatch.storage import wire_row
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from tests.support.centre import TZ
from tests.support.desk import EVENTS, Desk, desk_on

HOUSE = "kobongan umahe pak slamet kalisapu, ora ana wong"
AGAIN = "tulung ana kobongan umahe pak slamet kalisapu"
INSIDE = "tulung ana kobongan umahe pak slamet kalisapu, ana wong nang njero"
TROUBLES = ("lampu jalan mati", "jalan berlubang", "sampah menumpuk", "pohon tumbang")
VILLAGES = ("Dukuhsalam slawi", "Pakembaran slawi", "Procot slawi")


async def rush(desk: Desk) -> None:
    """Twelve incidents in two minutes, none of them in Kalisapu."""
    told = [f"{trouble} di desa {village}" for trouble in TROUBLES for village in VILLAGES]
    opened = set()
    for n, text in enumerate(told):
        opened.add((await desk.report(text, f"+62813900{n:05d}")).number)
        desk.pass_time(seconds=10)
    assert len(opened) == len(told)


async def factor_of(desk: Desk, database: Database) -> float:
    """As the consoles are told."""
    reader = Reader(database, desk.knowledge.rules.centre)
    await reader.start()
    watch = RushWatch(reader, desk.node.committer, lambda: desk.knowledge.rules, lambda: desk.moment[0])
    await watch.look()
    await watch.look()
    await reader.stop()
    return watch.factor


async def told(desk: Desk) -> list[wire.LogLine]:
    rows = [row for row in await desk.rows(EVENTS) if row["kind"].startswith("rush.")]
    return [wire_row.log_line(row, None, TZ, "id") for row in rows]


async def test_in_a_rush_an_older_event_is_joined_by_spot_and_words_and_its_line_says_so(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(HOUSE, "+6281290000001")
        desk.pass_time(minutes=28)
        calm = await desk.report(AGAIN, "+6281290000002")
        assert calm.number != first.number, "too long ago without a rush"
        await desk.command("merge", incident=calm.number, to_incident=first.number, confirmed=True)
        await rush(desk)
        assert (await desk.report(AGAIN, "+6281290000003")).number == first.number
        line = [row for row in await desk.rows(EVENTS) if row["kind"] == "report.received"][-1]
        data = msgspec.json.decode(line["data"])
        assert (data["fold"], data["widened"]) == ("same_spot", "2")
        assert wire_row.log_line(line, first.number, TZ, "id").text.endswith("(lonjakan: waktu diperluas x2)")


async def test_a_life_in_danger_is_never_joined_because_of_a_rush(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(HOUSE, "+6281290000001")
        desk.pass_time(minutes=28)
        await rush(desk)
        alone = await desk.report(INSIDE, "+6281290000002")
        assert alone.number != first.number
        assert [d.number for d in (await desk.incident(alone.number)).duplicates] == [first.number]
        assert (await desk.report(AGAIN, "+6281290000003")).number != first.number, "two fit: a person decides"


async def test_a_rush_suggests_further_back_and_in_the_district_and_ends(database: Database) -> None:
    async with desk_on(database) as desk:
        words = "pohon tumbang menimpa warung depan pasar desa"
        far = await desk.report(f"{words} Procot slawi", "+6281290000001")
        desk.pass_time(minutes=40)
        calm = await desk.report(f"{words} Kudaile slawi", "+6281290000002")
        assert (await desk.incident(calm.number)).duplicates == ()
        assert await factor_of(desk, database) == 1.0
        await rush(desk)
        assert await factor_of(desk, database) == 2.0
        late = await desk.report(f"{words} Kalisapu slawi", "+6281290000003")
        shown = {d.number: (d.reason, d.params.get("widened")) for d in (await desk.incident(late.number)).duplicates}
        assert shown[far.number] == ("same_district", "2")
        assert await factor_of(desk, database) == 2.0, "another node, or the same after a stop"
        assert [line.text for line in await told(desk)] == [
            "LONJAKAN mulai: 13 insiden baru dalam 600 dtk (batas 10), waktu gabung x2"]
        desk.moment[0] += timedelta(minutes=11)
        for _ in range(2):
            assert await factor_of(desk, database) == 1.0
        begun, over = await told(desk)
        assert over.text == "lonjakan selesai setelah 11 menit: 0 insiden baru dalam 600 dtk (batas 10)"
        assert (begun.actor, over.actor) == ("system", "system")
        assert rest_of(begun.data) == "13/10 10m x2", "as the audit shows it"
        assert over.data["since"] == begun.at.astimezone(UTC).isoformat()


async def test_what_nobody_waits_with_makes_no_rush(database: Database) -> None:
    async with desk_on(database) as desk:
        for n in range(15):
            await desk.report(f"promo pinjaman online bunga rendah klik {n}", f"+62813900{n:05d}")
        assert await factor_of(desk, database) == 1.0
