"""Scores the place part of triage on labelled JSON lines, for ``scripts/evaluate --place FILE``.

Each line: {id, text, kind, village, district, ambiguous, outside, landmark, part?, lang?}. ``ambiguous`` holds the name
that must be asked back, ``outside`` a part of the other regency's name, ``landmark`` words of the expected phrase; an
empty ``village`` means: no village may be said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from dispatch.domain.place import Place

Row = dict[str, Any]
Share = Callable[[str, int, int], None]


class Scored(NamedTuple):
    row: Row
    place: Place
    ms: float


def score(rows: Iterable[Row], locate: Callable[[str], Place]) -> list[Scored]:
    """Locates every text once warm, timing each."""
    rows = list(rows)
    for row in rows:
        locate(row["text"])
    scored = []
    for row in rows:
        start = time.perf_counter()
        place = locate(row["text"])
        scored.append(Scored(row, place, (time.perf_counter() - start) * 1000))
    return scored


def said(place: Place) -> tuple[str, str]:
    return place.desa, place.kecamatan


def is_right(one: Scored) -> bool:
    """Everything a row asks for, whatever its kind."""
    row, place = one.row, one.place
    if row["ambiguous"]:
        return place.ambiguous and not place.desa
    if row["outside"]:
        return row["outside"] in place.outside and not place.code
    if row["village"]:
        return said(place) == (row["village"], row["district"])
    if row["district"]:
        return said(place) == ("", row["district"]) and not place.ambiguous
    return not place.desa and not place.kecamatan and not place.outside and not place.ambiguous


def report(scored: list[Scored], share: Share) -> None:
    """Prints one line a measure, through the caller's ``share(name, hits, n)``."""
    for part in sorted({str(one.row.get("part", "")) for one in scored}):
        print(f"-- part {part or 'all'}")
        _part([one for one in scored if str(one.row.get("part", "")) == part], share)
    times = sorted(one.ms for one in scored)
    print(f"locate(): p50 {times[len(times) // 2]:.3f} ms, p99 {times[int(len(times) * 0.99)]:.3f} ms")


def _part(scored: list[Scored], share: Share) -> None:
    named = [one for one in scored if one.row["village"]]
    share("village exact, where named", sum(map(is_right, named)), len(named))
    wrong = [one for one in named if one.place.desa and not is_right(one)]
    share("  another village said", len(wrong), len(named))
    twins = [one for one in scored if one.row["ambiguous"]]
    share("twins and part names asked back", sum(map(is_right, twins)), len(twins))
    outside = [one for one in scored if one.row["outside"]]
    share("outside named", sum(map(is_right, outside)), len(outside))
    share("  a village inside said", sum(bool(one.place.desa) for one in outside), len(outside))
    share("  a district inside said", sum(bool(one.place.code) for one in outside), len(outside))
    inside = [one for one in scored if not one.row["outside"]]
    share("wrongly outside", sum(bool(one.place.outside) for one in inside), len(inside))
    away = [one for one in scored if one.row["kind"] == "direction"]
    share("directions: a wrong place as scene", sum(_is_false(one) for one in away), len(away))
    share("directions: all right", sum(map(is_right, away)), len(away))
    district = [one for one in scored if one.row["district"] and not one.row["village"]]
    share("district exact, where only named", sum(map(is_right, district)), len(district))
    nothing = [one for one in scored if one.row["kind"] in ("none", "word") and not one.row["district"]]
    share("no place: none said", sum(map(is_right, nothing)), len(nothing))
    marks = [one for one in scored if one.row["landmark"]]
    share("landmark's words kept", sum(_has_landmark(one) for one in marks), len(marks))
    for lang in sorted({str(one.row.get("lang")) for one in named}):
        group = [one for one in named if str(one.row.get("lang")) == lang]
        share(f"village exact, {lang}", sum(map(is_right, group)), len(group))


def _is_false(one: Scored) -> bool:
    """Some village or district is said that is not the labelled one."""
    row, place = one.row, one.place
    return bool(place.code or place.outside) and said(place) not in ((row["village"], row["district"]),
                                                                       ("", row["district"]))


def _has_landmark(one: Scored) -> bool:
    found, wanted = one.place.landmark.casefold(), one.row["landmark"].casefold()
    return bool(found) and (wanted in found or found in wanted)


def errors(scored: list[Scored], part: str = "") -> None:
    """The rows that are not wholly right; only those of ``part`` when given."""
    for one in scored:
        if part and one.row.get("part") != part:
            continue
        if (not is_right(one) and one.row["kind"] not in ("road",)) or (one.row["landmark"] and not _has_landmark(one)):
            place, row = one.place, one.row
            wanted = {key: row[key] for key in ("village", "district", "ambiguous", "outside", "landmark") if row[key]}
            got = f"{place.desa}/{place.kecamatan} ambiguous={place.ambiguous} outside={place.outside}"
            print(f"{row['kind']}: {row['text']}\n    want {wanted}\n    got  {got} landmark={place.landmark!r}")
