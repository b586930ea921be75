"""What a decision is made with: the rules and the triage of one centre, swapped whole on reload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch.domain.call_plan import CallPlan
from dispatch.domain.routing import RuleSet
from dispatch.ports import Classifier


@dataclass(frozen=True, slots=True)
class Knowledge:
    """``lang`` is the centre's default language for texts to people."""

    rules: RuleSet
    triage: Classifier
    lang: str = "id"
    district_points: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Kecamatan -> latitude and longitude of its middle, for the map; empty without imported points."""
    link_url: str = ""
    """Where the links of our texts lead, no slash at the end; without it no text carries a link."""
    calls: CallPlan = field(default_factory=CallPlan)
    degraded: tuple[str, ...] = ()
    """Sentences about parts that do not work right now, where somebody asks for them (the handover)."""
