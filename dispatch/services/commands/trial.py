"""A dry run: what a command would have done, said as the log would have said it. Owns the wording, stores nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from msgspec.structs import replace

from dispatch import wire
from dispatch.domain.incident import Incident
from dispatch.domain.routing import RuleSet
from dispatch.storage.transaction import Tx
from dispatch.storage.wire_row import log_line
from dispatch.texts import text

MAX_EFFECTS = 40


def tried(
    tx: Tx, result: wire.CommandResult, after_seq: int, about: Incident | None, rules: RuleSet, lang: str
) -> wire.CommandResult:
    """The result of a command that is about to be taken back: marked as a trial, with its log lines as ``lines``.

    It names no incident and nothing changed: a number it gave out is nobody's again.
    """
    tz, number = ZoneInfo(rules.tz_name), about.number if about else None
    effects = [log_line(row, number, tz, lang).text for row in tx.lines_after(after_seq)]
    more = len(effects) - MAX_EFFECTS
    lines = effects[:MAX_EFFECTS] + ([text("result.tried_more", lang, n=more)] if more > 0 else [])
    return replace(
        result, message=text("result.tried", lang, message=result.message), changed=[], incident=None, undo_s=0,
        data={**result.data, "lines": [*result.data.get("lines", []), *(lines or [text("result.tried_none", lang)])]},
    )
