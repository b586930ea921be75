"""The board on paper: everything somebody needs to go on without a screen. Pure: rows in, sheets of lines out.

Full phone numbers on purpose: without the system they are what there is to work with. The files are private.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch import wire
from dispatch.domain.clock import ClockState
from dispatch.domain.paper import card_name
from dispatch.domain.routing import Contact, RuleSet
from dispatch.domain.severity import Severity
from dispatch.grammar import Numbers
from dispatch.services.paper_pdf import BOLD, PAGE_LINES, PAGE_WIDTH
from dispatch.services.scene_words import scene_words
from dispatch.texts import catalogue, text

MAX_WORDS = 3 * (PAGE_WIDTH - 6)
RUNNING = frozenset({ClockState.RUNNING, ClockState.WARNED, ClockState.BREACHED, ClockState.SERIOUS})
STILL_ON_IT = frozenset({"assigned", "notified", "acknowledged", "en_route", "on_scene", "transporting", "at_facility"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is printed. ``callers``: incident id -> name and full number; ``phones``: call sign -> number.

    ``cards``: first and last number of the blank cards that lie beside it, (0, 0) without any. ``at`` is local time.
    """

    at: datetime
    incidents: Sequence[wire.IncidentRow]
    units: Sequence[wire.UnitRow]
    operators: Sequence[wire.OperatorRow]
    callers: Mapping[int, str]
    phones: Mapping[str, str]
    duty: Mapping[str, Sequence[Contact]]
    next_number: int
    cards: tuple[int, int] = (0, 0)
    truncated: int = 0
    training: bool = False

    @property
    def numbers(self) -> Numbers:
        return Numbers(self.training)


def board_pages(shot: Snapshot, rules: RuleSet, lang: str) -> list[list[str]]:
    """Sheets of at most ``PAGE_LINES`` lines; each says what it is, when it was, and which of how many."""
    body = list(_body(shot, rules, lang))
    room = PAGE_LINES - 3
    sheets = [body[start:start + room] for start in range(0, len(body), room)] or [[]]
    return [
        [*_head(shot, rules, lang, number, len(sheets)), *sheet] for number, sheet in enumerate(sheets, 1)
    ]


def _head(shot: Snapshot, rules: RuleSet, lang: str, page: int, pages: int) -> list[str]:
    name = rules.centre_labels.get(lang) or rules.centre_labels.get("id", rules.centre)
    mode = text("paper.training", lang) + " " if shot.training else ""
    left = f"{mode}{text('paper.board', lang, centre=name)}"
    right = f"{shot.at:%d-%m-%Y %H:%M:%S}  {page}/{pages}"
    rule = ("=" if shot.training else "-") * PAGE_WIDTH
    return [BOLD + left[: PAGE_WIDTH - len(right) - 1].ljust(PAGE_WIDTH - len(right)) + right, rule, ""]


def _body(shot: Snapshot, rules: RuleSet, lang: str) -> Iterator[str]:
    yield text("paper.next", lang, number=shot.numbers.told(shot.next_number), cards=_cards(shot, lang))
    yield from _wrapped(text("paper.how", lang), "")
    yield ""
    yield BOLD + text("paper.open", lang, n=len(shot.incidents) + shot.truncated)
    for row in shot.incidents:
        yield from _incident(row, shot, rules, lang)
    if shot.truncated:
        yield text("paper.truncated", lang, n=shot.truncated)
    yield ""
    yield BOLD + text("paper.units", lang, n=len(shot.units))
    yield from (_unit(row, shot, lang) for row in shot.units)
    yield ""
    yield BOLD + text("paper.duty", lang)
    yield from _duty(shot, rules, lang)


def _cards(shot: Snapshot, lang: str) -> str:
    first, last = shot.cards
    return f"{card_name(first)}..{card_name(last)}" if last else text("paper.no_cards", lang)


