"""``kentongan watch``: checks from outside that every clock fires, and calls for help by a route of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dispatch.domain.routing import RuleSet
    from dispatch.ports import Driver
    from dispatch.services.audit import Unfired
    from dispatch.storage.reader import Reader

log = logging.getLogger(__name__)

EVERY_S = 1.0
QUIET_S = 300.0
"""After a call for help, the next one waits this long: one page an outage, not one a second."""
MAX_NAMED = 5


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("watch", help="independent check that every clock fires; tells the supervisors")
    parser.add_argument("--once", action="store_true", help="check once; exit 1 when a clock is due and unfired")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 all clocks fire, 1 (with --once) one does not. Without --once it runs until it is stopped."""
    from dispatch.cli.log_format import set_up_logging
    from dispatch.rules.load import load_rules
    from dispatch.settings import load_settings

    set_up_logging(as_json=False)
    settings = load_settings()
    return asyncio.run(_watch(settings.database_url, load_rules(Path(settings.rules)), once=args.once))


async def _watch(url: str, rules: RuleSet, *, once: bool) -> int:
    from dispatch.channels.registry import build_drivers
    from dispatch.settings import load_settings
    from dispatch.storage.database import Database
    from dispatch.storage.mode import in_its_mode
    from dispatch.storage.reader import Reader

    reader = Reader(Database.of(url), rules.centre, connections=1)
    await reader.start()
    drivers = build_drivers(in_its_mode(load_settings()))
    try:
        if once:
            return 1 if await _look(reader, rules) else 0
        await _watch_on(reader, rules, next(iter(drivers.get("sms", [])), None))
        return 0
    finally:
        await reader.stop()
        for driver in {id(d): d for some in drivers.values() for d in some}.values():
            await driver.close()


async def _look(reader: Reader, rules: RuleSet) -> list[Unfired]:
    from dispatch.services.audit import find_unfired

    found = await find_unfired(reader, rules, datetime.now(UTC))
    for unfired in found[:MAX_NAMED]:
        log.error(
            "unfired: incident %d %s %s %s due %s %s", unfired.number, unfired.phase, unfired.subject,
            unfired.level.name.lower(), unfired.due_at.isoformat(), unfired.parked,
        )
    return found


async def _watch_on(reader: Reader, rules: RuleSet, driver: Driver | None) -> None:
    loop = asyncio.get_running_loop()
    told_at = -QUIET_S
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            try:
                found = await _look(reader, rules)
            except Exception as error:  # noqa: BLE001 - a watch that dies of a database error watches nothing
                log.error("the database cannot be read: %s", error)
                found = []
            if found and loop.time() - told_at >= QUIET_S:
                told_at = loop.time()
                await _call_for_help(driver, rules, found)
            await asyncio.sleep(EVERY_S)


async def _call_for_help(driver: Driver | None, rules: RuleSet, found: Iterable[Unfired]) -> None:
    """Straight to the provider: the outbox belongs to the server that may be the one that hangs."""
    from dispatch.errors import ChannelError
    from dispatch.ports import Outgoing
    from dispatch.texts import text

    unfired = list(found)
    body = text("watch.unfired", count=len(unfired), numbers=" ".join(str(u.number) for u in unfired[:MAX_NAMED]))
    for contact in rules.supervisors:
        if driver is None:
            log.error("no driver for sms: %s is not told", contact.name)
            continue
        try:
            key = f"watch:{unfired[0].clock_id}:{int(unfired[0].level)}:{contact.phone}"
            await driver.send(Outgoing(key, "sms", contact.phone, body))
        except ChannelError as error:
            log.error("supervisor %s was not reached: %s", contact.name, error)
