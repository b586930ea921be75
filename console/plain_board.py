"""Alarms, people and districts of the board as plain lines, for line mode. Pure; nothing here is a column."""

from __future__ import annotations

from collections.abc import Iterable

from console.alarms import is_shelved
from console.line.output import flat
from console.view.alarm_line import sounding_words
from console.view.look import LATE, WARN, Look
from console.view.map import Tally, chosen_line
from console.view.naming import alarm_numbers
from dispatch.wire import AlarmRow, OperatorRow


def alarm_line(row: AlarmRow, owner: str, people: Iterable[OperatorRow], look: Look) -> str:
    """'#12 DARURAT 1051 lewat batas kirim, 14:31:00, berbunyi di rina > PENGAWAS': first the number AKUI and TUNDA
    take. ``owner`` is who answers for its incident ('' nobody), ``people`` are those of the board."""
    shelved = look.say("label.plain.shelved", until=f"{look.local(row.shelved_until):%H:%M}", by=row.shelved_by) if (
        row.shelved_until is not None and is_shelved(row, look.now)) else ""
    taken = look.say("label.plain.acknowledged", by=row.acknowledged_by) if row.acknowledged_by else ""
    who = sounding_words(row, owner, people, look)
    sounds = look.say("label.plain.sounds", who=who) if who else ""
    level = look.word_or("label.plain", f"class_{row.level}")
    number = look.say("label.plain.incident", number=look.number(row.incident)) if row.incident else ""
    text = look.numbered(row.text, alarm_numbers(row))
    parts = (f"#{row.id} {level} {text}", number, f"{look.local(row.at):%H:%M:%S}", sounds, taken, shelved)
    return ", ".join(part for part in parts if part)


def operator_line(row: OperatorRow, look: Look) -> str:
    """'rina, D, siap sejak 14:02, di 1051, TULI'."""
    viewing = look.say("label.plain.viewing", number=look.number(row.viewing)) if row.viewing else ""
    state = f"{look.word_or('label.plain', row.state)} {look.local(row.since):%H:%M}"
    deaf = look.say("label.plain.deaf") if row.deaf else ""
    paper = look.say("label.plain.on_paper") if row.on_paper else ""
    screens = look.centre.screens.get(row.name, 1)
    company = look.say("screen.screens", n=screens) if screens > 1 else ""
    parts = (row.name, look.word("role", row.role), state, viewing, deaf, paper, company)
    return ", ".join(part for part in parts if part)


def tally_line(tally: Tally, look: Look) -> str:
    """'SLW Slawi menunggu 2 [1]1051 aktif 1 siap A01, LEWAT BATAS'."""
    [words] = flat([chosen_line(tally, look)])
    name = "" if tally.code else look.say("label.plain.elsewhere") + " "
    late = {LATE: "late", WARN: "warn"}.get(tally.late)
    return name + words.removeprefix(">").strip() + (f", {look.say(f'label.plain.{late}')}" if late else "")
