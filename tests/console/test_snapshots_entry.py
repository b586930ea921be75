"""Pictures of the call entry form at three sizes, in both languages: who calls again, place, scene, card."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from console.app import ConsoleApp
from console.live import Live
from dispatch.wire import Changes, DuplicateRow, LogLine
from tests.console.night import NOW, ago, detail, replaced
from tests.console.pictures import LANGS, Album
from tests.console.test_entry import Desk112
from tests.console.test_workspace import RINA, until

SCENE = "2 luka 1 terjebak tanpa senjata kabel putus"


def app_on(night: Desk112, lang: str) -> ConsoleApp:
    night.lang = lang
    live = Live(night, silence_s=3600)
    return ConsoleApp(night, seat=RINA, lang=lang, clock=lambda: NOW, calm=True, live=live)


async def talk(pilot: Pilot[Any], night: Desk112) -> None:
    """Answered 41 seconds ago, the place is a village that exists twice."""
    app: Any = pilot.app
    await until(pilot, lambda: app.store.ready)
    await pilot.press("f2")
    await until(pilot, lambda: app.entry.at_hand)
    call = replaced(night.start.calls[0], status="answered", operator="rina", incident=1061, answered_at=ago(0, 41))
    night.push(Changes(seq=101, now=NOW, calls=[call]))
    app.workspace.prompt.put("kalisapu rt 2 gang mushola")
    await until(pilot, lambda: app.entry.form.candidates and 1061 in app.desk.details and app.desk.current == 1061)


async def noting(pilot: Pilot[Any], night: Desk112) -> None:
    """The line of casualties, trapped, weapon and hazards while it is typed, and how it is understood."""
    app: Any = pilot.app
    await talk(pilot, night)
    app.entry.form.values |= {"landmark": "rumah hijau blk mushola", "phone": "0812-9876-5432", "name": "Bu Sri"}
    await pilot.press("enter", "1", "tab", "tab")
    await until(pilot, lambda: app.entry.form.at == "scene" and app.entry.saver.state(app.entry.form) == "saved")
    app.workspace.prompt.put(SCENE)
    await until(pilot, lambda: app.entry.form.value("scene") == SCENE)
    app.workspace.refresh_all()


async def question(pilot: Pilot[Any], night: Desk112) -> None:
    """The village is chosen, the caller speaks, somebody else has rung about it, the card is half asked."""
    app: Any = pilot.app
    await talk(pilot, night)
    await pilot.press("enter", "1", "enter")
    app.workspace.prompt.put("suami saya jatuh di kamar mandi, tidak sadar, badannya sudah biru kata anaknya")
    twin = DuplicateRow(number=1041, score=0.6, reason="same_village", params={"where": "Kalisapu", "minutes": 4})
    row = replaced(night.details[1061].incident, version=9, severity="critical", type="medical", duplicates=[twin])
    words = ["halo tolong pak ini suami saya", "jatuh di kamar mandi pak, di Kalisapu gang mushola", "cepat pak"]
    heard = [LogLine(seq=102 + i, at=ago(0, 30 - 8 * i), actor="citizen", kind="call.transcript", incident=1061,
                     text=text) for i, text in enumerate(words)]
    night.push(Changes(seq=105, now=NOW, incidents=[row], log=heard))
    await until(pilot, lambda: app.entry.form.questions and app.store.row_of(1061))
    app.entry.form.values |= {"landmark": "rumah hijau blk mushola", "name": "Bu Sri", "scene": SCENE}
    await pilot.press("enter", "enter", "t" if app.desk.lang == "id" else "n")
    await until(pilot, lambda: app.entry.saver.state(app.entry.form) == "saved")


async def again(pilot: Pilot[Any], night: Desk112) -> None:
    """Somebody who wrote before rings: the form begins with what is known."""
    app: Any = pilot.app
    await until(pilot, lambda: app.store.ready)
    await pilot.press("f2")
    await until(pilot, lambda: app.entry.at_hand and app.desk.current == 1061)
    call = replaced(night.start.calls[0], status="answered", operator="rina", incident=1061, answered_at=ago(0, 3))
    row = replaced(detail(1051).incident, number=1061, id=1061, version=9)
    night.push(Changes(seq=101, now=NOW, calls=[call], incidents=[row]))
    await until(pilot, lambda: app.store.row_of(1061) and app.store.row_of(1061).version == 9)


async def shoot(album: Album, pilot: Pilot[Any]) -> None:
    """The form at rest: saved, and the advice is about what stands in it."""
    entry = pilot.app.entry  # type: ignore[attr-defined]
    await album.shoot(pilot, ready=lambda: entry.adviser.is_current(entry.form) and not entry.saver.is_busy(entry.form))


@LANGS
async def test_again(album: Album, lang: str) -> None:
    night = Desk112()
    async with album.of(app_on(night, lang)) as pilot:
        await again(pilot, night)
        await shoot(album, pilot)


@LANGS
async def test_place(album: Album, lang: str) -> None:
    night = Desk112()
    async with album.of(app_on(night, lang)) as pilot:
        await talk(pilot, night)
        await shoot(album, pilot)


@LANGS
async def test_scene(album: Album, lang: str) -> None:
    night = Desk112()
    async with album.of(app_on(night, lang)) as pilot:
        await noting(pilot, night)
        await shoot(album, pilot)


@LANGS
async def test_card(album: Album, lang: str) -> None:
    night = Desk112()
    async with album.of(app_on(night, lang)) as pilot:
        await question(pilot, night)
        await shoot(album, pilot)
