"""The audit as a file for a spreadsheet: everything that fits a filter, page by page, and what is known of the chain.

Owns the file: it appears whole or not at all, is readable by its owner only, and never replaces another.
"""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

import msgspec

from console.audit.query import AuditQuery
from console.spreadsheet import file_stem, safe_cell
from console.view.audit import chain_words
from console.view.change import change_of, rest_of
from console.view.chronology import told
from console.view.event import event_name
from console.view.look import Look
from dispatch.wire import AuditPage, ChainState, LogLine

COLUMNS = ("record", "seq", "at", "actor", "incident", "event", "name", "change", "text", "more", "data")
"""A row is an event, newest first; the last one says how far the chain was checked."""
MOST_LINES = 100_000
MOST_QUESTIONS = 2_000
"""Answers without a line count too: a rare word is looked for in slices."""
CHAIN_QUESTIONS = 100


class Source(Protocol):
    """What is asked: the console's client."""

    async def audit(self, params: dict[str, str]) -> AuditPage: ...


@dataclass(frozen=True)
class Exported:
    """``cut``: there is more than one file may hold."""

    path: Path
    lines: int
    chain: ChainState
    verified: bool
    cut: bool

    def words(self, look: Look) -> str:
        """Where it went, how many lines, and whether the chain was checked up to the newest of them."""
        say = look.say("screen.audit.saved", n=self.lines, where=self.path, chain=chain_words(self.chain, look))
        unsure = "" if self.verified or not self.chain.ok else f" {look.say('screen.audit.unverified')}"
        return say + unsure + (f" {look.say('screen.audit.cut', n=MOST_LINES)}" if self.cut else "")


async def export_audit(
    source: Source, query: AuditQuery, folder: Path, look: Look, told: Callable[[int], None] = lambda n: None
) -> Exported:
    """Write the file. ``told`` hears how many lines there are after each page.

    Raises ClientError as the source does and OSError as the disk does; then no file is left.
    """
    path = _free_name(folder, file_stem("audit", look))
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # With a byte order mark: spreadsheets take a file without one for another encoding than UTF-8.
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            done = await _fill(source, query, file, path, look, told)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return done


def _free_name(folder: Path, stem: str) -> Path:
    names = (f"{stem}{'' if n == 1 else f'-{n}'}.csv" for n in range(1, 1000))
    return next(path for name in names if not (path := folder / name).exists())


async def _fill(
    source: Source, query: AuditQuery, file: TextIO, path: Path, look: Look, told: Callable[[int], None]
) -> Exported:
    writer = csv.DictWriter(file, COLUMNS, restval="")
    writer.writeheader()
    lines = newest = before = 0
    for _ in range(MOST_QUESTIONS):
        page = await source.audit(query.params(before, exporting=True))
        kept = page.lines[: MOST_LINES - lines]
        await asyncio.to_thread(_write, writer, [event_row(line, look) for line in kept])
        lines, newest = lines + len(kept), newest or (kept[0].seq if kept else 0)
        told(lines)
        before = page.next if len(kept) == len(page.lines) else 1
        if not before or lines >= MOST_LINES:
            break
    chain = await _check_chain(source, query, page.chain, newest)
    verified = chain.ok and chain.checked >= newest
    _write(writer, [{"record": "chain", "seq": chain.checked, "text": chain_words(chain, look)}])
    return Exported(path, lines, chain, verified, cut=bool(before))


async def _check_chain(source: Source, query: AuditQuery, chain: ChainState, newest: int) -> ChainState:
    """Each question checks the chain on; asked until it is checked up to the newest line of the file."""
    for _ in range(CHAIN_QUESTIONS):
        if not chain.ok or chain.checked >= newest:
            break
        chain = (await source.audit(query.params(1, exporting=True))).chain
    return chain


def _write(writer: csv.DictWriter[str], rows: Iterable[dict[str, object]]) -> None:
    writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in rows)


def event_row(line: LogLine, look: Look) -> dict[str, object]:
    return {
        "record": "event", "seq": line.seq, "at": _moment(look.local(line.at)), "actor": line.actor,
        "incident": look.number(line.incident) if line.incident is not None else "", "event": line.kind,
        "name": event_name(line.kind, look),
        "change": change_of(line.kind, line.data, look), "text": told(line, look) if line.text else "",
        "more": rest_of(line.data), "data": _json(line.data),
    }


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _json(data: dict[str, Any]) -> str:
    return msgspec.json.encode(data).decode() if data else ""
