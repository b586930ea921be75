"""The wallboard's lines. Pure: live rows of the store plus the numbers of the server; owns layout and marks.

A percentile of fewer than 20 cases is shown in brackets and grey, and never marked as an alarm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.style import Style

from console.labels import label_or
from console.store import Store, rank_of
from console.view.cell import Line, clip
from console.view.head import Link, centre_name, mode_chip, title
from console.view.look import CHIPS, CLOCK_OPEN, LATE, WARN, Look, mark_of
from console.view.row import marked
from dispatch.wire import ClockRow, IncidentRow, PhaseStat, Stats

FEW = 20
QUEUE_LIMIT, OLDEST_LIMIT, ANSWER_LIMIT, LOST_LIMIT, ANSWER_SHARE = 3, 15, 15, 0.05, 0.9
WIDE = 110
HOURS_SHOWN = 8
BAR = 24
AGENCY, PHASE = 15, 21
"""Cells for the names of agencies and phases."""
PHASES = ("answer", "triage", "dispatch", "acknowledge", "turnout", "travel", "resolve")


@dataclass(frozen=True)
class WallData:
    """What the wall shows; the statistics are None until the server has answered."""

    store: Store
    today: Stats | None = None
    hour: Stats | None = None
    link: Link = field(default_factory=Link)
    read_at: datetime | None = None
    frozen_at: datetime | None = None


def wall_lines(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    """The whole screen: two columns when wide, one stack when not."""
    body = _wide(data, look, width, height - 2) if width >= WIDE else _narrow(data, look, width, height - 2)
    body = [*body[: height - 2], *[Line() for _ in range(height - 2 - len(body))]]
    return [_header(data, look, width), *body, Line().add(look.say("screen.wall.keys"), look.palette.quiet)]


def _wide(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    left = width * 67 // 120
    right = width - left - 1
    fixed = 4 + 9 + 5
    rest = max(4, height - fixed)
    district = 4 if rest >= 12 else 3
    risk = rest - district
    lines = _calls(data, look, width)
    lines += _beside(_phases(data, look, left), _units(data, look, right), 9, look, left)
    lines += _beside(_risk(data, look, left, risk), _hours(data, look, right, risk), risk, look, left)
    lines += _beside(_districts(data, look, left, district), _types(data, look, right, district), district, look, left)
    return [*lines, *_quality(data, look, width), Line().add(look.say("screen.wall.legend"), look.palette.quiet)]


def _narrow(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    phases = _phases(data, look, width)
    lines = [*_calls_short(data, look, width), *phases[:8]]
    rest = height - len(lines)
    units = min(6, max(3, rest // 2))
    lines += _risk(data, look, width, rest - units)
    lines += _units(data, look, width)[:units]
    return lines


def _beside(left: list[Line], right: list[Line], height: int, look: Look, width: int) -> list[Line]:
    """Two blocks with a bar between them."""
    lines = []
    for index in range(height):
        line = Line().extend(left[index]) if index < len(left) else Line()
        line.fill(width).add("|", look.palette.frame)
        lines.append(line.extend(right[index]) if index < len(right) else line)
    return lines


# -- header and calls -----------------------------------------------------------------------------------


def _header(data: WallData, look: Look, width: int) -> Line:
    palette = look.palette
    at = look.local(look.now)
    day = look.say("screen.days").split()[at.weekday()]
    month = look.say("screen.months").split()[at.month - 1]
    line = Line().add(f"112 {centre_name(look, 16)} ", palette.strong)
    text, style = mode_chip(data.link, look)
    line.add(f"[{text}]", style).add(" ")
    date = f"{day} {at.day:02d} {month} {at:%Y %H:%M:%S}"
    parts = [(look.say("screen.wall.title"), palette.title), (date, palette.text)]
    if width < WIDE:
        parts = [(f"{at:%H:%M:%S}", palette.text)]
    busy = sum(1 for person in data.store.operators.values() if person.state != "break")
    parts.append((look.say("screen.wall.seats", busy=busy, all=len(data.store.operators)), palette.text))
    if data.read_at is not None:
        parts.append((look.say("screen.wall.data", time=f"{look.local(data.read_at):%H:%M:%S}"), palette.quiet))
    bad = look.centre.degraded
    parts.append((look.say("screen.wall.sources_bad", n=len(bad)), palette.warn) if bad
                 else (look.say("screen.wall.sources_ok"), palette.ok))
    if data.frozen_at is not None:
        since = f"{look.local(data.frozen_at):%H:%M:%S}"
        parts = [(look.say("screen.wall.frozen", time=since), palette.stale), *parts[1:2]]
    for text, part_style in parts:
        if line.width + len(text) + 2 <= width:
            line.add(" ").add(text, part_style).add(" ")
    return line


@dataclass(frozen=True)
class Cell:
    """One number of the call line; ``bad`` marks it with '!' besides its colour."""

    head: str
    value: str
    target: str = ""
    bad: bool = False


def _call_cells(data: WallData, look: Look) -> list[Cell]:
    store, calls = data.store, data.hour.calls if data.hour else {}
    waiting = store.ringing()
    oldest = look.now - waiting[0].rang_at if waiting else timedelta()
    states = Counter(person.state for person in store.operators.values())
    share, lost = calls.get("answered_15s_share"), _share(calls, "abandoned")
    p90, noise = calls.get("answer_p90_s"), _share(calls, "noise")
    people = look.say("screen.wall.operators", ready=states["ready"], busy=states["on_call"] + states["wrap_up"])
    values = [
        (str(len(waiting)), len(waiting) > QUEUE_LIMIT),
        (look.span(oldest) if waiting else "-", oldest.total_seconds() > OLDEST_LIMIT),
        (_percent(share), share is not None and share < ANSWER_SHARE),
        (look.say("screen.wall.seconds", n=f"{p90:.0f}") if p90 is not None else "-", (p90 or 0) > ANSWER_LIMIT),
        (_percent(lost), (lost or 0) > LOST_LIMIT),
        (_percent(noise, int(calls.get("noise", 0))), False),
        (f"{calls.get('offered', 0) - calls.get('noise', 0):.0f}", False),
        (people, False),
    ]
    heads = look.say("screen.wall.call_heads").split("|")
    targets = look.say("screen.wall.call_targets", rest=states["break"]).split("|")
    return [Cell(h, v, t, bad) for h, (v, bad), t in zip(heads, values, targets, strict=True)]


def _share(calls: dict[str, float], key: str) -> float | None:
    offered = calls.get("offered", 0)
    return calls.get(key, 0) / offered if offered else None


def _percent(share: float | None, n: int | None = None) -> str:
    if share is None:
        return "-"
    return f"{share * 100:.0f}%" + (f" (n={n})" if n is not None else "")


def _calls(data: WallData, look: Look, width: int) -> list[Line]:
    palette, cells = look.palette, _call_cells(data, look)
    room = (width - 1) // len(cells)
    heads, values, targets = Line().add(" "), Line().add(" "), Line().add(" ")
    for cell in cells:
        room = min(room, width - heads.width) if cell is not cells[-1] else width - heads.width
        heads.add(cell.head, palette.quiet, room)
        values.add(f"{cell.value}{LATE if cell.bad else ''}", palette.late if cell.bad else palette.strong, room)
        targets.add(cell.target, palette.quiet, room)
    return [title(look.say("screen.wall.calls"), "", look, width), heads, values, targets]


def _calls_short(data: WallData, look: Look, width: int) -> list[Line]:
    """Two lines of four for 80 columns."""
    cells, palette = _call_cells(data, look), look.palette
    lines = [title(look.say("screen.wall.calls"), "", look, width)]
    for four in (cells[:4], cells[4:]):
        line = Line()
        for cell in four:
            value = f"{cell.value}{LATE if cell.bad else ''}"
            room = width // 4 - 1
            head = clip(cell.head.split("(")[0], room - len(value) - 2) if room - len(value) > 6 else ""
            head = f"{head} " if head else ""
            line.add(head, palette.quiet)
            line.add(value, palette.late if cell.bad else palette.strong, room - len(head)).add(" ")
        lines.append(line)
    return lines


# -- phases ---------------------------------------------------------------------------------------------


def _phases(data: WallData, look: Look, width: int) -> list[Line]:
    heads = look.say("screen.wall.phase_columns").split("|")
    quiet = look.palette.quiet
    line = Line().add(heads[0], quiet, PHASE)
    for head in heads[1:5]:
        line.add(head, quiet, 6, right=True)
    line.add(heads[5], quiet, 7, right=True).add(heads[6], quiet, 6, right=True).add("  ").add(heads[7], quiet)
    lines = [title(look.say("screen.wall.phases"), "", look, width), line]
    known = {stat.phase: stat for stat in (data.today.phases if data.today else [])}
    order = [*PHASES, *(phase for phase in known if phase not in PHASES)]
    return lines + [_phase(phase, known.get(phase), look) for phase in order]


def _phase(phase: str, stat: PhaseStat | None, look: Look) -> Line:
    palette = look.palette
    name = label_or(f"screen.wall.phase.{phase}", look.lang, phase)
    if stat is None or not stat.n:
        return Line().add(name, palette.quiet, PHASE).add("0", palette.quiet, 6, right=True).add(
            "     " + look.say("screen.wall.no_data"), palette.quiet
        )
    few = stat.n < FEW
    style = palette.quiet if few else palette.text
    line = Line().add(name, palette.text, PHASE).add(str(stat.n), style, 6, right=True)
    for value in (stat.p50, stat.p90, stat.p95):
        text = _number(value, look)
        line.add(f"({text})" if few else text, style, 6, right=True)
    line.add(_number(stat.target_s, look), palette.quiet, 7, right=True)
    line.add(_percent(stat.met_share), style, 6, right=True).add("  ")
    text, status_style = _phase_status(stat, look)
    return line.add(text, status_style)


def _phase_status(stat: PhaseStat, look: Look) -> tuple[str, Style]:
    """Against the target where there is one, else against 90 % within whatever each incident's limit was."""
    palette = look.palette
    if stat.n < FEW:
        return look.say("screen.wall.few"), palette.quiet
    if stat.target_s is not None and stat.p90 is not None:
        over = stat.p90 - stat.target_s
        if over > 0:
            return look.say("screen.wall.off_target", n=_number(over, look)), palette.late
        return "=", palette.ok
    if stat.met_share is None:
        return look.say("screen.wall.no_target"), palette.quiet
    return ("=", palette.ok) if stat.met_share >= ANSWER_SHARE else (LATE, palette.late)


