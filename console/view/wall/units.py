"""Panel 4: units by agency and the cover they give. Without a minimum in the rules nothing is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.style import Style

from console.view.cell import Line
from console.view.head import title
from console.view.look import LATE, Look
from console.view.wall.data import WallData
from dispatch.wire import CoverRow, UnitRow

AGENCY = 14
ROOMS = (5, 6, 4, 7, 4)


def units_block(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    """What has no line of its own is counted in the last one."""
    palette = look.palette
    heads = look.say("wall.unit_columns").split("|")
    line = Line().add(heads[0], palette.quiet, AGENCY)
    for head, room in zip(heads[1:6], ROOMS, strict=True):
        line.add(head, palette.quiet, room, right=True)
    lines = [title(look.say("wall.units"), "", look, width), line.add(" ").add(heads[6], palette.quiet)]
    found = sorted(by_agency(data.store.units.values()), key=lambda item: not _lacks(data, item[0], look))
    room = max(0, height - len(lines))
    if len(found) <= room:
        return lines + [_agency(code, counts, look, data) for code, counts in found]
    shown, rest = found[: max(0, room - 1)], found[max(0, room - 1) :]
    return lines + [_agency(code, counts, look, data) for code, counts in shown] + [_the_rest(rest, look)][:room]


def _the_rest(rest: list[tuple[str, Counter[str]]], look: Look) -> Line:
    """'+3 lagi  12 2 0 1': the agencies that have no line, together."""
    total = sum((counts for _, counts in rest), Counter[str]())
    line = Line().add(look.say("wall.more", n=len(rest)), look.palette.quiet, AGENCY)
    for value, room in zip(_columns(total), ROOMS, strict=False):
        line.add(str(value), look.palette.quiet, room, right=True)
    return line


def _columns(counts: Counter[str]) -> tuple[int, int, int, int]:
    """Free, busy, off duty, lost."""
    free, off, lost = counts["available"], counts["out_of_service"], counts["no_contact"]
    return free, counts.total() - free - off - lost, off, lost


def _lacks(data: WallData, code: str, look: Look) -> bool:
    """What needs a look stands first: it must not be what is cut off."""
    return any(rule.agency == code and _is_thin(data, rule) for rule in look.centre.cover)


def by_agency(units: Iterable[UnitRow]) -> list[tuple[str, Counter[str]]]:
    """Statuses counted by agency, the largest first."""
    found: dict[str, Counter[str]] = {}
    for unit in units:
        found.setdefault(unit.agency, Counter())[unit.status] += 1
    return sorted(found.items(), key=lambda item: (-item[1].total(), item[0]))


def _agency(code: str, counts: Counter[str], look: Look, data: WallData) -> Line:
    palette = look.palette
    free, busy, off, lost = _columns(counts)
    whole, districts = _rules_of(code, look)
    line = Line().add(agency_name(code, look), palette.text, AGENCY)
    values = (
        (str(free), palette.ready if free else palette.text), (str(busy), palette.text), (str(off), palette.quiet),
        (str(lost), palette.late if lost else palette.quiet), (str(whole.minimum) if whole else "-", palette.quiet),
    )
    for (value, style), room in zip(values, ROOMS, strict=True):
        line.add(value, style, room, right=True)
    return line.add(" ").add(*_verdict(free, whole, [rule for rule in districts if _is_thin(data, rule)], look))


def _is_thin(data: WallData, rule: CoverRow) -> bool:
    return free_in(data, rule) < rule.minimum


def _verdict(free: int, whole: CoverRow | None, thin: list[CoverRow], look: Look) -> tuple[str, Style]:
    """The centre's own minimum, and the districts that lack theirs."""
    if not thin:
        return judge_cover(free, whole.minimum if whole else None, look)
    missing = max(0, whole.minimum - free) if whole else 0
    places = " ".join(look.district(rule.kecamatan) for rule in thin)
    if missing:
        return look.say("wall.short_in", n=missing, where=places), look.palette.late
    return f"{LATE} {places}", look.palette.late


def agency_name(code: str, look: Look) -> str:
    """The whole name where there is room for it, else the short one."""
    labels = look.centre.agencies.get(code, {})
    name = labels.get(look.lang) or labels.get("id") or code
    return name if len(name) < AGENCY else look.agency(code)


def _rules_of(code: str, look: Look) -> tuple[CoverRow | None, list[CoverRow]]:
    """The minimum of the whole centre, and those of single districts."""
    mine = [rule for rule in look.centre.cover if rule.agency == code]
    return next((rule for rule in mine if not rule.kecamatan), None), [rule for rule in mine if rule.kecamatan]


def free_in(data: WallData, rule: CoverRow) -> int:
    """Free units of an agency where the rule wants them."""
    return sum(
        unit.status == "available" and unit.agency == rule.agency and rule.kecamatan in ("", unit.kecamatan)
        for unit in data.store.units.values()
    )


def judge_cover(free: int, minimum: int | None, look: Look) -> tuple[str, Style]:
    palette = look.palette
    if minimum is None:
        return look.say("wall.unjudged"), palette.quiet
    if free < minimum:
        return look.say("wall.short", n=minimum - free), palette.late
    return look.say("wall.exact" if free == minimum else "wall.covered"), palette.ok
