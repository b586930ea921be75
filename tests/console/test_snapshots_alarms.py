"""Pictures of line 2 and the sound of a seat: a flood, shelved and acknowledged alarms, the self-test, silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from console.app import ConsoleApp
from console.live import Live
from console.sound import Sound
from console.view.head import Seat
from dispatch.texts import text
from dispatch.wire import Changes, CommandResult, OperatorRow
from tests.console.night import NOW, Night, ago, board, replaced
from tests.console.pictures import LANGS, Album
from tests.console.test_alarms import Played
from tests.console.test_banners import FLOOD
from tests.console.test_snapshots import workspace


def seat_with(sound: Sound, lang: str, night: Night | None = None) -> Any:
    night = night or Night()
    night.lang = lang
    live = Live(night, silence_s=3600)
    return ConsoleApp(night, seat=Seat("rina", "dispatcher", "3"), lang=lang, clock=lambda: NOW, calm=True, live=live,
                      sound=sound)


@LANGS
async def test_flood(album: Album, lang: str) -> None:
    """More than ten in ten minutes for this person: counted by cause and district."""
    app: Any = workspace(lang, Night(board(alarms=FLOOD)))
    async with album.of(app) as pilot:
        await album.shoot(pilot, ready=lambda: app.desk.floods)


@LANGS
async def test_escalated(album: Album, lang: str) -> None:
    """Nobody took them: the alarm page and line 2 say at whose seats each sounds now, and whose it is."""
    start = board()
    owners = {1051: "adi", 1048: "adi", 1041: "adi", 1052: "rina"}
    rows = [replaced(row, owner=owners.get(row.number, "")) for row in start.incidents]
    sari = OperatorRow(name="sari", role="supervisor", state="ready", since=ago(20))
    worst = start.alarms[0]
    alarms = [
        replaced(worst, at=ago(0, 45)), *start.alarms[1:],
        replaced(worst, id=6, at=ago(0, 20), incident=1052, text="P1 TERJEPIT belum dikirim"),
        replaced(worst, id=3, at=ago(1, 40), incident=1049, acknowledged_by="sari"),
        replaced(worst, id=4, at=ago(0, 75), incident=1048, text="D05 DARURAT"),
    ]
    people = [*start.operators, sari]
    app: Any = workspace(lang, Night(replaced(start, incidents=rows, operators=people, alarms=alarms)))
    async with album.of(app) as pilot:
        app.pages.show_alarms()
        await album.shoot(pilot)


@LANGS
async def test_shelved(album: Album, lang: str) -> None:
    """An alarm that was put aside is counted in line 1; a class 3 and a part that does not work are left."""
    start = board()
    aside = replaced(start.alarms[1], shelved_by="rina", shelved_until=ago(-9))
    centre = replaced(start.centre, degraded=["WhatsApp: token ditolak Meta", "PLN: nomor piket salah"])
    night = Night(replaced(start, alarms=[aside], calls=[], centre=centre))
    app: Any = workspace(lang, night)
    async with album.of(app) as pilot:
        await album.shoot(pilot)


@LANGS
async def test_acknowledged(album: Album, lang: str) -> None:
    """F8 took the emergency: the oldest ringing call has line 2, then the alarm that is left."""
    night = Night()
    night.answers = [CommandResult(ok=True, seq=101, message=text("result.acknowledge", lang, alarm=7))]
    app: Any = workspace(lang, night)
    async with album.of(app) as pilot:
        await pilot.press("f8")
        taken = replaced(night.start.alarms[0], acknowledged_by="rina")
        night.push(Changes(seq=101, now=NOW, alarms=[taken]))
        await album.shoot(pilot, "ringing", ready=lambda: len(app.store.open_alarms(NOW)) == 1)
        over = [replaced(call, status="ended", ended_at=NOW) for call in night.start.calls]
        night.push(Changes(seq=102, now=NOW, calls=over))
        await album.shoot(pilot, "late", ready=lambda: not app.store.ringing())


@LANGS
async def test_self_test(album: Album, lang: str) -> None:
    """Which tone was it; heard, then Ctrl+S keeps class 2 and 3 quiet for a minute."""
    sound = Played()
    app: Any = seat_with(sound, lang)
    async with album.of(app) as pilot:
        await album.shoot(pilot, "asked", ready=lambda: sound.levels)
        await pilot.press(str(sound.levels[0]))
        await album.shoot(pilot, "heard", ready=lambda: not app.workspace.prompt.expects_digit)
        await pilot.press("ctrl+s")
        await album.shoot(pilot, "silent", ready=lambda: app.desk.silent_until == NOW + timedelta(seconds=60))


@LANGS
async def test_no_sound(album: Album, lang: str) -> None:
    """Nothing can be heard here: an emergency stands in reverse over line 2."""
    app: Any = seat_with(Played(works=False), lang)
    async with album.of(app) as pilot:
        await album.shoot(pilot, ready=lambda: app.desk.deaf and app.workspace.result.text)
