"""The call entry form as data: what was typed, what the operator set, what the cards were answered. Pure.

Advice of the server is laid beside what the operator set and never over it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from console.entry.scene import CALL_GROUPS, LANDMARK, NAME, PEOPLE, PHONE, SCENE, changed, noted
from console.store import RANKS
from dispatch.errors import KentonganError
from dispatch.grammar import Vocabulary, parse, read_scene
from dispatch.wire import Command, EntryAdvice, EntryWords

CARD = "card"
FIELDS = ("place", LANDMARK, PHONE, NAME, "type", "text", SCENE, "level", CARD)
MAIN = ("place", "type", "text", "level", CARD)
"""What Enter goes on to; the others are reached by Tab and arrows, and nobody in a hurry passes through them."""
YES_KEYS, NO_KEYS = frozenset("y"), frozenset("tn")
"""ya / yes, tidak / no; '?' is not known and a digit any answer."""
CANDIDATES = 9
KEYS = {
    "place": ("place", "district"), "type": ("type", "subtype"), "text": ("text",), "level": ("severity", "reason"),
    LANDMARK: ("landmark",), PHONE: ("caller", "callback"), NAME: ("caller_name",), SCENE: (*PEOPLE, "hazard"),
}
"""What a field becomes as arguments of ``new``."""
GROUPS = (
    ("text",), ("place", "district"), ("type", "subtype", "also"), ("severity", "reason"), ("answers",), *CALL_GROUPS,
)
"""What is saved together: a refusal of the one must not hold back the others."""


class Draft(msgspec.Struct):
    """A form as it is kept on disk."""

    incident: int | None = None
    caller: str = ""
    call: int | None = None
    values: dict[str, str] = {}
    district: str = ""
    answers: dict[str, str] = {}
    at: str = "place"
    saved: dict[str, Any] = {}
    pending: Command | None = None
    """A save whose answer was not heard: it goes out again under the same key, so that it is done once."""


@dataclass(eq=False)
class Form:
    """``incident`` is the call's; None = a new entry. ``answers``: 'MED-09/awake' -> the answer's key or free text."""

    incident: int | None = None
    caller: str = ""
    call: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    district: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    at: str = "place"
    pick: int = 0
    choosing: bool = False
    """The next digit means a candidate of the place."""
    as_is: bool = False
    """The place stays in the caller's words although it may mean several."""
    asked: int = 0
    """Which question of the card is next."""
    heard: str = ""
    """What the caller said as the server heard it; advice is about it until the operator has written something."""
    advice: EntryAdvice | None = None
    saved: dict[str, Any] = field(default_factory=dict)
    """What the server has; what has not changed since is not sent again."""
    refused: dict[str, Any] = field(default_factory=dict)
    """What the server would not take; it is not sent again before it changes."""
    pending: Command | None = None
    done: dict[str, str] = field(default_factory=dict)
    """The fields as they stood when one was last left."""

    # -- fields -------------------------------------------------------------------------------------

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def step(self, by: int) -> bool:
        """To the field so many further; False at either end."""
        index = FIELDS.index(self.at) + by
        if not 0 <= index < len(FIELDS):
            return False
        self.at, self.choosing = FIELDS[index], False
        return True

    def go_on(self) -> None:
        """To the next of the fields that every call needs."""
        after = FIELDS[FIELDS.index(self.at) + 1:]
        self.at, self.choosing = next((name for name in after if name in MAIN), CARD), False

    def put(self, text: str) -> bool:
        """What stands in the current field now; False when nothing changed."""
        if self.at == CARD or self.value(self.at) == text:
            return False
        self.values[self.at] = text
        if self.at == "place":
            self.district, self.pick, self.as_is, self.choosing = "", 0, False, False
        return True

    def leave(self) -> None:
        """What stands in the fields is meant: it may be saved."""
        self.done = dict(self.values)

    def meant(self, args: dict[str, Any]) -> dict[str, Any]:
        """Without what the field under the hand becomes while it is only half written."""
        half = KEYS.get(self.at, ()) if self.value(self.at) != self.done.get(self.at, "") else ()
        return {key: value for key, value in args.items() if key not in half}

    # -- place --------------------------------------------------------------------------------------

    @property
    def candidates(self) -> list[tuple[str, str]]:
        """Village and kecamatan of what the place may mean; empty once it is settled."""
        place = self.advice.place if self.advice and not self.as_is else None
        return [(c.desa, c.kecamatan) for c in place.candidates[:CANDIDATES]] if place and place.ambiguous else []

    def move_pick(self, by: int) -> None:
        self.pick = max(0, min(len(self.candidates) - 1, self.pick + by))

    def take_pick(self) -> bool:
        """The candidate under the mark is the place; False when there is nothing to choose."""
        options = self.candidates
        if not options:
            return False
        desa, kecamatan = options[min(self.pick, len(options) - 1)]
        words = self.value("place").strip()
        if desa and desa.casefold() not in words.casefold():
            self.values["place"] = f"{desa}, {words}" if words else desa
        self.district, self.pick, self.choosing = kecamatan, 0, False
        return True

    def keep_words(self) -> None:
        """None of the candidates: the words stay as they are, marked as unsure."""
        self.as_is, self.choosing = True, False

    # -- type and priority --------------------------------------------------------------------------

    def chosen_type(self, vocabulary: Vocabulary) -> tuple[str, str] | None:
        """Type and subtype the operator wrote ('kbk', 'kbk rumah'); ('', '') for nothing, None for no type at all."""
        words = self.value("type").strip()
        if not words:
            return "", ""
        for written in (words, "-".join(words.split())):
            try:
                commands = parse(f"j 1000 {written}", vocabulary)
            except KentonganError:
                continue
            args = commands[0].args
            if len(commands) > 1 or commands[0].reason:
                return None
            return str(args.get("type", "")), str(args.get("subtype") or "")
        return None

    def chosen_level(self) -> str | None:
        """The severity the operator wrote ('2', 'p2', '3 !reason'); '' for nothing, None for nonsense."""
        words = self.value("level").partition("!")[0].strip().casefold().removeprefix("p").lstrip()
        if not words:
            return ""
        return next((name for name, rank in RANKS.items() if str(rank) == words), None)

    @property
    def reason(self) -> str:
        """Why the priority is lowered, as written behind '!'."""
        return self.value("level").partition("!")[2].strip()

    # -- the card -----------------------------------------------------------------------------------

    @property
    def card(self) -> dict[str, Any]:
        """The narrowest card that fits; {} for none."""
        return self.advice.cards[0] if self.advice and self.advice.cards else {}

    @property
    def questions(self) -> list[tuple[str, dict[str, Any]]]:
        """'MED-09/awake' and the question, in order."""
        card = self.card
        return [(f"{card['code']}/{q['key']}", q) for q in card.get("questions") or []]

    @property
    def question(self) -> tuple[str, dict[str, Any]] | None:
        """The one that is next; None at the end of the card."""
        questions = self.questions
        return questions[self.asked] if 0 <= self.asked < len(questions) else None

    def take_advice(self, advice: EntryAdvice) -> None:
        """Another card begins at its first open question; answers given before are kept with their card."""
        before = self.card.get("code")
        self.advice = advice
        self.pick = max(0, min(self.pick, len(self.candidates) - 1))
        self.choosing = self.choosing and bool(self.candidates)
        if self.card.get("code") != before:
            names = [name for name, _ in self.questions]
            self.asked = next((i for i, name in enumerate(names) if name not in self.answers), len(names))

    def answer(self, key: str) -> bool:
        """One key is one answer and the next question; False for a key that answers nothing."""
        found = self.question
        if found is None:
            return False
        name, question = found
        known = {str(a["key"]): a for a in question.get("answers") or []}
        given = "yes" if key in YES_KEYS else "no" if key in NO_KEYS else "unknown" if key == "?" else ""
        if key.isdigit() and 1 <= int(key) <= len(known):
            given = list(known)[int(key) - 1]
        if given not in known:
            return False
        self.answers[name] = given
        self.asked += 1
        return True

    def say_answer(self, text: str) -> None:
        """Free words, or nothing: on to the next question."""
        found = self.question
        if found is not None and text.strip():
            self.answers[found[0]] = text.strip()
        self.asked = min(self.asked + 1, len(self.questions))

    def ask_before(self) -> bool:
        """Back to the question before; False at the first."""
        if self.asked <= 0:
            return False
        self.asked -= 1
        return True

    def _given(self) -> list[tuple[str, dict[str, Any], dict[str, Any] | None]]:
        """Answered questions of the card on screen, with the answer where it is one of the listed."""
        return [
            (name, question, next((a for a in question.get("answers") or [] if a["key"] == self.answers[name]), None))
            for name, question in self.questions if name in self.answers
        ]

    def implied(self) -> tuple[str, list[str]]:
        """The most severe level the answers raise to ('' = none) and the types they add."""
        answers = [answer for _, _, answer in self._given() if answer]
        levels = [str(a["severity"]) for a in answers if a.get("severity") in RANKS]
        return min(levels, key=RANKS.__getitem__, default=""), [str(a["adds"]) for a in answers if a.get("adds")]

    def told(self, lang: str) -> list[str]:
        """The answers as lines of the chronology."""
        lines = []
        for name, question, answer in self._given():
            words = (answer["text"].get(lang) or answer["text"].get("id")) if answer else self.answers[name]
            lines.append(f"{name.split('/')[0]} {question['text'].get(lang) or question['text'].get('id')} {words}")
        return lines

    # -- out ----------------------------------------------------------------------------------------

    def asks(self, vocabulary: Vocabulary) -> EntryWords:
        """What the server is asked about; nonsense in a field is left away."""
        kind, subtype = self.chosen_type(vocabulary) or ("", "")
        scene = read_scene(self.value(SCENE))
        return EntryWords(
            text=self.value("text").strip() or self.heard, place=self.value("place"), district=self.district,
            type=kind, subtype=subtype, caller=self.value(PHONE), incident=self.incident,
            **{key: scene[key] for key in PEOPLE if key in scene},
        )

    def args(self, vocabulary: Vocabulary, lang: str, now: str | None = None) -> dict[str, Any]:
        """Arguments of ``new``: what was set, without what the server has already or has refused.

        ``now`` is the incident's severity; what the answers imply may only raise it.
        """
        kind, subtype = self.chosen_type(vocabulary) or ("", "")
        severity = self._severity(now)
        full: dict[str, Any] = {
            "text": self.value("text").strip(), "place": self.value("place").strip(), "district": self.district,
            "type": kind, "subtype": subtype, "severity": severity,
            "caller": "" if self._has_caller else self.value(PHONE).strip(),
            "reason": self.reason if severity and severity == self.chosen_level() else "",
        }
        full = {k: v for k, v in full.items() if v and v != self.saved.get(k) and v != self.refused.get(k)}
        for key, lines in (("also", self.implied()[1]), ("answers", self.told(lang))):
            known = {*self.saved.get(key, ()), *self.refused.get(key, ())}
            if fresh := [line for line in lines if line not in known]:
                full[key] = fresh
        told = noted(self.values, self.saved, with_number=self._has_caller)
        return self._rounded({**full, **changed(told, self.saved, self.refused)}, kind)

    @property
    def _has_caller(self) -> bool:
        """A call brings its number with it; without one, what is typed first is the caller's."""
        return bool(self.caller) or self.incident is not None

    def _severity(self, now: str | None) -> str:
        """The operator's level, unless answers of the card are graver; with a reason it stands in any case."""
        chosen, (implied, _) = self.chosen_level() or "", self.implied()
        advised = self.advice.severity if self.advice else None
        if implied and any(implied == known or RANKS[implied] > RANKS[known] for known in (now, advised) if known):
            implied = ""
        if chosen and (self.reason or not implied):
            return chosen
        return min((level for level in (chosen, implied) if level), key=RANKS.__getitem__, default="")

    def _rounded(self, args: dict[str, Any], kind: str) -> dict[str, Any]:
        """What means nothing alone goes with what it belongs to."""
        if "district" in args:
            args["place"] = self.value("place").strip()
        elif "place" in args and self.district:
            args["district"] = self.district
        if "subtype" in args:
            args["type"] = kind
        if "reason" in args and "severity" not in args:
            args["severity"] = self.chosen_level()
        return args

    def faulty(self, vocabulary: Vocabulary) -> str:
        """The first field that cannot be read; '' when all can."""
        if self.chosen_type(vocabulary) is None:
            return "type"
        return "level" if self.chosen_level() is None else ""

    @property
    def is_dangerous(self) -> bool:
        """Whether somebody is trapped or has a weapon."""
        scene = read_scene(self.value(SCENE))
        return bool(scene.get("trapped") or scene.get("weapon"))

    @property
    def is_empty(self) -> bool:
        return not (any(text.strip() for text in self.values.values()) or self.answers)

    @property
    def is_blank(self) -> bool:
        """Nothing stands in it, and nothing that it said has to be taken back."""
        return self.is_empty and not self.saved

    @property
    def is_worth_an_incident(self) -> bool:
        """Where it is and what it is: from here on dispatch should see it."""
        what = (self.value(name).strip() for name in ("text", "type", SCENE))
        return bool(self.value("place").strip() and any(what))

    def note_saved(self, args: dict[str, Any]) -> None:
        """The server has these now."""
        self.saved = _merged(self.saved, {key: value for key, value in args.items() if key != "incident"})

    @property
    def holds_refused_words(self) -> bool:
        """What the caller said and the server would not take: only a person may throw it away."""
        return bool(self.refused.keys() & {"text", "place", "answers", "landmark", "hazard"})

    def note_refused(self, args: dict[str, Any]) -> None:
        self.refused = _merged(self.refused, args)

    # -- kept on disk -------------------------------------------------------------------------------

    def kept(self) -> Draft:
        return Draft(
            self.incident, self.caller, self.call, dict(self.values), self.district, dict(self.answers), self.at,
            dict(self.saved), self.pending,
        )

    @classmethod
    def restored(cls, draft: Draft) -> Form:
        form = cls(
            draft.incident, draft.caller, draft.call, draft.values, draft.district, draft.answers, saved=draft.saved,
            pending=draft.pending,
        )
        form.at = draft.at if draft.at in FIELDS else FIELDS[0]
        return form


def groups(args: dict[str, Any]) -> list[dict[str, Any]]:
    """The same arguments, one group a save."""
    parts = [{key: args[key] for key in group if key in args} for group in GROUPS]
    return [part for part in parts if part]


def _merged(known: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """Lists grow, everything else is replaced."""
    lists = {k: [*known.get(k, ()), *(x for x in v if x not in known.get(k, ()))]
             for k, v in fresh.items() if isinstance(v, list)}
    return {**known, **fresh, **lists}
