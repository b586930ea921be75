"""Pictures of signing in at the command line: the name, a wrong password, who has come, and a handover's signature."""

from __future__ import annotations

from typing import Any

from console.client import Rejected
from dispatch.texts import text
from dispatch.wire import HandoverSigned, ProblemDetails, Session
from tests.console.night import Night
from tests.console.pictures import LANGS, Album, type_line
from tests.console.test_snapshots import workspace


class Gate(Night):
    """Refuses and signs in the reader's language."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang

    async def login(self, username: str, password: str, phone: str = "") -> Session:
        if password != "benar":
            raise Rejected(ProblemDetails(status=401, detail=text("access.wrong_password", self.lang)))
        return await super().login(username, password, phone)

    async def sign_over(self, username: str, password: str) -> HandoverSigned:
        signed = await super().sign_over(username, password)
        names = text("handover.signed", self.lang, outgoing="rina", incoming=username, at="14:32")
        shelved = text("handover.item_1", self.lang, n=2)
        return HandoverSigned(session=signed.session, lines=[text("handover.heading", self.lang), shelved, names])

    def end_session(self) -> None:
        problem = ProblemDetails(status=401, code="no_session", detail=text("access.no_session", self.lang))
        self.push(Rejected(problem))


@LANGS
async def test_session_over(album: Album, lang: str) -> None:
    """A command was half typed; the password is a picture of its own (test_snapshots_modes)."""
    night = Gate(lang)
    app: Any = workspace(lang, night)
    async with album.of(app) as pilot:
        await type_line(pilot, "d a01 1051")
        night.end_session()
        await album.shoot(pilot, "name", ready=lambda: app.door.step == "user")
        await type_line(pilot, "adi", "enter")
        await type_line(pilot, "salah", "enter")
        await album.shoot(pilot, "wrong", ready=lambda: app.door.step == "password" and not app.workspace.prompt.value)
        await type_line(pilot, "benar", "enter")
        await album.shoot(pilot, "back", ready=lambda: not app.door.is_open and app.desk.link.state == "live")


@LANGS
async def test_signature(album: Album, lang: str) -> None:
    """The incoming person's password, and what both have signed."""
    app: Any = workspace(lang, Gate(lang))
    async with album.of(app) as pilot:
        await type_line(pilot, "st @adi", "enter")
        await album.shoot(pilot, "asked", ready=lambda: app.door.signing)
        await type_line(pilot, "benar", "enter")
        await album.shoot(pilot, "signed", ready=lambda: app.workspace.covered_by_text)
