"""The call entry form on the screen: fields and what is known on the left, the protocol card on the right. Pure.

Owns what gives way first when there are few lines: never a field, never the question that is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.style import Style

from console.form import CARD, FIELDS, PHONE, Form
from console.labels import reason_of
from console.store import GONE_INCIDENT, RANKS, rank_of
from console.view.cell import Line, clip
from console.view.entry_card import card_lines
from console.view.facts import advised, advised_names
from console.view.head import title
from console.view.look import Look
from console.view.visible import visible
from dispatch.grammar import Vocabulary
from dispatch.wire import CallRow, DuplicateRow, EarlierRow, IncidentDetail, IncidentRow, LogLine, PlaceRow

NAME = 13
"""Cells for a field's number and name."""
HALF, MIN_CARD = (5, 8), 29
"""The form's share of a narrow screen; a wide one is halved."""
WIDE = 110
HEARD = 6
SHOWN_CANDIDATES = 5
ROOMY, TEXT_ROWS = 22, 3
"""From so many lines on the caller's words have so many."""


@dataclass(frozen=True)
class Entry:
    """All that the form shows besides what was typed. ``heard`` are lines of the live transcript, newest first."""

    form: Form
    vocabulary: Vocabulary
    row: IncidentRow | None = None
    call: CallRow | None = None
    detail: IncidentDetail | None = None
    twins: Sequence[tuple[DuplicateRow, IncidentRow | None]] = ()
    heard: Sequence[LogLine] = ()
    state: str = ""
    """Key of [screen.entry.state]; '' = nothing to save yet."""
    mute: str = ""
    """Why there is no advice."""
    at_hand: bool = True
    """What is typed goes into the form, not onto the command line."""

    @property
    def is_advised(self) -> bool:
        """Whether anything was said that could be judged: of an empty form the server makes an inquiry."""
        form = self.form
        return bool(form.value("text").strip() or form.value("type").strip() or form.heard or form.answers)


@dataclass
class Part:
    """Lines under a heading; ``least`` of them stay while others still can give way."""

    heading: Line | None
    lines: list[Line]
    least: int = 1

    @property
    def height(self) -> int:
        return len(self.lines) + (self.heading is not None)


def entry_title(entry: Entry, look: Look, width: int) -> Line:
    """'--- TELP 0812-***-771 (ulang 2x) | TERHUBUNG 00:41 | 1051 P1 MED | tersimpan ---'."""
    palette, frame = look.palette, look.palette.frame
    line = Line().add(look.rule * 3 + " ", frame)
    parts = _title_parts(entry, look, wide=width >= WIDE)
    for index, (text, style) in enumerate(parts):
        if line.width + len(text) + 4 > width:
            break
        line.add(" | " if index else "", frame).add(text, style)
    hint = look.say("screen.entry.back" if entry.at_hand else "screen.entry.to_form")
    if line.width + len(hint) + 6 <= width:
        line.add(f"  {hint} ", palette.quiet)
    return line.add(" ").fill(width, look.rule, frame)


def _title_parts(entry: Entry, look: Look, *, wide: bool) -> list[tuple[str, Style]]:
    palette, call, row = look.palette, entry.call, entry.row
    parts: list[tuple[str, Style]] = []
    if call is not None:
        again = look.say("screen.call_repeat", n=call.repeat) if wide else f"{call.repeat}x"
        repeat = f" ({again})" if call.repeat else ""
        parts.append((look.say("screen.entry.call", caller=_number(entry, call)) + repeat, palette.title))
        since = call.ended_at or call.answered_at or call.rang_at
        parts.append((f"{look.word('call', call.status)} {look.since(since)}", palette.ok))
    else:
        parts.append((look.say("screen.entry.new"), palette.title))
    if row is not None:
        rank = rank_of(row)
        kind = f"{look.number(row.number)} P{rank if rank < 5 else '-'} {look.type_short(row.type)}"
        parts.append((kind, palette.p1_chip if rank == 1 else palette.priorities[rank]))
    elif entry.form.incident is not None:
        parts.append((look.number(entry.form.incident), palette.strong))
    if entry.state:
        good = entry.state == "saved"
        parts.append((look.say(f"screen.entry.state.{entry.state}"), palette.ok if good else palette.warn))
    return parts


def _number(entry: Entry, call: CallRow) -> str:
    """In full where this seat may see it: the line may drop."""
    reports = entry.detail.reports if entry.detail else []
    return next((report.sender for report in reports if report.sender), call.caller) or "?"


