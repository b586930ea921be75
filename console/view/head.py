"""The lines that never move: header, titles, keys. Owns the mode banners and what is dropped first when narrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rich.style import Style

from console.labels import label_or
from console.store import Store
from console.view.alarm_line import alarm_words, phone_words
from console.view.cell import Line, clip
from console.view.look import Look

ENDED = "ended"
"""State of the connection of a session that is over."""
MANUAL_AFTER = timedelta(seconds=60)
"""Without its server for longer, a console says that work goes on by paper."""
WIDE = 110
"""From this width on the header spells its words out."""
KEPT = 100
"""Importance from which on nothing gives way: the mode, who sits here, the time."""


@dataclass(frozen=True)
class Part:
    """One piece of line 1: its forms, the longest first, each with how long it stands its ground."""

    style: Style
    forms: tuple[tuple[int, str], ...]
    """Importance and text. The least important form of the line goes first; the next one takes its place."""

    @property
    def text(self) -> str:
        return self.forms[0][1]

    @property
    def rank(self) -> int:
        return self.forms[0][0]


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
    screens: int = 1
    """How many consoles this seat's operator has open."""


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
    """The mode first, in words and colour; then every other banner; then time, seat, calls, alarms.

    However narrow it is: the mode, the time and who sits here stay.
    """
    palette = look.palette
    name = centre_name(look, 16 if width >= WIDE else 8)
    lead = [Part(palette.strong, ((30, f"112 {name}"), (KEPT, "112")))]
    banners = mode_parts(link, look, width, marks)
    rest = _wide_parts(store, seat, link, look) if width >= WIDE else _short_parts(store, seat, look)
    if seat.role == "supervisor":
        rest += _of_others(store, seat, look, marks)
    lead, banners, rest = fitted([lead, banners, rest], [1, 0 if width >= WIDE else 1, 1], width)
    line = _laid(Line(), lead, "", look)
    line.add(" " if width >= WIDE else "")
    return _laid(_laid(line, banners, "" if width >= WIDE else " ", look), rest, "|", look)


def mode_parts(link: Link, look: Look, width: int, marks: Marks = Marks()) -> list[Part]:
    """Every mode that is true of this screen, on the console and on the wall: '[LATIHAN][CADANGAN][SIM]'."""
    text, style = mode_chip(link, look)
    found = [(text, style, KEPT), *_mode_banners(link, look, marks), *_seat_banners(look, marks)]
    return [Part(style, ((rank, f"[{word}]" if width >= WIDE else word),)) for word, style, rank in found]


def fitted(groups: list[list[Part]], gaps: list[int], width: int) -> list[list[Part]]:
    """The same groups with the least important forms gone until all fits; ``gaps``: cells before each part."""
    groups = [list(group) for group in groups]
    while sum(len(p.text) + gap for group, gap in zip(groups, gaps, strict=True) for p in group) > width:
        rank, where, index = min((p.rank, g, i) for g, group in enumerate(groups) for i, p in enumerate(group))
        if rank >= KEPT:
            break
        part = groups[where].pop(index)
        if len(part.forms) > 1:
            groups[where].insert(index, Part(part.style, part.forms[1:]))
    return groups


def _laid(line: Line, parts: list[Part], between: str, look: Look) -> Line:
    """One part after the other; a bar only between two of them."""
    for index, part in enumerate(parts):
        mark = between if index or between == " " else " " if between else ""
        line.add(mark, look.palette.frame).add(part.text, part.style)
    return line


def works_on_paper(link: Link, marks: Marks) -> bool:
    """Because somebody says so, or because the server has been away too long."""
    return marks.manual or (link.state == "offline" and link.age > MANUAL_AFTER)


def _mode_banners(link: Link, look: Look, marks: Marks) -> list[tuple[str, Style, int]]:
    """Everything true of the whole centre beside the first chip."""
    palette, centre = look.palette, look.centre
    found = []
    if works_on_paper(link, marks):
        key = "screen.manual_card" if centre.next_card else "screen.manual"
        found.append((look.say(key, card=centre.next_card), palette.offline, KEPT))
    if look.training and link.state != "live":
        found.append((look.say("screen.training"), palette.training, KEPT))
    if centre.standby:
        found.append((look.say("screen.standby"), palette.standby, KEPT))
    if centre.fold_factor > 1:
        found.append((look.say("screen.rush", factor=f"{centre.fold_factor:g}"), palette.stale, 70))
    if "simulator" in centre.drivers.values():
        found.append((look.say("screen.simulator"), palette.simulator, 60 if look.training else KEPT))
    return found


def _seat_banners(look: Look, marks: Marks) -> list[tuple[str, Style, int]]:
    """What this seat does not hear."""
    palette = look.palette
    found = [(look.say("screen.deaf"), palette.offline, KEPT)] if marks.deaf else []
    if marks.silent_until is not None and marks.silent_until > look.now:
        left = int((marks.silent_until - look.now).total_seconds())
        found.append((look.say("screen.silent", s=left), palette.stale, 50))
    if marks.screens > 1:
        found.append((look.say("screen.screens", n=marks.screens), palette.stale, KEPT))
    return found


def _of_others(store: Store, seat: Seat, look: Look, marks: Marks) -> list[Part]:
    """A supervisor is told which seats are flooded and which hear nothing; the worst by name, the rest counted."""
    style, found = look.palette.offline, []
    floods = sorted((-count, name) for name, count in marks.floods.items() if name != seat.name)
    if floods:
        more = f"+{len(floods) - 1}" if len(floods) > 1 else ""
        found.append(Part(style, ((36, look.say("screen.flood_of", who=floods[0][1], n=-floods[0][0]) + more),)))
    deaf = sorted(person.name for person in store.operators.values() if person.deaf and person.name != seat.name)
    if deaf:
        more = f"+{len(deaf) - 1}" if len(deaf) > 1 else ""
        found.append(Part(style, ((35, look.say("screen.deaf_of", who=deaf[0]) + more),)))
    return [*found, *doubled_parts(look, seat.name)]


