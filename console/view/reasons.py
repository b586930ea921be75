"""Why an incident is what it is, in words: which words drove it, which rules matched and what the others lacked. Pure.

Names of rules and lexicon entries stand in brackets behind the words: whoever edits the rules looks for them there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from console.labels import label_or
from console.store import RANKS
from console.view.cell import Line
from console.view.look import Look
from console.view.page import folded, hung
from dispatch.wire import CentreRow

Reason = tuple[str, str, str, list[str]]
"""Effect, what was argued for, the lexicon entry or rule, the words that said so."""


def answer_lines(data: Mapping[str, Any], look: Look, width: int) -> list[Line]:
    """Whatever a read command answered, folded; for WHY also the stored decision."""
    lines = [line for entry in data.get("lines") or [] for line in hung(str(entry), look, width)]
    decision = data.get("decision")
    return [*lines, *decision_lines(decision, look, width)] if isinstance(decision, dict) and decision else lines


def decision_lines(decision: Mapping[str, Any], look: Look, width: int) -> list[Line]:
    """The rules in force and the one that decided, what the words argued for, then every rule that was looked at."""
    rules = ", ".join(_rule(str(rule)) for rule in decision.get("rules") or []) or "-"
    heading = look.say("screen.why_rules", version=decision.get("version", ""), rules=rules)
    lines = [Line().add(row.text.strip(), look.palette.title) for row in folded("", heading, look, width)]
    for (effect, value), reasons in _gathered(decision.get("reasons") or []).items():
        lines += _reason_lines(effect, value, reasons, look, width)
    if raised := ", ".join(_rule(str(rule)) for rule in decision.get("raised") or []):
        lines += folded("", look.say("screen.why_raised", rules=raised), look, width)
    for step in decision.get("trace") or []:
        lines += _step_lines(*[*map(str, step), "", "", "", ""][:4], look=look, width=width)
    return lines


def _gathered(stored: Iterable[Any]) -> dict[tuple[str, str], list[Reason]]:
    """What argued for the same stands together, in the order in which each was first said."""
    found: dict[tuple[str, str], list[Reason]] = {}
    for reason in stored:
        effect, value, rule, words = [*reason, "", "", "", []][:4]
        found.setdefault((str(effect), str(value)), []).append((str(effect), str(value), str(rule), list(words)))
    return found


def _reason_lines(effect: str, value: str, reasons: list[Reason], look: Look, width: int) -> list[Line]:
    """'  Jenis KBK kebakaran: kobongan neng warung; geni  (building_fire, flame_word)'."""
    quoted = "; ".join(dict.fromkeys(" ".join(map(str, words)) for *_, words in reasons if words)) or "-"
    entries = ", ".join(dict.fromkeys(look.word_or("label.cue", rule) for _, _, rule, _ in reasons if rule))
    text = f"{argued(effect, value, look.centre, look.lang)}: {quoted}" + (f"  ({entries})" if entries else "")
    return folded("", text, look, width)


def argued(effect: str, value: str, centre: CentreRow, lang: str) -> str:
    """What words argued for: 'Jenis KBK kebakaran', 'Prioritas P2'; a place's code as it is."""
    name = label_or(f"label.effect.{effect}", lang, effect)
    if effect == "type":
        value = type_words(value, centre, lang)
    elif effect == "subtype":
        labels = (kind.subtypes.get(value) for kind in centre.types.values())
        value = next((_worded(label, lang).lower() for label in labels if label), value)
    elif effect in ("severity", "life_threat") and value in RANKS:
        value = f"P{RANKS[value]}"
    return f"{name} {value}".strip()


def type_words(code: str, centre: CentreRow, lang: str) -> str:
    """'KBK kebakaran'; the code of a type this centre does not know."""
    found = centre.types.get(code)
    return f"{found.short} {_worded(found.labels, lang).lower()}" if found else code


def _worded(labels: Mapping[str, str], lang: str) -> str:
    return labels.get(lang) or labels.get("id") or ""


def _step_lines(kind: str, rule: str, matched: str, failed: str, *, look: Look, width: int) -> list[Line]:
    hit = matched == "True"
    key = "screen.why_match" if hit else "screen.why_no"
    text = look.say(key, type=look.type_short(kind), rule=_rule(rule), failed=look.word_or("label.part", failed))
    style = look.palette.text if hit else look.palette.quiet
    return folded("", text, look, width, style)


def _rule(name: str) -> str:
    """A rule's name is the centre's own words, joined with '_' because the file wants it."""
    return name.replace("_", " ")
