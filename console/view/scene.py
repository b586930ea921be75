"""What was noted of a scene, in the words of the screen: 'korban 2, terjebak 1, SENJATA, bahaya: gas bocor'. Pure."""

from __future__ import annotations

from console.labels import label
from console.view.look import Look
from dispatch.wire import SceneRow


def scene_words(scene: SceneRow, look: Look) -> str:
    """All of it but the landmark; '' when nothing was noted."""
    return ", ".join(scene_parts(scene, look.lang))


def scene_parts(scene: SceneRow, lang: str) -> list[str]:
    parts = [
        label(f"screen.scene.{key}", lang, n=count)
        for key, count in (("casualties", scene.casualties), ("trapped", scene.trapped)) if count is not None
    ]
    if scene.weapon is not None:
        parts.append(label("screen.scene.weapon" if scene.weapon else "screen.scene.unarmed", lang))
    if scene.hazard:
        parts.append(label("screen.scene.hazard", lang, what=scene.hazard))
    return parts
