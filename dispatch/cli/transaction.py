"""One transaction from the command line, on the database of the settings; a server may be running beside it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from dispatch.storage.database import Database
    from dispatch.storage.transaction import Tx

T = TypeVar("T")


def admin() -> str:
    """Who is written into the log: the OS user, marked as working from the command line."""
    return f"cli:{getpass.getuser()}"


def change(work: Callable[[Tx], T]) -> T:
    """Run one transaction on the database of the settings, brought up to this version first."""
    from dispatch.rules.load import load_rules
    from dispatch.settings import load_settings
    from dispatch.storage.database import Database
    from dispatch.storage.migrate import needs_upgrade, upgrade

    settings = load_settings()
    database = Database.of(settings.database_url)
    centre = load_rules(settings.rules).centre
    if needs_upgrade(database):
        upgrade(database)
    return run_in(database, centre, work)


def run_in(database: Database, centre: str, work: Callable[[Tx], T]) -> T:
    """Run one transaction of a centre on a database as it is."""
    import asyncio

    from dispatch.storage.committer import Committer

    async def run_once() -> T:
        committer = Committer(database, centre, on_commit=lambda committed: None)
        committer.start()
        try:
            return await committer.run(work)
        finally:
            await committer.stop()

    return asyncio.run(run_once())
