"""What a console must know of its centre before it can draw: labels, mode, drivers, what does not work."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dispatch import wire
from dispatch.domain.routing import IncidentType, RuleSet
from dispatch.settings import Settings


def describe_centre(
    settings: Settings, rules: RuleSet, drivers: dict[str, str], degraded: list[str], lang: str,
    points: Mapping[str, tuple[float, float]] = MappingProxyType({}),
    proofs: Mapping[str, wire.ProofRow] = MappingProxyType({}), next_card: str = "", fold_factor: float = 1.0,
) -> wire.CentreRow:
    """The centre row; ``lang`` chooses only the centre's name, labels travel in all languages.

    ``points``: kecamatan -> latitude and longitude of its middle, as far as known. ``next_card``: see docs/paper.md.
    ``fold_factor``: more than 1 while a rush widens what is folded.
    """
    middles = {name.casefold(): point for name, point in points.items()}
    return wire.CentreRow(
        code=rules.centre, name=rules.centre_labels.get(lang) or rules.centre_labels.get("id", rules.centre),
        timezone=settings.tz.key, mode=settings.mode, drivers=drivers,
        types={code: _type_label(kind) for code, kind in rules.types.items()},
        agencies={code: _with_short(a.labels, a.short) for code, a in rules.agencies.items()},
        districts=rules.districts, dispositions=rules.dispositions,
        cover=[wire.CoverRow(agency=c.agency, minimum=c.minimum, kecamatan=c.kecamatan) for c in rules.cover],
        district_points={
            code: middles[name.casefold()] for code, name in rules.districts.items() if name.casefold() in middles
        },
        rules_version=rules.version, degraded=degraded, standby=settings.standby,
        proofs=dict(proofs), next_card=next_card, fold_factor=fold_factor,
    )


def _with_short(labels: dict[str, str], short: str) -> dict[str, str]:
    return {**labels, "short": short} if short else labels


def _type_label(kind: IncidentType) -> wire.TypeLabel:
    return wire.TypeLabel(
        short=kind.short, labels=kind.labels,
        subtypes={code: _with_short(sub.labels, sub.short) for code, sub in kind.subtypes.items()},
    )
