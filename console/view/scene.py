"""What was noted of a scene, in the words of the screen: 'korban 2, terjebak 1, SENJATA, bahaya: gas bocor'. Pure."""

from __future__ import annotations

from rich.style import Style

from console.labels import label
from console.view.look import Look
from dispatch.wire import IncidentRow, SceneRow


def scene_words(scene: SceneRow, look: Look) -> str:
    """All of it but the landmark; '' when nothing was noted."""
    return ", ".join([*people_parts(scene, look.lang), *danger_parts(scene, look.lang)])


def people_parts(scene: SceneRow, lang: str) -> list[str]:
    counts = (("casualties", scene.casualties), ("trapped", scene.trapped))
    return [label(f"screen.scene.{key}", lang, n=count) for key, count in counts if count is not None]


def danger_parts(scene: SceneRow, lang: str) -> list[str]:
    """What may hurt whoever comes; that there is no weapon is worth knowing too."""
    weapon = {True: "weapon", False: "unarmed"}.get(scene.weapon) if scene.weapon is not None else ""
    parts = [label(f"screen.scene.{weapon}", lang)] if weapon else []
    return [*parts, *([label("screen.scene.hazard", lang, what=scene.hazard)] if scene.hazard else [])]


def noted_parts(row: IncidentRow, look: Look) -> list[tuple[str, Style]]:
    """For one line of an incident: the danger first, so that it is never what is cut; empty when nothing was noted."""
    palette, scene = look.palette, row.scene
    armed = scene.weapon is True or bool(scene.hazard)
    parts = [(text, palette.late if armed else palette.text) for text in danger_parts(scene, look.lang)]
    parts += [(text, palette.strong) for text in reversed(people_parts(scene, look.lang))]
    if scene.landmark:
        parts.append((look.say("screen.scene.landmark", what=scene.landmark), palette.text))
    return parts
