"""What is noted of a scene and of its caller while they speak, one event a field; the rules may raise for it.

The log cannot forget: a name and a number stand in it masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from dispatch.domain.incident import Incident
from dispatch.domain.phone import mask_name, mask_phone
from dispatch.domain.scene import Scene
from dispatch.services.danger import tell_danger
from dispatch.services.incidents import raise_for_scene, require_open
from dispatch.services.knowledge import Knowledge
from dispatch.storage.incidents import save_incident, touch
from dispatch.storage.transaction import Tx

OF_SCENE = tuple(f.name for f in fields(Scene) if f.name != "raised")
MASKS = {"caller_name": mask_name, "callback": mask_phone}
NOTED = (*MASKS, *OF_SCENE)
"""Everything that can be noted; None or '' takes it back."""


def note_scene(
    tx: Tx, incident: Incident, noted: Mapping[str, Any], *, actor: str, knowledge: Knowledge, may_raise: bool = True
) -> Incident:
    """Keep what was noted; ``noted`` holds some of ``NOTED``. What stands there already changes nothing.

    Teams that are out already are told of a danger nobody had noted before, and of one that is noted no more.
    """
    require_open(incident)
    scene = replace(incident.scene, **{key: value for key, value in noted.items() if key in OF_SCENE})
    named = {key: value for key, value in noted.items() if key in MASKS}
    after = save_incident(tx, incident, actor, scene=scene, **named)
    tell_noted(tx, incident, after, actor)
    tell_danger(tx, incident.scene, after, knowledge)
    if not may_raise:
        return after
    return raise_for_scene(tx, after, knowledge, incident, said_anew=incident.scene.people != after.scene.people)


def tell_noted(tx: Tx, before: Incident, after: Incident, actor: str, **also: Any) -> None:
    """One event for each that differs; ``also`` says why where no person noted it."""
    for key in NOTED:
        was, now = _value(before, key), _value(after, key)
        if was != now:
            tx.emit(
                "incident.noted", actor, incident_id=after.id, touched=[touch(after)], number=after.number,
                field=key, before=_shown(key, was), after=_shown(key, now), **also,
            )


def tell_landmark(tx: Tx, before: Incident, after: Incident, actor: str, **also: Any) -> None:
    """The event of a landmark that further words of reporters brought, or that went with them."""
    was, now = before.place.landmark, after.place.landmark
    if was != now and not after.scene.landmark:
        tx.emit(
            "incident.noted", actor, incident_id=after.id, touched=[touch(after)], number=after.number,
            field="landmark", before=was, after=now, **also,
        )


def _value(incident: Incident, key: str) -> Any:
    return getattr(incident if key in MASKS else incident.scene, key)


def _shown(key: str, value: Any) -> Any:
    return MASKS[key](value) if key in MASKS else value
