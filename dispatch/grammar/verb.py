"""The verbs of the command language, as data: names, what each takes, and what it cannot do without.

Owns the table only. Reading a typed line is ``parse``; what an argument looks like is ``shape``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dispatch.grammar.shape import (
    AGENCY,
    AGENCY_KNOWN,
    ALARM,
    ALARM_MARKED,
    CALL,
    CALL_MARKED,
    CARD,
    CODE,
    CREW,
    DESTINATION,
    DISPOSITION,
    DISTRICT,
    DISTRICT_NAME,
    INCIDENT,
    ITEM,
    KINDS,
    LEVEL,
    LEVEL_WORD,
    OLDER,
    PAIR,
    PICK,
    SPLIT,
    SPLIT_ANY,
    STATE,
    TYPE,
    TYPE_NAME,
    UNITS,
    UNTIL,
    VERDICT,
    WHO,
    WITHIN,
    WRITTEN,
    Shape,
)


@dataclass(frozen=True, slots=True)
class Verb:
    """One way to type a command.

    ``name`` is the canonical command (a key of the permission table); several verbs may share it and
    differ in ``preset``. ``text`` is the key that takes the trailing words. ``needs`` lists groups: of
    each group at least one key must be there. ``current`` is the key filled with the incident on
    screen when it was not typed and none of the keys in ``unless`` was. ``mixed`` lets shapes stand
    between the words (search, filter). ``verbatim``: after the address all is text, also ``;`` and ``!``.
    """

    name: str
    short: str
    words: tuple[str, ...]
    shapes: tuple[Shape, ...] = ()
    text: str = ""
    needs: tuple[tuple[str, ...], ...] = ()
    current: str = ""
    mixed: bool = False
    verbatim: bool = False
    unless: tuple[str, ...] = ()
    preset: dict[str, Any] = field(default_factory=dict)


_UNITS_OF_INCIDENT = (UNITS, INCIDENT)
_PAPER = (CARD, WRITTEN)
"""A paper card instead of an incident's number, and the time that was written on it."""
_MOVE = (*_UNITS_OF_INCIDENT, *_PAPER)
_WITHDRAW = (UNITS, INCIDENT, AGENCY)
_SEND = (*_WITHDRAW, *_PAPER)

