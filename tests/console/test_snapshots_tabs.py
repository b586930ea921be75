"""Pictures of the parts of pages: the tabs of one incident, the district behind the map, the protocol card,
and short answers."""

from __future__ import annotations

from dispatch.texts import text
from dispatch.wire import CommandResult, SearchResult
from tests.console.night import CARD, Night, detail, replaced
from tests.console.pictures import LANGS, Album, type_line
from tests.console.test_snapshots import workspace
from tests.console.whole import whole_night


class Empty(Night):
    """Finds nothing."""

    async def search(self, query: str) -> SearchResult:
        return SearchResult(query=query, hits=[])


@LANGS
async def test_tabs(album: Album, lang: str) -> None:
    """Units, callers, files, why and audit of one incident; the chronology is a picture of its own."""
    app = workspace(lang, whole_night())
    async with album.of(app) as pilot:
        await type_line(pilot, "v 1048", "enter")
        for tab in "23456":
            await type_line(pilot, tab, "enter")
            await album.shoot(pilot, tab, ready=lambda: app.workspace.covered_by_text and app.desk.current == 1048)


@LANGS
async def test_district(album: Album, lang: str) -> None:
    app = workspace(lang)
    async with album.of(app) as pilot:
        await pilot.press("f10", "enter")
        await album.shoot(pilot, ready=lambda: app.workspace.covered_by_text)


@LANGS
async def test_card(album: Album, lang: str) -> None:
    night = Night()
    night.details[1051] = replaced(detail(1051), cards=[CARD])
    app = workspace(lang, night)
    async with album.of(app) as pilot:
        await type_line(pilot, "kartu" if lang == "id" else "card", "enter")
        await album.shoot(pilot, ready=lambda: app.workspace.covered_by_text)


@LANGS
async def test_lists(album: Album, lang: str) -> None:
    """How one command is written, who is on call, a search that found nothing, a unit that was asked for."""
    night = Empty()
    app = workspace(lang, night)
    people = [text("roster.line", lang, agency="PSC 119", names="dr. Wulan 0811-2345-113, Pak Karno 0811-2345-114"),
              text("roster.line", lang, agency="Damkar", names=text("roster.nobody", lang))]
    async with album.of(app) as pilot:
        await type_line(pilot, "d ?", "enter")
        await album.shoot(pilot, "syntax", ready=lambda: app.workspace.covered_by_text)
        night.answers = [CommandResult(ok=True, seq=101, message="; ".join(people), data={"lines": people})]
        await type_line(pilot, "piket" if lang == "id" else "roster", "enter")
        await album.shoot(pilot, "roster", ready=lambda: night.sent)
        await type_line(pilot, "f zzz", "enter")
        await album.shoot(pilot, "nothing", ready=lambda: "zzz" in (app.workspace.covers.heading or ""))
        await type_line(pilot, "v d07", "enter")
        await album.shoot(pilot, "unit", ready=lambda: app.desk.unit == "D07")
