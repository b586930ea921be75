"""Panel 8: how carefully the work is done, and how the system itself does."""

from __future__ import annotations

from rich.style import Style

from console.labels import label_or
from console.view.cell import Line
from console.view.head import title
from console.view.look import LATE, Look
from console.view.wall.data import WallData
from console.view.wall.frame import flow
from console.view.wall.value import marked, shown, style_of
from dispatch.wire import ProofRow, Stats

QUALITY_KEYS = (
    "quality.verified", "quality.merged", "quality.unmerged", "quality.cards", "quality.empty_notes",
    "quality.lowered_silently", "quality.undone",
)
TEXT_CHANNELS = frozenset({"sms", "whatsapp", "web", "open311"})
ECHO_LIMIT_MS, RESULT_LIMIT_MS, FLOOD = 50, 200, 10
Part = tuple[str, Style]


def quality_block(data: WallData, look: Look, width: int, height: int, *, alarms: bool = True) -> list[Line]:
    """Title and at most ``height - 1`` lines; what does not work comes before anything else.

    ``alarms``: False where their figures stand in another block.
    """
    lines = [title(look.say("wall.quality", period=data.period(look)), "", look, width)]
    body = flow([*worked(data, look), *system(data, look, alarms=alarms)], width)
    if look.centre.degraded:
        text = look.say("screen.degraded", text=" | ".join(look.centre.degraded))
        body.insert(0, Line().add(text, look.palette.warn, width))
    return [*lines, *body[: height - 1]]


def worked(data: WallData, look: Look) -> list[Part]:
    """The figures of care, and what waits for us now."""
    parts: list[Part] = []
    for key in QUALITY_KEYS:
        figure = data.figure(key)
        text = f"{look.say('wall.figure.' + key.replace('.', '_'))} {marked(figure, look)}"
        if figure is not None and figure.unit == "share":
            text += f" n={figure.n}"
        parts.append((text, style_of(figure, look, look.palette.text)))
    parts += [disposals(data.today, look)] if data.today is not None and data.today.quality else []
    return [*parts, _callbacks(data, look), _unopened(data, look)]


def _callbacks(data: WallData, look: Look) -> Part:
    due = [row for row in data.store.incidents.values() if row.callback_due]
    if not due:
        return look.say("wall.callbacks", n=0), look.palette.text
    oldest = look.say("wall.oldest", age=look.since(min(row.opened_at for row in due)))
    return f"{look.say('wall.callbacks', n=len(due))}{oldest}{LATE}", look.palette.warn


def _unopened(data: WallData, look: Look) -> Part:
    """Written reports nobody has opened."""
    rows = data.store.incidents.values()
    n = sum(1 for row in rows if row.channel in TEXT_CHANNELS and not row.seen_by)
    return f"{look.say('wall.unopened', n=n)}{LATE if n else ''}", look.palette.warn if n else look.palette.text


def system(data: WallData, look: Look, *, alarms: bool) -> list[Part]:
    """What is open, alarms, latency, timers, backup, proofs of life."""
    store, stats = data.store, data.today
    counts = look.say(
        "wall.open_counts", waiting=len(store.waiting()), active=len(store.active()), p1=store.waiting_count(1),
        alarms=len(store.open_alarms(look.now)),
    )
    parts: list[Part] = [(counts, look.palette.text)]
    parts += [alarm_rate(data, look), alarm_ack(data, look)] if alarms else []
    parts += machine(stats, look) if stats is not None else []
    return [*parts, sound_tests(data, look), *proofs(look)]


def sound_tests(data: WallData, look: Look) -> Part:
    """Seats where the self-test of the sound was passed, of those that are there."""
    people = data.store.operators.values()
    deaf = sum(person.deaf for person in people)
    text = look.say("wall.sound", good=len(people) - deaf, all=len(people))
    return f"{text}{LATE if deaf else ''}", look.palette.late if deaf else look.palette.text


