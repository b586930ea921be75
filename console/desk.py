"""The seat's state and what its keys mean, without a screen. Owns selection, echo and prefilled lines.

Pure: it turns keys and typed text into commands for somebody else to send. It never guesses a unit:
where more than one could be meant, it fills the command line and waits for Enter.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console.doubled import once
from console.filter import BoardFilter
from console.labels import label
from console.store import Store, is_threat_doubted, live_assignments
from console.theme import DARK, Palette
from console.typed_over import TypedOver
from console.view.facts import Facts, Thin, advised, advised_names, thinned
from console.view.head import Link, Marks, Seat
from console.view.look import Look
from dispatch.errors import KentonganError
from dispatch.grammar import (
    ParsedCommand,
    Vocabulary,
    complete,
    fault,
    mistyped,
    mistyped_code,
    parse,
    sentence,
    to_args,
    unknown_incident,
    unknown_unit,
)
from dispatch.wire import CallRow, Command, IncidentDetail, IncidentRow, OperatorRow, UnitRow

NEXT_VERB = {
    "dispatched": ("enroute", "e", "en_route"),
    "en_route": ("arrive", "a", "on_scene"),
    "on_scene": ("clear", "c", "available"),
    "transporting": ("facility", "h", "at_facility"),
    "at_facility": ("clear", "c", "available"),
    "no_contact": ("clear", "c", "available"),
    "out_of_service": ("on", "i", "available"),
}
"""Unit status -> command, how it is typed, and the state it leads to."""
CARRIERS = "A"
"""Call-sign letters that transport from the scene; F6 then asks for the destination."""
GUARDED = frozenset({"priority", "type", "locate", "close", "hold", "merge", "dispatch", "reopen", "confirm"})
"""Commands that overwrite something somebody may have changed meanwhile: they carry the version seen."""
LOCAL_WORDS = {
    "bahasa": "language", "lang": "language", "language": "language", "tema": "theme", "theme": "theme",
    "bunyi": "sound", "sound": "sound", "kartu": "card", "card": "card", "cards": "card",
    "manual": "manual", "rincian": "detail", "detail": "detail", "audit": "audit",
}
"""Words for what this console does by itself, and the action they mean."""
WITH_WORDS = frozenset({"audit"})
"""Those that may be followed by words of their own."""
DETAIL_LIMIT = 40


def local_word(line: str) -> tuple[str, str] | None:
    """What this console does by itself for a typed line, and the words behind it; None for a command."""
    word, _, rest = line.strip().partition(" ")
    name = LOCAL_WORDS.get(word.casefold())
    return (name, rest.strip()) if name and (not rest.strip() or name in WITH_WORDS) else None


@dataclass(frozen=True)
class Act:
    """What a key leads to: commands to send now, or text for the command line, or only a sentence."""

    commands: tuple[Command, ...] = ()
    prefill: str | None = None
    say: str = ""
    select: int | None = None


@dataclass(frozen=True)
class Echo:
    """What would be run, in words; ``hint`` is left away when the line is too narrow."""

    text: str
    hint: str = ""
    good: bool = True


@dataclass
class Desk:
    """One operator's seat. ``now`` is set by the screen before it draws."""

    store: Store
    seat: Seat = field(default_factory=Seat)
    lang: str = "id"
    palette: Palette = DARK
    pane: str = "waiting"
    current: int | None = None
    unit: str | None = None
    link: Link = field(default_factory=Link)
    now: datetime | None = None
    """The server's time when the screen was last drawn."""
    silent_until: datetime | None = None
    """Until then class 2 and 3 make no sound here."""
    floods: dict[str, int] = field(default_factory=dict)
    """Who is flooded with alarms, and by how many in ten minutes."""
    manual: bool = False
    """Somebody at this seat works on paper."""
    deaf: bool = False
    """No alarm is heard at this seat: the screen must say so and carry it alone."""
    filter: BoardFilter = field(default_factory=BoardFilter)
    new_key: Callable[[], str] = lambda: ""
    details: dict[int, IncidentDetail] = field(default_factory=dict)
    typed_over: TypedOver = field(default_factory=TypedOver)
    _vocabulary: tuple[Any, Vocabulary] | None = None

    # -- looking ------------------------------------------------------------------------------------

    def look(self, now: datetime) -> Look:
        self.now = now
        return Look(self.store.centre, now, self.lang, self.palette)

    def say(self, key: str, /, **params: object) -> str:
        return label(key, self.lang, **params)

    @property
    def screens(self) -> int:
        """How many consoles this seat's operator has open."""
        return self.store.screens_of(self.seat.name)

    @property
    def marks(self) -> Marks:
        """What line 1 says of this seat and others."""
        return Marks(self.deaf, self.silent_until, self.manual, self.floods, self.screens)

    @property
    def vocabulary(self) -> Vocabulary:
        if self._vocabulary is None or self._vocabulary[0] is not self.store.centre:
            self._vocabulary = (self.store.centre, Vocabulary.of(self.store.centre))
        return self._vocabulary[1]

    @property
    def row(self) -> IncidentRow | None:
        return self.store.row_of(self.current) if self.current is not None else None

    def keep_detail(self, detail: IncidentDetail) -> None:
        """Remember an incident's detail; the oldest is forgotten beyond the limit."""
        self.store.refresh_aside(detail.incident)
        self.details.pop(detail.incident.number, None)
        self.details[detail.incident.number] = detail
        if len(self.details) > DETAIL_LIMIT:
            del self.details[next(iter(self.details))]

    def waiting(self, now: datetime) -> list[int]:
        return self._filtered(self.store.waiting(), now)

    def active(self, now: datetime) -> list[int]:
        return self._filtered(self.store.active(), now)

    def _filtered(self, numbers: list[int], now: datetime) -> list[int]:
        if not self.filter.args:
            return numbers
        return [n for n in numbers if self.filter.shows(self.store.incidents[n], now)]

    def facts(self, look: Look) -> Facts | None:
        """Everything the detail part draws, or None without a selection."""
        row = self.row
        if row is None:
            return None
        detail = self.details.get(row.number)
        call = next((c for c in self.store.calls.values() if c.incident == row.number and c.answered_at), None)
        return Facts(
            row=row, detail=detail, log=self.store.log_of(row.number), call=call, others=self._others(row),
            next_step=self._next_words(look), thin=self._thin(detail),
        )

    def _thin(self, detail: IncidentDetail | None) -> list[Thin]:
        """What F5 would take from the cover the rules want."""
        going = {str(item["unit"]) for item in advised(detail) if item.get("unit") and item.get("send", True)}
        return thinned(self.store.centre.cover, self.store.units.values(), going) if going else []

    def _others(self, row: IncidentRow) -> list[OperatorRow]:
        """Colleagues who have the same incident on their screen."""
        return [o for o in self.store.operators.values() if o.viewing == row.number and o.name != self.seat.name]

    def _next_words(self, look: Look) -> tuple[str, str] | None:
        """Call sign and state F6 leads to."""
        unit = self.moving_unit()
        step = NEXT_VERB.get(unit.status) if unit else None
        if unit is None or step is None:
            return None
        state = "transporting" if self._carries(unit) else step[2]
        return unit.call_sign, look.word("unit", state)

    # -- selecting ----------------------------------------------------------------------------------

    def select(self, number: int | None) -> None:
        """Put an incident on screen; the pane follows it."""
        if self.store.aside is not None and self.store.aside.number != number:
            self.store.set_aside(None)
        self.current = number
        if number in self.store.incidents and self.pane != "units":
            self.pane = "waiting" if self.store.is_in_waiting(self.store.incidents[number].number) else "active"

    def visit(self, row: IncidentRow) -> None:
        """Put an incident on screen that need not be on a board; it stays until another is selected."""
        self.store.set_aside(row)
        self.select(row.number)

    def settle(self, now: datetime) -> None:
        """After a change: an incident that has left takes the selection with it, and none is chosen in its place."""
        if self.current is not None and self.row is None:
            self.current = None
        elif self.current is not None and self.pane != "units":
            self.select(self.current)

    # -- the command line ---------------------------------------------------------------------------

    def read(self, line: str) -> list[ParsedCommand]:
        """The commands of a line with the incident on screen filled in; raises ``Invalid``."""
        return [complete(command, self.current) for command in parse(once(line), self.vocabulary)]

    def typing(self, line: str) -> None:
        """Keep in mind which state of which incidents the line is about."""
        if not line.strip():
            self.typed_over.clear()
            return
        numbers = {self.current}
        with contextlib.suppress(KentonganError):
            numbers |= {command.args.get("incident") for command in self.read(line)}
        rows = (self.store.row_of(number) for number in numbers if isinstance(number, int))
        self.typed_over.note(row for row in rows if row is not None)

    def echo(self, line: str) -> Echo:
        """The sentence under the result line, before anything is run."""
        if not line.strip():
            return Echo(self.say("screen.idle_echo"), self.say("screen.idle_hint"))
        if local := local_word(line):
            return Echo(f"{self.say(f'screen.local.{local[0]}')} {local[1]}".strip(), self.say("screen.run_hint"))
        try:
            commands = self.read(line)
        except KentonganError as error:
            return Echo(fault(error, self.lang), good=False)
        if strange := self._stranger(commands):
            return Echo(fault(strange, self.lang), good=False)
        lookup = self._known if self.store.ready else None
        said = sentence(commands, self.lang, lookup, self.vocabulary, tail=False)
        said = said if said.endswith((".", "?", "!")) else f"{said}."
        slips = (mistyped_code(command, self.vocabulary) for command in commands)
        notes = "".join(f" ({mistyped(*slip, self.lang)})" for slip in slips if slip)
        return Echo(said + notes, self.say("screen.run_hint"))

    def _known(self, number: int) -> IncidentRow | None:
        """An incident of the boards, or one whose detail has been read."""
        row, detail = self.store.row_of(number), self.details.get(number)
        return row or (detail.incident if detail else None)

    def _stranger(self, commands: Sequence[ParsedCommand]) -> KentonganError | None:
        """A unit or an incident the board does not have. Enter still asks the server, which knows better."""
        store = self.store
        if not store.ready:
            return None
        known = {**store.incidents, **self.details}
        return (unknown_unit(commands, store.units)
                or unknown_incident(commands, known, store.newest_number(), self.vocabulary))

    def say_find(self, args: dict[str, Any]) -> str:
        """What F searches for, as words."""
        words = [str(args[key]) for key in ("text", "severity", "district", "type", "incident") if args.get(key)]
        return " ".join([*words, *args.get("units", [])])

    def command(self, parsed: ParsedCommand) -> Command:
        return self.make(parsed.verb, to_args(parsed))

    def make(self, verb: str, args: dict[str, Any]) -> Command:
        """A command as it is sent, with the version the operator has typed over."""
        number, version = args.get("incident"), None
        row = self.store.row_of(number) if isinstance(number, int) else None
        if row is not None and verb in GUARDED:
            version = self.typed_over.version(row, self.seat.name, self.store.operators)
        return Command(command=verb, args=args, expected_version=version, idempotency_key=self.new_key())

    # -- function keys --------------------------------------------------------------------------------

    def open_current(self) -> Act:
        """Enter on an empty line: the first to open an incident stops its answer clock."""
        if self.row is None:
            return Act(say=self.say("screen.nothing_selected"))
        return Act((self.make("open", {"incident": self.row.number}),), select=self.row.number)

    def call_in_hand(self) -> CallRow | None:
        """The call this seat is talking on."""
        call = self.store.call_of(self.seat.name)
        return call if call is not None and call.status == "answered" else None

    def answer_oldest(self) -> Act | None:
        """F2: answer the next call, by waiting and hints; None without one."""
        waiting = self.store.ringing()
        if not waiting:
            return None
        return Act((self.make("answer", {"call": waiting[0].id}),), select=waiting[0].incident)

    def dispatch_current(self) -> Act:
        """F5: the recommended units on the command line; Enter sends them."""
        row = self.row
        if row is None:
            return Act(say=self.say("screen.nothing_selected"))
        look = self.look(self.now or row.updated_at)
        names = [name.lower() for name in advised_names(self.details.get(row.number), look)]
        if not names:
            return Act(say=self.say("screen.no_recommendation", number=look.number(row.number)))
        return Act(prefill=f"d {' '.join(names)} {look.number(row.number)}")

    def moving_unit(self) -> UnitRow | None:
        """The unit F6 means: the selected one on the unit board, else the only one on the incident."""
        if self.pane == "units":
            return self.store.units.get(self.unit or "")
        signs = self.signs()
        return self.store.units.get(signs[0]) if len(signs) == 1 else None

    def signs(self) -> list[str]:
        return [a.unit for a in live_assignments(self.row) if a.unit] if self.row else []

    def next_status(self) -> Act:
        """F6: one unit goes on by one state; several are named, so that none moves by mistake."""
        unit = self.moving_unit()
        if unit is None:
            return self._several_units()
        step = NEXT_VERB.get(unit.status)
        if step is None:
            return Act(say=self.say("screen.unit_ready", unit=unit.call_sign))
        if self._carries(unit):
            return Act(prefill=f"t {unit.call_sign.lower()} ")
        return Act((self.make(step[0], {"units": [unit.call_sign]}),))

    def _several_units(self) -> Act:
        signs = self.signs()
        if not signs or self.row is None:
            return Act(say=self.say("screen.no_unit"))
        verbs = [NEXT_VERB[u.status] for sign in signs if (u := self.store.units.get(sign)) and u.status in NEXT_VERB]
        verb = verbs[0][1] if verbs else "e"
        number = self.vocabulary.numbers.told(self.row.number)
        return Act(prefill=f"{verb} ", say=self.say("screen.unit_choose", number=number, units=" ".join(signs)))

    def _carries(self, unit: UnitRow) -> bool:
        return unit.status == "on_scene" and unit.call_sign[:1] in CARRIERS

    def remark_current(self) -> Act:
        if self.row is None:
            return Act(say=self.say("screen.nothing_selected"))
        return Act(prefill=f"r {self.vocabulary.numbers.told(self.row.number)}: ")

    def confirm_threat(self) -> Act:
        """Ctrl+Y: yes, a life is at risk."""
        return self._judge(threat=True)

    def deny_threat(self) -> Act:
        """Ctrl+N: no life is at risk; the priority stays until P changes it."""
        return self._judge(threat=False)

    def _judge(self, *, threat: bool) -> Act:
        """Only where it is asked: a slip of the finger must not make a pothole critical."""
        row = self.row
        if row is None or not is_threat_doubted(row):
            return Act(say=self.say("screen.no_doubt"))
        return Act((self.make("confirm", {"incident": row.number, "life_threat": threat}),))

    def handover(self) -> Act:
        """Ctrl+O: the seven items of the shift's handover."""
        return Act((self.make("handover", {}),))

    def own_incidents(self) -> list[int]:
        """Open incidents this seat's operator answers for."""
        rows = self.store.incidents.values()
        return [row.number for row in rows if self.seat.name and row.owner == self.seat.name]

    def acknowledge_top(self) -> Act:
        """F8: look at what the top alarm is about and acknowledge it."""
        alarms = self.store.open_alarms(self.now)
        if not alarms:
            return Act(say=self.say("screen.no_alarm_open"))
        return Act((self.make("acknowledge", {"alarm": alarms[0].id}),), select=alarms[0].incident)

    def dispose_target(self) -> dict[str, int] | None:
        """F9: the call this seat is in, else the incident on screen, however it came."""
        call = self.store.call_of(self.seat.name)
        if call is not None:
            return {"call": call.id}
        return {"incident": self.row.number} if self.row is not None else None

    def dispose(self, digit: int) -> Act:
        target = self.dispose_target()
        if digit == 0 and target is not None and "call" in target:
            return Act((self.make("probe", target),))
        if target is None or not 1 <= digit <= 6:
            return Act(say=self.say("screen.no_call"))
        return Act((self.make("dispose", {"code": digit, **target}),))