def entry_lines(entry: Entry, look: Look, width: int, height: int) -> list[Line]:
    """The form, a bar, and the card, ``height`` lines."""
    left = (width - 1) // 2 if width >= WIDE else min(width * HALF[0] // HALF[1], width - MIN_CARD - 1)
    right = width - left - 1
    roomy = TEXT_ROWS if height >= ROOMY else 1
    form = _fitted([*_fields(entry, look, left, roomy), *_known(entry, look, left)], height)
    card = card_lines(entry.form, look, right, height)
    lines = []
    for index in range(height):
        line = Line()
        if index < len(form):
            line.extend(_cut(form[index], left))
        line.fill(left).add("|", look.palette.frame)
        lines.append(line.extend(card[index]) if index < len(card) else line)
    return lines


def _cut(line: Line, width: int) -> Line:
    """A line of one column must not push the other one aside."""
    if line.width <= width:
        return line
    cut, room = Line(), width
    for segment in line.segments:
        text = clip(segment.text, room) if len(segment.text) > room else segment.text
        cut.add(text, segment.style)
        room = width - cut.width
        if room <= 0:
            break
    return cut


def _fitted(parts: list[Part], height: int) -> list[Line]:
    """What is too much goes from the longest part that can give way, the last one first; then whole parts go."""
    while (over := sum(part.height for part in parts) - height) > 0:
        giving = [part for part in parts if len(part.lines) > part.least]
        if giving:
            longest = max(reversed(giving), key=lambda part: len(part.lines) - part.least)
            longest.lines.pop()
        elif over > 0 and len(parts) > 1:
            parts.pop()
        else:
            break
    return [line for part in parts for line in ([part.heading] if part.heading else []) + part.lines]


# -- fields -------------------------------------------------------------------------------------------


def _fields(entry: Entry, look: Look, width: int, rows: int) -> list[Part]:
    """Each field with what it means; under the place what it may mean."""
    form, palette = entry.form, look.palette
    parts: list[Part] = []
    for index, name in enumerate((*FIELDS, *((PHONE,) if PHONE in form.fields else ())), 1):
        lines = _field(entry, index, name, look, width, rows if name == "text" else 1)
        more = _place_lines(entry, look, width) if name == "place" else []
        parts.append(Part(None, [*lines, *more], len(lines) + min(len(more), 1 if not form.choosing else 3)))
    asked = look.say("screen.entry.card_done", done=min(form.asked, len(form.questions)), n=len(form.questions))
    line = _name(form.at == CARD, len(parts) + 1, CARD, look)
    parts.append(Part(None, [line.add(asked if form.questions else "-", palette.text)]))
    return parts


def _name(current: bool, number: int, name: str, look: Look) -> Line:
    """'>1 LOKASI': the mark says without colour where one is."""
    palette = look.palette
    words = f"{number} {look.say(f'screen.entry.field.{name}')}"
    return Line().add(">" if current else " ", palette.strong).add(
        words, palette.strong if current else palette.quiet, NAME - 1)


def _field(entry: Entry, number: int, name: str, look: Look, width: int, most: int) -> list[Line]:
    """At most so many lines; the end of a long text is seen while it is typed, its beginning afterwards."""
    form, palette = entry.form, look.palette
    current = form.at == name
    line, room = _name(current, number, name, look), width - NAME - 1
    value, told = visible(form.value(name)), _meaning(entry, name, look)
    if name in ("type", "level", PHONE):
        line.add(value, palette.strong if current else palette.text)
        if current and entry.at_hand:
            line.add(" ", palette.cursor)
        gap = " " if value or current else ""
        text, style = told
        return [line.add(f"{gap}{clip(text, max(0, room - len(value) - 2))}", style)]
    style = palette.strong if current else palette.text
    rows = wrap(value, room - 1, drop_whitespace=False) if value else [""]
    if current:
        rows = rows[-max(most, 2 if name == "text" else 1):]
    elif len(rows) > most:
        rows = [*rows[: most - 1], clip("".join(rows[most - 1:]), room - 1)]
    lines = [line.add(rows[0], style), *(Line().add(" " * NAME).add(row, style) for row in rows[1:])]
    if current and entry.at_hand:
        lines[-1].add(" ", palette.cursor)
    elif not value:
        lines[-1].add(told[0], told[1])
    return lines


