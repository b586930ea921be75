"""What a person noted of the scene beside its place: what to look for, who needs help, what may hurt a crew. Pure.

Owns the rules by which that raises a severity; nothing here can lower one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dispatch.domain.severity import Severity, highest

MOST_PEOPLE = 9_999
LONGEST = 200
"""Characters of a landmark or a hazard."""


@dataclass(frozen=True, slots=True)
class Scene:
    """None and '' mean that nobody has said; 0 and False that somebody said no.

    ``landmark`` is a person's own and goes before one that was read from the words of the place. ``hazard`` holds
    what may hurt whoever comes. ``raised`` names the rules that raised the severity because of it.
    """

    landmark: str = ""
    casualties: int | None = None
    trapped: int | None = None
    weapon: bool | None = None
    hazard: str = ""
    raised: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[int | None, int | None, bool | None]:
        """All that a rule may look at."""
        return self.casualties, self.trapped, self.weapon


NOTHING_NOTED = Scene()


@dataclass(frozen=True, slots=True)
class SceneRule:
    """Raises to ``severity`` when all that is asked holds: so many people at least, a weapon, one of the types."""

    name: str
    severity: Severity
    casualties: int = 0
    trapped: int = 0
    weapon: bool = False
    types: frozenset[str] = frozenset()

    def holds(self, scene: Scene, types: Iterable[str]) -> bool:
        return (
            (scene.casualties or 0) >= self.casualties and (scene.trapped or 0) >= self.trapped
            and (not self.weapon or scene.weapon is True)
            and (not self.types or not self.types.isdisjoint(types))
        )


def raised_by(
    rules: Iterable[SceneRule], scene: Scene, types: Iterable[str], severity: Severity | None
) -> tuple[Severity | None, tuple[str, ...]]:
    """The severity the rules come to and the names of those that raise it. Without one there is nothing to raise."""
    kinds = tuple(types)
    if severity is None or not any(scene.people):
        return severity, ()
    graver = [rule for rule in rules if rule.severity.rank < severity.rank and rule.holds(scene, kinds)]
    raised = highest(severity, *(rule.severity for rule in graver))
    return raised, tuple(rule.name for rule in graver if rule.severity is raised)


def is_new_danger(before: Scene, now: Scene) -> bool:
    """Whether a crew that was told of the one does not know yet what may hurt it."""
    return bool((now.weapon and not before.weapon) or (now.hazard and now.hazard != before.hazard))


def withdrawn(before: Scene, now: Scene) -> Scene:
    """The dangers of which a crew was told and that are not noted any more. Other words for one are news instead."""
    return Scene(
        weapon=True if before.weapon and not now.weapon else None,
        hazard=before.hazard if before.hazard and not now.hazard else "",
    )


def united(mine: Scene, other: Scene) -> Scene:
    """What is known of one scene from two incidents: the own words stay, gaps are filled, the worse of two numbers."""
    return replace(
        mine, landmark=mine.landmark or other.landmark, hazard=mine.hazard or other.hazard,
        casualties=_worse(mine.casualties, other.casualties), trapped=_worse(mine.trapped, other.trapped),
        weapon=True if mine.weapon or other.weapon else mine.weapon if mine.weapon is not None else other.weapon,
        raised=tuple(dict.fromkeys((*mine.raised, *other.raised))),
    )


def _worse(mine: int | None, other: int | None) -> int | None:
    return max((count for count in (mine, other) if count is not None), default=None)
