"""The delivery clock: whom we told to go, after how many seconds each message went and arrived, what is due next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from console.view.cell import Line
from console.view.facts import Facts
from console.view.look import Look
from dispatch.wire import AssignmentRow, ReachRow, ToldRow

LATE_MS = 1000
"""From here on a step's lateness is worth a word."""


def reaching_lines(facts: Facts, look: Look) -> list[Line]:
    """Nothing while nobody is being reached."""
    rows = facts.detail.reaching if facts.detail else []
    if not rows:
        return []
    palette, lines = look.palette, [Line().add(look.say("screen.reach.title"), look.palette.title)]
    for item in facts.row.assignments:
        mine = [row for row in rows if row.assignment == item.id]
        if mine:
            name = look.agency(mine[0].subject)
            lines.append(Line().add(f"  {name} ", palette.strong).add(_answer(item, look), palette.ok))
        for row in mine:
            lines += _step(row, item, look)
    return lines


def _answer(item: AssignmentRow, look: Look) -> str:
    start = item.at.get("assigned")
    reached = [item.at[step] for step in ("acknowledged", "en_route", "on_scene") if step in item.at]
    if start is None or not reached:
        return ""
    return look.say("screen.reach.answered", seconds=_seconds(min(reached), start, look))


def _step(row: ReachRow, item: AssignmentRow, look: Look) -> Iterator[Line]:
    palette = look.palette
    who, channel = look.word_or("label.reach", row.who), look.word_or("label.reach", row.channel)
    if row.fired_at is None:
        yield Line().add("    ").add(_coming(row, who, channel, look), palette.warn)
        return
    if row.who == "again":
        yield Line().add("    ").add(look.say("screen.reach.round", n=row.round), palette.late)
        return
    head = Line().add(f"    {_time(row.fired_at, look)} ", palette.quiet)
    if row.state == "nobody":
        yield head.add(look.say("screen.reach.nobody", who=who, channel=channel), palette.warn)
        return
    for told in row.told:
        head.add(f"{who:<7} ", palette.text).add(f"{told.name} {told.to:<12} ", palette.text)
        head.add(f"{look.word_or('label.reach', told.channel):<8} ", palette.text)
        _times(head, told, item, look)
        if row.lateness_ms is not None and row.lateness_ms >= LATE_MS:
            head.add(f"  {look.say('screen.reach.late', ms=row.lateness_ms)}", palette.late)
        yield head
        head = Line().add(" " * 13)


def _coming(row: ReachRow, who: str, channel: str, look: Look) -> str:
    at = row.due_at or look.now
    if row.state == "held":
        return look.say("screen.reach.held", time=_time(at, look), who=who)
    left = look.span(max(at - look.now, at - at))
    return look.say("screen.reach.next", who=who, channel=channel, time=_time(at, look), left=left)


def _times(line: Line, told: ToldRow, item: AssignmentRow, look: Look) -> None:
    palette, start = look.palette, item.at.get("assigned") or told.queued_at
    moments = (told.queued_at, told.accepted_at, told.delivered_at)
    queued, sent, arrived = (_seconds(at, start, look) for at in moments)
    line.add(look.say("screen.reach.told", queued=queued, sent=sent, arrived=arrived), palette.text)
    if told.status == "failed":
        line.add(f"  {look.word('message', told.status)}", palette.late)
    if told.outcome:
        style = palette.ok if told.outcome == "accepted" else palette.late
        words = f"  {look.word_or('label.reach', told.outcome)} {_seconds(told.answered_at, start, look)}"
        line.add(words, style)


def _seconds(at: datetime | None, start: datetime | None, look: Look) -> str:
    if at is None or start is None:
        return "-"
    return look.say("screen.reach.seconds", n=round((at - start).total_seconds()))


def _time(at: datetime, look: Look) -> str:
    return f"{look.local(at):%H:%M:%S}"