def _meaning(entry: Entry, name: str, look: Look) -> tuple[str, Style]:
    """How a field is understood; the server's advice where it is empty."""
    form, palette, advice = entry.form, look.palette, entry.form.advice
    if name == "type":
        chosen = form.chosen_type(entry.vocabulary)
        if chosen is None:
            return look.say("screen.entry.no_type"), palette.late
        if chosen[0]:
            return f"= {_type(*chosen, look)}", palette.ok
        if advice is None or not entry.is_advised:
            return "", palette.quiet
        return _advised(_type(advice.type, advice.subtype, look), look), palette.ready
    if name == "level":
        level = form.chosen_level()
        if level is None:
            return look.say("screen.entry.no_level"), palette.late
        if level:
            return f"= P{RANKS[level]}", palette.priorities[RANKS[level]]
        return _advised_level(entry, look)
    if name == PHONE:
        return ("", palette.quiet) if form.value(PHONE) else ("-", palette.quiet)
    return "-", palette.quiet


def _advised(words: str, look: Look) -> str:
    return look.say("screen.entry.advised", what=words)


def _advised_level(entry: Entry, look: Look) -> tuple[str, Style]:
    """The gravest of what the words say and what the card's answers imply; the doubt with it."""
    palette, advice = look.palette, entry.form.advice
    levels = [level for level in (entry.form.implied()[0], advice.severity if advice else "") if level]
    levels = levels if entry.is_advised else []
    if not levels:
        return "", palette.quiet
    rank = min(RANKS[level] for level in levels if level in RANKS)
    words = _advised(f"P{rank}", look)
    if advice and advice.life_threat:
        words += " " + look.say("screen.detail.life_threat") + ("?" if advice.unsure else "")
    return words, palette.priorities[rank]


def _type(kind: str, subtype: str, look: Look) -> str:
    found = look.centre.types.get(kind)
    labels = (found.subtypes.get(subtype) or found.labels) if found else {}
    return f"{look.type_short(kind)} {look.worded(labels).lower() or subtype or kind}"


def _place_lines(entry: Entry, look: Look, width: int) -> list[Line]:
    """Candidates with their digits; else what the place is."""
    form, palette = entry.form, look.palette
    options, place = form.candidates, form.advice.place if form.advice else None
    if not options:
        words, style = _place_words(form, place, look)
        return [Line().add(" " * NAME).add(words, style)] if words else []
    lines = []
    for index, (desa, kecamatan) in enumerate(options[:SHOWN_CANDIDATES], 1):
        marked = index - 1 == form.pick
        line = Line().add("  > " if marked else "    ", palette.strong).add(f"{index} ", palette.key)
        words = ", ".join(part for part in (f"Ds {desa}" if desa else "", f"Kec {kecamatan}") if part)
        lines.append(line.add(words, palette.strong if marked else palette.text))
    rest = len(options) - len(lines)
    more = f"  {look.say('screen.below', n=rest)}" if rest else ""
    last = Line().add("    ").add("0 ", palette.key).add(look.say("screen.entry.as_is"), palette.text)
    return [*lines, last.add(more, palette.quiet)]


def _place_words(form: Form, place: PlaceRow | None, look: Look) -> tuple[str, Style]:
    palette = look.palette
    if place is None or not form.value("place").strip():
        return "", palette.quiet
    if place.outside:
        return look.say("screen.detail.outside", name=place.outside), palette.late
    if place.kecamatan and not place.ambiguous:
        name = f"Ds {place.desa}, Kec {place.kecamatan}" if place.desa else f"Kec {place.kecamatan}"
        return f"= {name}", palette.ok
    return look.say("screen.entry.unknown_place"), palette.warn


# -- what is known ------------------------------------------------------------------------------------


def _known(entry: Entry, look: Look, width: int) -> list[Part]:
    return [part for part in (
        _advice_part(entry, look, width), _twins_part(entry, look, width), _heard_part(entry, look, width),
        _earlier_part(entry, look, width), _here_part(entry, look, width),
    ) if part.height]