VERBS: tuple[Verb, ...] = (
    Verb("new", "n", ("baru", "new"), (DISTRICT, TYPE, LEVEL, *_PAPER), text="text",
         needs=(("place", "text", "district", "type", "card"),)),
    Verb("locate", "l", ("lokasi", "loc", "locate"), (INCIDENT, PICK, DISTRICT, *_PAPER), text="text",
         needs=(("text", "pick", "district"),), current="incident", unless=("card",)),
    Verb("dispatch", "d", ("kirim", "disp", "dispatch"), _SEND, current="incident", unless=("card",)),
    Verb("dispatch", "de", (), _SEND, needs=(("units", "agency"),), current="incident", unless=("card",),
         preset={"status": "en_route"}),
    Verb("dispatch", "dl", (), _SEND, needs=(("units", "agency"),), current="incident", unless=("card",),
         preset={"status": "on_scene"}),
    Verb("enroute", "e", ("jalan", "enr", "enroute"), _MOVE, needs=(("units",),)),
    Verb("arrive", "a", ("tiba", "arr", "arrive"), _MOVE, needs=(("units",),)),
    Verb("transport", "t", ("antar", "trans", "transport"), _MOVE, text="facility", needs=(("units",),)),
    Verb("facility", "h", ("serah", "hosp", "facility"), _MOVE, text="facility", needs=(("units",),)),
    Verb("clear", "c", ("siap", "clear"), _MOVE, needs=(("units",),)),
    Verb("withdraw", "w", ("tarik", "wdraw", "withdraw"), _WITHDRAW, needs=(("units", "agency"),)),
    Verb("divert", "x", ("pindah", "move", "divert"), (UNITS, PAIR, DESTINATION), needs=(("units",),),
         current="to_incident"),
    Verb("backup", "b", ("bantu", "back", "backup"), (KINDS, INCIDENT), needs=(("more",),), current="incident"),
    Verb("remark", "r", ("catat", "rem", "remark"), text="text", needs=(("text",),), current="incident",
         verbatim=True),
    Verb("priority", "p", ("prio", "priority"), (LEVEL_WORD, INCIDENT, *_PAPER), needs=(("severity",),),
         current="incident", unless=("card",)),
    Verb("type", "j", ("jenis", "type"), (INCIDENT, TYPE_NAME, *_PAPER), needs=(("type",),), current="incident",
         unless=("card",)),
    Verb("scene", "", ("korban", "casualties", "scene"), (INCIDENT, *_PAPER), text="scene", needs=(("scene",),),
         current="incident", unless=("card",)),
    Verb("scene", "", ("ciri", "landmark"), (INCIDENT, *_PAPER), text="landmark", needs=(("landmark",),),
         current="incident", unless=("card",)),
    Verb("scene", "", ("nama", "caller"), (INCIDENT, *_PAPER), text="caller_name", needs=(("caller_name",),),
         current="incident", unless=("card",)),
    Verb("scene", "", ("balik", "callback"), (INCIDENT, *_PAPER), text="callback", needs=(("callback",),),
         current="incident", unless=("card",)),
    Verb("merge", "g", ("gabung", "merge"), (PAIR, DESTINATION, SPLIT, PICK), current="incident"),
    Verb("split", "", ("pisah", "split"), (SPLIT_ANY, PICK), needs=(("split",),)),
    Verb("hold", "z", ("ingat", "timer", "hold"), (INCIDENT, UNTIL), text="text", needs=(("until",),),
         current="incident"),
    Verb("close", "k", ("tutup", "close"), (INCIDENT, DISPOSITION, *_PAPER), text="text", needs=(("disposition",),),
         current="incident", unless=("card",)),
    Verb("off", "o", ("off",), (UNITS, UNTIL), text="text", needs=(("units",),)),
    Verb("on", "i", ("on",), (UNITS, CREW), needs=(("units",),)),
    Verb("message", "m", ("pesan", "msg", "message"), text="text", needs=(("to",), ("text",)), verbatim=True),
    Verb("view", "v", ("lihat", "view"), (INCIDENT, UNITS, CALL_MARKED), current="incident",
         unless=("units", "call")),
    Verb("find", "f", ("cari", "find"), (LEVEL, WITHIN, OLDER, DISTRICT, TYPE), text="text",
         needs=(("text", "severity", "within_s", "older_than_s", "district", "type"),), mixed=True),
    Verb("filter", "q", ("saring", "filter"), (LEVEL, OLDER, DISTRICT_NAME, TYPE, AGENCY_KNOWN),
         text="text", mixed=True),
    Verb("why", "y", ("kenapa", "why"), _UNITS_OF_INCIDENT, current="incident", unless=("units",)),
    Verb("undo", "u", ("urung", "undo")),
    Verb("open", "", ("buka", "open"), (INCIDENT,), current="incident"),
    Verb("reopen", "", ("bukalagi", "reopen"), (INCIDENT,), current="incident"),
    Verb("answer", "", ("jawab", "answer"), (CALL,)),
    Verb("hangup", "", ("tutuptelp", "hangup"), (CALL,)),
    Verb("callhold", "", ("tahan", "callhold"), (CALL,), preset={"state": "held"}),
    Verb("callhold", "", ("sambung", "unhold"), (CALL,), preset={"state": "talking"}),
    Verb("mute", "", ("bisukan", "mute"), (CALL,), preset={"state": "muted"}),
    Verb("mute", "", ("suara", "unmute"), (CALL,), preset={"state": "heard"}),
    Verb("transfer", "", ("alihkan", "transfer"), (CALL_MARKED, WHO), needs=(("who",),)),
    Verb("conference", "", ("konferensi", "conference"), (UNITS, CALL_MARKED), needs=(("units",),)),
    Verb("listen", "", ("dengar", "listen"), (CALL,)),
    Verb("coach", "", ("bimbing", "coach"), (CALL,)),
    Verb("dispose", "", ("buang", "dispose"), (CODE, CALL_MARKED, INCIDENT), needs=(("code",),)),
    Verb("probe", "", ("ketuk", "probe"), (CALL,)),
    Verb("seat", "", ("kursi", "seat"), (STATE,), needs=(("state",),)),
    Verb("seat", "", ("sedia", "ready"), preset={"state": "ready"}),
    Verb("seat", "", ("istirahat", "break"), preset={"state": "break"}),
    Verb("confirm", "", ("benar", "confirm"), (INCIDENT,), current="incident", preset={"life_threat": True}),
    Verb("confirm", "", ("salah", "deny"), (INCIDENT,), current="incident", preset={"life_threat": False}),
    Verb("silence", "", ("senyap", "silence"), (INCIDENT,), current="incident", preset={"quiet": True}),
    Verb("silence", "", ("bunyi", "unsilence"), (INCIDENT,), current="incident", preset={"quiet": False}),
    Verb("acknowledge", "", ("akui", "ack", "acknowledge"), (ALARM,)),
    Verb("shelve", "", ("tunda", "shelve"), (ALARM_MARKED, INCIDENT, UNTIL), text="text"),
    Verb("handover", "st", ("serahterima", "handover"), (ITEM, WHO), text="text"),
    Verb("review", "", ("tinjau", "review"), (INCIDENT, VERDICT), text="text"),
    Verb("roster", "", ("piket", "roster"), (AGENCY_KNOWN,)),
    Verb("help", "", ("bantuan", "help")),
)

MAY_CONFIRM = frozenset({"close", "merge", "divert", "message"})
"""Commands the server may answer with 428 until they are confirmed (besides everything forced)."""

CALL_CODES = {1: "ghost", 2: "prank", 3: "information", 4: "dropped", 5: "wrong_number", 6: "duplicate"}
"""The digits of F9, as values of the domain's CallDisposition."""


def names_of(verb: Verb) -> tuple[str, ...]:
    """Everything that can be typed for it, the short form first."""
    return (verb.short, *verb.words) if verb.short else verb.words


def written_as(name: str, args: dict[str, Any]) -> Verb:
    """The verb that writes a command with these arguments; the presets or the key of the words tell them apart."""
    variants = [verb for verb in VERBS if verb.name == name]
    fits = [v for v in variants if v.preset and all(args.get(key) == value for key, value in v.preset.items())]
    fits = fits or [v for v in variants if v.text in args]
    return fits[0] if fits else variants[0]
