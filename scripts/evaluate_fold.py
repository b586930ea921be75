"""Scores folding on labelled reports: groups of events played in time order through the real intake and triage.

Each JSON line: {group, event, at (seconds), sender, lang, text, part}. A group is played on days of its own; two
reports of one ``event`` belong together, all others do not; ``odd`` marks a report that hides in a surge.
Used by ``scripts/evaluate --fold FILE [--part test]``, or by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import combinations, groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dispatch.domain.report import Channel, NewReport  # noqa: E402
from dispatch.rules.load import load_rules  # noqa: E402
from dispatch.services.intake import receive_report  # noqa: E402
from dispatch.services.knowledge import Knowledge  # noqa: E402
from dispatch.storage.committer import Committer  # noqa: E402
from dispatch.storage.database import Database  # noqa: E402
from dispatch.storage.migrate import upgrade  # noqa: E402
from dispatch.triage.load import load_engine  # noqa: E402

START = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)
APART = timedelta(days=3)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if n == 0:
        return 0.0, 1.0
    z, p = 1.96, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


async def play(rows: list[dict]) -> tuple[list[int], list[str]]:
    """The incident and the found village of every report, in time order."""
    rules = load_rules(ROOT / "routing_rules.yaml")
    knowledge, moment = Knowledge(rules, load_engine(rules)), [START]
    with tempfile.TemporaryDirectory() as name:
        database = Database.of(f"sqlite:///{name}/fold.sqlite3")
        upgrade(database)
        committer = Committer(database, rules.centre, on_commit=lambda _: None, clock=lambda: moment[0])
        committer.start()
        incidents, places = [], []
        try:
            for day, (_, group) in enumerate(groupby(rows, key=lambda r: r["group"])):
                for row in group:
                    moment[0] = START + APART * day + timedelta(seconds=row["at"])
                    report = NewReport(
                        Channel.SMS, f"F{len(incidents)}", row["text"], moment[0], sender=row["sender"]
                    )
                    got = await committer.run(lambda tx, new=report: receive_report(tx, new, knowledge))
                    incidents.append(got.incident_id)
                    place = knowledge.triage.classify(row["text"], at=moment[0]).place
                    places.append(place.code if place.desa and not place.ambiguous else "")
        finally:
            await committer.stop()
    return incidents, places


def line(name: str, hits: int, n: int) -> None:
    low, high = wilson(hits, n)
    print(f"{name:<46} {hits / n if n else 0:>6.3f}   {hits:>5}/{n:<5}  [{low:.3f}, {high:.3f}]")


def evaluate(path: Path, part: str = "", *, errors: bool = False) -> int:
    """Print pairwise and per-incident figures. Returns the number of wrong folds."""
    rows = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines() if text.strip()]
    rows = [row for row in rows if not part or row["part"] == part]
    incidents, places = asyncio.run(play(rows))
    counts: Counter[str] = Counter()
    for first, second in combinations(range(len(rows)), 2):
        a, b = rows[first], rows[second]
        if a["group"] != b["group"]:
            counts["wrong"] += incidents[first] == incidents[second]
            continue
        same, folded = a["event"] == b["event"], incidents[first] == incidents[second]
        counts["folded"] += folded
        counts["right"] += folded and same
        counts["same"] += same
        placed = same and places[first] and places[first] == places[second]
        counts["placed"] += bool(placed)
        counts["placed_right"] += bool(placed and folded)
        if errors and same != folded:
            print(f"{'WRONG ' if folded else 'MISSED'} {a['group']}: {a['text']!r} / {b['text']!r}")
    by_incident, by_event = defaultdict(set), defaultdict(list)
    for row, incident in zip(rows, incidents, strict=True):
        by_incident[incident].add((row["group"], row["event"]))
        by_event[row["group"], row["event"]].append(incident)
    sizes = Counter(incidents)
    several = [found for found in by_event.values() if len(found) > 1]
    odd = [incident for row, incident in zip(rows, incidents, strict=True) if row.get("odd")]
    groups = len({row["group"] for row in rows})
    print(f"{len(rows)} reports of {len(by_event)} events in {groups} groups, part {part or 'all'}")
    line("pairs: precision of folds", counts["right"], counts["folded"])
    line("pairs: recall", counts["right"], counts["same"])
    line("pairs: recall at equal places", counts["placed_right"], counts["placed"])
    line("incidents of one event only", sum(len(found) == 1 for found in by_incident.values()), len(by_incident))
    joined = [incident for incident, n in sizes.items() if n > 1]
    line("incidents with several reports, of one event", sum(len(by_incident[i]) == 1 for i in joined), len(joined))
    line("events of several reports in one incident", sum(len(set(found)) == 1 for found in several), len(several))
    line("odd one out: an incident of its own", sum(sizes[incident] == 1 for incident in odd), len(odd))
    return counts["folded"] - counts["right"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", default=str(ROOT / "data" / "corpus" / "fold.jsonl"))
    parser.add_argument("--part", choices=["dev", "test"], default="")
    parser.add_argument("--errors", action="store_true", help="list the pairs behind the figures; not of the test part")
    args = parser.parse_args()
    evaluate(Path(args.file), args.part, errors=args.errors and args.part != "test")
