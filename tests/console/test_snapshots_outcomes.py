"""Pictures of what became of a line, and of what is said before Enter: each at three sizes, in both languages."""

from __future__ import annotations

from typing import Any

from console.client import Rejected, ServerAway
from dispatch.texts import text
from dispatch.wire import Changes, CommandResult, ProblemDetails
from tests.console.night import NOW, Night, replaced
from tests.console.pictures import LANGS, Album, type_line
from tests.console.test_snapshots import workspace


def done(message: str, undo_s: int = 0) -> CommandResult:
    return CommandResult(ok=True, seq=101, message=message, undo_s=undo_s)


def refused(status: int, code: str, detail: str, **more: Any) -> Rejected:
    return Rejected(ProblemDetails(status=status, code=code, detail=detail, **more))


def answers(lang: str) -> dict[str, tuple[str, Any]]:
    """Name -> what is typed and what the server says to it."""
    sent = text("result.dispatch", lang, units="A01 P12", number=1051)
    newer = replaced(Night().rows[1051], version=4, last_actor="adi", severity="high")
    stale = text("error.stale_version", lang, who="adi", number=1051, actual=4)
    return {
        "done": ("d a01 p12 1051", done(sent, 52)),
        "undone": ("u", done(text("result.undo", lang, command="KIRIM" if lang == "id" else "SEND", number=1051,
                                  radio="").strip())),
        "tried": ("?d a01 p12 1051", done(text("result.tried", lang, message=sent))),
        "confirm": ("g 1049>1048", refused(428, "needs_confirmation",
                                           text("error.confirm_merge", lang, number=1049, into=1048))),
        "reason": ("p 4 1047", refused(422, "reason_to_lower", text("error.reason_to_lower", lang))),
        "away": ("a a02", ServerAway("timeout")),
        "stale": ("p 2 1051", refused(409, "stale_version", stale, current=newer)),
    }


@LANGS
async def test_answers(album: Album, lang: str) -> None:
    night = Night()
    app: Any = workspace(lang, night)
    async with album.of(app) as pilot:
        for name, (line, answer) in answers(lang).items():
            night.answers, sent = [answer], len(night.sent)
            await type_line(pilot, line, "enter")
            await album.shoot(pilot, name, ready=lambda before=sent: len(night.sent) > before)
            await pilot.press("escape")


@LANGS
async def test_before_enter(album: Album, lang: str) -> None:
    """What the board does not have with the nearest that exists, a slip, no command at all, two commands."""
    app: Any = workspace(lang)
    typed = {"unknown": "e a10", "slip": "n slx pasar", "misspelt": "kirm a01" if lang == "id" else "dispach a01",
             "two": "c d02 d05; k 1048 sls"}
    async with album.of(app) as pilot:
        for name, line in typed.items():
            await type_line(pilot, line)
            await album.shoot(pilot, name, ready=lambda line=line: app.workspace.prompt.value == line)


@LANGS
async def test_questions(album: Album, lang: str) -> None:
    """F9 asks for a digit, F6 between several units does not guess, leaving with a P1 that waits asks twice."""
    app: Any = workspace(lang)
    async with album.of(app) as pilot:
        await pilot.press("f9")
        await album.shoot(pilot, "f9", ready=lambda: app.workspace.prompt.expects_digit)
        await pilot.press("escape", "ctrl+q")
        await album.shoot(pilot, "leave")
        await type_line(pilot, "1048", "enter")
        await pilot.press("f6")
        await album.shoot(pilot, "f6", ready=lambda: app.desk.current == 1048 and app.workspace.prompt.value)


@LANGS
async def test_company(album: Album, lang: str) -> None:
    """Two dispatchers on one incident; then one person at two consoles."""
    night = Night()
    app: Any = workspace(lang, night)
    async with album.of(app) as pilot:
        await pilot.press("f3")
        await album.shoot(pilot, "colleague", ready=lambda: app.desk.current == 1048)
        shared = replaced(night.start.centre, screens={"rina": 2})
        night.push(Changes(seq=101, now=NOW, centre=shared))
        await album.shoot(pilot, "twin", ready=lambda: app.desk.screens == 2 and "2" in app.workspace.result.text)
