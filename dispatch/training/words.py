"""A debrief as text for the trainee and the instructor, in Indonesian or English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from dispatch.grammar import Numbers
from dispatch.texts import text
from dispatch.training.score import MEASURES, UNOPENED, WRONG, Debrief, Figure, Judged

TIMED = ("answer", "triage", "dispatch")
EXERCISE = Numbers(training=True)


def debrief_lines(debrief: Debrief, lang: str, tz: tzinfo, earlier: Sequence[Debrief] = ()) -> list[str]:
    """``earlier``: former runs of the same person and scenario, oldest first."""
    return [
        *_head(debrief, lang, tz), "", *_table(debrief, lang), "", *_events(debrief, lang), "",
        *_foot(debrief, lang, earlier),
    ]


def _head(debrief: Debrief, lang: str, tz: tzinfo) -> Iterator[str]:
    started, ended = debrief.started_at.astimezone(tz), debrief.ended_at.astimezone(tz)
    title = debrief.title.get(lang) or debrief.title.get("id", debrief.scenario)
    yield text("training.head", lang, title=title, trainee=debrief.trainee)
    yield text("training.span", lang, run=debrief.run, date=f"{started:%d-%m-%Y}", start=f"{started:%H:%M:%S}",
               end=f"{ended:%H:%M:%S}", speed=f"{debrief.speed:g}")
    score = "-" if debrief.score is None else f"{debrief.score:.0%}"
    yield text("training.score", lang, score=score, n=debrief.judged)


def _table(debrief: Debrief, lang: str) -> Iterator[str]:
    yield text("training.table", lang)
    for name in MEASURES:
        figure = debrief.figures[name]
        if figure.n:
            share = f"{figure.right}/{figure.n}"
            yield f"  {text(f'training.measure_{name}', lang):<28} {share:>7}{_spread(figure, lang)}"
    yield "  " + text("training.calls", lang, calls=debrief.calls, abandoned=debrief.abandoned)
    yield "  " + text("training.clocks", lang, missed=sum(debrief.missed.values()), clocks=debrief.clocks,
                      phases=_phases(debrief.missed, lang))


def _spread(figure: Figure, lang: str) -> str:
    if figure.p50_s is None:
        return ""
    return "   " + text("training.spread", lang, p50=_span(figure.p50_s), p90=_span(figure.p90_s),
                        worst=_span(figure.worst_s))


def _phases(missed: dict[str, int], lang: str) -> str:
    return ", ".join(f"{text(f'training.phase_{phase}', lang)} {n}" for phase, n in sorted(missed.items())) or "-"


def _events(debrief: Debrief, lang: str) -> Iterator[str]:
    for event in debrief.events:
        numbers = "+".join(map(EXERCISE.told, event.numbers)) or "-"
        right = sum(verdict != WRONG for verdict in event.verdicts.values())
        yield f"{numbers:<14} {event.title or event.key}   {right}/{len(event.verdicts)}"
        yield from _faults(event, lang)


def _faults(event: Judged, lang: str) -> Iterator[str]:
    if not event.verdicts:
        yield "    " + text("training.never_arrived", lang)
    for name, verdict in event.verdicts.items():
        if verdict != WRONG:
            continue
        label = text(f"training.measure_{name}", lang)
        if name in TIMED:
            timing = event.times[name]
            yield "    - " + text("training.late", lang, what=label, took=_span(timing.took_s),
                                  limit=_span(timing.limit_s))
        else:
            found = event.found.get(name, "-")
            said = text("training.unopened", lang) if found == UNOPENED else EXERCISE.marked(found, event.numbers)
            yield "    - " + text("training.wrong", lang, what=label, found=said)


def _foot(debrief: Debrief, lang: str, earlier: Sequence[Debrief]) -> Iterator[str]:
    if debrief.arrived < debrief.contacts:
        yield text("training.unsent", lang, left=debrief.contacts - debrief.arrived, contacts=debrief.contacts)
    scores = [f"{run.score:.0%}" for run in earlier if run.score is not None]
    if scores and debrief.score is not None:
        yield text("training.before", lang, scores=" > ".join([*scores[-5:], f"{debrief.score:.0%}"]))
    if debrief.judged < 20:
        yield text("training.few", lang, n=debrief.judged)


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.0f} s" if seconds < 120 else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
