"""Colours and text styles of every screen, by token. Owns contrast; never decides what a row means.

No state is told by colour alone: each token also has a glyph or a word (see ``console.view``), and
the styles below keep bold and reverse so that NO_COLOR and 16-colour terminals still differ.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from rich.style import Style
from textual.theme import Theme


def _style(colour: str, back: str | None = None, *, bold: bool = False, italic: bool = False) -> Style:
    return Style(color=colour, bgcolor=back, bold=bold or None, italic=italic or None)


@dataclass(frozen=True)
class Palette:
    """One shipped theme. Ratios against ``ground`` are checked by the tests (text 4.5:1, frames 3:1)."""

    name: str
    ground: str
    band: str
    """Ground of the selected row."""
    text: Style
    strong: Style
    quiet: Style
    """Secondary text: still 4.5:1, never dimmed."""
    frame: Style
    title: Style
    p1: Style
    p1_chip: Style
    p2: Style
    p3: Style
    p4: Style
    p5: Style
    ready: Style
    warn: Style
    late: Style
    ok: Style
    live: Style
    stale: Style
    offline: Style
    training: Style
    standby: Style
    simulator: Style
    key: Style
    cursor: Style
    priorities: tuple[Style, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "priorities", (self.text, self.p1, self.p2, self.p3, self.p4, self.p5))

    @property
    def selected(self) -> Style:
        """Laid under a selected row; the '>' marker says the same without colour."""
        return Style(color=colour_of(self.text), bgcolor=self.band)

    @property
    def base(self) -> Style:
        """Ground and plain text, under everything that says nothing else."""
        return Style(color=colour_of(self.text), bgcolor=self.ground)


DARK = Palette(
    name="kentongan-dark",
    ground="#101418",
    band="#22303B",
    text=_style("#D8DEE4"),
    strong=_style("#FFFFFF", bold=True),
    quiet=_style("#9AA5B0"),
    frame=_style("#6F7B86"),
    title=_style("#D8DEE4", bold=True),
    p1=_style("#FF6B57", bold=True),
    p1_chip=_style("#FFFFFF", "#B3261E", bold=True),
    p2=_style("#E69F00", bold=True),
    p3=_style("#F0E442"),
    p4=_style("#56B4E9"),
    p5=_style("#B0B8C0", italic=True),
    ready=_style("#2CC0A0", bold=True),
    warn=_style("#E69F00", bold=True),
    late=_style("#FF6B57", bold=True),
    ok=_style("#2CC0A0", bold=True),
    live=_style("#FFFFFF", "#00694F", bold=True),
    stale=_style("#101418", "#E69F00", bold=True),
    offline=_style("#FFFFFF", "#B3261E", bold=True),
    training=_style("#101418", "#CC79A7", bold=True),
    standby=_style("#101418", "#56B4E9", bold=True),
    simulator=_style("#101418", "#B0B8C0", bold=True),
    key=_style("#FFFFFF", bold=True),
    cursor=_style("#101418", "#D8DEE4"),
)

LIGHT = Palette(
    name="kentongan-light",
    ground="#FAFAF7",
    band="#D5E0EA",
    text=_style("#1B2127"),
    strong=_style("#000000", bold=True),
    quiet=_style("#4A525A"),
    frame=_style("#6B7681"),
    title=_style("#1B2127", bold=True),
    p1=_style("#A31515", bold=True),
    p1_chip=_style("#FFFFFF", "#A31515", bold=True),
    p2=_style("#8A4B00", bold=True),
    p3=_style("#6B5900"),
    p4=_style("#005A9C"),
    p5=_style("#4A525A", italic=True),
    ready=_style("#00694F", bold=True),
    warn=_style("#8A4B00", bold=True),
    late=_style("#A31515", bold=True),
    ok=_style("#00694F", bold=True),
    live=_style("#FFFFFF", "#00694F", bold=True),
    stale=_style("#FFFFFF", "#8A4B00", bold=True),
    offline=_style("#FFFFFF", "#A31515", bold=True),
    training=_style("#FFFFFF", "#8E3A6B", bold=True),
    standby=_style("#FFFFFF", "#005A9C", bold=True),
    simulator=_style("#FFFFFF", "#4A525A", bold=True),
    key=_style("#000000", bold=True),
    cursor=_style("#FAFAF7", "#1B2127"),
)

PALETTES = {palette.name: palette for palette in (DARK, LIGHT)}


def palette_of(name: str) -> Palette:
    """The theme of that name as this terminal gets it: without colours where ``NO_COLOR`` asks for none."""
    palette = PALETTES[name]
    return without_colour(palette) if os.environ.get("NO_COLOR") else palette


def without_colour(palette: Palette) -> Palette:
    """What presses is bold and at full strength, what marks is in reverse. Greyed colours would say the opposite."""
    strong, text, quiet = palette.strong, palette.text, palette.quiet
    bold, chip = _style(colour_of(text), bold=True), _style(palette.ground, colour_of(strong), bold=True)
    return replace(
        palette, p1=strong, p2=strong, p3=text, p4=text, p5=_style(colour_of(quiet), italic=True), warn=strong,
        late=strong, ready=bold, ok=bold, p1_chip=chip, live=chip, stale=chip, offline=chip, training=chip,
        standby=chip, simulator=chip,
    )


def colour_of(style: Style) -> str:
    """The foreground as '#RRGGBB'."""
    return style.color.get_truecolor().hex if style.color else ""


def textual_theme(palette: Palette) -> Theme:
    """The same tokens for the stock widgets (input line)."""
    return Theme(
        name=palette.name,
        primary=colour_of(palette.p4),
        secondary=colour_of(palette.quiet),
        warning=colour_of(palette.warn),
        error=colour_of(palette.late),
        success=colour_of(palette.ok),
        foreground=colour_of(palette.text),
        background=palette.ground,
        surface=palette.ground,
        panel=palette.ground,
        dark=palette is DARK,
        variables={"input-cursor-background": colour_of(palette.text), "input-cursor-foreground": palette.ground},
    )
