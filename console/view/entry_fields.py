"""The fields of the call entry form: each with what it means, or with what is known where it is empty. Pure."""

from __future__ import annotations

from textwrap import wrap

from rich.style import Style

from console.entry.form import CARD, FIELDS, Form
from console.entry.scene import LANDMARK, NAME, PHONE, SCENE
from console.store import RANKS
from console.view.cell import Line, clip
from console.view.entry_part import Entry, Part
from console.view.look import Look
from console.view.scene import scene_words
from console.view.visible import visible
from dispatch.grammar import read_scene
from dispatch.wire import PlaceRow, SceneRow

TITLE = 14
"""Cells for a field's number and name."""
NUMBER = 16
"""Cells for a telephone number beside a name."""
SHOWN_CANDIDATES, SCENE_ROWS = 5, 2
INLINE = ("type", "level")
"""Fields whose meaning stands behind what was typed."""


def field_parts(entry: Entry, look: Look, width: int, rows: int) -> list[Part]:
    """Each field with what it means; under the place what it may mean. ``rows``: how many the caller's words have."""
    form, palette = entry.form, look.palette
    parts: list[Part] = []
    for name in FIELDS:
        if name == PHONE:
            parts.append(Part(None, [_pair(entry, look, width)]))
        elif name == CARD:
            asked = look.say("screen.entry.card_done", done=min(form.asked, len(form.questions)), n=len(form.questions))
            parts.append(Part(None, [_title(form, CARD, look).add(asked if form.questions else "-", palette.text)]))
        elif name == SCENE and form.at != SCENE:
            first, *rest = _scene_rows(entry, look, width)
            lines = [_title(form, SCENE, look).extend(first), *(Line().add(" " * TITLE).extend(row) for row in rest)]
            parts.append(Part(None, lines, len(lines)))
        elif name != NAME:
            lines = _field(entry, name, look, width, rows if name == "text" else 1)
            more = _below(entry, name, look, width)
            kept = len(more) if name == SCENE else min(len(more), 1 if not form.choosing else 3)
            parts.append(Part(None, [*lines, *more], len(lines) + kept))
    return parts


def caller_number(entry: Entry) -> str:
    """In full where this seat may see it: the line may drop."""
    reports = entry.detail.reports if entry.detail else []
    return next((report.sender for report in reports if report.sender), entry.call.caller if entry.call else "")


def _title(form: Form, name: str, look: Look, width: int = TITLE) -> Line:
    """'>1 LOKASI': the mark says without colour where one is."""
    current, palette = form.at == name, look.palette
    words = f"{FIELDS.index(name) + 1} {look.say(f'screen.entry.field.{name}')}"
    return Line().add(">" if current else " ", palette.strong).add(
        words, palette.strong if current else palette.quiet, width - 1)


def _pair(entry: Entry, look: Look, width: int) -> Line:
    """The number to ring and who is there, on one line: '3 TELP BALIK 0812-...  4 NAMA Bu Sri'."""
    form = entry.form
    name_title = _title(form, NAME, look, len(look.say(f"screen.entry.field.{NAME}")) + 4)
    first = _title(form, PHONE, look).extend(_value(entry, PHONE, look, NUMBER))
    first.fill(TITLE + NUMBER).extend(name_title)
    return first.extend(_value(entry, NAME, look, max(4, width - first.width)))


def _value(entry: Entry, name: str, look: Look, room: int) -> Line:
    """At most ``room`` cells: the end of what is being typed, its beginning afterwards."""
    form, palette, line = entry.form, look.palette, Line()
    value, current = visible(form.value(name)), form.at == name
    if current:
        line.add(value[-(room - 2):], palette.strong)
        return line.add(" ", palette.cursor) if entry.at_hand else line
    if value:
        return line.add(clip(value, room - 1), palette.text)
    return line.add(clip(_known(entry, name) or "-", room - 1), palette.quiet)


def _known(entry: Entry, name: str) -> str:
    """What the server has where the form has nothing."""
    row, detail = entry.row, entry.detail
    if name == PHONE:
        return (detail.callback if detail else "") or (row.callback if row else "") or caller_number(entry)
    if name == NAME:
        return (detail.caller_name if detail else "") or (row.caller_name if row else "")
    if name == "text":
        return visible(entry.reported.summary) if entry.reported else ""
    return row.scene.landmark if row and name == LANDMARK else ""


