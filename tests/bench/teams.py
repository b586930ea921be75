"""Reaching teams behind a backlog: commit of an assignment to the provider's request, and how late steps fire.

    python -m tests.bench.teams [ASSIGNMENTS] [BULK]

A whole node with the Twilio drivers, and a provider that takes 100 ms for each request, in one process on one event
loop. BULK routine messages wait when the first fire engine is sent; then LATE ambulances are sent whose policy has a
step every second. Aims: p95 of the first 500 ms, p99 of the lateness 1 s.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import bindparam, select

from dispatch.app import DispatchApp
from dispatch.domain.unit import Unit
from dispatch.services.assignments import assign_units
from dispatch.services.messages import queue_message
from dispatch.services.units import import_units
from dispatch.settings import load_settings
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.statement import Statement
from dispatch.storage.tables import incident, outbox, reach_step
from dispatch.storage.transaction import Tx
from tests.fakes.twilio_server import FakeTwilio
from tests.support.loopback import free_socket, served, url_of
from tests.support.server import ROOT
from tests.support.twilio_centre import twilio_settings

ANSWER_S = 0.1
PAUSE_S = 0.15
"""Between two assignments."""
LATE, LATE_FOR_S = 8, 12
STEPS = Statement(
    select(reach_step.c.lateness_ms).where(reach_step.c.centre == bindparam("centre"), reach_step.c.fired_at > 0)
)
WAITING = Statement(
    select(outbox.c.id).where(outbox.c.centre == bindparam("centre"), outbox.c.status == "pending",
                              outbox.c.critical == 0)
)
NEWEST = Statement(select(incident.c.id).where(incident.c.centre == bindparam("centre")).order_by(incident.c.id.desc()))


class SlowTwilio(FakeTwilio):
    """Takes its time, and remembers when the first message to each number came in."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, float] = {}

    async def _create_message(self, request: Any) -> Any:
        arrived = time.perf_counter()
        answer = await super()._create_message(request)
        self.seen.setdefault(self.messages[-1].to, arrived)
        await asyncio.sleep(ANSWER_S)
        return answer


def rules(folder: Path) -> Path:
    """The shipped rules; engines are texted at once and left alone, for ambulances somebody is told every second."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "routing_rules.yaml").read_text("utf-8"))
    first, hourly, every = {"after": "0s", "who": "unit"}, {"after": "1h", "who": "contact"}, {
        "after": "1s", "who": "contact"
    }
    urgent = ["critical", "high"]
    found["reaching"] = [
        {"name": "ambulance", "severities": urgent, "agencies": ["health"], "rounds": 20,
         "steps": [first, *[every] * 19]},
        {"name": "engine", "severities": urgent, "steps": [first, hourly]},
    ]
    found["tests"] = []
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump(found, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def phone(number: int) -> str:
    return f"+62819990{number:05d}"


def teams(count: int) -> list[Unit]:
    engines = [Unit(f"D{n}", "fire", f"Regu {n}", "Slawi", "Slawi", phone(n)) for n in range(100, 100 + count)]
    return engines + [Unit(f"A{n}", "health", f"PSC {n}", "Slawi", "Slawi", phone(n)) for n in range(900, 900 + LATE)]


async def fill(app: DispatchApp, bulk: int) -> None:
    def queue(tx: Tx) -> None:
        for number in range(bulk):
            queue_message(tx, purpose="operator", channel="sms", recipient=f"+62812000{number:05d}",
                          body="Pengumuman", dedupe_key=f"bulk:{number}")

    await app.committer.run(queue, bulk=True)


async def send(app: DispatchApp, twilio: SlowTwilio, number: int, letter: str = "D") -> float:
    """One report, one team; returns when its assignment was committed."""
    await twilio.text(f"+62813000{number:05d}", f"kebakaran rumah nomor {number} di Desa Dukuhsalam Slawi, ada orang")
    newest = (await app.reader.all(NEWEST))[0]["id"]
    await app.committer.run(lambda tx: assign_units(
        tx, fetch_incident(tx, newest), [f"{letter}{number}"], actor="bench", knowledge=app.knowledge
    ))
    return time.perf_counter()


def at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


async def measure(folder: Path, count: int, bulk: int) -> None:
    bound, twilio = free_socket(), SlowTwilio()
    twilio.public_url = url_of(bound)
    environ = twilio_settings(folder / "run", twilio.public_url, twilio.url, RULES=str(rules(folder)))
    app = DispatchApp(load_settings(environ, env_file=folder / "no.env"))
    async with twilio.running():
        await app.start()
        try:
            async with served(app.site, bound):
                await app.committer.run(lambda tx: import_units(tx, teams(count)))
                await fill(app, bulk)
                committed = {}
                for number in range(100, 100 + count):
                    committed[phone(number)] = await send(app, twilio, number)
                    await asyncio.sleep(PAUSE_S)
                left = len(await app.reader.all(WAITING))
                for number in range(900, 900 + LATE):
                    await send(app, twilio, number, "A")
                await asyncio.sleep(LATE_FOR_S)
                late = [float(row["lateness_ms"]) for row in await app.reader.all(STEPS)]
        finally:
            await app.stop()
    # A request may be on its way before the commit's caller runs again: never less than nothing.
    waits = [max(twilio.seen[to] - done, 0.0) * 1000 for to, done in committed.items() if to in twilio.seen]
    print(f"{count} teams sent behind {bulk} bulk messages ({left} of them still waiting after the last team)")
    print(f"assignment committed -> provider request: p50 {at(waits, .5):.0f} p95 {at(waits, .95):.0f} "
          f"max {max(waits):.0f} ms, {count - len(waits)} never (aim p95 500)")
    print(f"step lateness over {len(late)} steps: p50 {at(late, .5):.0f} p99 {at(late, .99):.0f} "
          f"max {max(late):.0f} ms (aim p99 1000)")


def main() -> None:
    count, bulk = (int(word) for word in (sys.argv[1:] + ["60", "1000"][len(sys.argv) - 1:])[:2])
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(measure(Path(name), count, bulk))


if __name__ == "__main__":
    main()
