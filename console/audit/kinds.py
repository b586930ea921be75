"""Which events a typed word means: 'prioritas diubah', 'incident.severity', 'g'. Pure."""

from __future__ import annotations

from functools import cache

from console.labels import LANGUAGES, catalogue
from console.view.event import NAME_CELLS, TABLE, event_name
from console.view.look import Look
from dispatch.errors import Invalid
from dispatch.grammar import find_verb

KINDS = {
    "new": "incident.opened", "locate": "incident.located", "dispatch": "assignment.created",
    "enroute": "assignment.moved", "arrive": "assignment.moved", "transport": "assignment.moved",
    "facility": "assignment.moved", "clear": "assignment.moved", "withdraw": "assignment.moved",
    "divert": "assignment.", "backup": "assignment.created", "remark": "remark.added",
    "priority": "incident.severity_changed", "type": "incident.type_changed", "merge": "incident.merged",
    "split": "split", "hold": "incident.held", "close": "incident.closed", "off": "unit.changed", "on": "unit.changed",
    "message": "message.", "undo": "command.undone", "open": "incident.seen", "reopen": "incident.reopened",
    "answer": "call.answered", "hangup": "call.", "dispose": "call.disposed", "seat": "operator.",
    "confirm": "incident.life_threat", "acknowledge": "alarm.acknowledged", "shelve": "alarm.shelved",
    "handover": "shift.",
}
"""Canonical command -> the events it leaves; any other word is looked for in the names of the events."""
NOUNS = {
    "prioritas": "incident.severity_changed", "priority": "incident.severity_changed", "status": "assignment.moved",
    "masuk": "operator.signed_on", "keluar": "operator.signed_off", "telp": "call.", "pesan": "message.",
}
HELP = "?"
"""Words behind AUDIT that ask how it is written."""
SHOWN = 5
"""So many events are named when a word could mean several."""


@cache
def _names() -> dict[str, set[str]]:
    """Kind -> what it is called in every language, folded."""
    found: dict[str, set[str]] = {}
    for lang in LANGUAGES:
        for key, words in catalogue(lang).items():
            if key.startswith(TABLE + "."):
                found.setdefault(key.removeprefix(TABLE + "."), set()).add(_fold(words))
    return found


def _fold(words: str) -> str:
    """'prioritas_diubah' is typed for 'prioritas diubah'."""
    return words.casefold().replace("_", " ").replace("-", " ")


def find_kind(typed: str) -> str:
    """The part of a kind that is looked for. Raises Invalid when names of several events fit, or several words none.

    A word that is nobody's goes as it is: the server may be newer than this console.
    """
    code, words, names = typed.casefold(), _fold(typed), _names()
    if noun := NOUNS.get(code):
        return noun
    if named := [kind for kind, said in names.items() if words in said]:
        return named[0]
    if verb := _of_verb(typed):
        return verb
    if any(code in kind for kind in names):
        return code
    fitting = [kind for kind, said in names.items() if any(words in name for name in said)]
    if len(fitting) > 1:
        raise Invalid("audit_which", f"{typed} may be {fitting}", word=typed, kinds=fitting)
    if not fitting and " " in typed:
        raise Invalid("audit_filter", f"no event {typed}", word=typed)
    return fitting[0] if fitting else code


def _of_verb(typed: str) -> str:
    try:
        return KINDS.get(find_verb(typed).name, "")
    except Invalid:
        return ""


def help_lines(look: Look) -> list[str]:
    """How a filter is written, and every event by name and code, in the order of the names."""
    named = sorted((event_name(kind, look), kind) for kind in _names())
    return [*look.say("screen.audit.help").strip("\n").split("\n"),
            *(f"  {name:<{NAME_CELLS}}  {kind}" for name, kind in named)]


def refusal_words(refused: Invalid, look: Look) -> str:
    """Which word is no filter, or which events it could mean."""
    word = refused.params.get("word", "")
    if refused.code != "audit_which":
        return look.say("screen.audit.bad_filter", word=word)
    kinds = refused.params["kinds"]
    named = ", ".join(event_name(kind, look) for kind in kinds[:SHOWN]) + (" ..." if len(kinds) > SHOWN else "")
    return look.say("screen.audit.which", word=word, kinds=named)
