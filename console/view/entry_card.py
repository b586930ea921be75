"""The protocol card beside the call entry form: one question at a time with the keys that answer it. Pure."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from rich.style import Style

from console.entry.form import CARD, Form
from console.view.cell import Line, clip
from console.view.head import title
from console.view.look import Look
from console.view.page import card_instructions
from console.view.visible import visible


def card_lines(form: Form, look: Look, width: int, height: int) -> list[Line]:
    """Head, questions with their answers, then what to tell the caller; the question that is asked is always seen."""
    palette = look.palette
    if not form.card:
        return [title(look.say("screen.entry.no_card"), "", look, width)]
    head = _card_head(form.card, look, width)
    questions, start = _questions(form, look, width)
    sentences = card_instructions(form.card, look)
    told = [Line().add(look.say("screen.card.instructions"), palette.title)] if sentences else []
    for index, text in enumerate(sentences, 1):
        told += _folded(f"{index}. ", text, look, width, palette.text)
    room = max(1, height - len(head))
    if len(questions) > room:
        questions = questions[min(start, len(questions) - room):][:room]
    body = [*questions, *told]
    if len(body) > room:
        body[room - 1] = Line().add(" ").add(look.say("screen.detail.card_more"), palette.quiet)
    return [*head, *body[:room]]


def _card_head(card: dict[str, Any], look: Look, width: int) -> list[Line]:
    words = f"{card.get('code', '')} {look.worded(card.get('title'))}"
    by = str(card.get("approved_by") or "")
    approved = look.say("screen.card.approved", by=by) if by else ""
    mark = look.say("screen.card.sample") if card.get("sample") else approved
    lines = [title(words, "", look, width)]
    style = look.palette.warn if card.get("sample") else look.palette.quiet
    return [*lines, *(Line().add(" ").add(row, style) for row in wrap(mark, width - 2))]


def _questions(form: Form, look: Look, width: int) -> tuple[list[Line], int]:
    """All questions, and the line where the one that is asked begins."""
    palette = look.palette
    lines: list[Line] = []
    start = 0
    for index, (name, question) in enumerate(form.questions):
        text = look.worded(question.get("text"))
        if index == form.asked:
            start = len(lines)
            lines += _asked(form, question, text, look, width)
        elif name in form.answers:
            said = _answer_words(question, form.answers[name], look)
            room = max(8, width - 6 - len(said))
            lines.append(Line().add("[x] ", palette.quiet).add(clip(text, room), palette.quiet).add(" ").add(
                said, palette.strong))
        else:
            lines.append(Line().add("[ ] ", palette.quiet).add(clip(text, width - 5), palette.text))
    return lines, start


def _asked(form: Form, question: dict[str, Any], text: str, look: Look, width: int) -> list[Line]:
    """The question in full, and under it the keys that answer it."""
    palette, at_card = look.palette, form.at == CARD
    lines = _folded(">   " if at_card else "[ ] ", text, look, width, palette.strong if at_card else palette.text)
    if not at_card:
        return lines
    keys = Line().add("    ")
    if not question.get("answers"):
        return [*lines, keys.add(look.say("screen.entry.free_answer"), palette.quiet)]
    row = [keys]
    for index, answer in enumerate(question["answers"], 1):
        key = {"yes": "y", "no": "t" if look.lang == "id" else "n", "unknown": "?"}.get(str(answer["key"]), str(index))
        words = look.worded(answer.get("text"))
        if row[-1].width + len(words) + 4 > width and row[-1].width > 4:
            row.append(Line().add("    "))
        row[-1].add(f"{key} ", palette.key).add(f"{words}  ", palette.text)
    return [*lines, *row]


def _answer_words(question: dict[str, Any], given: str, look: Look) -> str:
    found = next((a for a in question.get("answers") or [] if a["key"] == given), None)
    return look.worded(found["text"]) if found else given


def _folded(mark: str, text: str, look: Look, width: int, style: Style) -> list[Line]:
    rows = wrap(visible(text), max(10, width - len(mark) - 1)) or [""]
    return [Line().add(mark if index == 0 else " " * len(mark), look.palette.quiet).add(row, style)
            for index, row in enumerate(rows)]
