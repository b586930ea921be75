"""What is noted of a scene and of its caller while they speak, one event a field; the rules may raise for it.

The log cannot forget: a name and a number stand in it masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from dispatch.domain.incident import Incident
from dispatch.domain.phone import mask_name, mask_phone
from dispatch.domain.scene import Scene, raised_by
from dispatch.services.clocks import start_owed
from dispatch.services.incidents import apply_severity, require_open
from dispatch.services.knowledge import Knowledge
from dispatch.services.notices import notify_danger
from dispatch.storage.incidents import save_incident, touch
from dispatch.storage.transaction import Tx
from dispatch.texts import text

OF_SCENE = tuple(f.name for f in fields(Scene) if f.name != "raised")
MASKS = {"caller_name": mask_name, "callback": mask_phone}
NOTED = (*MASKS, *OF_SCENE)
"""Everything that can be noted; None or '' takes it back."""


def note_scene(
    tx: Tx, incident: Incident, noted: Mapping[str, Any], *, actor: str, knowledge: Knowledge, may_raise: bool = True
) -> Incident:
    """Keep what was noted; ``noted`` holds some of ``NOTED``. What stands there already changes nothing.

    Teams that are out already are told of a danger nobody had noted before.
    """
    require_open(incident)
    scene = replace(incident.scene, **{key: value for key, value in noted.items() if key in OF_SCENE})
    named = {key: value for key, value in noted.items() if key in MASKS}
    after = save_incident(tx, incident, actor, scene=scene, **named)
    for key in NOTED:
        before, now = _value(incident, key), _value(after, key)
        if before != now:
            tx.emit(
                "incident.noted", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number,
                field=key, before=before, after=now,
            )
    if _is_new_danger(incident.scene, after.scene):
        notify_danger(tx, after, knowledge)
    return _raised(tx, after, knowledge) if may_raise and after is not incident else after


def _is_new_danger(before: Scene, now: Scene) -> bool:
    return bool((now.weapon and not before.weapon) or (now.hazard and now.hazard != before.hazard))


def _value(incident: Incident, key: str) -> Any:
    if key in MASKS:
        return MASKS[key](getattr(incident, key))
    return getattr(incident.scene, key)


def _raised(tx: Tx, incident: Incident, knowledge: Knowledge) -> Incident:
    severity, names = raised_by(knowledge.rules.scene, incident.scene, incident.types, incident.severity)
    if severity is None or not names:
        return incident
    known = replace(incident.scene, raised=tuple(dict.fromkeys((*incident.scene.raised, *names))))
    after = save_incident(tx, incident, "system", scene=known)
    reason = text("scene.by_rule", knowledge.lang, rule=", ".join(names))
    after = apply_severity(tx, after, severity, "system", knowledge, reason)
    start_owed(tx, after, knowledge)
    return after
