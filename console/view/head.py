"""The lines that never move: header, alarm line, result, keys, titles. Owns what is dropped first when narrow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from rich.style import Style

from console.labels import known_words, label, label_or
from console.store import Store
from console.view.cell import Line
from console.view.look import Look
from dispatch.wire import AlarmRow, CallRow

ENDED = "ended"
"""State of the connection of a session that is over."""
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


def header(store: Store, seat: Seat, link: Link, look: Look, width: int, *, deaf: bool = False) -> Line:
    """``deaf``: no alarm is heard at this seat; it stands in reverse where the mode stands."""
    wide = width >= WIDE
    palette = look.palette
    line = Line().add("112 ", palette.strong)
    line.add(centre_name(look, 16 if wide else 8), palette.strong).add(" ")
    text, style = mode_chip(link, look)
    line.add(f"[{text}]" if wide else text, style)
    more = [(look.say("screen.training"), palette.training)] if look.training and link.state != "live" else []
    if "simulator" in look.centre.drivers.values():
        more.append((look.say("screen.simulator"), palette.simulator))
    if deaf:
        more.append((look.say("screen.deaf"), palette.offline))
    for word, word_style in more:
        line.add(f"[{word}]" if wide else f" {word}", word_style)
    parts = _wide_parts(store, seat, link, look) if wide else _short_parts(store, seat, look)
    return _join(line, parts, look, width)


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


def phone_words(store: Store, look: Look, key: str) -> tuple[str, Style]:
    """Nothing is said to be quiet before the server has said so."""
    if not store.ready:
        return "-", look.palette.quiet
    waiting = store.ringing()
    if not waiting:
        return look.say(f"{key}_quiet"), look.palette.quiet
    ring = sum(1 for call in waiting if call.status == "ringing")
    oldest = look.since(waiting[0].rang_at)
    return look.say(key, ring=ring, queue=len(waiting) - ring, oldest=oldest), look.palette.warn


def alarm_words(store: Store, look: Look, key: str, none: str) -> tuple[str, Style]:
    if not store.ready:
        return "-", look.palette.quiet
    levels = [alarm.level for alarm in store.open_alarms()]
    one, two = levels.count(1), levels.count(2)
    if not one and not two:
        return look.say(none), look.palette.quiet
    return look.say(key, one=one, two=two), look.palette.late if one else look.palette.warn


def alarm_line(store: Store, look: Look, width: int, *, blink: bool, deaf: bool = False) -> Line:
    """Line 2: the top alarm, else a ringing call, else what does not work, else nothing.

    Where nothing is heard (``deaf``), an emergency stands in reverse over the whole line.
    """
    if not store.ready:
        return Line().add(f"   {look.say('screen.connecting')}", look.palette.warn)
    alarms, calls = store.open_alarms(), store.ringing()
    shown = [alarm for alarm in alarms if alarm.level <= 2] or ([] if calls or look.centre.degraded else alarms)
    if calls and not (shown and shown[0].level == 1):
        return _call_words(calls, look, width)
    if shown:
        return _alarm_words(shown[0], len(alarms), look, width, blink=blink, loud=deaf)
    if look.centre.degraded:
        more = f" (+{len(look.centre.degraded) - 1})" if len(look.centre.degraded) > 1 else ""
        text = look.say("screen.degraded", text=look.centre.degraded[0])
        line = Line().add("~  ", look.palette.warn).add(text, look.palette.warn, max(0, width - 3 - len(more)))
        return line.add(more, look.palette.warn)
    return Line().add(f"   {look.say('screen.no_alarm')}", look.palette.quiet)


def _alarm_words(alarm: AlarmRow, count: int, look: Look, width: int, *, blink: bool, loud: bool) -> Line:
    """One cell blinks at 1 Hz; the text never does."""
    palette = look.palette
    emergency = palette.offline if loud else palette.late
    style = {1: emergency, 2: palette.warn}.get(alarm.level, palette.text)
    sign = {1: "!! ", 2: "!  "}.get(alarm.level, "~  ")
    right = f" {look.say('screen.alarm_key')} {look.say('screen.alarm_more', i=1, n=count)}"
    line = Line().add(sign[0] if blink else " ", style).add(sign[1:], style)
    subject = look.number(alarm.incident) + " " if alarm.incident else ""
    text = alarm.text.replace(f"{alarm.incident} ", "", 1)
    line.add(f"{subject}{text}  {look.since(alarm.at)}", style, max(0, width - 3 - len(right)))
    return line.add(right, palette.key)


def _call_words(calls: list[CallRow], look: Look, width: int) -> Line:
    call = calls[0]
    text = look.say("screen.call_ringing", state=look.word("call", call.status), caller=call.caller or "?",
                    time=look.since(call.rang_at))
    if call.repeat:
        text += f"  ({look.say('screen.call_repeat', n=call.repeat)})"
    if call.known:
        text += f"  ({look.say('screen.call_known', known=known_words(call.known, look.lang))})"
    right = f" {look.say('screen.call_key')} {look.say('screen.alarm_more', i=1, n=len(calls))}"
    return Line().add("T  ", look.palette.warn).add(text, look.palette.warn, width - 3 - len(right)).add(
        right, look.palette.key
    )


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


def lang_other(lang: str) -> str:
    return "en" if lang == "id" else "id"


def say_language(lang: str) -> str:
    return label("screen.language", lang)