def _number(seconds: float | None, look: Look) -> str:
    """Seconds up to four digits, then hours with their letter."""
    if seconds is None:
        return "-"
    hours = min(999, round(seconds / 3600))
    return f"{seconds:.0f}" if seconds < 9999.5 else f"{hours}{look.say('label.time.hour')}"


# -- units, load, risk ----------------------------------------------------------------------------------


def _units(data: WallData, look: Look, width: int) -> list[Line]:
    palette = look.palette
    heads = look.say("screen.wall.unit_columns").split("|")
    line = Line().add(heads[0], palette.quiet, AGENCY)
    for head, room in zip(heads[1:5], (6, 6, 5, 7), strict=True):
        line.add(head, palette.quiet, room, right=True)
    lines = [title(look.say("screen.wall.units"), "", look, width), line.add("  ").add(heads[5], palette.quiet)]
    by_agency: dict[str, Counter[str]] = {}
    for unit in data.store.units.values():
        by_agency.setdefault(unit.agency, Counter())[unit.status] += 1
    for agency in sorted(by_agency, key=lambda code: (-by_agency[code].total(), code)):
        lines.append(_agency(agency, by_agency[agency], look))
    return lines


def _agency(code: str, counts: Counter[str], look: Look) -> Line:
    palette = look.palette
    free, off, lost = counts["available"], counts["out_of_service"], counts["no_contact"]
    busy = counts.total() - free - off - lost
    labels = look.centre.agencies.get(code, {})
    line = Line().add(labels.get(look.lang) or labels.get("id") or code, palette.text, AGENCY)
    line.add(str(free), palette.ready if free else palette.late, 6, right=True)
    line.add(str(busy), palette.text, 6, right=True).add(str(off), palette.quiet, 5, right=True)
    line.add(str(lost), palette.late if lost else palette.quiet, 7, right=True).add("  ")
    key, style = ("covered", palette.ok) if free > 1 else (("thin", palette.warn) if free else ("empty", palette.late))
    return line.add(look.say(f"screen.wall.{key}"), style)


