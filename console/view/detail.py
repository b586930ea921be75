"""The selected incident below the boards: title, facts, advice, key hints. Owns what fits on how many lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.style import Style

from console.labels import label_or, reason_of
from console.store import GONE_INCIDENT, is_threat_doubted, live_assignments, rank_of
from console.view.cell import Line, clip
from console.view.facts import Facts, advised, advised_names
from console.view.look import CLOCK_OPEN, Look, mark_of
from console.view.page import card_body, card_head
from console.view.row import marked
from console.view.scene import noted_parts
from dispatch.wire import ClockRow, DuplicateRow, IncidentRow

LABEL = 8
"""Cells for a field's name."""
TOLD = frozenset({"held", "resolved", "closed", "merged", "reopened"})
"""Status words that belong into the title."""
ADVISED = 2
"""Advised units that stand before what their leaving would mean for the cover."""
EARLIER = 2
"""Earlier reports shown when there is room."""
TWO_COLUMNS = 110
"""From this width on the key hints have a column of their own."""
HINTS = 48
"""Cells for the key hints in two columns."""


def detail_title(facts: Facts | None, look: Look, width: int) -> Line:
    palette = look.palette
    frame = palette.frame
    line = Line().add(look.rule * 3 + " ", frame)
    if facts is None:
        return line.add(look.say("screen.no_selection"), palette.quiet).add(" ").fill(width, look.rule, frame)
    row, wide = facts.row, width >= 100
    rank = rank_of(row)
    style = palette.p1_chip if rank == 1 else palette.priorities[rank]
    line.add(look.number(row.number), palette.strong).add(" ")
    line.add(f"P{rank}" if rank < 5 else "P-", style).add(" ")
    line.add(f"{look.type_short(row.type)} {look.type_words(row)}", palette.title)
    where, more = (_where(row, look, with_district=wide), palette.text), _title_parts(facts, look, wide=wide)
    parts = [where, *more] if wide else [*more, where]  # a narrow row of the board says the place already
    for text, part_style in parts:
        if line.width + len(text) + 4 > width:
            room = width - line.width - 4
            if room < 10:
                break
            text = clip(text, room)
        line.add(" | ", frame).add(text, part_style)
    return line.add(" ").fill(width, look.rule, frame)


def _where(row: IncidentRow, look: Look, *, with_district: bool) -> str:
    sure = look.say("screen.detail.verified" if row.place.verified else "screen.detail.unverified")
    district = f", {row.place.kecamatan}" if with_district and row.place.kecamatan and row.place.desa else ""
    return f"{look.place(row.place)}{district} {sure}"


def _title_parts(facts: Facts, look: Look, *, wide: bool) -> list[tuple[str, Style]]:
    palette, row = look.palette, facts.row
    parts: list[tuple[str, Style]] = []
    if row.status in TOLD:
        parts.append((_status_words(row, look), palette.warn))
    if row.unsure or row.life_threat:
        parts.append((_doubt(row, look, wide=wide), palette.late))
    if wide and (who := _caller(facts)):
        parts.append((look.say("screen.detail.caller", who=who), palette.text))
    if row.quiet:
        parts.append((look.say("screen.detail.quiet"), palette.late))
    if row.callback_due:
        parts.append((look.say("screen.detail.callback"), palette.warn))
    if facts.call is not None:
        since = facts.call.answered_at or facts.call.rang_at
        parts.append((f"{look.word('call', facts.call.status)} {look.since(since)}", palette.ok))
    for other in facts.others:
        parts.append((look.say("screen.detail.also_seen", who=other.name), palette.warn))
    return parts


def _caller(facts: Facts) -> str:
    """'0812-***-771 Bu Sri': the number to ring, always masked here, and the name as far as this seat may know it."""
    name = facts.detail.caller_name if facts.detail else facts.row.caller_name
    return " ".join(part for part in (facts.row.callback or facts.row.caller, name) if part)


def _doubt(row: IncidentRow, look: Look, *, wide: bool) -> str:
    """A threat to life; one that nobody has judged yet says with which words it is judged."""
    if not row.unsure:
        return look.say("screen.detail.life_threat")
    return look.say("screen.detail.unsure").split(":")[0] if wide else look.say("screen.detail.unsure_short")


