"""The one table of definitions: every figure of the wallboard by its key, whose numbers and cases follow from it."""

from __future__ import annotations

from dispatch.services.statistics.calls import CALL_FIGURES
from dispatch.services.statistics.figure import Definition
from dispatch.services.statistics.incidents import INCIDENT_FIGURES
from dispatch.services.statistics.others import ALARM_FIGURES, CLOCK_FIGURES
from dispatch.services.statistics.population import Population

DEFINITIONS: dict[str, Definition] = {
    definition.key: definition for definition in (*CALL_FIGURES, *INCIDENT_FIGURES, *CLOCK_FIGURES, *ALARM_FIGURES)
}


def definitions_of(population: Population) -> tuple[Definition, ...]:
    """Those that are made of its rows."""
    return tuple(definition for definition in DEFINITIONS.values() if definition.population is population)
