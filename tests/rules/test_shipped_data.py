"""What else ships and speaks of agencies, types and places must use the rules file's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from dispatch.rules.load import load_rules

ROOT = Path(__file__).parents[2]
RULES = load_rules(ROOT / "routing_rules.yaml")


def documents(folder: str) -> list[Any]:
    found = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "data" / folder).glob("*.yaml"))
    ]
    assert found
    return found


def test_every_unit_belongs_to_an_agency_and_a_district() -> None:
    for document in documents("units"):
        for unit in document["units"]:
            assert unit["agency"] in RULES.agencies, unit
            assert unit["kecamatan"] in RULES.districts.values(), unit


def test_every_protocol_card_is_for_a_known_type_and_subtype() -> None:
    for document in documents("cards"):
        for card in document["cards"]:
            kinds = [RULES.types[kind] for kind in card["types"]]
            known = {sub for kind in kinds for sub in kind.subtypes}
            assert set(card.get("subtypes", ())) <= known, card["types"]