def disposals(stats: Stats, look: Look) -> Part:
    """What was closed as junk, and how often the second look said that it was none."""
    seen = {key: stats.quality.get(key, 0) for key in ("disposed", "review_ok", "review_miss")}
    missed = seen["review_miss"]
    text = look.say("wall.disposals", n=seen["disposed"], seen=seen["review_ok"] + missed, missed=missed)
    return f"{text}{LATE if missed else ''}", look.palette.late if missed else look.palette.text


def machine(stats: Stats, look: Look) -> list[Part]:
    """How the system itself does: consoles, timers, backup."""
    return [consoles(stats, look), timers(stats, look), backup(stats, look)]


def alarm_rate(data: WallData, look: Look) -> Part:
    rate = data.today.alarms.get("per_operator_10min") if data.today else None
    peak = data.today.alarms.get("peak_10min", 0) if data.today else 0
    often, flooded = (rate or 0) > 1, peak > FLOOD
    text = look.say(
        "wall.alarm_rate", rate="-" if rate is None else f"{rate:.1f}{LATE if often else ''}",
        peak=f"{peak:.0f}{LATE if flooded else ''}",
    )
    return text, look.palette.warn if often or flooded else look.palette.text


def alarm_ack(data: WallData, look: Look) -> Part:
    """How long an alarm waits for a person."""
    taken = data.figure("alarms.acknowledged")
    text = look.say("wall.alarm_ack", p90=shown(taken, look), n=taken.n if taken else 0)
    return text, style_of(taken, look, look.palette.text)


def consoles(stats: Stats, look: Look) -> Part:
    echo, result = stats.consoles.get("echo"), stats.consoles.get("result")
    if not stats.console_seats or echo is None or result is None:
        return look.say("wall.console_silent"), look.palette.quiet
    slow = echo.p95 > ECHO_LIMIT_MS, result.p95 > RESULT_LIMIT_MS
    text = look.say(
        "wall.console_latency", seats=stats.console_seats,
        echo=f"{echo.p95:.0f} ms{LATE if slow[0] else ''}" if echo.n else "-",
        result=f"{result.p95:.0f} ms{LATE if slow[1] else ''}" if result.n else "-",
    )
    return text, look.palette.warn if any(slow) else look.palette.text


def timers(stats: Stats, look: Look) -> Part:
    """Lateness of the firing of SLA clocks."""
    late = stats.lateness_ms
    shown_ms = {key: _duration(late[key]) if key in late else "-" for key in ("p99", "max")}
    bad = late.get("p99", 0) > 1000
    text = look.say("wall.timers", n=f"{late.get('n', 0):.0f}", **shown_ms)
    return f"{text}{LATE if bad else ''}", look.palette.warn if bad else look.palette.text


def _duration(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def backup(stats: Stats, look: Look) -> Part:
    if stats.backup_at is None:
        return look.say("wall.backup_never"), look.palette.quiet
    at, now = look.local(stats.backup_at), look.local(look.now)
    when = f"{at:%H:%M}" if at.date() == now.date() else f"{at:%d/%m %H:%M}"
    return look.say("wall.backup", time=when), look.palette.text


def proofs(look: Look) -> list[Part]:
    """The proof of life of each channel that is proved by schedule."""
    found = []
    for channel, proof in look.centre.proofs.items():
        words, style = _proof(label_or(f"wall.channel.{channel}", look.lang, channel), proof, look)
        found.append((f"{look.say('wall.proofs')} {words}", style))
    return found


def _proof(channel: str, proof: ProofRow, look: Look) -> Part:
    at = proof.failed_at if proof.state == "failed" else proof.at
    when = f"{look.local(at):%d/%m %H:%M}" if at else ""
    if proof.state == "failed":
        return look.say("wall.proof_failed", channel=channel, time=when), look.palette.late
    if proof.state == "ok":
        return look.say("wall.proof_ok", channel=channel, time=when), look.palette.text
    return look.say("wall.proof_never", channel=channel), look.palette.warn
