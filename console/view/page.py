"""Pages that cover the boards: help, cards, the answer of a query. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from console.view.cell import Line
from console.view.look import Look
from console.view.visible import visible
from dispatch.wire import SearchHit, SearchResult


def text_lines(text: str, look: Look) -> list[Line]:
    """Plain text; a line in capitals is a heading."""
    lines = []
    for raw in text.strip("\n").split("\n"):
        style = look.palette.title if raw.split(" (")[0].isupper() else look.palette.text
        lines.append(Line().add(raw, style))
    return lines


def answer_lines(data: dict[str, Any], look: Look) -> list[Line]:
    """Whatever a read command answered: its lines and, for WHY, the stored decision."""
    lines = [Line().add(str(entry), look.palette.text) for entry in data.get("lines") or []]
    decision = data.get("decision")
    return [*lines, *decision_lines(decision, look)] if isinstance(decision, dict) and decision else lines


def decision_lines(decision: dict[str, Any], look: Look) -> list[Line]:
    """The rules that matched, those that did not and where, and the words that drove triage."""
    palette = look.palette
    rules = ", ".join(map(str, decision.get("rules") or [])) or "-"
    heading = look.say("screen.why_rules", version=decision.get("version", ""), rules=rules)
    lines = [Line().add(heading, palette.title)]
    for step in decision.get("trace") or []:
        kind, rule, matched, failed = [*step, "", "", False, ""][:4]
        key = "screen.why_match" if matched else "screen.why_no"
        text = look.say(key, type=look.type_short(str(kind)), rule=rule, failed=failed)
        lines.append(Line().add(text, palette.text if matched else palette.quiet))
    for reason in decision.get("reasons") or []:
        effect, value, rule, words = [*reason, "", "", "", []][:4]
        line = Line().add(f"  {effect}: ", palette.quiet).add(f"{value}  ", palette.text).add(f"{rule} ", palette.quiet)
        lines.append(line.add(" ".join(map(str, words)), palette.text))
    return lines


def handover_lines(data: dict[str, Any], look: Look, width: int) -> list[Line]:
    """The seven items of a handover: read out or not, and what each holds, folded."""
    palette = look.palette
    lines: list[Line] = []
    for item in data.get("items") or []:
        sign, style = ("[x] ", palette.quiet) if item.get("read") else ("[ ] ", palette.strong)
        lines.append(Line().add(sign, style).add(f"{item['number']} {visible(str(item['title']))}", style))
        for told in item.get("lines") or []:
            lines += folded("    ", str(told), look, width)
    return lines


def hit_lines(result: SearchResult, look: Look) -> list[Line]:
    """What a search found, one line a hit: kind, number, the words with what fitted marked, what it is, when."""
    palette = look.palette
    lines = [Line().add(look.say("screen.found", n=len(result.hits)), palette.quiet)]
    for hit in result.hits:
        line = Line().add(look.word("hit", hit.kind), palette.quiet, 8).add(" ")
        line.add(f"{hit.incident:04d}" if hit.incident else "", palette.strong, 5).add(" ")
        _marked_title(line, hit, look)
        line.add("  ").add(hit.detail, palette.quiet)
        if hit.where not in ("", "words", hit.kind):
            line.add(f"  [{look.word('where', hit.where)}]", palette.quiet)
        lines.append(line.add(f"  {look.local(hit.at):%d/%m/%y %H:%M}" if hit.at else "", palette.quiet))
    return lines


def _marked_title(line: Line, hit: SearchHit, look: Look) -> None:
    """The matches stand out by weight, which also a screen without colours has."""
    done = 0
    for start, end in hit.marks:
        line.add(hit.title[done:start], look.palette.text).add(hit.title[start:end], look.palette.strong)
        done = end
    line.add(hit.title[done:], look.palette.text)


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


def folded(mark: str, text: str, look: Look, width: int) -> list[Line]:
    """A numbered sentence on as many lines as it takes."""
    room = max(20, width - 3 - len(mark))
    parts = wrap(visible(text), room) or [""]
    return [
        Line().add("  ").add(mark if index == 0 else " " * len(mark), look.palette.quiet).add(part, look.palette.text)
        for index, part in enumerate(parts)
    ]
