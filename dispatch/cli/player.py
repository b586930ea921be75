"""Plays one exercise: its people write, ring, speak and hang up, its crews answer. A client of the real endpoints.

What a caller says is sent as a text from the caller's own number, sentence by sentence, once somebody has answered:
an exercise has no telephone line. Refuses a server and a database that are not in training.
"""

from __future__ import annotations

import asyncio
import html
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.errors import ConfigurationError, KentonganError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.cli.traffic import Caller, Record, Tally
    from dispatch.storage.database import Database
    from dispatch.training.run import Run
    from dispatch.training.scenario import Step

LOOK_S = 0.4
"""How often a caller listens whether somebody has answered."""
SPEAK_S = 4.0
"""From one sentence of a caller to the next."""
IN_HAND = ("answered", "held")
WAITING = ("ringing", "queued")
WAIT_URL = re.compile(r'waitUrl="([^"]+)"')


def play_run(folder: Path, server: str, token_file: Path) -> int:
    """Play the run of a folder to the end, its crews until they are stopped. Exit code 0."""
    from dispatch.training.run import load_run

    asyncio.run(_play(folder, load_run(folder), server, token_file))
    return 0


async def _play(folder: Path, run: Run, server: str, token_file: Path) -> None:
    from console.client import Client
    from dispatch.cli.crews import Crews
    from dispatch.cli.traffic import Caller, Tally
    from dispatch.rules.load import load_rules
    from dispatch.settings import load_settings
    from dispatch.storage.database import Database
    from dispatch.training.run import database_url

    database, settings, tally = Database.of(database_url(folder)), load_settings(), Tally()
    _require_training(database)
    async with Client(server, token=_token(token_file)) as client, Caller(settings, server, connections=32) as caller:
        if (await client.board()).centre.mode != "training":
            raise KentonganError("not_training", f"{server} is not in training mode: nothing is sent there")
        phones = _phones(database, run, load_rules(settings.rules).agencies)
        crews = asyncio.create_task(Crews(client, caller, tally, 1.0, phones, run.scenario.crews).work())
        try:
            await Player(run, caller, tally, database).play()
            print(f"all {len(run.scenario.steps)} steps of {run.id} are played", file=sys.stderr, flush=True)
            await crews
        finally:
            crews.cancel()
            print(f"sent {tally.sent} accepted {tally.accepted} failed {tally.failed}", *tally.faults, sep="\n  ",
                  file=sys.stderr)


def _require_training(database: Database) -> None:
    from dispatch.storage.mode import TRAINING, stored_mode

    if stored_mode(database) != TRAINING:
        raise KentonganError("not_training", f"{database.display} is no training database: nothing is sent")


def _token(path: Path) -> str:
    """A seat's token, alone in its file or as a seat file keeps it."""
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError as error:
        why = error.strerror or "cannot be read"
        raise ConfigurationError([Problem(why, file=str(path), key="--token-file")]) from error


def _phones(database: Database, run: Run, agencies: dict[str, Any]) -> dict[str, str]:
    """Of every unit, and of the duty desks of agencies by their first contact."""
    from dispatch.storage.inspection import inspect
    from dispatch.training.facts import unit_phones

    desks = {code: agency.contacts[0].phone for code, agency in agencies.items() if agency.contacts}
    with inspect(database) as found:
        return {**desks, **unit_phones(found, run.centre)}


class Player:
    """The people of one run. ``database`` tells a caller whether somebody has picked up."""

    def __init__(self, run: Run, caller: Caller, tally: Tally, database: Database) -> None:
        self._run, self._caller, self._tally, self._database = run, caller, tally, database
        self._numbers: dict[str, str] = {}
        self._taken: set[str] = set()

    async def play(self) -> None:
        """Due times count from the start; returns when the last caller has hung up."""
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for index, step in enumerate(self._run.scenario.steps):
                wait_s = started + step.at_s / self._run.scenario.speed - time.monotonic()
                await asyncio.sleep(max(0.0, wait_s))
                group.create_task(self._send(step, self._record(index, step)))

    def _record(self, index: int, step: Step) -> Record:
        """A person keeps the made-up number for the whole run."""
        from dispatch.cli.traffic import record_of

        record = record_of(
            f"{self._run.id}-{index}", step.channel, self._numbers.get(step.person, ""), step.text, self._taken,
            place=step.place, kecamatan=step.kecamatan,
        )
        self._numbers[step.person] = record.sender
        return record

    async def _send(self, step: Step, record: Record) -> None:
        if step.channel == "call":
            await self._call(step, record)
        else:
            await self._caller.send(record, self._tally)

    async def _call(self, step: Step, record: Record) -> None:
        """Ring, wait, speak when somebody answers, and hang up in any case."""
        from dispatch.cli.traffic import judge

        form = self._caller.call_form(record)
        self._tally.sent += 1
        answer = await self._caller.signed("/twilio/voice", {**form, "CallStatus": "ringing"})
        fault, _ = judge(answer)
        if fault:
            self._tally.fail(f"call {record.key[:12]}: {fault}")
            return
        self._tally.accepted += 1
        await self._enter_queue(answer.text, form)
        status = await self._until(form, lambda status: status not in WAITING, step.waits_s)
        if status in IN_HAND:
            await self._talk(step, record, form)
        await self._caller.signed("/twilio/status/call", {**form, "CallStatus": "completed"})

    async def _enter_queue(self, said: str, form: dict[str, str]) -> None:
        """What the provider does with the answer to the first ring: it plays the waiting music's address."""
        from urllib.parse import urlsplit

        found = WAIT_URL.search(said)
        if found:
            parts = urlsplit(html.unescape(found[1]))
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            await self._caller.signed(path, {**form, "CallStatus": "in-progress", "QueueTime": "0"})

    async def _talk(self, step: Step, record: Record, form: dict[str, str]) -> None:
        from dispatch.cli.traffic import record_of

        for number, sentence in enumerate(step.says):
            await asyncio.sleep(SPEAK_S / 2 if number == 0 else SPEAK_S)
            words = record_of(f"{record.key}-{number}", "sms", record.sender, sentence, set())
            await self._caller.send(words, self._tally)
        await self._until(form, lambda status: status not in IN_HAND, step.talks_s)

    async def _until(self, form: dict[str, str], wanted: Callable[[str], bool], within_s: float) -> str:
        """The call's status once it is as wanted, or after so long as it then is."""
        from dispatch.storage.inspection import inspect
        from dispatch.training.facts import call_state

        deadline = time.monotonic() + within_s
        while True:
            with inspect(self._database) as found:
                status = call_state(found, self._run.centre, form["CallSid"])
            if wanted(status) or time.monotonic() >= deadline:
                return status
            await asyncio.sleep(LOOK_S)
