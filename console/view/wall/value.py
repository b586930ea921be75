"""A figure as it is read: its amount, whether it can be trusted, and how it stands to its target. Pure."""

from __future__ import annotations

import math

from rich.style import Style

from console.view.look import LATE, Look
from console.view.wall.data import FEW
from dispatch.wire import Figure

SHARE, SECONDS, COUNT = "share", "s", "count"


def is_few(figure: Figure) -> bool:
    """Too few cases for a share or a percentile; a count is what it is."""
    return figure.unit != COUNT and figure.n < FEW


def amount(figure: Figure | None, look: Look) -> str:
    """'94%', '11 dtk', '3'; '-' where there is nothing to say."""
    if figure is None or figure.value is None:
        return "-"
    if figure.unit == SHARE:
        return percent(figure.value)
    if figure.unit == SECONDS:
        return look.say("wall.seconds", n=number(figure.value, look))
    return f"{figure.value:.0f}"


def shown(figure: Figure | None, look: Look) -> str:
    """The amount, in brackets when there are too few cases behind it."""
    text = amount(figure, look)
    return f"({text})" if figure is not None and text != "-" and is_few(figure) else text


def percent(share: float) -> str:
    return f"{share * 100:.0f}%"


def floor_percent(share: float) -> str:
    """Rounded down: a promise is never made larger than it is."""
    return f"{math.floor(share * 100)}"


def number(seconds: float | None, look: Look) -> str:
    """Seconds up to four digits, then hours with their letter; few of them more exactly, where it says something."""
    if seconds is None:
        return "-"
    if 0 < seconds < 0.1:
        return f"{seconds:.3f}"
    if seconds < 9999.5:
        return f"{seconds:.1f}" if 0 < seconds < 9.95 and seconds != round(seconds) else f"{seconds:.0f}"
    return f"{min(999, round(seconds / 3600))}{look.say('label.time.hour')}"


def is_missed(figure: Figure) -> bool:
    """Whether it is off a target of ours; too few cases never are."""
    return not figure.standard and is_off(figure)


def is_off(figure: Figure) -> bool:
    """Whether it is off its target, whoever set that."""
    if figure.target is None or figure.value is None or is_few(figure):
        return False
    return figure.value < figure.target if figure.is_wanted else figure.value > figure.target


def target(figure: Figure, look: Look) -> str:
    if figure.target is None:
        return "-"
    sign = ">=" if figure.is_wanted else "<="
    if figure.unit == SHARE:
        return f"{sign}{percent(figure.target)}"
    return f"{sign}{number(figure.target, look)}"


def status(figure: Figure | None, look: Look) -> tuple[str, Style]:
    """'=', '! +14' off our own target, '+14' off a published one, 'n<20', or '-' where there is none."""
    palette = look.palette
    if figure is None or figure.value is None:
        return look.say("wall.no_data"), palette.quiet
    if is_few(figure):
        return look.say("wall.few"), palette.quiet
    if figure.target is None:
        return "-", palette.quiet
    if not is_off(figure):
        return "=", palette.ok
    away = abs(figure.value - figure.target)
    gap = f"{away * 100:.0f}%" if figure.unit == SHARE else number(away, look)
    gap = f"{'-' if figure.is_wanted else '+'}{gap}"
    return (gap, palette.warn) if figure.standard else (f"{LATE} {gap}", palette.late)


def style_of(figure: Figure | None, look: Look, calm: Style | None = None) -> Style:
    """Grey while it cannot be trusted, red when it is off our target, amber off a published one."""
    if figure is None or figure.value is None or is_few(figure):
        return look.palette.quiet
    if is_missed(figure):
        return look.palette.late
    return look.palette.warn if is_off(figure) else calm or look.palette.strong


def marked(figure: Figure | None, look: Look) -> str:
    """The amount with '!' when it is off its target."""
    return shown(figure, look) + (LATE if figure is not None and is_missed(figure) else "")
