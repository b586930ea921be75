"""What Ctrl+P finds: pages, open incidents, verbs and units by number, call sign or words.

Owns the list, its order and what choosing from it does. Nothing chosen runs a command that changes anything:
a verb only comes to the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from console.choosing import in_need
from console.desk import Act
from console.store import live_assignments, rank_of
from console.view.look import CHIPS, Look
from console.view.visible import visible
from dispatch.grammar import VERBS, Verb, syntax
from dispatch.wire import IncidentRow, UnitRow

if TYPE_CHECKING:
    from console.app import ConsoleApp

SHOWN = 60
"""So many of what fits; who wants others types more."""
READS_AUDIT, REVIEWS = frozenset({"supervisor", "admin"}), frozenset({"supervisor"})
"""Roles the server shows the page to; to the others it is not offered."""
VARIANTS = ("de", "dl")
"""Short forms that are explained in the syntax of another."""


@dataclass(frozen=True)
class Choice:
    """One line of the list. ``key`` is its exact name: typed in full or in part it comes first."""

    key: str
    text: str
    do: Callable[[], object]

    def score(self, query: str) -> int:
        """How well it fits: the name, a name that begins so, all words somewhere; 0 = not at all."""
        wanted = query.casefold().split()
        key, text = self.key.casefold(), self.text.casefold()
        if not all(word in text or word in key for word in wanted):
            return 0
        begins = any(word.startswith(wanted[0]) for word in text.split())
        return 4 if query.casefold() == key else 3 if key.startswith(wanted[0]) else 2 if begins else 1


def choices(app: ConsoleApp) -> list[Choice]:
    """All of it as things are now: pages, incidents that need somebody first, verbs, units."""
    look = app.desk.look(app.workspace.now())
    store = app.store
    urgent = in_need(store, app.workspace.now())
    numbers = [*urgent, *(n for n in (*store.waiting(), *store.active()) if n not in set(urgent))]
    return [
        *_pages(app),
        *(Choice(str(n), _incident(store.incidents[n], look), partial(app.open_incident, n)) for n in numbers),
        *(_verb(app, verb) for verb in VERBS if verb.short not in VARIANTS),
        *(Choice(s, _unit(store.units[s], look), partial(app.choosing.unit, s)) for s in store.unit_signs()),
    ]


def matching(found: list[Choice], query: str) -> list[Choice]:
    """Those that fit, the best first, equals in the order of the list."""
    scored = [(choice.score(query), choice) for choice in found] if query.strip() else [(1, one) for one in found]
    fits = [(score, choice) for score, choice in scored if score]
    return [choice for _, choice in sorted(fits, key=lambda pair: -pair[0])]


def _pages(app: ConsoleApp) -> list[Choice]:
    desk, role = app.desk, app.desk.seat.role
    acts: dict[str, Callable[[], object]] = {
        "units": lambda: _fresh(app, app.choosing.units),
        "find": lambda: put_verb(app, "f", "find"),
        "handover": partial(app.action_act, "handover"),
        "map": lambda: _fresh(app, app.action_districts),
        "detail": app.local.detail,
        "card": app.local.card,
        "roster": partial(_ask, app, "roster"),
        "alarms": app.pages.show_alarms,
        **({"audit": partial(app.local.audit, "")} if role in READS_AUDIT else {}),
        **({"review": partial(_ask, app, "review")} if role in REVIEWS else {}),
        "help": app.pages.show_help,
    }
    return [Choice(desk.say(f"screen.finder.page.{name}"), desk.say(f"screen.finder.about.{name}"), act)
            for name, act in acts.items()]


def _fresh(app: ConsoleApp, show: Callable[[], object]) -> None:
    """A page whose key also takes it away is shown, whatever is there."""
    app.workspace.uncover()
    show()


def _ask(app: ConsoleApp, verb: str) -> None:
    """A page the server writes: the roster, what may have been disposed of by mistake."""
    app.runner.send(app.desk.say(f"screen.finder.page.{verb}").lower(), [app.desk.make(verb, {})])


def _incident(row: IncidentRow, look: Look) -> str:
    units = " ".join(a.unit or a.agency for a in live_assignments(row))
    words = (CHIPS[rank_of(row)].strip(), look.number(row.number), look.type_short(row.type), look.type_words(row),
             look.place(row.place), look.district(row.place.kecamatan), look.word("status", row.status), units)
    return " ".join(word for word in words if word)


def _unit(row: UnitRow, look: Look) -> str:
    on = look.number(row.incident) if row.incident else ""
    words = (row.call_sign, row.name, look.word("unit", row.status), on, look.district(row.kecamatan), row.note)
    return " ".join(word for word in words if word)


def _verb(app: ConsoleApp, verb: Verb) -> Choice:
    """By the word of the seat's language; the syntax tells the rest."""
    lang = app.desk.lang
    word = verb.words[0 if lang == "id" else -1]
    name, told = verb.short or word, syntax(verb.name, lang)
    if word.upper() not in told.partition(" | ")[0].split()[:2]:
        told = f"{word.upper()}  {told}"
    return Choice(name, told, partial(put_verb, app, name, verb.name))


def put_verb(app: ConsoleApp, name: str, verb: str) -> None:
    """To the command line, for its words to be typed; what stands there stays, and only the syntax is told."""
    if app.typed():
        told = app.desk.say("screen.finder.kept", syntax=syntax(verb, app.desk.lang))
        app.result("screen.failed", told, good=None)
    else:
        app.perform(Act(prefill=f"{name} "), name)


class Commands(Provider):
    """Textual asks for the whole list, and again with every letter typed."""

    async def discover(self) -> Hits:
        for choice in choices(cast("ConsoleApp", self.app)):
            yield DiscoveryHit(_plain(choice.text), choice.do, choice.text)

    async def search(self, query: str) -> Hits:
        app = cast("ConsoleApp", self.app)
        found = matching(choices(app), query)[:SHOWN]
        for place, choice in enumerate(found):
            yield Hit(1 - place / SHOWN / 2, _plain(choice.text), choice.do, choice.text)
        if not found:
            yield Hit(0.1, _plain(app.desk.say("screen.finder.nothing")), lambda: None, query)


def _plain(text: str) -> Content:
    """Words from outside are shown, never obeyed, and are no markup."""
    return Content(visible(text))