def _status_words(row: IncidentRow, look: Look) -> str:
    """A state that the boards cannot be expected to show: over, or put off."""
    word = look.word("status", row.status)
    if row.status == "held" and row.held_until:
        until = look.local(row.held_until)
        is_today = until.date() == look.local(look.now).date()
        return look.say("screen.detail.held", time=f"{until:%H:%M}" if is_today else f"{until:%H:%M (%d/%m)}")
    if row.status == "merged" and row.merged_into:
        return f"{word} > {look.number(row.merged_into)}"
    return word


def detail_lines(facts: Facts | None, look: Look, width: int, height: int) -> list[Line]:
    """Facts on the left, keys on the right when there is room for two columns."""
    if facts is None:
        return [Line() for _ in range(height)]
    if width < TWO_COLUMNS:
        return _short_lines(facts, look, width, height)
    left, right = width - HINTS - 1, HINTS
    fields, hints = _fields(facts, look, left, height), _hints(facts, look)[:height]
    lines: list[Line] = []
    for index in range(height):
        line = fields[index] if index < len(fields) else Line()
        line.fill(left)
        line.add("|", look.palette.frame)
        if index < len(hints):
            line.add(hints[index], look.palette.text, right)
        lines.append(line)
    return lines


def _fields(facts: Facts, look: Look, width: int, height: int) -> list[Line]:
    """With few lines the advice comes first: it is what Enter will do."""
    said, name = _said(facts), look.say("screen.detail.said")
    advice, more = _advice_line(facts, look, width), _more(facts, look, width)
    clocks, noted = clock_line(facts.row, look, width), _noted_lines(facts.row, look, width)
    if height < 5:
        return [advice, *noted, _field(name, said, look, width), clocks, more][:height]
    first, second = _wrapped(name, said, look, width)
    if height == 5:
        return [*noted, first, *([] if noted else [second]), more, clocks, advice]
    said_lines = [first, *([second] if second.width else []), *_earlier_lines(facts, look, width)]
    lines = [*noted, *said_lines, more, clocks, advice]
    return [*lines, *_card_lines(facts, look, width, height - len(lines))]


def _noted_lines(row: IncidentRow, look: Look, width: int) -> list[Line]:
    """The danger, who needs help and what to look for; no line when nothing was noted."""
    parts = noted_parts(row, look)
    name = Line().add(look.say("screen.detail.scene"), look.palette.quiet, LABEL - 2).add(": ", look.palette.quiet)
    return [_joined(name, parts, look, width)] if parts else []


def _earlier_lines(facts: Facts, look: Look, width: int) -> list[Line]:
    """What the others said before, newest first: each caller sees another part of it."""
    earlier = [report for report in (facts.detail.reports if facts.detail else []) if report.text][:-1]
    lines = []
    for report in reversed(earlier[-EARLIER:]):
        words = f"{look.local(report.received_at):%H:%M} {look.word('channel', report.channel)[:1]} {report.text}"
        lines.append(Line().add(" " * LABEL).add(words, look.palette.quiet, width - LABEL))
    return lines


def _card_lines(facts: Facts, look: Look, width: int, height: int) -> list[Line]:
    """The first protocol card: what to tell the caller, as far as there is room; KARTU shows all of it."""
    cards = facts.detail.cards if facts.detail else []
    if not cards or height < 2:
        return []
    name = Line().add(look.say("screen.detail.card"), look.palette.quiet, LABEL - 2).add(": ", look.palette.quiet)
    body = card_body(cards[0], look, width - LABEL)
    lines = [name.extend(card_head(cards[0], look)), *(Line().add(" " * LABEL).extend(line) for line in body)]
    if len(lines) > height:
        lines[height - 1] = Line().add(" " * LABEL).add(look.say("screen.detail.card_more"), look.palette.quiet)
    return lines[:height]


def _short_lines(facts: Facts, look: Look, width: int, height: int) -> list[Line]:
    """Below two columns: advice first, then the danger; what was said after it until it has lines of its own."""
    line, said = _advice_line(facts, look, width, others=False), _said(facts)
    name = look.say("screen.detail.said")
    clocks, noted = clock_line(facts.row, look, width), _noted_lines(facts.row, look, width)
    if height > 2:
        first, second = _wrapped(name, said, look, width)
        told = [first, second] if height - len(noted) > 3 and second.width else [_field(name, said, look, width)]
        return [line, *noted, *told, clocks, _more(facts, look, width)][:height]
    if said and width - line.width > 20:
        line.add("  ").add(name.lower() + ": ", look.palette.quiet)
        line.add(said, look.palette.text, width - line.width)
    return [line, *noted, clocks][:height]


