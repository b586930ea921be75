"""A running centre behind an in-process HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dispatch.domain.roles import Role
from dispatch.services.access import add_user, hash_token, open_session
from dispatch.storage.database import Database
from dispatch.web.site import build_site
from tests.support.centre import Centre, running_centre


@pytest.fixture
async def centre(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(sqlite_database, tmp_path) as running:
        yield running


@pytest.fixture
async def web(centre: Centre) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a session."""
    transport = httpx.ASGITransport(build_site(centre.edge), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
        yield client


async def sign_on(centre: Centre, role: Role) -> dict[str, str]:
    """Headers of a signed-on person of that role; no password is hashed."""
    name, token = f"user-{role.value}", f"token-{role.value}"
    await centre.run(lambda tx: add_user(tx, name, role, "", by="test"))
    await centre.run(lambda tx: open_session(tx, name, role, hash_token(token), phone=""))
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
async def dispatcher(centre: Centre) -> dict[str, str]:
    return await sign_on(centre, Role.DISPATCHER)
