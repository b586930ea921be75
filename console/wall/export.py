"""The wall as a file for a spreadsheet: every figure with its n and definition, then the cases behind it. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from console.spreadsheet import file_stem, safe_cell
from console.view.look import Look
from console.view.wall.data import HOUR, TODAY, WallData
from console.view.wall.zoom import Ask, definition, figure_name
from dispatch.wire import CaseRow, Cases, Figure, Stats

COLUMNS = (
    "record", "figure", "name", "span", "from", "to", "filter", "unit", "value", "n", "p50", "p90", "p95", "target",
    "definition", "case", "at", "severity", "type", "kecamatan", "status", "subject",
)
"""One table: a row is a figure or a case of the figure above it; what does not apply is empty."""


def file_name(look: Look) -> str:
    return f"{file_stem('', look)}.csv"


def wanted_cases(data: WallData) -> list[Ask]:
    """A question for the cases of every figure on the wall that has any."""
    asks = []
    for span in (HOUR, TODAY):
        stats = data.stats(span)
        for figure in _figures(stats, span):
            if stats is not None and figure.n:
                asks.append(Ask(figure.key, stats.from_, stats.to, data.narrow.query))
    return asks


def _figures(stats: Stats | None, span: str) -> list[Figure]:
    """Of the hour only the telephone's."""
    if stats is None:
        return []
    return [figure for figure in stats.figures if span == TODAY or figure.key.startswith("calls.")]


def write_csv(data: WallData, found: Sequence[tuple[Ask, Cases]], look: Look) -> str:
    """The whole file. ``found`` are the answers to ``wanted_cases``."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for row in _rows(data, found, look):
        writer.writerow({name: safe_cell(value) for name, value in row.items()})
    return out.getvalue()


def _rows(data: WallData, found: Sequence[tuple[Ask, Cases]], look: Look) -> Iterable[dict[str, object]]:
    behind = {(ask.figure, ask.since, ask.until): cases for ask, cases in found}
    for span in (HOUR, TODAY):
        stats = data.stats(span)
        for figure in _figures(stats, span):
            assert stats is not None
            yield _figure_row(figure, span, stats, data, look)
            cases = behind.get((figure.key, stats.from_, stats.to))
            for case in cases.cases if cases else []:
                yield _case_row(figure, case, look)


def _figure_row(figure: Figure, span: str, stats: Stats, data: WallData, look: Look) -> dict[str, object]:
    return {
        "record": "figure", "figure": figure.key, "name": figure_name(figure.key, look), "span": span,
        "from": _moment(stats.from_), "to": _moment(stats.to), "filter": data.narrow.words(look), "unit": figure.unit,
        "value": _number(figure.value), "n": figure.n, "p50": _number(figure.p50), "p90": _number(figure.p90),
        "p95": _number(figure.p95), "target": _number(figure.target),
        "definition": f"{definition(figure.key, look)} {look.say('wall.define.method')}",
    }


def _case_row(figure: Figure, case: CaseRow, look: Look) -> dict[str, object]:
    name = look.number(case.number) if case.number is not None else f"#{case.call or ''}"
    return {
        "record": "case", "figure": figure.key, "unit": figure.unit, "value": _number(case.value), "case": name,
        "at": _moment(look.local(case.at)), "severity": case.severity or "", "type": case.type,
        "kecamatan": case.kecamatan, "status": case.status, "subject": case.subject,
    }


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _number(value: float | None) -> object:
    return "" if value is None else round(value, 4)
