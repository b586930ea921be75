"""Cross checks of what concerns the teams: hazards they are warned of. Reports faults, decides nothing."""

from __future__ import annotations

from dispatch.rules import schema
from dispatch.rules.finding import Findings


def check_hazards(found: Findings, hazards: list[schema.HazardEntry]) -> None:
    found.unique(("hazards",), [entry.name for entry in hazards])
    subtypes = [sub for subs in found.names.types.values() for sub in subs]
    for index, entry in enumerate(hazards):
        path = ("hazards", index)
        if not (entry.types or entry.subtypes or entry.words):
            found.fault(path, "nobody would ever be warned: give types, subtypes or words")
        found.refer_all((*path, "types"), entry.types, found.names.types, "type")
        found.refer_all((*path, "subtypes"), entry.subtypes, subtypes, "subtype")
