"""Pictures of the parts of pages: the tabs of one incident, the district behind the map, the protocol card."""

from __future__ import annotations

from tests.console.night import CARD, Night, detail, replaced
from tests.console.pictures import LANGS, Album, type_line
from tests.console.test_snapshots import workspace
from tests.console.whole import whole_night


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
        word = "kartu" if lang == "id" else "card"
        await album.shoot(pilot, ready=lambda: app.workspace.covered_by_text,
                          at_each=lambda pilot: type_line(pilot, word, "enter"))
