"""The paper bridge: board and blank cards as files that are there before the system is not.

Owns when they are written, which numbers the cards bear, and that a file is whole or not there at all. Writing fails
loudly: ``failure`` is shown to every console and in /readyz.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from dispatch.domain.paper import card_name
from dispatch.domain.routing import Contact, RuleSet
from dispatch.errors import StorageUnavailable
from dispatch.services.knowledge import Knowledge
from dispatch.services.paper_board import Snapshot, board_pages
from dispatch.services.paper_card import card_pages
from dispatch.services.paper_pdf import write_pdf, write_text
from dispatch.services.roster import on_duty
from dispatch.settings import Settings
from dispatch.storage.board import read_board
from dispatch.storage.committer import Committer
from dispatch.storage.paper import CALLERS, NEXT, UNIT_PHONES, any_entered, reserve_cards
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx

log = logging.getLogger(__name__)

KEEP = 24
"""Boards kept beside the newest: two hours at five minutes."""
CARDS = 20
BOARD, CARD = "papan", "kartu"
"""File names are Indonesian: whoever looks for them in an outage is."""


@dataclass(frozen=True, slots=True)
class Block:
    """Blank cards that lie in the folder. ``made_at`` is local time."""

    first: int
    last: int
    made_at: datetime

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)


class PaperBridge:
    """One node's folder. ``every_min`` 0: only by hand. ``failure``: why the last writing failed, else ''."""

    def __init__(
        self, folder: Path, reader: Reader, committer: Committer, knowledge: Callable[[], Knowledge],
        clock: Callable[[], datetime], tz: tzinfo, *, every_min: int, training: bool = False,
    ) -> None:
        self.folder, self._every = folder, timedelta(minutes=every_min)
        self._reader, self._committer, self._knowledge = reader, committer, knowledge
        self._clock, self._tz, self._training = clock, tz, training
        self._written_at: datetime | None = None
        self._block: Block | None = None
        self.failure = ""

    @property
    def next_card(self) -> str:
        """The first blank card that lies in the folder; '' before any was written."""
        return card_name(self._block.first) if self._block is not None else ""

    async def tick(self) -> None:
        """Write when it is time; after a failure at every look."""
        now = self._clock()
        due = self._written_at is None or self.failure or now - self._written_at >= self._every
        if self._every and due:
            await self.write()

    async def write(self) -> None:
        """Cards and board into the folder; the board also when nothing can be stored. Never raises: it is told."""
        failures = []
        duty: dict[str, list[Contact]] | None = None
        try:
            duty = await self._prepare()
        except (OSError, StorageUnavailable) as error:
            failures.append(f"{type(error).__name__}: {error}")
        try:
            await self._write_board(duty)
        except (OSError, StorageUnavailable) as error:
            failures.append(f"{type(error).__name__}: {error}")
        if failures:
            self._fail(failures[-1])
            return
        self._written_at = self._clock()
        if self.failure:
            log.info("paper is written again to %s", self.folder)
        self.failure = ""

    async def _write_board(self, duty: dict[str, list[Contact]] | None) -> None:
        knowledge, block = self._knowledge(), self._block
        shot = await take_snapshot(self._reader, knowledge.rules, self._clock().astimezone(self._tz), duty)
        cards = (block.first, block.last) if block else (0, 0)
        shot = replace(shot, training=self._training, cards=cards)
        await asyncio.to_thread(write_board, self.folder, shot, knowledge.rules, knowledge.lang)

    async def _prepare(self) -> dict[str, list[Contact]]:
        """New cards when the old ones may be in use; who is on duty. Raises OSError, StorageUnavailable."""
        knowledge, now = self._knowledge(), self._clock().astimezone(self._tz)
        before = self._block

        def prepare(tx: Tx) -> tuple[Block, dict[str, list[Contact]]]:
            block = before
            if block is None or block.made_at.date() != now.date() or any_entered(tx, block.numbers):
                first = reserve_cards(tx, CARDS, "system")
                block = Block(first, first + CARDS - 1, now)
            return block, {code: on_duty(tx, code, knowledge) for code in knowledge.rules.agencies}

        block, duty = await self._committer.run(prepare)
        if block != before:
            await asyncio.to_thread(
                write_cards, self.folder, block, knowledge.rules, knowledge.lang, training=self._training
            )
            self._block = block  # only now: cards that could not be written are not announced
        return duty

    def _fail(self, failure: str) -> None:
        if failure != self.failure:  # every half minute the same would fill the log
            log.error("paper cannot be written to %s: %s", self.folder, failure)
        self.failure = failure


