"""Blank cards for an outage: numbered, one field a line, the command that enters it afterwards printed on it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.domain.paper import card_name
from dispatch.domain.routing import RuleSet
from dispatch.services.paper_pdf import BOLD, PAGE_WIDTH
from dispatch.texts import text

PER_PAGE = 2
CARD_LINES = 32
FIELDS = ("when", "caller", "district", "place", "landmark", "what", "", "hurt", "type")
UNIT_LINES = 4


def card_pages(first: int, count: int, rules: RuleSet, lang: str, *, training: bool = False) -> list[list[str]]:
    """Two cards a sheet, ``count`` cards from number ``first``."""
    pages = []
    for start in range(first, first + count, PER_PAGE):
        cards = range(start, min(start + PER_PAGE, first + count))
        pages.append([line for number in cards for line in _card(number, rules, lang, training=training)])
    return pages


def _card(number: int, rules: RuleSet, lang: str, *, training: bool) -> list[str]:
    lines = [BOLD + _head(number, rules, lang, training=training), ("=" if training else "-") * PAGE_WIDTH]
    for field in FIELDS:
        lines += [_blank(text(f"paper.field_{field}", lang) if field else ""), ""]
    lines.append(text("paper.card_severity", lang))
    lines += _units(lang)
    lines.append(text("paper.card_entry", lang, card=card_name(number)))
    return [*lines, *[""] * (CARD_LINES - len(lines))]


def _head(number: int, rules: RuleSet, lang: str, *, training: bool) -> str:
    name = rules.centre_labels.get(lang) or rules.centre_labels.get("id", rules.centre)
    mode = text("paper.training", lang) + " " if training else ""
    return f"{mode}{name}   {text('paper.card', lang)}".ljust(PAGE_WIDTH - 10) + card_name(number).rjust(10)


def _blank(label: str) -> str:
    return f"{label:<22}{'_' * (PAGE_WIDTH - 22)}"


def _units(lang: str) -> Iterator[str]:
    yield text("paper.card_units", lang)
    for _ in range(UNIT_LINES):
        yield ""
        yield "  ".join("_" * width for width in (12, 16, 16, 16, 16))
