"""One person's consoles as the server counts them: by their own names, told to everybody, forgotten when they go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dispatch import wire
from dispatch.services.subscriber import Subscriber
from dispatch.storage.database import Database
from tests.support.centre import Centre, running_centre


@pytest.fixture
async def centre(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(sqlite_database, tmp_path) as running:
        yield running


def told(subscriber: Subscriber) -> list[dict[str, int]]:
    """The counts in every centre row this listener was sent."""
    frames = [part for chunk in subscriber.queue if chunk for part in chunk.split(b"\n\n")]
    data = [line.removeprefix(b"data: ") for part in frames if b"event: changes" in part
            for line in part.split(b"\n") if line.startswith(b"data: ")]
    rows = [msgspec.json.decode(body, type=wire.Changes).centre for body in data]
    return [row.screens for row in rows if row is not None]


async def test_a_second_console_of_the_same_person_is_told_to_all_and_its_end_too(centre: Centre) -> None:
    feed = centre.edge.feed
    wall = feed.subscribe(None, "id", "rina")
    first = feed.subscribe(None, "id", "rina", "a")
    feed.subscribe(None, "id", "adi", "c")
    feed.beat()
    assert told(first) == [], "a wall is no console, and others have their own"
    again = feed.subscribe(None, "id", "rina", "a")
    feed.beat()
    assert told(first) == [], "one that reconnects is one"
    second = feed.subscribe(None, "id", "rina", "b")
    feed.beat()
    feed.beat()
    assert [told(listener) for listener in (wall, first, second)] == [[{"rina": 2}]] * 3, "said once"
    assert feed.centre("en").screens == {"rina": 2}
    feed.unsubscribe(second)
    feed.beat()
    assert told(first) == [{"rina": 2}, {}]
    feed.unsubscribe(again)
    assert feed.screens() == {}


async def test_a_name_of_a_screen_is_short_and_printable(centre: Centre) -> None:
    import httpx

    from dispatch.domain.roles import Role
    from dispatch.services.access import add_user, hash_token, open_session
    from dispatch.web.site import build_site

    def sign_on(tx: Any) -> None:
        add_user(tx, "rina", Role.VIEWER, "", by="test")
        open_session(tx, "rina", Role.VIEWER, hash_token("rina"), phone="")

    await centre.run(sign_on)
    transport = httpx.ASGITransport(app=build_site(centre.edge))
    async with httpx.AsyncClient(transport=transport, base_url="http://centre") as web:
        for name in ("x" * 61, "a%00"):
            async with asyncio.timeout(5):
                answer = await web.get(f"/api/v1/events?screen={name}", headers={"authorization": "Bearer rina"})
            assert answer.status_code == 400