def doubled_parts(look: Look, own: str = "") -> list[Part]:
    """Who has more than one console open, but ``own``: a supervisor's header and the wall say so."""
    names = [(n, name) for name, n in look.centre.screens.items() if name != own]
    if not names:
        return []
    n, who = max(names)
    more = f"+{len(names) - 1}" if len(names) > 1 else ""
    return [Part(look.palette.stale, ((34, look.say("screen.screens_of", who=who, n=n) + more),))]


def centre_name(look: Look, width: int) -> str:
    name = (look.centre.name.upper() or look.centre.code.upper()).removeprefix("112 ").replace("KABUPATEN ", "KAB ")
    if len(name) > width:
        name = name.removeprefix("KAB ").removeprefix("KOTA ").removesuffix(" REGENCY").removesuffix(" CITY")
    return name if len(name) <= width else name[:width].rpartition(" ")[0] or name[:width]


def _wide_parts(store: Store, seat: Seat, link: Link, look: Look) -> list[Part]:
    palette = look.palette
    time = f"{look.local(look.now):%H:%M:%S}"
    if "simulator" in look.centre.drivers.values():
        last = look.say("screen.simulator_long")
    else:
        last = look.say("screen.data_age", age=f"{link.age.total_seconds():.1f}")
    spaced = [
        Part(palette.text, ((7, f"{_date(look)} {time}"), (40, time), (KEPT, time[:5]))),
        _seat_part(("screen.seat", "screen.seat_short"), store, seat, look),
        *_phone_and_alarms(store, look, ("screen.phone", "screen.alarm_count"), ("screen.phone_short",
                                                                                 "screen.alarm_count_short")),
        *_proof_words(look),
    ]
    parts = [Part(part.style, tuple((rank, f" {text} " if index else f"{text} ") for rank, text in part.forms))
             for index, part in enumerate(spaced)]
    return [*parts[:4], Part(palette.quiet, ((1, f" {last}"),)), *parts[4:]]


def _short_parts(store: Store, seat: Seat, look: Look) -> list[Part]:
    palette = look.palette
    counts = {"ready": store.ready_units(), "units": len(store.units)}
    boards = look.say("screen.counts", waiting=len(store.waiting()), active=len(store.active()), **counts)
    return [
        Part(palette.text, ((40, f"{look.local(look.now):%H:%M:%S}"), (KEPT, f"{look.local(look.now):%H:%M}"))),
        _seat_part(("screen.seat_short",), store, seat, look),
        *_phone_and_alarms(store, look, ("screen.phone_short", "screen.alarm_count_short")),
        Part(palette.text, ((5, boards), (15, look.say("screen.counts_ready", **counts)))),
        *[part for part in _proof_words(look) if part.style is palette.late],
    ]


def _phone_and_alarms(store: Store, look: Look, *keys: tuple[str, str]) -> list[Part]:
    """Calls, then alarms, which line 2 shows as well; the longest words first."""
    calls = [phone_words(store, look, phone) for phone, _ in keys]
    alarms = [alarm_words(store, look, count, count.replace("_count", "_none")) for _, count in keys]
    steps = (8, 18) if len(keys) > 1 else (18,)
    return [
        Part(calls[0][1], tuple((step, words) for step, (words, _) in zip(steps, calls, strict=True))),
        Part(alarms[0][1], tuple((step - 1, words) for step, (words, _) in zip(steps, alarms, strict=True))),
    ]


def _proof_words(look: Look) -> list[Part]:
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
    return [Part(look.palette.late if failed else look.palette.quiet, ((20 if failed else 2, said),))]


def _seat_part(keys: tuple[str, ...], store: Store, seat: Seat, look: Look) -> Part:
    """Who sits here never goes: a long name is cut, and the role behind it left away before that."""
    full = [_seat_words(key, seat, _role(store, seat, look), look) for key in keys]
    short = replace(seat, name=clip(seat.name, 8))
    forms = [*((9 if index < len(full) - 1 else 45, words) for index, words in enumerate(full)),
             (46, _seat_words(keys[-1], seat, "", look)), (KEPT, _seat_words(keys[-1], short, "", look))]
    return Part(look.palette.text, tuple(forms))


def _role(store: Store, seat: Seat, look: Look) -> str:
    """One letter; what a bare token does not tell, the board may."""
    known = store.operators.get(seat.name)
    role = seat.role or (known.role if known else "")
    return look.word("role", role)[:1] if role else ""


def _seat_words(key: str, seat: Seat, role: str, look: Look) -> str:
    """Seat, name and role; what nobody knows is left out."""
    who = f"{seat.name or '-'}/{role}" if role else seat.name or "-"
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
    right = look.say(f"{table}.keys_right")
    return line.add(f" | {right}", palette.quiet) if line.width + len(right) + 3 <= width else line


def _keys(text: str, look: Look) -> Line:
    line = Line()
    for word in text.split(" "):
        line.add(" " if line.width else "")
        digits = len(word) - len(word[1:].lstrip("0123456789")) if word[:1] == "F" and word[1:2].isdigit() else 0
        line.add(word[:digits], look.palette.key).add(word[digits:], look.palette.quiet)
    return line