def _incident(row: wire.IncidentRow, shot: Snapshot, rules: RuleSet, lang: str) -> Iterator[str]:
    rank = f"P{Severity(row.severity).rank}" if row.severity else "--"
    number, status = shot.numbers.told(row.number), _word(row.status, lang)
    yield BOLD + f"{number} {rank} {_type(row, rules, lang)}  [{status}]  {_time(row.opened_at, shot.at)}"
    place = row.place
    where = ", ".join(part for part in (place.spot, place.desa, place.kecamatan) if part) or plain(place.text)
    point = "" if place.lat is None or place.lon is None else f"  ({place.lat:.5f}, {place.lon:.5f})"
    yield from _wrapped(text("paper.place", lang, place=(plain(where) or "?") + point))
    noted = [text("paper.landmark", lang, landmark=row.scene.landmark)] if row.scene.landmark else []
    if noted := [*noted, *scene_words(row.scene, lang)]:
        yield from _wrapped(text("paper.noted", lang, noted=plain("; ".join(noted))))
    caller = shot.callers.get(row.id) or text("paper.no_phone", lang)
    words = f"{plain(caller)} x{row.reports}: {plain(row.summary)[:MAX_WORDS]}"
    yield from _wrapped(text("paper.caller", lang, words=words))
    for item in row.assignments:
        if item.status in STILL_ON_IT:
            name = item.unit or item.agency
            since = item.at.get(item.status) or row.updated_at
            phone = shot.phones.get(name, "")
            yield f"      > {name:<6} {_word(item.status, lang):<12} {_time(since, shot.at)}  {phone}"
    due = [_clock(clock, shot, lang) for clock in row.clocks if clock.state in RUNNING]
    if due:
        yield from _wrapped(text("paper.due", lang, clocks="; ".join(due)))


def _clock(clock: wire.ClockRow, shot: Snapshot, lang: str) -> str:
    late = "!" if clock.due_at <= shot.at else ""
    who = "" if clock.subject == "incident" else f" {clock.subject}"
    return f"{_word(clock.phase, lang)}{who} {_time(clock.due_at, shot.at)}{late}"


def _unit(row: wire.UnitRow, shot: Snapshot, lang: str) -> str:
    on = "" if row.incident is None else shot.numbers.told(row.incident)
    where = ", ".join(part for part in (row.base, row.kecamatan) if part)
    phone = shot.phones.get(row.call_sign, "")
    return f"  {row.call_sign:<6} {_word(row.status, lang):<12} {on:<6} {phone:<16} {plain(where)} {plain(row.note)}"


def _duty(shot: Snapshot, rules: RuleSet, lang: str) -> Iterator[str]:
    for contact in rules.supervisors:
        yield f"  {text('paper.supervisor', lang):<20} {contact.phone:<16} {contact.name}"
    for code, contacts in shot.duty.items():
        labels = rules.agencies[code].labels
        for contact in contacts:
            yield f"  {labels.get(lang, labels['id'])[:20]:<20} {contact.address:<16} {contact.name}"
    seats = ", ".join(f"{row.name} ({row.role})" for row in shot.operators)
    if seats:
        yield from _wrapped(text("paper.seats", lang, seats=seats), "  ")


def _type(row: wire.IncidentRow, rules: RuleSet, lang: str) -> str:
    known = rules.types.get(row.type)
    if known is None:
        return row.type
    sub = known.subtypes.get(row.subtype)
    return " ".join(labels.get(lang, labels["id"]) for labels in (known.labels, sub.labels if sub else None) if labels)


def _word(slug: str, lang: str) -> str:
    return catalogue(lang).get(f"log.word.{slug}", slug)


def _time(moment: datetime, at: datetime) -> str:
    """Of today the time alone."""
    local = moment.astimezone(at.tzinfo)
    return f"{local:%H:%M:%S}" if local.date() == at.date() else f"{local:%d/%m %H:%M}"


def _wrapped(line: str, indent: str = "      ") -> Iterable[str]:
    return textwrap.wrap(line, PAGE_WIDTH, initial_indent=indent, subsequent_indent=indent + "  ") or [indent]


def plain(words: str) -> str:
    """One line without control or direction marks: what comes from outside must not move the printer's head."""
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in words)
    return " ".join("".join(kept).split())
