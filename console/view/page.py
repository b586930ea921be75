"""Pages that cover the boards: help, cards, the answer of a query. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from rich.cells import cell_len
from rich.style import Style

from console.view.cell import Line
from console.view.look import Look
from console.view.visible import visible


def text_lines(text: str, look: Look, width: int) -> list[Line]:
    """Plain text, folded; a line in capitals is a heading."""
    lines = []
    for raw in text.strip("\n").split("\n"):
        style = look.palette.title if raw.split(" (")[0].isupper() else look.palette.text
        lines += hung(raw, look, width, style)
    return lines


def hung(text: str, look: Look, width: int, style: Style | None = None) -> list[Line]:
    """A line that is too long goes on below, four cells further in than it began; one that fits stays as it is."""
    shown = visible(text)
    if cell_len(shown) <= width:
        return [Line().add(shown, style or look.palette.text)]
    indent = len(shown) - len(shown.lstrip())
    rows = wrap(shown.strip(), max(20, width - indent - 4), break_on_hyphens=False)
    return [Line().add(" " * (indent + (4 if index else 0))).add(row, style or look.palette.text)
            for index, row in enumerate(rows)]


def handover_lines(items: Sequence[dict[str, Any]], look: Look, width: int) -> list[Line]:
    """The seven items of a handover: read out or not, and what each holds, folded."""
    palette = look.palette
    lines: list[Line] = []
    for item in items:
        sign, style = ("[x] ", palette.quiet) if item.get("read") else ("[ ] ", palette.strong)
        lines.append(Line().add(sign, style).add(f"{item['number']} {visible(str(item['title']))}", style))
        for told in item.get("lines") or []:
            lines += folded("    ", str(told), look, width)
    return lines


def card_lines(cards: Sequence[dict[str, Any]], look: Look, width: int) -> list[Line]:
    """Protocol cards in full: what to ask with its answers, then what to tell the caller."""
    lines: list[Line] = []
    for card in cards:
        lines += [*([Line()] if lines else []), card_head(card, look), *card_body(card, look, width)]
    return lines


def card_head(card: dict[str, Any], look: Look) -> Line:
    """'MED-09 Henti jantung  CONTOH': a sample card must never look like an approved one."""
    line = Line().add(str(card.get("code", "")), look.palette.strong).add(" ")
    line.add(look.worded(card.get("title")), look.palette.title)
    if card.get("sample"):
        return line.add("  ").add(look.say("screen.card.sample"), look.palette.warn)
    by = str(card.get("approved_by") or "")
    return line.add("  " + look.say("screen.card.approved", by=by), look.palette.quiet) if by else line


def card_body(card: dict[str, Any], look: Look, width: int) -> list[Line]:
    """Questions with their answers, then the sentences to tell the caller."""
    palette = look.palette
    lines = [Line().add(look.say("screen.card.questions"), palette.title)] if card.get("questions") else []
    for index, question in enumerate(card.get("questions") or [], 1):
        answers = " / ".join(look.worded(answer.get("text")) for answer in question.get("answers") or [])
        text = look.worded(question.get("text"))
        lines += folded(f"{index}. ", text + (f"  [{answers}]" if answers else ""), look, width)
    told = card_instructions(card, look)
    lines += [Line().add(look.say("screen.card.instructions"), palette.title)] if told else []
    for index, text in enumerate(told, 1):
        lines += folded(f"{index}. ", text, look, width)
    return lines


def card_instructions(card: dict[str, Any], look: Look) -> list[str]:
    """In the reader's language, else in Indonesian."""
    told = card.get("instructions") or {}
    return [str(text) for text in told.get(look.lang) or told.get("id") or []] if isinstance(told, dict) else []


def folded(mark: str, text: str, look: Look, width: int, style: Style | None = None) -> list[Line]:
    """A numbered sentence on as many lines as it takes."""
    room = max(20, width - 3 - len(mark))
    parts = wrap(visible(text), room) or [""]
    return [
        Line().add("  ").add(mark if index == 0 else " " * len(mark), look.palette.quiet).add(
            part, style or look.palette.text)
        for index, part in enumerate(parts)
    ]