def _advice_part(entry: Entry, look: Look, width: int) -> Part:
    """The question to ask, which units are advised, who would be told."""
    palette, advice = look.palette, entry.form.advice
    lines: list[Line] = []
    if entry.mute:
        lines.append(Line().add(" ").add(look.say("screen.entry.mute", why=entry.mute), palette.warn))
    question = look.worded(advice.question.get("text")) if advice and not _is_answered(entry) else ""
    if question:
        words = wrap(visible(question), max(10, width - 9))
        lines += [Line().add(" " + look.say("screen.entry.ask") if i == 0 else "", palette.key, 8).add(" ").add(
            row, palette.strong) for i, row in enumerate(words[:2])]
    if advised(entry.detail):
        names = " ".join(advised_names(entry.detail, look)[:6])
        lines.append(_told("screen.entry.units", f"{names}  (F5)", look, width, palette.ready))
    if advice and (advice.agencies or advice.also_types):
        names = ", ".join(map(look.agency, advice.agencies))
        also = " + " + " ".join(map(look.type_short, advice.also_types)) if advice.also_types else ""
        lines.append(_told("screen.entry.agencies", names + also, look, width))
    return Part(None, lines)


def _is_answered(entry: Entry) -> bool:
    """Whether the card has asked the same already."""
    asked = str(entry.form.advice.question.get("key", "")) if entry.form.advice else ""
    return any(name.partition("/")[2] == asked for name in entry.form.answers)


def _told(key: str, words: str, look: Look, width: int, style: Style | None = None) -> Line:
    line = Line().add(" " + look.say(key), look.palette.quiet, 8).add(" ")
    return line.add(clip(words, max(0, width - 9)), style or look.palette.text)


def _heading(key: str, hint: str, look: Look, width: int, style: Style | None = None) -> Line:
    return title(look.say(f"screen.entry.{key}"), hint, look, width, style)


def _twins_part(entry: Entry, look: Look, width: int) -> Part:
    """Possible duplicates: only suggested, joined by a key."""
    if not entry.twins:
        return Part(_heading("no_twins" if entry.row else "twins_later", "", look, width), [])
    palette, lines = look.palette, []
    for twin, row in entry.twins:
        kind = str(twin.params.get("type", ""))
        why = reason_of(twin.reason, twin.params, look.type_short(kind) if kind else "", look.lang)
        line = Line().add(f" {look.number(twin.number)} ", palette.strong)
        if row is not None:
            line.add(f"{look.type_short(row.type)} {look.place(row.place)} ", palette.text)
        lines.append(line.add(f"({why})", palette.warn))
    return Part(_heading("twins", look.say("screen.entry.join_key"), look, width, palette.warn), lines)


def _heard_part(entry: Entry, look: Look, width: int) -> Part:
    """What the caller is saying, as the server hears it; newest first."""
    lines = []
    for heard in entry.heard[:HEARD]:
        stamp = f" {look.local(heard.at):%H:%M:%S} "
        rows = wrap(visible(heard.text), max(10, width - len(stamp))) or [""]
        lines += [Line().add(stamp if index == 0 else " " * len(stamp), look.palette.quiet).add(
            row, look.palette.text) for index, row in enumerate(rows[:3])]
    if not lines:
        return Part(None, [], 0)
    return Part(_heading("heard", look.say("screen.chronology_hint"), look, width), lines, 2)


def _earlier_part(entry: Entry, look: Look, width: int) -> Part:
    """What this number reported before, and what came of it; nothing while there is no number."""
    advice = entry.form.advice
    earlier = advice.earlier if advice else []
    if entry.form.incident is None and not entry.form.value(PHONE).strip():
        return Part(None, [], 0)
    if not earlier:
        return Part(_heading("no_earlier" if advice else "earlier", "", look, width), [])
    return Part(_heading("earlier", "", look, width), [_earlier(row, look) for row in earlier])


def _here_part(entry: Entry, look: Look, width: int) -> Part:
    """What the village had before; what is open there now first of all."""
    here = entry.form.advice.here if entry.form.advice else []
    if not here:
        return Part(None, [], 0)
    open_first = sorted(here, key=lambda row: row.status in GONE_INCIDENT)
    return Part(_heading("here", "", look, width), [_earlier(row, look) for row in open_first])


def _earlier(row: EarlierRow, look: Look) -> Line:
    palette = look.palette
    line = Line().add(f" {look.local(row.at):%d/%m %H:%M} ", palette.quiet)
    line.add(look.number(row.incident), palette.strong)
    over = row.status in GONE_INCIDENT
    state = row.disposition if over and row.disposition else look.word("status", row.status)
    what = f" {look.type_short(row.type)} {state}"
    return line.add(what, palette.text if over else palette.warn).add(f" {row.text}" if row.text else "", palette.quiet)
