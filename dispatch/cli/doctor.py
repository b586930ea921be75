"""``kentongan doctor``: is this machine fit to run a shift on? One line a part, and what to do about it."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dispatch.errors import ConfigurationError, KentonganError

PYTHON = (3, 11)
FREE_GB = 1.0
MODULES = (
    "textual", "rich", "sqlalchemy", "aiosqlite", "twilio", "apscheduler", "alembic", "psycopg", "starlette",
    "uvicorn", "httptools", "msgspec", "httpx", "yaml", "argon2", "phonenumbers", "holidays", "lokal", "rapidfuzz",
    "pydyf",
)
SIZE = (80, 24)
ROSTER_DAYS, MOST_HOLES = 14, 5
CLOCK_SANE_AFTER = 1_760_000_000
"""October 2025: a clock before that is a dead battery, and every deadline would be wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``ok`` None = works, but somebody should know."""

    part: str
    ok: bool | None
    said: str
    remedy: str = ""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="check this machine and its settings; exit 1 when something is wrong")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from dispatch.cli.place import say

    wrong = False
    for check in (_python, _modules, _terminal, _clock, _settings_and_all_that_needs_them):
        for finding in _examine(check):
            mark = {True: "OK", None: "~ ", False: "!!"}[finding.ok]
            wrong = wrong or finding.ok is False
            say(f"{mark} {finding.part:<12} {finding.said}" + (f" -> {finding.remedy}" if finding.remedy else ""))
    return 1 if wrong else 0


def _examine(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A check that cannot be made is itself a finding: the other checks go on."""
    name = check.__name__.strip("_")
    try:
        yield from check()
    except ConfigurationError as error:
        for problem in error.problems:
            yield Finding("settings" if name.startswith("settings") else name, False, str(problem))
    except (KentonganError, OSError) as error:
        yield Finding(name, False, str(error))


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= PYTHON, version, "" if sys.version_info >= PYTHON else "install 3.11+")


def _modules() -> Iterator[Finding]:
    from importlib.util import find_spec

    missing = [name for name in MODULES if find_spec(name) is None]
    yield Finding(
        "packages", not missing, f"missing: {', '.join(missing)}" if missing else f"{len(MODULES)} present",
        "start with scripts/run, it installs them" if missing else "",
    )


def _terminal() -> Iterator[Finding]:
    """The console needs 80x24 and UTF-8; colours only help."""
    if not sys.stdout.isatty():
        yield Finding("terminal", None, "output is not a terminal: size and colours not checked")
    else:
        columns, lines = shutil.get_terminal_size()
        fits = columns >= SIZE[0] and lines >= SIZE[1]
        yield Finding("terminal", fits, f"{columns}x{lines}", "" if fits else "make the window at least 80x24")
        if os.environ.get("TERM") in (None, "", "dumb"):
            yield Finding("terminal", False, f"TERM={os.environ.get('TERM', '')}", "set TERM, e.g. xterm-256color")
        colours = bool(os.environ.get("COLORTERM")) or "256color" in os.environ.get("TERM", "")
        yield Finding("colours", True if colours else None, "256 or more" if colours else "16: states stay readable")
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    yield Finding("encoding", utf8, sys.stdout.encoding or "none", "" if utf8 else "set LANG=C.UTF-8 (or PYTHONUTF8=1)")


def _clock() -> Iterator[Finding]:
    sane = time.time() > CLOCK_SANE_AFTER
    said = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    yield Finding("clock", sane, said, "" if sane else "set the date; run a time service (chrony, systemd-timesyncd)")
    synced = _is_synchronised()
    if synced is False:
        yield Finding("clock", None, "not synchronised by a time service", "enable one: every deadline depends on it")


def _is_synchronised() -> bool | None:
    """What systemd says; None where there is no systemd to ask."""
    if not os.path.isdir("/run/systemd/system"):
        return None
    return os.path.exists("/run/systemd/timesync/synchronized")