def _said(facts: Facts) -> str:
    """The words of the newest report; the triage summary until they are here."""
    texts = [report.text for report in (facts.detail.reports if facts.detail else []) if report.text]
    return texts[-1] if texts else facts.row.summary


def _field(name: str, value: str, look: Look, width: int, style: Style | None = None) -> Line:
    line = Line().add(name, look.palette.quiet, LABEL - 2).add(": ", look.palette.quiet)
    return line.add(value or "-", style or look.palette.text, width - LABEL)


def _wrapped(name: str, text: str, look: Look, width: int) -> tuple[Line, Line]:
    """The caller's words on two lines, cut at a space."""
    room = width - LABEL
    text = clip(text, room * 2)
    if len(text) <= room:
        return _field(name, text, look, width), Line()
    cut = text.rfind(" ", room // 2, room + 1)
    cut = cut if cut > 0 else room
    second = Line().add(" " * LABEL).add(text[cut:].lstrip(), look.palette.text, room)
    return _field(name, text[:cut], look, width), second


def _more(facts: Facts, look: Look, width: int) -> Line:
    """Everything that is only sometimes there: doubt, other types, agencies, duplicates, who opened it."""
    row, palette = facts.row, look.palette
    parts: list[tuple[str, Style]] = []
    if row.unsure:
        parts.append((look.say("screen.detail.unsure"), palette.late))
    if row.duplicates:
        found = " ".join(f"{look.number(d.number)} ({_reason(d, look)})" if d.reason else look.number(d.number)
                         for d in row.duplicates[:3])
        parts.append((f"{look.say('screen.detail.duplicate')} {found}", palette.warn))
    if row.place.ambiguous:
        names = ", ".join(f"{c.desa} {look.district(c.kecamatan)}".strip() for c in row.place.candidates[:4])
        parts.append((look.say("screen.detail.ambiguous", names=names or "?"), palette.warn))
    if row.reports > 1:
        parts.append((look.say("screen.detail.reports", n=row.reports), palette.text))
    if row.also_types:
        types = " ".join(look.type_short(code) for code in row.also_types)
        parts.append((look.say("screen.detail.also", types=types), palette.text))
    if row.agencies:
        names = ", ".join(map(look.agency, row.agencies))
        parts.append((f"{look.say('screen.detail.agencies')} {names}", palette.text))
    seen = look.say("screen.detail.seen", who=row.seen_by) if row.seen_by else look.say("screen.detail.unseen")
    parts.append((seen, palette.text if row.seen_by else palette.warn))
    line = Line().add(look.say("screen.detail.more"), palette.quiet, LABEL - 2).add(": ", palette.quiet)
    return _joined(line, parts, look, width)


def _reason(duplicate: DuplicateRow, look: Look) -> str:
    kind = str(duplicate.params.get("type", ""))
    return reason_of(duplicate.reason, duplicate.params, look.type_short(kind) if kind else "", look.lang)


def _joined(line: Line, parts: Sequence[tuple[str, Style]], look: Look, width: int) -> Line:
    for index, (text, style) in enumerate(parts):
        room = width - line.width - (3 if index else 0)
        if room < 6:
            return line.add("~", look.palette.quiet) if line.width < width else line
        if index:
            line.add(" | ", look.palette.frame)
        line.add(clip(text, room), style)
    return line


def clock_line(row: IncidentRow, look: Look, width: int) -> Line:
    """The open clocks, the first due first: 'kirim 00:48/01:00~'."""
    running = sorted((c for c in row.clocks if c.state in CLOCK_OPEN and c.stopped_at is None), key=lambda c: c.due_at)
    line = Line().add(look.say("screen.detail.clocks"), look.palette.quiet, LABEL - 2).add(": ", look.palette.quiet)
    if not running:
        return line.add("-", look.palette.quiet)
    return _joined(line, [_clock_words(clock, look) for clock in running], look, width)


def subject_name(subject: str, look: Look) -> str:
    """Whose clock it is: a call sign, a desk by its short name, '' for the incident itself."""
    return "" if subject == "incident" else look.agency(subject)


def _clock_words(clock: ClockRow, look: Look) -> tuple[str, Style]:
    mark = mark_of(clock, look.now)
    subject = f"{subject_name(clock.subject, look)} " if clock.subject not in ("incident", "") else ""
    amount = f"{look.since(clock.started_at)}/{look.span(clock.due_at - clock.started_at)}"
    return f"{subject}{look.word('phase', clock.phase).lower()} {amount}{mark.strip()}", marked(mark, look)


def _advice_line(facts: Facts, look: Look, width: int, *, others: bool = True) -> Line:
    """Who should go, best first, and who else could; once units are bound, how far each of them is."""
    palette = look.palette
    sent = live_assignments(facts.row)
    name = look.say("screen.detail.sent" if sent else "screen.detail.advice")
    line = Line().add(name, palette.quiet, LABEL - 2).add(": ", palette.quiet)
    if not sent and facts.row.status == "resolved":
        return line.add(look.say("screen.detail.close_key"), palette.ready)
    if facts.row.status == "closed":
        return line.add(clip(look.say("screen.detail.closed"), width - LABEL), palette.quiet)
    if sent:
        parts = [(f"{a.unit or look.agency(a.agency)} {look.word('assignment', a.status)}", palette.text) for a in sent]
        more = " ".join(advised_names(facts.detail, look))
        parts += [(f"{look.say('screen.detail.advice')} {more}", palette.ready)] if more else []
        return _joined(line, parts, look, width)
    if facts.detail is None:
        return line.add(look.say("screen.loading"), palette.quiet)
    found = advised(facts.detail)
    if not found:
        return line.add(clip(look.say("screen.detail.no_advice"), width - LABEL), palette.quiet)
    parts = [(_advice_words(item, look), palette.ready if item.get("unit") else palette.text) for item in found]
    rest = [*parts[ADVISED:], *(_other_parts(found, look) if others else [])]
    return _joined(line, [*parts[:ADVISED], *_cover_parts(facts, look), *rest], look, width)


def _cover_parts(facts: Facts, look: Look) -> list[tuple[str, Style]]:
    """'sisa PSC SLW 1 (min 2)': what sending the advised units would leave, where that is too few."""
    return [
        (look.say("screen.detail.cover", who=f"{look.agency(thin.agency)} {look.district(thin.kecamatan)}".strip(),
                  left=thin.left, minimum=thin.minimum), look.palette.warn)
        for thin in facts.thin
    ]


def _others(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The next nearest of the agency that is advised first."""
    return list(found[0].get("others") or []) if found else []


def _other_parts(found: Sequence[dict[str, Any]], look: Look) -> list[tuple[str, Style]]:
    """'lain A03 5.8 km, A06 9.1 km': who else could go."""
    words = ", ".join(_advice_words(other, look) for other in _others(found))
    return [(look.say("screen.detail.others", units=words), look.palette.quiet)] if words else []


def _advice_words(item: dict[str, Any], look: Look) -> str:
    """'A01 3.1 km 6m': numbers when the server knows them, its reason otherwise."""
    words = [str(item.get("unit") or look.agency(str(item.get("agency", ""))))]
    distance, minutes, why = item.get("distance_km"), item.get("eta_min"), item.get("why")
    if isinstance(distance, int | float):
        words.append(f"{distance:.1f} km")
    if isinstance(minutes, int | float):
        words.append(f"{minutes:.0f}m")
    if len(words) == 1 and why:
        words.append(f"({label_or(f'label.why.{why}', look.lang, str(why))})")
    return " ".join(words)


def _hints(facts: Facts, look: Look) -> list[str]:
    """The next sensible keys for this incident, most useful first."""
    names = advised_names(facts.detail, look)
    hints: list[str] = []
    if is_threat_doubted(facts.row):
        hints.append(look.say("screen.detail.judge_key"))
    if facts.row.status == "resolved":
        hints.append(look.say("screen.detail.close_key"))
    if facts.row.callback_due:
        hints.append(look.say("screen.detail.callback_key"))
    if not facts.row.seen_by and facts.row.status not in GONE_INCIDENT:
        hints.append(look.say("screen.detail.open_key"))
    if facts.next_step:
        unit, state = facts.next_step
        hints.append(look.say("screen.detail.next_key", unit=unit, state=state))
    if names and not live_assignments(facts.row):
        hints.append(look.say("screen.detail.send_key", units=" + ".join(names[:3])))
        others = _others(advised(facts.detail))
        hints += [look.say("screen.detail.other_key", unit=str(others[0]["unit"]))] if others else []
    if facts.detail and facts.detail.cards:
        hints.append(look.say("screen.detail.card_key", card=_card_name(facts.detail.cards[0], look)))
    if live_assignments(facts.row):
        hints.append(look.say("screen.detail.backup_key"))
    return [*hints, look.say("screen.detail.remark_key"), look.say("screen.detail.rest_key")]


def _card_name(card: dict[str, Any], look: Look) -> str:
    return f"{card.get('code', '')} {look.worded(card.get('title'))}".strip()
