"""Line 2 and what the header says of calls and alarms. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.style import Style

from console.alarms import Reach, sounds_at
from console.labels import known_words, label_or
from console.store import Store
from console.view.cell import Line, clip
from console.view.look import Look
from console.view.naming import alarm_numbers
from dispatch.wire import AlarmRow, CallRow, OperatorRow

WIDE = 100
"""Columns from which line 2 says in words that it is about the sound."""


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
    """How many of class 1 and 2, and how many are put aside."""
    if not store.ready:
        return "-", look.palette.quiet
    levels = [alarm.level for alarm in store.open_alarms(look.now)]
    one, two, aside = levels.count(1), levels.count(2), store.shelved(look.now)
    more = f" {look.say('screen.alarm_shelved', n=aside)}" if aside else ""
    if not one and not two:
        return look.say(none) + more, look.palette.quiet
    return look.say(key, one=one, two=two) + more, look.palette.late if one else look.palette.warn


def alarm_line(
    store: Store, look: Look, width: int, *, blink: bool, deaf: bool = False, flood: int = 0
) -> Line:
    """Line 2: the top alarm, else a ringing call, else what does not work, else nothing.

    Where nothing is heard (``deaf``), an emergency stands in reverse over the whole line. In a ``flood`` (how many in
    ten minutes) the alarms are counted by cause and district instead of shown one by one.
    """
    if not store.ready:
        return Line().add(f"   {look.say('screen.connecting')}", look.palette.warn)
    alarms, calls = store.open_alarms(look.now), store.ringing()
    shown = [alarm for alarm in alarms if alarm.level <= 2] or ([] if calls or look.centre.degraded else alarms)
    if flood and alarms:
        return _flood_words(store, alarms, flood, look, width, blink=blink, loud=deaf)
    if calls and not (shown and shown[0].level == 1):
        return _call_words(calls, look, width)
    if shown:
        return _alarm_words(store, shown[0], look, width, blink=blink, loud=deaf)
    if look.centre.degraded:
        more = f" (+{len(look.centre.degraded) - 1})" if len(look.centre.degraded) > 1 else ""
        text = look.say("screen.degraded", text=look.centre.degraded[0])
        line = Line().add("~  ", look.palette.warn).add(text, look.palette.warn, max(0, width - 3 - len(more)))
        return line.add(more, look.palette.warn)
    return Line().add(f"   {look.say('screen.no_alarm')}", look.palette.quiet)


def _begin(level: int, look: Look, *, blink: bool, loud: bool) -> tuple[Line, Style]:
    """The sign of a class and its style. One cell blinks at 1 Hz; the text never does."""
    palette = look.palette
    emergency = palette.offline if loud else palette.late
    style = {1: emergency, 2: palette.warn}.get(level, palette.text)
    sign = {1: "!! ", 2: "!  "}.get(level, "~  ")
    return Line().add(sign[0] if blink else " ", style).add(sign[1:], style), style


def sounding_words(alarm: AlarmRow, owner: str, people: Iterable[OperatorRow], look: Look) -> str:
    """At whose seats it sounds now: 'rina', 'rina > PENGAWAS', 'SEMUA MEJA'; '' when it does not sound."""
    reach = sounds_at(alarm, owner, people, look.now)
    if reach is Reach.NOBODY:
        return ""
    further = "" if reach is Reach.OWNER else look.say(f"screen.sounds.{reach}")
    return " > ".join(part for part in (owner, further) if part)


def _alarm_words(store: Store, alarm: AlarmRow, look: Look, width: int, *, blink: bool, loud: bool) -> Line:
    """What it is about gives way to how old it is and at whose seats it sounds."""
    line, style = _begin(alarm.level, look, blink=blink, loud=loud)
    right = f" {look.say('screen.alarm_key')} {look.say('screen.alarm_more', i=1, n=len(store.open_alarms(look.now)))}"
    who = sounding_words(alarm, store.owner_of(alarm), store.operators.values(), look)
    said = look.say("screen.sounds.at", who=who) if width >= WIDE else look.say("screen.sounds.at_short", who=who)
    end = f"  {look.since(alarm.at)}  {said}"
    subject = look.number(alarm.incident) + " " if alarm.incident else ""
    text = look.numbered(alarm.text.replace(f"{alarm.incident} ", "", 1), alarm_numbers(alarm))
    room = max(0, width - 3 - len(right))
    line.add(clip(subject + text, max(0, room - len(end))) + end, style, room)
    return line.add(right, look.palette.key)


def _flood_words(
    store: Store, alarms: list[AlarmRow], flood: int, look: Look, width: int, *, blink: bool, loud: bool
) -> Line:
    """'BANJIR 14/10mnt: 6 belum dikirim SLW | 3 tugas ditolak ADW ...', the most urgent group first."""
    line, style = _begin(alarms[0].level, look, blink=blink, loud=loud)
    right = f" {look.say('screen.alarm_key')} {look.say('screen.alarm_more', i=1, n=len(alarms))}"
    text = look.say("screen.flood", n=flood) + " " + " | ".join(flood_groups(store, alarms, look))
    return line.add(text, style, max(0, width - 3 - len(right))).add(right, look.palette.key)


def flood_groups(store: Store, alarms: Iterable[AlarmRow], look: Look) -> list[str]:
    """Counted by cause and district: the most urgent class first, then the larger."""
    counts: Counter[tuple[int, str, str]] = Counter()
    for alarm in alarms:
        row = store.incidents.get(alarm.incident) if alarm.incident is not None else None
        counts[alarm.level, _cause(alarm, look), look.district(row.place.kecamatan) if row else ""] += 1
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    return [" ".join(part for part in (str(n), cause, district) if part) for (_, cause, district), n in ordered]


def _cause(alarm: AlarmRow, look: Look) -> str:
    if alarm.phase:
        return label_or(f"label.pressing.{alarm.phase}", look.lang, alarm.phase)
    return label_or(f"label.alarm.{alarm.kind}", look.lang, alarm.kind.replace("_", " "))


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