def _settings_and_all_that_needs_them() -> Iterator[Finding]:
    from dispatch.settings import load_settings

    settings = load_settings()
    yield Finding("settings", True, f"mode {settings.mode}, time zone {settings.tz.key}, data in {settings.data_dir}")
    for check in (_disk, _database, _rules, _rosters, _learning, _units, _paper, _port, _twilio, _senders, _proofs):
        yield from _examine(_named(check, settings))


def _named(check: Callable[[Any], Iterator[Finding]], settings: Any) -> Callable[[], Iterator[Finding]]:
    def bound() -> Iterator[Finding]:
        return check(settings)

    bound.__name__ = check.__name__
    return bound


def _disk(settings: Any) -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    yield Finding("disk", free >= FREE_GB, f"{free:.1f} GB free", "" if free >= FREE_GB else f"free {FREE_GB:.0f} GB")
    if not os.access(folder, os.W_OK):
        yield Finding("disk", False, f"{folder} is not writable", "change its owner or set KENTONGAN_DATA_DIR")


def _database(settings: Any) -> Iterator[Finding]:
    from dispatch.storage import migrate
    from dispatch.storage.database import Database
    from dispatch.storage.inspection import inspect

    database = Database.of(settings.database_url)
    if database.dialect == "sqlite" and not os.path.isfile(database.dsn):
        yield Finding("database", True, f"{database.display}: not there yet, the first start makes it")
        return
    with inspect(database) as found:
        if migrate.needs_upgrade(database):
            yield Finding("database", None, f"{database.display}: older schema", "kentongan db upgrade (or just start)")
            return
        faults = [*found.integrity(), *found.schema_faults()]
    yield Finding("database", not faults, faults[0] if faults else database.display,
                  "kentongan db check; restore a backup" if faults else "")


def _rules(settings: Any) -> Iterator[Finding]:
    from dispatch.rules.load import load_rules

    rules = load_rules(settings.rules)
    yield Finding("rules", True, f"{settings.rules}: centre {rules.centre}, version {rules.version}")


def _rosters(settings: Any) -> Iterator[Finding]:
    """A time in which nobody is on call is found before somebody has to be called in it."""
    from datetime import UTC, datetime, timedelta

    from dispatch.domain.instant import to_ms
    from dispatch.rules.load import load_rules
    from dispatch.services.roster import find_holes, find_strangers
    from dispatch.storage.database import Database
    from dispatch.storage.inspection import inspect
    from dispatch.storage.rosters import COMING

    rules, now = load_rules(settings.rules), datetime.now(UTC)
    if not rules.rosters:
        return
    database = Database.of(settings.database_url)
    rows = []
    if database.dialect != "sqlite" or os.path.isfile(database.dsn):
        with inspect(database) as found:
            rows = found.all(COMING, centre=rules.centre, after=to_ms(now))
    said = [hole.say(rules, "en") for hole in find_holes(rules, rows, now, timedelta(days=ROSTER_DAYS))]
    for sentence in (*said[:MOST_HOLES], *find_strangers(rules, rows, "en")):
        yield Finding("rosters", False, sentence, "kentongan roster show; roster set, or mend the rules")
    if not said:
        yield Finding("rosters", True, f"{', '.join(rules.rosters)}: somebody is on call for {ROSTER_DAYS} days")


def _learning(settings: Any) -> Iterator[Finding]:
    from dispatch.learning.nightly import why_off
    from dispatch.learning.shelf import Shelf

    shelf = Shelf(settings.data_dir)
    name = shelf.choice().current
    shelf.load(name)
    yield Finding("model", True, f"{name} is in force")
    reason = why_off(settings)
    said = reason or f"every night at {settings.learn_at:%H:%M}"
    yield Finding("learning", None if reason else True, said)


def _units(settings: Any) -> Iterator[Finding]:
    """Invented data is fine to practise with and dangerous to work with."""
    from dispatch.services.reference import is_sample
    from dispatch.settings import PROJECT

    path = PROJECT / "data/units/tegal.yaml"
    if path.is_file() and is_sample(path) and settings.mode == "live":
        yield Finding("units", None, f"{path} is sample data", "put your own units and phone numbers there")


