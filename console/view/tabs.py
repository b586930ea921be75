"""The six tabs of one incident: chronology, units, callers, files, why, audit. Pure: facts in, lines out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from console.store import rank_of
from console.view.cell import Line, fold
from console.view.change import change_of, rest_of
from console.view.chronology import actor_name, newest_first, told
from console.view.detail import clock_line, detail_title, subject_name
from console.view.event import NAME_CELLS, event_name
from console.view.facts import Facts
from console.view.look import CLOCK_OPEN, Look, mark_of
from console.view.page import folded
from console.view.reaching import reaching_lines
from console.view.reasons import decision_lines
from console.view.row import marked
from console.view.scene import noted_parts
from dispatch.wire import AssignmentRow, ClockRow, ReportRow

STEPS = ("notified", "acknowledged", "en_route", "on_scene", "cleared")
"""Moments of an assignment that have a column of their own."""
MOST_CLOCKS = 1000
"""Cells for the clocks on a page that can fold them."""
INDENT = 8
"""How far in a line goes on that is too long."""
TIMES = 9
"""Cells for a time of day."""


def tab_names(look: Look) -> list[str]:
    return look.say("screen.tab.names").split("|")


def tab_line(chosen: int, look: Look, width: int, below: int) -> Line:
    """'[1 Kronologi] 2 Unit ...': the chosen one in brackets and in reverse; then how many lines are further down."""
    palette = look.palette
    line = Line()
    for index, name in enumerate(tab_names(look), 1):
        words = f"[{index} {name}]" if index == chosen else f" {index} {name} "
        line.add(words, palette.cursor if index == chosen else palette.text)
    more = [look.say(key, n=below) for key in ("screen.more_lines", "screen.more_short")] if below > 0 else [""]
    return line.add("  ").add(more[0] if line.width + 2 + len(more[0]) <= width else more[-1], palette.quiet)


def head_lines(facts: Facts, look: Look, width: int) -> list[Line]:
    """Who and what, and the clocks: above every tab."""
    palette, row = look.palette, facts.row
    line = Line().add(look.say("screen.tab.since", time=_clock(row.opened_at, look)), palette.text)
    parts = [(look.word("status", row.status), palette.strong)]
    parts.append((look.say("screen.tab.reports", n=row.reports), palette.text))
    parts += [(look.say("screen.tab.owner", who=row.owner), palette.text)] if row.owner else []
    parts.append((look.say("screen.tab.version", n=row.version), palette.quiet))
    for text, style in parts:
        line.add(" | ", palette.frame).add(text, style)
    noted = Line()
    for text, style in noted_parts(row, look):
        noted.add(" | " if noted.width else "", palette.frame).add(text, style)
    clocks = fold(clock_line(row, look, MOST_CLOCKS), width, 8)
    told = fold(noted, width, 2) if noted.width else []
    return [detail_title(facts, look, width), *fold(line, width, 2), *told, *clocks]


def tab_lines(chosen: int, facts: Facts, look: Look, width: int) -> list[Line]:
    """All lines of a tab (1 to 6); the page shows as many as fit."""
    tabs: Sequence[Callable[[Facts, Look, int], list[Line]]] = (_chronology, _units, _callers, _files, _why, _audit)
    if facts.detail is None and chosen not in (2,):
        return [Line().add(look.say("screen.loading"), look.palette.quiet)]
    found = tabs[chosen - 1](facts, look, width) or [Line().add(look.say("screen.tab.nothing"), look.palette.quiet)]
    return [row for line in found for row in fold(line, width, INDENT)]


def _clock(at: datetime | None, look: Look) -> str:
    return f"{look.local(at):%H:%M:%S}" if at is not None else "-"


# -- 1 chronology ---------------------------------------------------------------------------------------


def _chronology(facts: Facts, look: Look, width: int) -> list[Line]:
    """Every line in full, with the day where it changes."""
    lines: list[Line] = []
    day = look.local(look.now).date()
    for entry in newest_first(facts):
        at = look.local(entry.at)
        if at.date() != day:
            day = at.date()
            lines.append(Line().add(f"--- {day:%d/%m/%Y} ", look.palette.frame))
        mark = f"{at:%H:%M:%S} {actor_name(entry.actor, look):<8.8} "
        lines += folded(mark, told(entry, look), look, width)
    return lines


# -- 2 units --------------------------------------------------------------------------------------------


def _units(facts: Facts, look: Look, width: int) -> list[Line]:
    palette, heads = look.palette, look.say("screen.tab.unit_heads").split("|")
    line = Line().add("  ").add(heads[0], palette.quiet, 8)
    for head in heads[1:6]:
        line.add(head, palette.quiet, TIMES)
    lines = [line.add(heads[6], palette.quiet)] if facts.row.assignments else []
    lines += [_assignment(item, look) for item in facts.row.assignments]
    lines += reaching_lines(facts, look)
    if facts.row.clocks:
        lines.append(Line().add(look.say("screen.tab.clocks"), palette.title))
    lines += [_clock_row(item, look) for item in sorted(facts.row.clocks, key=lambda c: (c.started_at, c.phase))]
    return lines


def _assignment(item: AssignmentRow, look: Look) -> Line:
    """'D02  14:26:40 14:27:31 14:30:02 -  LOKASI 02:05'."""
    palette = look.palette
    line = Line().add("  ").add(item.unit or look.agency(item.agency), palette.strong, 8)
    sent = item.at.get("assigned") or item.at.get("notified")
    for step in STEPS:
        at = sent if step == "notified" else item.at.get(step)
        line.add(_clock(at, look), palette.text if at else palette.quiet, TIMES)
    since = item.at.get(item.status)
    line.add(look.word("assignment", item.status), palette.strong, 8)
    line.add(look.since(since) if since else "", palette.text, 6)
    return line.add(" ").add(item.note, palette.quiet)


def _clock_row(item: ClockRow, look: Look) -> Line:
    """One limit: when it began and is due, how it ended, and how late its alarm was."""
    palette = look.palette
    running = item.state in CLOCK_OPEN and item.stopped_at is None
    mark = mark_of(item, look.now) if running else " "
    taken = (look.now if running else item.stopped_at or look.now) - item.started_at
    line = Line().add("  ").add(look.word("phase", item.phase), palette.text, 11)
    line.add(subject_name(item.subject, look), palette.text, 6)
    line.add(f"{_clock(item.started_at, look)} > {_clock(item.due_at, look)}  ", palette.text)
    line.add(f"{look.span(taken)}/{look.span(item.due_at - item.started_at)}{mark}", marked(mark, look), 14)
    line.add(look.word("clock", item.state), marked(mark, look) if running else palette.text, 16)
    return line.add(f"{item.lateness_ms} ms" if item.lateness_ms is not None else "", palette.quiet)


# -- 3 callers ------------------------------------------------------------------------------------------


def _callers(facts: Facts, look: Look, width: int) -> list[Line]:
    """Every report in full, newest first; then what may be the same event."""
    reports = list(reversed(facts.detail.reports)) if facts.detail else []
    lines = _to_ring(facts, look)
    for report in reports:
        lines += _report(report, look, width)
    if facts.row.duplicates:
        lines.append(Line().add(look.say("screen.tab.duplicates"), look.palette.title))
        lines += [
            Line().add(f"  {look.number(item.number)} {item.score:.2f} ", look.palette.warn)
            .add(look.word_or("label.fold", item.reason), look.palette.text) for item in facts.row.duplicates
        ]
    return lines


def _to_ring(facts: Facts, look: Look) -> list[Line]:
    """The name and the number the caller gave, whole on a seat that rings back."""
    detail = facts.detail
    given = " ".join(part for part in (detail.caller_name, detail.callback) if part) if detail else ""
    return [Line().add(look.say("screen.tab.to_ring", who=given), look.palette.strong)] if given else []


def _report(report: ReportRow, look: Look, width: int) -> list[Line]:
    palette = look.palette
    who = " ".join(part for part in (report.sender_name, report.sender) if part) or "?"
    head = Line().add(f"{_clock(report.received_at, look)} ", palette.quiet)
    head.add(look.word("channel_name", report.channel), palette.title, 10).add(" ").add(who, palette.strong)
    if report.triage:
        severity, kind = report.triage.get("severity"), str(report.triage.get("type", ""))
        rank = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}.get(str(severity), "P-")
        head.add(f"  {rank} {look.type_short(kind)}", palette.quiet)
    if report.public_code:
        head.add(f"  {report.public_code}", palette.quiet)
    return [head, *folded("  ", report.text or look.say("screen.tab.no_words"), look, width)]


# -- 4 files --------------------------------------------------------------------------------------------


def _files(facts: Facts, look: Look, width: int) -> list[Line]:
    """What came with the reports, and every message that went out with what became of it."""
    palette, lines = look.palette, list[Line]()
    for report in facts.detail.reports if facts.detail else []:
        for item in report.attachments:
            line = Line().add(f"  {_clock(report.received_at, look)} ", palette.quiet)
            line.add(str(item.get("content_type") or "?"), palette.strong, 16).add(" ")
            lines.append(line.add(str(item.get("url") or ""), palette.text))
    if lines:
        lines.insert(0, Line().add(look.say("screen.tab.received"), palette.title))
    messages = facts.detail.messages if facts.detail else []
    if messages:
        lines.append(Line().add(look.say("screen.tab.sent"), palette.title))
    for message in messages:
        lines += _message(message, look, width)
    return lines


def _message(message: dict[str, Any], look: Look, width: int) -> list[Line]:
    palette, status = look.palette, str(message.get("status", ""))
    style = {"failed": palette.late, "delivered": palette.ok}.get(status, palette.text)
    line = Line().add(f"  {_moment(message.get('created_at'), look)} ", palette.quiet)
    line.add(look.word_or("label.channel_name", str(message.get("channel", ""))), palette.text, 9).add(" ")
    line.add(str(message.get("to", "")), palette.text, 14).add(" ").add(look.word("message", status), style, 10)
    if message.get("driver") == "simulator":
        line.add(" SIM", palette.simulator)
    if int(message.get("attempts") or 0) > 1:
        line.add(f"  {message['attempts']}x", palette.warn)
    line.add(f"  {message.get('error') or ''}", palette.late)
    return [line, *folded("      ", str(message.get("body") or ""), look, width)]


def _moment(stored: Any, look: Look) -> str:
    """A time inside a free-form answer: text on the wire."""
    try:
        return _clock(datetime.fromisoformat(str(stored)), look)
    except ValueError:
        return "-"


# -- 5 why ----------------------------------------------------------------------------------------------


def _why(facts: Facts, look: Look, width: int) -> list[Line]:
    """Rules and words behind priority and agencies, what would be without each cue, whom to send and why."""
    palette, detail = look.palette, facts.detail
    if detail is None:
        return []
    rank = rank_of(facts.row)
    level = f"P{rank}" if rank < 5 else "P-"
    percent = round(facts.row.confidence * 100)
    sure = look.say("screen.detail.confidence", percent=percent) if percent else ""
    lines = [Line().add(f"{level} {look.type_short(facts.row.type)} ", palette.strong).add(sure, palette.quiet)]
    lines += decision_lines(detail.decision, look, width) if detail.decision else []
    without = [str(text) for text in detail.explanation.get("lines") or []]
    if without:
        lines.append(Line().add(look.say("screen.tab.without"), palette.title))
    for text in without:
        lines += folded("  ", text, look, width)
    if detail.recommendation:
        lines.append(Line().add(look.say("screen.detail.advice"), palette.title))
    lines += [_advice(item, look) for item in detail.recommendation]
    return lines


def _advice(item: dict[str, Any], look: Look) -> Line:
    why, away = str(item.get("why") or ""), item.get("distance_km")
    line = Line().add("  ").add(str(item.get("unit") or "-"), look.palette.ready, 5)
    line.add(look.agency(str(item.get("agency", ""))), look.palette.text, 8).add(" ")
    line.add(f"{away:.1f} km" if isinstance(away, int | float) else "", look.palette.text, 9)
    return line.add(look.word_or("label.why", why), look.palette.text)


# -- 6 audit --------------------------------------------------------------------------------------------


def _audit(facts: Facts, look: Look, width: int) -> list[Line]:
    """Every event as it is stored: place in the chain, moment, who, what, before>after, its code last."""
    palette = look.palette
    lines = []
    for entry in newest_first(facts):
        line = Line().add(str(entry.seq), palette.quiet, 8, right=True).add(" ")
        line.add(f"{look.local(entry.at):%H:%M:%S.%f}"[:12], palette.quiet).add(" ")
        line.add(actor_name(entry.actor, look), palette.text, 12).add(" ")
        line.add(event_name(entry.kind, look), palette.text, NAME_CELLS).add(" ")
        line.add(change_of(entry.kind, entry.data, look), palette.strong).add(" ")
        line.add(told(entry, look) if entry.text else rest_of(entry.data, look), palette.quiet)
        lines.append(line.add(f"  {entry.kind}", palette.quiet))
    return lines