def _field(entry: Entry, name: str, look: Look, width: int, most: int) -> list[Line]:
    """At most so many lines; the end of a long text is seen while it is typed, its beginning afterwards."""
    form, palette = entry.form, look.palette
    current = form.at == name
    line, room = _title(form, name, look), width - TITLE - 1
    value, told = visible(form.value(name)), _meaning(entry, name, look)
    if name in INLINE:
        line.add(value, palette.strong if current else palette.text)
        if current and entry.at_hand:
            line.add(" ", palette.cursor)
        gap = " " if value or current else ""
        text, style = told
        return [line.add(f"{gap}{clip(text, max(0, room - len(value) - 2))}", style)]
    style = palette.strong if current else palette.text
    rows = wrap(value, room - 1, drop_whitespace=False) if value else [""]
    if current:
        rows = rows[-max(most, 2 if name in ("text", SCENE) else 1):]
    elif len(rows) > most:
        rows = [*rows[: most - 1], clip("".join(rows[most - 1:]), room - 1)]
    lines = [line.add(rows[0], style), *(Line().add(" " * TITLE).add(row, style) for row in rows[1:])]
    if current and entry.at_hand:
        lines[-1].add(" ", palette.cursor)
    elif not value:
        lines[-1].add(clip(told[0], room - 1), told[1])
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
            known = entry.reported
            return _reported(_type(known.type, known.subtype, look), look) if known else ("", palette.quiet)
        return _advised(_type(advice.type, advice.subtype, look), look), palette.ready
    if name == "level":
        level = form.chosen_level()
        if level is None:
            return look.say("screen.entry.no_level"), palette.late
        if level:
            return f"= P{RANKS[level]}", palette.priorities[RANKS[level]]
        return _advised_level(entry, look)
    if name == SCENE:
        return _scene_meaning(entry, look)
    return _known(entry, name) or "-", palette.quiet


def _scene_meaning(entry: Entry, look: Look) -> tuple[str, Style]:
    """How the words are understood; of an empty field what was noted before, or what could be."""
    palette, typed = look.palette, entry.form.value(SCENE).strip()
    if typed:
        words = scene_words(SceneRow(**read_scene(typed)), look)
        return f"= {words}", palette.late if entry.form.is_dangerous else palette.ok
    known = scene_words(entry.row.scene, look) if entry.row else ""
    return (known, palette.text) if known else (look.say("screen.entry.scene_hint"), palette.quiet)


def _below(entry: Entry, name: str, look: Look, width: int) -> list[Line]:
    """The lines under a field: what a place may mean, and how the scene is understood while it is typed."""
    if name == "place":
        return _place_lines(entry, look)
    if name == SCENE and entry.form.value(SCENE).strip():
        return [Line().add(" " * TITLE).extend(row) for row in _scene_rows(entry, look, width)]
    return []


def _scene_rows(entry: Entry, look: Look, width: int) -> list[Line]:
    """What may hurt somebody is never dropped unseen: a cut is marked."""
    words, style = _scene_meaning(entry, look)
    rows, room = wrap(visible(words), width - TITLE - 1) or [""], width - TITLE - 1
    if len(rows) > SCENE_ROWS:
        rows = [*rows[: SCENE_ROWS - 1], clip(" ".join(rows[SCENE_ROWS - 1:]), room)]
    return [Line().add(row, style) for row in rows]


def _reported(words: str, look: Look) -> tuple[str, Style]:
    """What was reported before, by this caller or somebody else."""
    return look.say("screen.entry.known", what=words), look.palette.text


def _advised(words: str, look: Look) -> str:
    return look.say("screen.entry.advised", what=words)


def _advised_level(entry: Entry, look: Look) -> tuple[str, Style]:
    """The gravest of what the words say and what the card's answers imply; the doubt with it."""
    palette, advice = look.palette, entry.form.advice
    levels = [level for level in (entry.form.implied()[0], advice.severity if advice else "") if level]
    if not levels or not entry.is_advised:
        known = entry.reported
        if known is None or known.severity is None:
            return "", palette.quiet
        rank = RANKS[known.severity]
        return look.say("screen.entry.known", what=f"P{rank}"), palette.priorities[rank]
    rank = min(RANKS[level] for level in levels if level in RANKS)
    words = _advised(f"P{rank}", look)
    if advice and advice.life_threat:
        words += " " + look.say("screen.detail.life_threat") + ("?" if advice.unsure else "")
    return words, palette.priorities[rank]


def _type(kind: str, subtype: str, look: Look) -> str:
    found = look.centre.types.get(kind)
    labels = (found.subtypes.get(subtype) or found.labels) if found else {}
    return f"{look.type_short(kind)} {look.worded(labels).lower() or subtype or kind}"


def _place_lines(entry: Entry, look: Look) -> list[Line]:
    """Candidates with their digits; else what the place is."""
    form, palette = entry.form, look.palette
    options, place = form.candidates, form.advice.place if form.advice else None
    if not options:
        words, style = _place_words(entry, place, look)
        return [Line().add(" " * TITLE).add(words, style)] if words else []
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


def _place_words(entry: Entry, place: PlaceRow | None, look: Look) -> tuple[str, Style]:
    palette = look.palette
    if not entry.form.value("place").strip():
        known = entry.row.place if entry.row else PlaceRow()
        return _reported(_village(known), look) if known.kecamatan else ("", palette.quiet)
    if place is None:
        return "", palette.quiet
    if place.outside:
        return look.say("screen.detail.outside", name=place.outside), palette.late
    if place.kecamatan and not place.ambiguous:
        return f"= {_village(place)}", palette.ok
    return look.say("screen.entry.unknown_place"), palette.warn


def _village(place: PlaceRow) -> str:
    return f"Ds {place.desa}, Kec {place.kecamatan}" if place.desa else f"Kec {place.kecamatan}"