def _paper(settings: Any) -> Iterator[Finding]:
    """In an outage it is too late to find out that nothing was printed."""
    from dispatch.services.paper import BOARD

    board, every_s = settings.paper.folder / f"{BOARD}.txt", settings.paper.every_min * 60
    by_hand = "kentongan paper print"
    if not board.is_file():
        yield Finding("paper", None, f"nothing is printed yet in {settings.paper.folder}", by_hand)
        return
    age_s = time.time() - board.stat().st_mtime
    fresh = every_s and age_s <= 3 * every_s
    yield Finding("paper", True if fresh else None, f"{board} is {age_s / 60:.0f} min old", "" if fresh else by_hand)


def _port(settings: Any) -> Iterator[Finding]:
    from dispatch.cli.place import answers

    taken = answers(settings.listen)
    yield Finding("address", True, f"{settings.listen.url} " + ("answers: a server is running" if taken else "is free"))


def _twilio(settings: Any) -> Iterator[Finding]:
    if settings.twilio.can_send:
        yield Finding("twilio", True, "credentials are set (not tried: this check needs no network)")
    elif settings.mail.can_send or settings.gammu.can_send:
        yield Finding("twilio", None, "no credentials: no calls, no WhatsApp")
    else:
        yield Finding("twilio", None, "no credentials: messages go to the simulator, nobody is told",
                      "set KENTONGAN_TWILIO_ACCOUNT_SID and _AUTH_TOKEN")
    if not settings.twilio.tokens:
        yield Finding("webhooks", None, "no token: every webhook of Twilio is refused",
                      "set KENTONGAN_TWILIO_AUTH_TOKEN")


def _senders(settings: Any) -> Iterator[Finding]:
    """The modem by its own tables; the mail server is not asked."""
    if settings.mail.can_send:
        yield Finding("mail", True, f"over {settings.mail.host}:{settings.mail.port} (not tried)")
    if settings.gammu.can_send:
        trouble = asyncio.run(_ask_modem(settings.gammu))
        remedy = "look at gammu-smsd and at KENTONGAN_GAMMU_DATABASE" if trouble else ""
        yield Finding("modem", not trouble, trouble or "its daemon lives and its spool has room", remedy)


async def _ask_modem(gammu: Any) -> str:
    from dispatch.channels.gammu_sms import GammuSms

    modem = GammuSms(gammu)
    try:
        return (await modem.look(())).trouble
    finally:
        await modem.close()


def _proofs(settings: Any) -> Iterator[Finding]:
    """When each way out and back was last seen to work."""
    from dispatch.services.proof import plan_of
    from dispatch.storage.database import Database
    from dispatch.storage.inspection import inspect
    from dispatch.storage.proofs import NEWEST

    channels, database = plan_of(settings).numbers, Database.of(settings.database_url)
    if not channels:
        yield Finding("proof", None, "no proof of life: nobody notices when calls or texts stop coming in",
                      "set KENTONGAN_PROBE_SMS and KENTONGAN_PROBE_VOICE")
    elif database.dialect == "sqlite" and not os.path.isfile(database.dsn):
        return
    for channel in channels:
        with inspect(database) as found:
            many = [found.all(NEWEST, centre=centre, channel=channel, most=50) for centre in found.centres()]
        yield _proof(channel, [row for rows in many for row in rows if row["state"] in ("ok", "failed")], settings.tz)


def _proof(channel: str, done: list[dict[str, Any]], zone: Any) -> Finding:
    """``done``: the proofs of a channel that are over, newest first."""
    from dispatch.domain.instant import from_ms

    good = next((row for row in done if row["state"] == "ok"), None)
    said = f"{channel}: " + (f"last back {from_ms(good['back_at'], zone):%Y-%m-%d %H:%M}" if good else "never back yet")
    if good and good["driver"] == "simulator":
        said += " (simulator: proves nothing of the world outside)"
    if done and done[0]["state"] == "failed":
        remedy = "look at the provider's console and at the webhooks' addresses"
        return Finding("proof", False, f"{said}; the newest did not come back: {done[0]['error']}", remedy)
    return Finding("proof", True if good else None, said)