def build_paper(
    settings: Settings, reader: Reader, committer: Committer, knowledge: Callable[[], Knowledge],
    clock: Callable[[], datetime],
) -> PaperBridge:
    """The bridge of these settings."""
    return PaperBridge(
        settings.paper.folder, reader, committer, knowledge, clock, settings.tz, every_min=settings.paper.every_min,
        training=settings.mode == "training",
    )


def _caller(row: Row) -> str:
    """Name and number in full; the number to ring before the one that was rung from."""
    return " ".join(filter(None, (row["caller_name"], row["callback"] or row["caller"])))


async def take_snapshot(
    reader: Reader, rules: RuleSet, at: datetime, duty: dict[str, list[Contact]] | None = None
) -> Snapshot:
    """The board as it is. ``at`` is local time; without ``duty`` the contacts of the rules are on duty."""
    assert at.tzinfo is not None
    rows = await read_board(reader, at.tzinfo, at)
    async with reader.snapshot() as snapshot:
        ids = [row.id for row in rows.incidents]
        callers = {row["id"]: _caller(row) for row in await snapshot.all(CALLERS, ids=ids)} if ids else {}
        phones = {row["call_sign"]: row["phone"] for row in await snapshot.all(UNIT_PHONES)}
        numbers = await snapshot.all(NEXT)
    duty = duty if duty is not None else {code: list(agency.contacts) for code, agency in rules.agencies.items()}
    desks = {code: contacts[0].phone for code, contacts in duty.items() if contacts}
    return Snapshot(
        at=at, incidents=rows.incidents, units=rows.units, operators=rows.operators, callers=callers,
        phones={**desks, **phones}, duty=duty, next_number=numbers[0]["next_number"] if numbers else 1001,
        truncated=rows.truncated,
    )


def write_board(folder: Path, shot: Snapshot, rules: RuleSet, lang: str) -> list[Path]:
    """The newest board under its standing name, and under its time; the oldest beyond ``KEEP`` go. Raises OSError."""
    pages = board_pages(shot, rules, lang)
    return _write_both(folder, (BOARD, f"{BOARD}-{shot.at:%Y%m%d-%H%M%S}"), pages, keep=KEEP)


def write_cards(
    folder: Path, block: Block, rules: RuleSet, lang: str, *, training: bool, name: str = CARD
) -> list[Path]:
    """The blank cards, in place of those before: their numbers may be in use. Raises OSError."""
    pages = card_pages(block.first, len(block.numbers), rules, lang, training=training)
    return _write_both(folder, (name,), pages, title=f"{card_name(block.first)}..{card_name(block.last)}")


def _write_both(
    folder: Path, names: Iterable[str], pages: list[list[str]], *, title: str = "", keep: int = 0
) -> list[Path]:
    """Text and PDF under every name; returns the files of the first one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text, pdf = write_text(pages), write_pdf(pages, title or BOARD)
    written = []
    for name in names:
        for ending, content in ((".txt", text), (".pdf", pdf)):
            write_private(folder / f"{name}{ending}", content)
            written.append(folder / f"{name}{ending}")
    for ending in (".txt", ".pdf") if keep else ():
        for old in sorted(folder.glob(f"{BOARD}-*{ending}"))[:-keep]:
            old.unlink(missing_ok=True)
    return written[:2]


def write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, on the disk before it counts, readable by this OS user only."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
