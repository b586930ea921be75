"""The fields of the call entry form that tell of the scene and the caller, as arguments of ``new``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dispatch.grammar import read_scene

SCENE, LANDMARK, NAME, PHONE = "scene", "landmark", "name", "phone"
PEOPLE = ("casualties", "trapped", "weapon")
NOTED = ("landmark", "caller_name", "callback", *PEOPLE, "hazard")
"""Arguments that are taken back with null or '' when they are no longer in the form."""
CALL_GROUPS = (("landmark",), ("caller_name",), ("callback",), (*PEOPLE, "hazard"))
"""What of them is saved together."""


def noted(values: Mapping[str, str], saved: Mapping[str, Any], *, with_number: bool) -> dict[str, Any]:
    """What the fields note, and what they no longer do. ``with_number``: it is known who calls, so the number typed is
    where they want to be rung.
    """
    number = values.get(PHONE, "").strip() if with_number else ""
    full = {
        "landmark": values.get(LANDMARK, "").strip(), "caller_name": values.get(NAME, "").strip(),
        "callback": "" if number == saved.get("caller") else number, **read_scene(values.get(SCENE, "")),
    }
    return {key: full.get(key) if key in PEOPLE else full.get(key) or "" for key in NOTED}


def changed(now: Mapping[str, Any], saved: Mapping[str, Any], refused: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is noted, what the server has not got and has not refused; a number said to be 0 is not one unsaid."""
    return {
        key: value for key, value in now.items()
        if value != saved.get(key, None if key in PEOPLE else "") and not (key in refused and refused[key] == value)
    }
