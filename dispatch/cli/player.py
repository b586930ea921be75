"""Plays one exercise: its people write, ring, speak and hang up, its crews answer. A client of the real endpoints.

An exercise has no telephone: what a caller says comes as the transcription of the line, sentence by sentence, once
somebody has answered; the answering operator's phone counts as picked up at once. Refuses a server and a database
that are not in training.
"""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dispatch.errors import ConfigurationError, KentonganError, Problem

if TYPE_CHECKING:
    from console.client import Client
    from dispatch.cli.traffic import Caller, Record, Tally
    from dispatch.storage.database import Database
    from dispatch.training.facts import LineState
    from dispatch.training.run import Run
    from dispatch.training.scenario import Step

LOOK_S = 0.4
"""How often a caller listens whether somebody has answered."""
SPEAK_S = 4.0
"""From one sentence of a caller to the next."""
IN_HAND = ("answered", "held")
WAITING = ("ringing", "queued")
WAIT_URL = re.compile(r'waitUrl="([^"]+)"')
HEAR_URL = re.compile(r'<Transcription[^>]* statusCallbackUrl="([^"]+)"')


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
            await _tell_seats(client)
            await crews
        finally:
            crews.cancel()
            print(f"sent {tally.sent} accepted {tally.accepted} failed {tally.failed}", *tally.faults, sep="\n  ",
                  file=sys.stderr)


async def _tell_seats(client: Client) -> None:
    """On every screen that nobody calls any more: what is open may be finished, then the debrief."""
    from console.client import ClientError
    from dispatch.texts import text
    from dispatch.wire import Command

    try:
        for seat in (await client.board()).operators[:1]:  # a message to one seat stands on the alarm line of all
            told = {"to": f"@{seat.name}", "text": text("training.over")}
            await client.command(Command(command="message", args=told))
    except ClientError as error:
        print(f"the end was not told: {error}", file=sys.stderr, flush=True)


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
        """The others go on when the server is away for a moment: only this contact is lost, and said to be."""
        import httpx

        if step.channel != "call":
            await self._caller.send(record, self._tally)
            return
        try:
            await self._call(step, record)
        except httpx.HTTPError as error:
            self._tally.fail(f"call {record.key[:12]}: {type(error).__name__}: {error}")

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
        line = Line(form, *_addresses(answer.text))
        if line.wait_path:  # what the provider does with the first answer: it fetches what the waiting caller hears
            await self._caller.signed(line.wait_path, {**form, "CallStatus": "in-progress", "QueueTime": "0"})
        if await self._is_answered(form, step.waits_s):
            await self._talk(step, line)
        await self._caller.signed("/twilio/status/call", {**form, "CallStatus": "completed"})

    async def _is_answered(self, form: dict[str, str], within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while (state := self._look(form)).status in ("", *WAITING) and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_S)
        return state.status in IN_HAND

    async def _talk(self, step: Step, line: Line) -> None:
        """Until the operator hangs up, or the caller's patience ends. Whoever answers is connected at once."""
        started = spoke_at = time.monotonic()
        connected, said = 0, 0
        while time.monotonic() < started + step.talks_s:
            state = self._look(line.form)
            if state.status not in IN_HAND:
                return
            if state.attempt > connected:
                await self._connect(line, state)
                connected, spoke_at = state.attempt, time.monotonic() - SPEAK_S / 2
            if said < len(step.says) and time.monotonic() >= spoke_at + SPEAK_S:
                await self._speak(line, said, step.says[said])
                said, spoke_at = said + 1, time.monotonic()
            await asyncio.sleep(LOOK_S)

    async def _connect(self, line: Line, state: LineState) -> None:
        """The answering operator's phone is picked up, and the caller brought to it."""
        query = f"?call={state.call_id}&attempt={state.attempt}"
        agent = hashlib.sha256(f"{line.form['CallSid']}-{state.attempt}".encode()).hexdigest()[:32]
        phone = {**line.form, "CallSid": f"CA{agent}", "CallStatus": "in-progress", "Direction": "outbound-api"}
        await self._caller.signed(f"/twilio/voice/agent{query}", phone)
        caller = {**line.form, "CallStatus": "in-progress"}
        await self._caller.signed(f"/twilio/voice/join?call={state.call_id}", caller)

    async def _speak(self, line: Line, number: int, sentence: str) -> None:
        """As the transcription of the line tells it; where calls are not transcribed, as a text of the caller's."""
        from dispatch.cli.traffic import record_of

        if not line.hear_path:
            words = record_of(f"{line.form['CallSid']}-{number}", "sms", line.form["From"], sentence, set())
            await self._caller.send(words, self._tally)
            return
        await self._caller.signed(line.hear_path, {
            **line.form, "TranscriptionSid": f"GT{line.form['CallSid'][2:]}", "SequenceId": str(number + 1),
            "TranscriptionEvent": "transcription-content", "Track": "inbound_track", "Final": "true",
            "TranscriptionData": json.dumps({"transcript": sentence, "confidence": 0.9}),
        })

    def _look(self, form: dict[str, str]) -> LineState:
        from dispatch.storage.inspection import inspect
        from dispatch.training.facts import call_state

        with inspect(self._database) as found:
            return call_state(found, self._run.centre, form["CallSid"])


@dataclass(frozen=True, slots=True)
class Line:
    """One call. ``form``: what every webhook about it carries; where waiting and heard words are told ('': nowhere)."""

    form: dict[str, str]
    wait_path: str
    hear_path: str


def _addresses(said: str) -> tuple[str, str]:
    """Path and query of the two addresses the first answer names, as the provider would call them."""
    paths = []
    for pattern in (WAIT_URL, HEAR_URL):
        found = pattern.search(said)
        parts = urlsplit(html.unescape(found[1])) if found else None
        paths.append("" if parts is None else parts.path + (f"?{parts.query}" if parts.query else ""))
    return paths[0], paths[1]