def _open_clocks(store: Store, look: Look) -> list[tuple[ClockRow, IncidentRow, str]]:
    """Every running clock with its mark, the one most in need first."""
    found = [
        (clock, row, mark_of(clock, look.now))
        for row in store.incidents.values()
        for clock in row.clocks
        if clock.state in CLOCK_OPEN and clock.stopped_at is None
    ]
    return sorted(found, key=lambda item: (item[2] != LATE, rank_of(item[1]), item[0].due_at, item[1].number))


def _risk(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    palette, clocks = look.palette, _open_clocks(data.store, look)
    marks = Counter(mark for _, _, mark in clocks)
    risk, late = marks[WARN], marks[LATE]
    text = look.say("screen.wall.sla_counts", ok=len(clocks) - risk - late, risk=risk, late=late)
    style = palette.late if late else (palette.warn if risk else palette.ok)
    lines = [title(look.say("screen.wall.sla"), "", look, width), Line().add(text, style)]
    shown = [item for item in clocks if item[2] in (LATE, WARN)]
    room = max(1, height - 2)
    if not shown:
        return [*lines, Line().add(look.say("screen.wall.no_risk"), palette.quiet)]
    cut = shown if len(shown) <= room else shown[: room - 1]
    lines += [_risk_line(clock, row, mark, look) for clock, row, mark in cut]
    if len(cut) < len(shown):
        lines.append(Line().add("  " + look.say("screen.wall.more", n=len(shown) - len(cut)), palette.quiet))
    return lines


def _risk_line(clock: ClockRow, row: IncidentRow, mark: str, look: Look) -> Line:
    palette, style, rank = look.palette, marked(mark, look), rank_of(row)
    line = Line().add(mark, style).add(" ").add(look.number(row.number), palette.strong, look.number_width).add(" ")
    line.add(CHIPS[rank], palette.p1_chip if rank == 1 else palette.priorities[rank]).add(" ")
    line.add(look.type_short(row.type), palette.text, 4).add(look.district(row.place.kecamatan) or "-", palette.text, 4)
    line.add(look.word("phase", clock.phase).lower(), palette.text, 10)
    spent = f"{look.since(clock.started_at)}/{look.span(clock.due_at - clock.started_at)}"
    line.add(spent, style, 13)
    line.add(clock.subject if clock.subject != "incident" else "-", palette.text, 8)
    left = clock.due_at - look.now
    key = "screen.wall.over" if mark == LATE else "screen.wall.left"
    return line.add(look.say(key, time=look.span(abs(left))), style)


def _hours(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    """Incidents opened per hour, newest last; the bar's length and the number say the same."""
    palette = look.palette
    lines = [title(look.say("screen.wall.hours"), "", look, width)]
    hours = dict(sorted((data.today.hours if data.today else {}).items())[-min(HOURS_SHOWN, max(1, height - 1)):])
    if not hours:
        return [*lines, Line().add(look.say("screen.wall.no_data"), palette.quiet)]
    most = max(hours.values()) or 1
    room = max(4, min(BAR, width - 12))
    for key, count in hours.items():
        bar = "#" * max(1 if count else 0, round(count * room / most))
        line = Line().add(f"{key[-2:]} ", palette.quiet).add(bar, palette.p4, room)
        lines.append(line.add(str(count), palette.text, 5, right=True))
    return lines


def _districts(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    """Today's incidents by district; '!' where a P1 is waiting."""
    urgent = {
        look.district(data.store.incidents[n].place.kecamatan) for n in data.store.waiting()
        if rank_of(data.store.incidents[n]) == 1
    }
    today = data.today.districts if data.today else {}
    counts = [(look.district(name) if name != "-" else "?", n) for name, n in _busiest(today)]
    cells = [(f"{code} {n}{LATE if code in urgent else ''}", code in urgent) for code, n in counts]
    return [title(look.say("screen.wall.districts"), "", look, width), *_cells(cells, look, width, height - 1, 9)]


def _types(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    today = data.today.types if data.today else {}
    cells = [(f"{look.type_short(code)} {n}", False) for code, n in _busiest(today)]
    return [title(look.say("screen.wall.types"), "", look, width), *_cells(cells, look, width, height - 1, 9)]


def _busiest(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _cells(cells: Sequence[tuple[str, bool]], look: Look, width: int, height: int, size: int) -> list[Line]:
    if not cells:
        return [Line().add(look.say("screen.wall.no_data"), look.palette.quiet)]
    across = max(1, width // size)
    lines = []
    for start in range(0, min(len(cells), across * height), across):
        line = Line()
        for text, bad in cells[start : start + across]:
            line.add(text, look.palette.late if bad else look.palette.text, size)
        lines.append(line)
    return lines


def _quality(data: WallData, look: Look, width: int) -> list[Line]:
    """System state: what is waiting in all, and how punctual the clocks were."""
    palette, store = look.palette, data.store
    counts = look.say(
        "screen.wall.open_counts", waiting=len(store.waiting()), active=len(store.active()), p1=store.waiting_count(1),
        alarms=len(store.open_alarms()),
    )
    spread = data.today.lateness_ms if data.today else {}
    parts = {key: f"{spread[key]:.0f}" if key in spread else "-" for key in ("p50", "p99", "max")}
    lateness = f"{look.say('screen.wall.lateness')}: {look.say('screen.wall.lateness_line', **parts)}"
    degraded = " | ".join(look.centre.degraded)
    last = Line().add(look.say("screen.degraded", text=degraded), palette.warn, width) if degraded else Line()
    return [
        title(look.say("screen.wall.quality"), "", look, width),
        Line().add(f"{look.say('screen.wall.open_states')}: {counts}", palette.text),
        Line().add(lateness, palette.text),
        last,
    ]
