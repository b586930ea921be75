"""What is known beside the fields of the call entry form: advice, duplicates, the caller's words, history. Pure."""

from __future__ import annotations

from textwrap import wrap

from rich.style import Style

from console.labels import reason_of
from console.store import GONE_INCIDENT
from console.view.cell import Line, clip
from console.view.entry_part import Entry, Part
from console.view.facts import advised, advised_names
from console.view.head import title
from console.view.look import Look
from console.view.visible import visible
from dispatch.wire import EarlierRow

HEARD = 6


def known_parts(entry: Entry, look: Look, width: int) -> list[Part]:
    """The most needed first; what has nothing to say is left out."""
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
    if entry.form.incident is None and not entry.form.value("phone").strip():
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
