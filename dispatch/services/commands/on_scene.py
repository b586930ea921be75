"""CIRI, KORBAN, NAMA, BALIK: what is noted of a scene and its caller, by a command or by the call entry form."""

from __future__ import annotations

from typing import Any

from dispatch.domain.incident import Incident
from dispatch.domain.phone import phone_of
from dispatch.domain.scene import LONGEST, MOST_PEOPLE
from dispatch.errors import Invalid
from dispatch.grammar.scene import read_scene
from dispatch.services.commands.context import Context, Outcome
from dispatch.services.commands.on_incident import done
from dispatch.services.danger import by_radio
from dispatch.services.scene import NOTED, note_scene
from dispatch.services.scene_words import scene_words

LIMITS = {"landmark": LONGEST, "hazard": LONGEST, "caller_name": 80, "callback": 40}
PEOPLE = ("casualties", "trapped")


def scene(c: Context) -> Outcome:
    """``scene`` are words ('2 luka 1 terjebak'): what they do not speak of stays. Other keys set one thing each."""
    noted = noted_in(c)
    if not noted:
        raise Invalid("missing_argument", "nothing to note", argument="scene")
    before = c.incident()
    after = note_scene(c.tx, before, noted, actor=c.actor.name, knowledge=c.knowledge)
    words = ", ".join(scene_words(after.scene, c.lang)) or "-"
    return done(
        "scene", after, words=words, rank=after.severity.rank if after.severity else "-",
        radio=by_radio(c.tx, before.scene, after, c.lang),
    )


def note(c: Context, item: Incident) -> Incident:
    """The part of ``new`` that is about the scene. A priority with its reason is the person's last word."""
    noted = noted_in(c)
    if not noted:
        return item
    return note_scene(
        c.tx, item, noted, actor=c.actor.name, knowledge=c.knowledge,
        may_raise=not (c.args.get("severity") and c.reason),
    )


def noted_in(c: Context) -> dict[str, Any]:
    """What the arguments note, checked. Raises Invalid."""
    found: dict[str, Any] = read_scene(str(c.args["scene"])[: LONGEST * 2]) if c.args.get("scene") else {}
    found |= {key: c.args[key] for key in NOTED if key in c.args}
    return {key: _checked(key, value, c) for key, value in found.items()}


def _checked(key: str, value: Any, c: Context) -> Any:
    if key in PEOPLE:
        fits = value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_PEOPLE)
    elif key == "weapon":
        fits = value is None or isinstance(value, bool)
    else:
        fits = value is None or (isinstance(value, str) and len(value) <= LIMITS[key])
        value = " ".join((value or "").split()) if fits else value
    if not fits:
        raise Invalid("bad_arguments", f"{key} cannot be '{value}'")
    return _number(value, c) if key == "callback" and value else value


def _number(given: str, c: Context) -> str:
    """In one form where it is a number. Raises Invalid for what could never be rung."""
    number = phone_of(given)
    if not number:
        raise Invalid("no_number", f"'{given}' is no telephone number", number=given)
    return number
