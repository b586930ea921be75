"""What the call entry form is drawn from, and the parts it is drawn in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.entry.form import Form
from console.view.cell import Line
from dispatch.grammar import Vocabulary
from dispatch.wire import CallRow, DuplicateRow, IncidentDetail, IncidentRow, LogLine

NOTHING_KNOWN = "other_service"
"""The type of a call of which nobody has said anything yet."""


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
    def reported(self) -> IncidentRow | None:
        """The incident, where more is known of it than that somebody called."""
        return self.row if self.row is not None and self.row.type != NOTHING_KNOWN else None

    @property
    def is_advised(self) -> bool:
        """Whether anything was said that could be judged: of an empty form the server makes an inquiry."""
        form = self.form
        typed = any(form.value(name).strip() for name in ("text", "type", "scene"))
        return bool(typed or form.heard or form.answers)


@dataclass
class Part:
    """Lines under a heading; ``least`` of them stay while others still can give way."""

    heading: Line | None
    lines: list[Line]
    least: int = 1

    @property
    def height(self) -> int:
        return len(self.lines) + (self.heading is not None)
