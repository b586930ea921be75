"""Who is on duty: resolved at the moment somebody is to be told, never before. Changes of the plan, and its holes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.domain.contact import Contact
from dispatch.domain.roster import Change, Roster, gaps, on_call, strangers
from dispatch.domain.routing import RuleSet
from dispatch.errors import Invalid, NotFound
from dispatch.services.knowledge import Knowledge
from dispatch.storage.rosters import cancel_change, changes_of, coming_changes, insert_change
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx
from dispatch.texts import text

LONGEST = timedelta(days=92)
SHOWN = "%d-%m %H:%M"


def on_duty(tx: Tx, agency: str, knowledge: Knowledge) -> list[Contact]:
    """The people to tell now, in order: who is on call, then the agency's own duty contacts."""
    found = called_people(knowledge.rules, agency, _changes(tx, knowledge.rules, agency), tx.now)
    known = knowledge.rules.agencies.get(agency)
    every = [*found, *(known.contacts if known else ())]
    return list({contact.address: contact for contact in reversed(every)}.values())[::-1]


def called_people(rules: RuleSet, agency: str, changes: Iterable[Change], at: datetime) -> list[Contact]:
    """Who is on call by the roster; nobody where the agency has none, or a hole in it."""
    roster = rules.rosters.get(agency)
    return [roster.people[name] for name in on_call(roster, changes, at)] if roster else []


def _changes(tx: Tx, rules: RuleSet, agency: str) -> list[Change]:
    return changes_of(coming_changes(tx), agency) if agency in rules.rosters else []


def quiet_until(tx: Tx, contact: Contact, knowledge: Knowledge) -> datetime | None:
    """Until when nothing that can wait is sent to them; None = now is fine."""
    return contact.quiet.ends_at(tx.now.astimezone(ZoneInfo(knowledge.rules.tz_name))) if contact.quiet else None


# changing


def _require_roster(rules: RuleSet, agency: str) -> Roster:
    if agency not in rules.rosters:
        raise NotFound("no_roster", f"{agency} has no roster", agency=agency)
    return rules.rosters[agency]


def _require_people(roster: Roster, names: Iterable[str]) -> None:
    for name in names:
        if name not in roster.people:
            known = ", ".join(sorted(roster.people))
            raise NotFound("no_person", f"no {name} in the roster of {roster.agency}", name=name,
                           agency=roster.agency, names=known)


def change_roster(
    tx: Tx, rules: RuleSet, agency: str, *, outgoing: str, incoming: tuple[str, ...], start: datetime, end: datetime,
    actor: str, reason: str = "",
) -> int:
    """From ``start`` until ``end`` ``incoming`` do the duty of ``outgoing`` ('' = of everybody). Returns the change's
    id. Raises NotFound or Invalid."""
    roster = _require_roster(rules, agency)
    _require_people(roster, (*incoming, *((outgoing,) if outgoing else ())))
    if not start < end <= start + LONGEST:
        raise Invalid("bad_shift", "the start must lie before the end", days=LONGEST.days)
    change = Change(tx.new_id(), start, end, outgoing, incoming)
    insert_change(tx, agency, change, actor, reason)
    tx.emit(
        "roster.changed", actor, touched=["centre"], agency=agency, start=_local(start, rules), end=_local(end, rules),
        outgoing=outgoing or "*", incoming=", ".join(incoming) or "-", reason=reason,
    )
    return change.id


def swap_people(
    tx: Tx, rules: RuleSet, agency: str, one: str, other: str, *, start: datetime, end: datetime, actor: str,
    reason: str = "",
) -> tuple[int, int]:
    """Two people do each other's duty for a time. Returns the ids of both changes. Raises NotFound or Invalid."""
    span = {"start": start, "end": end, "actor": actor, "reason": reason}
    return (
        change_roster(tx, rules, agency, outgoing=one, incoming=(other,), **span),  # type: ignore[arg-type]
        change_roster(tx, rules, agency, outgoing=other, incoming=(one,), **span),  # type: ignore[arg-type]
    )


def restore_roster(tx: Tx, change_id: int, actor: str) -> None:
    """Take a change back: the plan holds again. Raises NotFound."""
    row = cancel_change(tx, change_id)
    if row is None:
        raise NotFound("no_change", f"no roster change {change_id}", id=change_id)
    tx.emit("roster.restored", actor, touched=["centre"], agency=row["agency"], id=change_id)


def _local(at: datetime, rules: RuleSet) -> str:
    return at.astimezone(ZoneInfo(rules.tz_name)).strftime(SHOWN)


# looking


@dataclass(frozen=True, slots=True)
class Hole:
    """``start`` to ``end`` nobody of an agency is on call."""

    agency: str
    start: datetime
    end: datetime

    def say(self, rules: RuleSet, lang: str) -> str:
        labels = rules.agencies[self.agency].labels
        return text(
            "roster.gap", lang, agency=labels.get(lang, labels["id"]), start=_local(self.start, rules),
            end=_local(self.end, rules),
        )


def find_holes(rules: RuleSet, rows: list[Row], start: datetime, span: timedelta) -> list[Hole]:
    """Every moment of the span in which a roster has nobody, the earliest first."""
    found = [
        Hole(agency, begin, end)
        for agency, roster in rules.rosters.items()
        for begin, end in gaps(roster, changes_of(rows, agency), start, start + span)
    ]
    return sorted(found, key=lambda hole: (hole.start, hole.agency))


def find_strangers(rules: RuleSet, rows: list[Row], lang: str) -> list[str]:
    """Sentences about changes that name somebody the rules do not know."""
    return [
        text("roster.stranger", lang, id=change_id, name=name, agency=agency)
        for agency, roster in rules.rosters.items()
        for change_id, name in strangers(roster, changes_of(rows, agency)).items()
    ]


def roster_lines(tx: Tx, knowledge: Knowledge, agencies: Iterable[str], lang: str) -> list[str]:
    """Who is on call now, one line an agency."""
    rules, lines = knowledge.rules, []
    rows = coming_changes(tx)
    for agency in agencies:
        _require_roster(rules, agency)
        labels = rules.agencies[agency].labels
        people = called_people(rules, agency, changes_of(rows, agency), tx.now)
        names = ", ".join(f"{person.name} {person.phone}" for person in people) or text("roster.nobody", lang)
        lines.append(text("roster.line", lang, agency=labels.get(lang, labels["id"]), names=names))
    return lines or [text("roster.none", lang)]
