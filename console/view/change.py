"""What an event changed, as 'before>after': the same on the incident's audit tab and on the audit page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.view.look import Look

AFTER = ("after", "status", "severity", "type", "disposition", "incoming", "into")
"""Where an event keeps what came of it, the first that is there."""
WORDS = {"assignment": "assignment", "incident": "status", "unit": "unit", "reach": "assignment"}
"""Kind of event -> table of the words of its states."""
CODED = {"channel": "channel_name", "phase": "phase", "alarm": "alarm", "field": "noted"}
"""What is told as a code, and the table of its words."""
SHOWN = (
    "field", "reason", "unit", "text", "note", "rule", "phase", "alarm", "command", "channel", "subject", "why",
    "figures",
)
"""What else is told, in this order."""


def change_of(kind: str, data: Mapping[str, Any], look: Look) -> str:
    """'P3>P1', 'JALAN>LOKASI', '>LOKASI' when the event says only what came, '' when nothing changed."""
    table = WORDS.get(kind.partition(".")[0], "")
    after = next((data[key] for key in AFTER if data.get(key) not in (None, "")), None)
    if after is not None and after == data.get("into"):
        return f">{look.number(int(after))}"
    before = data.get("before")
    if before is None and after is None:
        return ""
    return f"{_word(before, table, look)}>{_word(after, table, look)}"


def _word(value: Any, table: str, look: Look) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return look.say("screen.scene.yes" if value else "screen.scene.no")
    text = str(value)
    rank = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}.get(text)
    if rank:
        return rank
    if text in look.centre.types:
        return look.type_short(text)
    return look.word_or(f"label.{table}", text) if table else text


def rest_of(data: Mapping[str, Any], look: Look | None = None) -> str:
    """Reason, unit and words of an event, as written; with ``look`` what is a code has its word."""
    return " ".join(_named(key, str(data[key]), look) for key in SHOWN if data.get(key) not in (None, "", [], {}))


def _named(key: str, value: str, look: Look | None) -> str:
    table = CODED.get(key)
    if look is None:
        return value
    if key == "subject":
        return look.agency(value)
    return look.word_or(f"label.{table}", value) if table else value
