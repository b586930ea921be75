"""The lines that never move: header, titles, keys. Owns the mode banners and what is dropped first when narrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.style import Style

from console.labels import label_or
from console.store import Store
from console.view.alarm_line import alarm_words, phone_words
from console.view.cell import Line
from console.view.look import Look

ENDED = "ended"
"""State of the connection of a session that is over."""
MANUAL_AFTER = timedelta(seconds=60)
"""Without its server for longer, a console says that work goes on by paper."""
WIDE = 110
"""From this width on the header spells its words out."""


@dataclass(frozen=True)
class Link:
    """State of the connection: 'live', 'stale', 'offline' or 'ended', and how old the data is."""

    state: str = "offline"
    age: timedelta = timedelta()

    @property
    def reads_as(self) -> tuple[str, int]:
        """Differs when the header would."""
        return self.state, int(self.age.total_seconds())


@dataclass(frozen=True)
class Seat:
    name: str = ""
    role: str = ""
    seat: str = ""


@dataclass(frozen=True)
class Marks:
    """What else line 1 must say of this seat and, to a supervisor, of others."""

    deaf: bool = False
    """No alarm is heard at this seat."""
    silent_until: datetime | None = None
    """Until then class 2 and 3 make no sound here."""
    manual: bool = False
    """Somebody here works on paper."""
    floods: Mapping[str, int] = field(default_factory=dict)
    """Who is flooded with alarms, and by how many in ten minutes."""


def mode_chip(link: Link, look: Look) -> tuple[str, Style]:
    """Stale and offline outrank training: what is on the screen may be wrong."""
    palette = look.palette
    if link.state == ENDED:
        return look.say("screen.session_ended"), palette.offline
    if link.state == "offline":
        return look.say("screen.offline_for", age=look.span(link.age)), palette.offline
    if link.state == "stale":
        return look.say("screen.stale", age=look.span(link.age)), palette.stale
    if look.training:
        return look.say("screen.training"), palette.training
    return look.say("screen.live"), palette.live


def header(store: Store, seat: Seat, link: Link, look: Look, width: int, marks: Marks = Marks()) -> Line:
    """The mode first, in words and colour; then every other banner; then time, seat, calls, alarms."""
    wide = width >= WIDE
    palette = look.palette
    line = Line().add("112 ", palette.strong)
    line.add(centre_name(look, 16 if wide else 8), palette.strong).add(" ")
    text, style = mode_chip(link, look)
    line.add(f"[{text}]" if wide else text, style)
    for word, word_style in [*_mode_banners(link, look, marks), *_seat_banners(look, marks)]:
        line.add(f"[{word}]" if wide else f" {word}", word_style)
    parts = _wide_parts(store, seat, link, look) if wide else _short_parts(store, seat, look)
    if seat.role == "supervisor":
        parts += _of_others(store, seat, look, marks)
    return _join(line, parts, look, width)


def works_on_paper(link: Link, marks: Marks) -> bool:
    """Because somebody says so, or because the server has been away too long."""
    return marks.manual or (link.state == "offline" and link.age > MANUAL_AFTER)


def _mode_banners(link: Link, look: Look, marks: Marks) -> list[tuple[str, Style]]:
    """Everything true of the whole centre beside the first chip."""
    palette, centre = look.palette, look.centre
    found = []
    if works_on_paper(link, marks):
        key = "screen.manual_card" if centre.next_card else "screen.manual"
        found.append((look.say(key, card=centre.next_card), palette.offline))
    if look.training and link.state != "live":
        found.append((look.say("screen.training"), palette.training))
    if centre.standby:
        found.append((look.say("screen.standby"), palette.standby))
    if "simulator" in centre.drivers.values():
        found.append((look.say("screen.simulator"), palette.simulator))
    return found


def _seat_banners(look: Look, marks: Marks) -> list[tuple[str, Style]]:
    """What this seat does not hear."""
    palette = look.palette
    found = [(look.say("screen.deaf"), palette.offline)] if marks.deaf else []
    if marks.silent_until is not None and marks.silent_until > look.now:
        left = int((marks.silent_until - look.now).total_seconds())
        found.append((look.say("screen.silent", s=left), palette.stale))
    return found


def _of_others(store: Store, seat: Seat, look: Look, marks: Marks) -> list[tuple[str, Style, int]]:
    """A supervisor is told which seats are flooded and which hear nothing; the worst by name, the rest counted."""
    style, found = look.palette.offline, []
    floods = sorted((-count, name) for name, count in marks.floods.items() if name != seat.name)
    if floods:
        more = f"+{len(floods) - 1}" if len(floods) > 1 else ""
        found.append((look.say("screen.flood_of", who=floods[0][1], n=-floods[0][0]) + more, style, 6))
    deaf = sorted(person.name for person in store.operators.values() if person.deaf and person.name != seat.name)
    if deaf:
        more = f"+{len(deaf) - 1}" if len(deaf) > 1 else ""
        found.append((look.say("screen.deaf_of", who=deaf[0]) + more, style, 6))
    return found


def centre_name(look: Look, width: int) -> str:
    name = (look.centre.name.upper() or look.centre.code.upper()).removeprefix("112 ").replace("KABUPATEN ", "KAB ")
    if len(name) > width:
        name = name.removeprefix("KAB ").removeprefix("KOTA ").removesuffix(" REGENCY").removesuffix(" CITY")
    return name if len(name) <= width else name[:width].rpartition(" ")[0] or name[:width]


def _join(line: Line, parts: list[tuple[str, Style, int]], look: Look, width: int) -> Line:
    """Parts carry an importance; the least important go first when the line is too long."""
    while len(parts) > 1 and line.width + sum(len(text) + 1 for text, _, _ in parts) > width:
        parts.remove(min(parts, key=lambda part: part[2]))
    for index, (text, style, _) in enumerate(parts):
        line.add("|" if index else " ", look.palette.frame).add(text, style)
    return line


def _wide_parts(store: Store, seat: Seat, link: Link, look: Look) -> list[tuple[str, Style, int]]:
    palette = look.palette
    calls, calls_style = phone_words(store, look, "screen.phone")
    alarms, alarm_style = alarm_words(store, look, "screen.alarm_count", "screen.alarm_none")
    age = f"{link.age.total_seconds():.1f}"
    if "simulator" in look.centre.drivers.values():
        last = (look.say("screen.simulator_long"), palette.quiet, 1)
    else:
        last = (look.say("screen.data_age", age=age), palette.quiet, 1)
    seat_text = _seat_words("screen.seat", store, seat, look)
    return [
        (f"{_date(look)} {look.local(look.now):%H:%M:%S} ", palette.text, 9),
        (f" {seat_text} ", palette.text, 3),
        (f" {calls} ", calls_style, 8),
        (f" {alarms} ", alarm_style, 7),
        (f" {last[0]}", last[1], last[2]),
        *[(f" {words} ", style, rank) for words, style, rank in _proof_words(look)],
    ]


def _proof_words(look: Look) -> list[tuple[str, Style, int]]:
    """When each way out and back was last seen to work; one that is not stays longest when the line gets narrow."""
    proofs = look.centre.proofs
    if not proofs:
        return []
    words = [
        label_or(f"label.proof.{channel}", look.lang, channel) + ("! " if proof.state == "failed" else " ")
        + (f"{look.local(proof.at):%H:%M}" if proof.at else "-")
        for channel, proof in sorted(proofs.items())
    ]
    failed = any(proof.state == "failed" for proof in proofs.values())
    said = look.say("screen.proofs", words=" ".join(words))
    return [(said, look.palette.late if failed else look.palette.quiet, 6 if failed else 2)]


def _short_parts(store: Store, seat: Seat, look: Look) -> list[tuple[str, Style, int]]:
    palette = look.palette
    calls, calls_style = phone_words(store, look, "screen.phone_short")
    alarms, alarm_style = alarm_words(store, look, "screen.alarm_count_short", "screen.alarm_none_short")
    counts = look.say(
        "screen.counts", waiting=len(store.waiting()), active=len(store.active()),
        ready=store.ready_units(), units=len(store.units),
    )
    seat_text = _seat_words("screen.seat_short", store, seat, look)
    return [
        (f"{look.local(look.now):%H:%M:%S}", palette.text, 9),
        (seat_text, palette.text, 3),
        (calls, calls_style, 8),
        (alarms, alarm_style, 7),
        (counts, palette.text, 5),
        *[part for part in _proof_words(look) if part[1] is palette.late],
    ]


def _seat_words(key: str, store: Store, seat: Seat, look: Look) -> str:
    """Seat, name and role; what a bare token does not tell, the board may, and what nobody knows is left out."""
    known = store.operators.get(seat.name)
    role = seat.role or (known.role if known else "")
    name = seat.name or "-"
    who = f"{name}/{look.word('role', role)[:1]}" if role else name
    return look.say(key, seat=seat.seat, who=who) if seat.seat else who


def _date(look: Look) -> str:
    at = look.local(look.now)
    days, months = look.say("screen.days").split(), look.say("screen.months").split()
    return f"{days[at.weekday()]} {at.day:02d} {months[at.month - 1]}"


def title(text: str, hint: str, look: Look, width: int, style: Style | None = None) -> Line:
    """'--- TEXT  hint ------': a frame with words in it."""
    frame = look.palette.frame
    line = Line().add(look.rule * 3 + " ", frame)
    room = max(0, width - 5)
    line.add(text[:room] if len(text) <= room else text[: room - 1] + "~", style or look.palette.title).add(" ")
    if hint and line.width + len(hint) + 3 <= width:
        line.add(f" {hint} ", look.palette.quiet)
    return line.fill(width, look.rule, frame)


def keys_line(look: Look, width: int, table: str = "screen") -> Line:
    """What the function keys do there; the key in bold."""
    palette = look.palette
    if width < 105:
        return _keys(look.say(f"{table}.keys_short"), look)
    line = _keys(look.say(f"{table}.keys").replace("|", " "), look)
    right = look.say("screen.keys_right")
    return line.add(f" | {right}", palette.quiet) if line.width + len(right) + 3 <= width else line


def _keys(text: str, look: Look) -> Line:
    line = Line()
    for word in text.split(" "):
        line.add(" " if line.width else "")
        digits = len(word) - len(word[1:].lstrip("0123456789")) if word[:1] == "F" and word[1:2].isdigit() else 0
        line.add(word[:digits], look.palette.key).add(word[digits:], look.palette.quiet)
    return line
