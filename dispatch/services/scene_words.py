"""What was noted of a scene, as people say it: for crews, paper and answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from dispatch.texts import text


class Noted(Protocol):
    """A scene of the domain or its row of the wire."""

    @property
    def casualties(self) -> int | None: ...
    @property
    def trapped(self) -> int | None: ...
    @property
    def weapon(self) -> bool | None: ...
    @property
    def hazard(self) -> str: ...


def people_words(scene: Noted, lang: str) -> list[str]:
    """'korban 2', 'terjebak 1': who needs help, as far as somebody has said."""
    counts = (("casualties", scene.casualties), ("trapped", scene.trapped))
    return [text(f"scene.{key}", lang, n=count) for key, count in counts if count is not None]


def danger_words(scene: Noted, labels: Iterable[str], lang: str) -> list[str]:
    """What may hurt a crew: first what a person noted, then ``labels`` of the rules that say more than that."""
    noted = [text("scene.weapon", lang)] if scene.weapon else []
    noted += [scene.hazard] if scene.hazard else []
    said = " ".join(noted).casefold()
    return [*noted, *(label for label in labels if label.casefold() not in said)]


def scene_words(scene: Noted, lang: str) -> list[str]:
    """All of it but the landmark, in a few words each."""
    unarmed = [text("scene.unarmed", lang)] if scene.weapon is False else []
    return [*people_words(scene, lang), *unarmed, *danger_words(scene, (), lang)]
