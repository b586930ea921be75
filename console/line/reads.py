"""What line mode reads and never changes: rows of the boards, an incident's tabs, cards, the map, the audit, help.

Owns the words for pages that a screen opens by a key. Each request ends in exactly one result line.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from console.client import Client, Rejected, to_command
from console.desk import LOCAL_WORDS
from console.filter import BoardFilter
from console.line.audit import LineAudit
from console.line.output import LineOut, flat
from console.plain import RANKS, Plain
from console.plain_board import alarm_line, operator_line, tally_line
from console.query import fits, search_words
from console.store import Store
from console.view.facts import Facts
from console.view.look import Look
from console.view.map import NEAREST, Tally, nearest_units, tallies
from console.view.page import card_lines
from console.view.tabs import head_lines, tab_lines
from dispatch import grammar
from dispatch.grammar import typed_number
from dispatch.wire import Board, IncidentDetail, IncidentRow, ProblemDetails

FORBIDDEN = 403
LEFT = frozenset({"closed", "merged"})
WIDE = 100_000
"""Columns of a page whose lines are never folded or cut."""
PAGE_WORDS = {
    **{word: name for word, name in LOCAL_WORDS.items() if name in (
        "audit", "card", "detail", "language", "manual")},
    "tab": "detail", "unit": "units", "units": "units", "telepon": "calls", "telp": "calls", "calls": "calls",
    "alarm": "alarms", "alarms": "alarms", "peta": "map", "map": "map", "meja": "people", "desks": "people",
}
"""Typed word -> page, or what the conversation itself does. Words of their own may follow."""
SCREEN_ONLY = {word: name for word, name in LOCAL_WORDS.items() if word not in PAGE_WORDS}
"""What only a screen has: its colours, its sound."""


class LineRead:
    """``current`` is the incident that what is typed without a number means."""

    def __init__(self, client: Client, out: LineOut, clock: Callable[[], datetime], folder: Path) -> None:
        self._client, self._out, self._clock = client, out, clock
        self.plain: Plain
        self.current: int | None = None
        self._audit = LineAudit(client, out, folder)
        self.verbs: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "view": self._view, "find": self._find, "filter": self._filter, "help": self._help,
        }
        self._pages: dict[str, Callable[[str], Awaitable[None]]] = {
            "audit": self._show_audit, "card": self._cards, "detail": self._tab, "units": self._units,
            "calls": self._calls, "alarms": self._alarms, "map": self._map, "people": self._people,
        }

    def look(self, now: datetime | None = None) -> Look:
        return Look(self.plain.centre, now or self._clock(), self.plain.lang)

    async def page(self, name: str, words: str) -> None:
        """Show a page. Raises ClientError as the client does."""
        await self._pages[name](words)

    # -- commands that only read --------------------------------------------------------------------

    async def _view(self, args: dict[str, Any]) -> None:
        if args.get("units"):
            await self._view_units(args["units"])
        elif "call" in args:
            await self._view_call(args["call"])
        else:
            detail = await self._open(args["incident"])
            self._out.rows(self.plain.detail(detail), count=True)

    async def _open(self, number: int) -> IncidentDetail:
        """Who reads an incident has opened it, as on a screen: its answer clock ends. A mere viewer only reads."""
        detail = await self._client.incident(number)
        self.current = detail.incident.number
        if detail.incident.status not in LEFT:
            try:
                await self._client.command(to_command("open", {"incident": self.current}))
            except Rejected as refused:
                if refused.problem.status != FORBIDDEN:
                    raise
        return detail

    async def _view_units(self, names: list[str]) -> None:
        rows = [row for row in (await self._client.board()).units if row.call_sign in names]
        if len(rows) < len(names):
            missing = [name for name in names if name not in {row.call_sign for row in rows}]
            raise not_found(self._out.say("unit_unknown", names=" ".join(missing)))
        self._out.rows(map(self.plain.unit, rows), count=True)

    async def _view_call(self, number: int) -> None:
        rows = [row for row in (await self._client.board()).calls if row.id == number]
        if not rows:
            raise not_found(self._out.say("call_unknown", id=number))
        self._out.rows(map(self.plain.call, rows), count=True)

    async def _find(self, args: dict[str, Any]) -> None:
        result = await self._client.search(search_words(args))
        hits = [hit for hit in result.hits if fits(hit, args, self._clock())]
        self._out.rows(map(self.plain.hit, hits))
        self._out.done(self._out.say("found", n=len(hits), ms=f"{result.took_ms:.0f}"))

    async def _filter(self, args: dict[str, Any]) -> None:
        board = await self._client.board()
        shown = BoardFilter.of(args, "")
        rows = sorted((row for row in board.incidents if shown.shows(row, board.now)), key=_urgency)
        self._out.rows(map(self.plain.incident, rows), count=True)

    async def _help(self, args: dict[str, Any]) -> None:
        topic, lang = args.get("topic"), self.plain.lang
        if topic:
            self._out.rows([grammar.syntax(topic, lang)], count=True)
        else:
            pages = self._out.say("pages").strip().split("\n")
            self._out.rows([*grammar.overview(lang), *pages], count=True)

    # -- pages ----------------------------------------------------------------------------------------

    async def _show_audit(self, words: str) -> None:
        await self._audit.run(words, self.look())

    async def _tab(self, words: str) -> None:
        """'rincian 1048 3', 'rincian 3': a single digit is the tab; without one all six follow each other."""
        numbers, tabs = [w for w in words.split() if len(w) > 1], [w for w in words.split() if len(w) == 1]
        if len(numbers) > 1 or len(tabs) > 1 or not all(w in "123456" for w in tabs):
            raise not_found(self._out.say("tab_unknown", words=words))
        detail = await self._open(self._number(numbers))
        look = self.look()
        facts = Facts(detail.incident, detail)
        pages = (tab_lines(int(tab), facts, look, WIDE) for tab in tabs or "123456")
        lines = [*head_lines(facts, look, WIDE), *(line for page in pages for line in page)]
        self._out.rows(flat(lines), count=True, limit=None)

    async def _cards(self, words: str) -> None:
        detail = await self._client.incident(self._number(words.split()))
        if not detail.cards:
            raise not_found(self._out.say("no_cards", number=self.plain.numbers.told(detail.incident.number)))
        self._out.rows(flat(card_lines(detail.cards, self.look(), WIDE)), count=True)

    def _number(self, words: list[str]) -> int:
        """The incident that was typed, else the current one."""
        typed = words[0].upper() if words else ""
        number = typed_number(typed) if typed else self.current
        if number is None:
            raise not_found(self._out.say("incident_unknown" if typed else "incident_missing", words=typed))
        return number

    async def _units(self, words: str) -> None:
        await self._rows_of(words, lambda board: map(self.plain.unit, board.units))

    async def _calls(self, words: str) -> None:
        await self._rows_of(words, lambda board: map(self.plain.call, board.calls))

    async def _alarms(self, words: str) -> None:
        """The most urgent first, those that are acknowledged or put aside at the end."""
        def lines(board: Board) -> Iterable[str]:
            look = self.look(board.now)
            rows = sorted(board.alarms, key=lambda a: (bool(a.acknowledged_by or a.shelved_until), a.level, a.at, a.id))
            owners = {row.number: row.owner for row in board.incidents}
            return (alarm_line(row, owners.get(row.incident or 0, ""), board.operators, look) for row in rows)

        await self._rows_of(words, lines)

    async def _people(self, words: str) -> None:
        await self._rows_of(words, lambda board: (operator_line(row, self.look(board.now)) for row in board.operators))

    async def _rows_of(self, words: str, lines: Callable[[Board], Iterable[str]]) -> None:
        """All words must be in a line for it to be shown; a district's code stands for its name."""
        board = await self._client.board()
        named = {code.casefold(): name.casefold() for code, name in board.centre.districts.items()}
        wanted = [named.get(word, word) for word in words.casefold().split()]
        rows = (line for line in lines(board) if all(word in line.casefold() for word in wanted))
        self._out.rows(rows, count=True)

    async def _map(self, words: str) -> None:
        """Every district with something open or a unit; with a code or a name that one in full."""
        board = await self._client.board()
        look, store = self.look(board.now), Store()
        store.snapshot(board, board.now)
        found = tallies(store, look)
        if not words:
            known = [tally for tally in found.values() if tally.waiting or tally.active or tally.units]
            self._out.rows((tally_line(tally, look) for tally in known), count=True)
            return
        named = (code for code, tally in found.items() if code and words.casefold() in (code.casefold(),
                                                                                        tally.name.casefold()))
        code = next(named, "")
        if not code:
            raise not_found(self._out.say("district_unknown", words=words))
        self._out.rows(self._district(found, code, look), count=True)

    def _district(self, found: Mapping[str, Tally], code: str, look: Look) -> Iterator[str]:
        """What is open there, its units, and the nearest ready ones of the other districts."""
        tally, plain = found[code], self.plain
        yield tally_line(tally, look)
        yield from map(plain.incident, (*tally.waiting, *tally.active))
        yield from map(plain.unit, tally.units)
        for away, unit in nearest_units(found, code, look.centre.district_points)[:NEAREST]:
            yield f"{look.say('label.plain.nearest', km=f'{away:.1f}')} {plain.unit(unit)}"


def _urgency(row: IncidentRow) -> tuple[str, datetime]:
    return RANKS.get(row.severity or "", "P5"), row.opened_at


def not_found(detail: str) -> Rejected:
    """As the server refuses, for what is refused here."""
    return Rejected(ProblemDetails(status=404, code="not_found", detail=detail))
