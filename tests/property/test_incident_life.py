"""A desk played at random: whatever the order of legal and illegal commands, the centre's books stay true."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from sqlalchemy import bindparam, select

from dispatch.domain.clock import Clock, Level
from dispatch.domain.incident import Incident
from dispatch.domain.report import Channel
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import AssignmentStatus, IncidentStatus, unit_status_for
from dispatch.errors import Refused
from dispatch.services.assignments import move_assignment
from dispatch.services.reminders import wake_held
from dispatch.storage.assignments import assignment_of
from dispatch.storage.clocks import clock_of
from dispatch.storage.database import Database
from dispatch.storage.event_log import verify
from dispatch.storage.incidents import incident_of
from dispatch.storage.migrate import upgrade
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, assignment, clock, event, incident, outbox, report, unit
from dispatch.storage.transaction import Tx
from tests.support.desk import ADI, FIRE, LAMP, RINA, UNITS, Desk, desk_on

S, A = IncidentStatus, AssignmentStatus
INFO = "info nomor telepon kantor kecamatan?"
TEXTS = (FIRE, LAMP, INFO, "tolong cepat", "kecelakaan motor di desa Pacul talang, korban luka", "")
CALLERS = ("+6281290000001", "+6281290000002", "+6281290000003")
SIGNS = [item.call_sign for item in UNITS]
TABLES = {
    name: Statement(select(table).where(table.c.centre == bindparam("centre")).order_by(*table.primary_key))
    for name, table in {
        "incident": incident, "assignment": assignment, "clock": clock, "unit": unit, "event": event,
        "outbox": outbox, "alarm": alarm, "report": report,
    }.items()
}
actors = st.sampled_from([RINA, ADI])
signs = st.sampled_from(SIGNS)
maybe_reason = st.sampled_from(["", "", "perintah supervisor"])


@cache
def template() -> Path:
    """An empty, migrated database, made once."""
    path = Path(tempfile.mkdtemp(prefix="kentongan-life-")) / "template.sqlite3"
    upgrade(Database.of(f"sqlite:///{path}"))
    return path


class Books:
    """Everything stored, read in one transaction."""

    def __init__(self, tx: Tx) -> None:
        rows: dict[str, list[Row]] = {name: tx.all(statement) for name, statement in TABLES.items()}
        self.centre, self.events = tx.centre, rows["event"]
        self.incidents: dict[int, Incident] = {row["id"]: incident_of(row) for row in rows["incident"]}
        self.assignments = [assignment_of(row) for row in rows["assignment"]]
        self.clocks: dict[int, list[Clock]] = defaultdict(list)
        for row in rows["clock"]:
            self.clocks[row["incident_id"]].append(clock_of(row))
        self.units, self.outbox, self.reports = rows["unit"], rows["outbox"], rows["report"]
        self.alarms = [row for row in rows["alarm"] if row["is_open"]]


class IncidentLife(RuleBasedStateMachine):
    """Illegal commands are part of the play: they must be refused and change nothing."""

    numbers: Bundle[int] = Bundle("numbers")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="kentongan-life-"))
        path = self.folder / "desk.sqlite3"
        shutil.copy(template(), path)
        self.stack = AsyncExitStack()
        self.desk: Desk = self.wait(self.stack.enter_async_context(desk_on(Database.of(f"sqlite:///{path}"))))
        self.forced: set[str] = set()
        self.versions: dict[int, int] = {}
        self.seqs = 0

    def teardown(self) -> None:
        self.wait(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def play(self, verb: str, actor: Any = RINA, **args: Any) -> None:
        """A refused command leaves no line in the log."""
        seqs = len(self.books().events)
        try:
            self.wait(self.desk.command(verb, actor, confirmed=True, **args))
        except Refused:
            assert len(self.books().events) == seqs

    def books(self) -> Books:
        found: Books = self.wait(self.desk.run(Books))
        return found

    # what comes in

    @initialize(target=numbers)
    def first_report(self) -> int:
        return int(self.wait(self.desk.report(FIRE, CALLERS[0])).number)

    @rule(target=numbers, words=st.sampled_from(TEXTS), caller=st.sampled_from(CALLERS), call=st.booleans())
    def report(self, words: str, caller: str, call: bool) -> int:
        channel = Channel.CALL if call or not words else Channel.SMS
        return int(self.wait(self.desk.report(words, caller, channel)).number)

    @rule(seconds=st.sampled_from([1, 20, 50, 130, 1000, 50_000, 400_000]))
    def time_passes(self, seconds: int) -> None:
        self.desk.pass_time(seconds=seconds)
        self.wait(self.desk.sweep())
        self.wait(self.desk.run(lambda tx: wake_held(tx, self.desk.knowledge)))

    @rule(
        sign=signs, to=st.sampled_from([A.NOTIFIED, A.ACKNOWLEDGED, A.EN_ROUTE, A.ON_SCENE, A.CLEARED, A.DECLINED]),
        twice=st.booleans(),
    )
    def crew_answers(self, sign: str, to: AssignmentStatus, twice: bool) -> None:
        live = [item for item in self.books().assignments if item.unit == sign and item.is_live]
        for item in live[-1:] * (1 + twice):
            def work(tx: Tx, assignment_id: int = item.id) -> None:
                move_assignment(tx, assignment_id, to, actor=f"crew:{sign}", knowledge=self.desk.knowledge)

            with suppress(Refused):
                self.wait(self.desk.run(work))

    # what the operators do

    @rule(number=numbers, actor=actors)
    def open(self, number: int, actor: Any) -> None:
        self.play("open", actor, incident=number)

    @rule(number=numbers, units=st.lists(signs, max_size=2, unique=True), reason=maybe_reason, actor=actors)
    def dispatch(self, number: int, units: list[str], reason: str, actor: Any) -> None:
        if reason:
            self.forced |= set(units)
        self.play("dispatch", actor, incident=number, units=units, reason=reason)

    @rule(verb=st.sampled_from(["enroute", "arrive", "transport", "clear"]), sign=signs, actor=actors)
    def move(self, verb: str, sign: str, actor: Any) -> None:
        self.play(verb, actor, units=[sign])

    @rule(sign=signs, number=numbers)
    def withdraw(self, sign: str, number: int) -> None:
        self.play("withdraw", units=[sign], incident=number)

    @rule(sign=signs, number=numbers)
    def divert(self, sign: str, number: int) -> None:
        self.play("divert", units=[sign], to_incident=number)

    @rule(sign=signs, verb=st.sampled_from(["off", "on"]))
    def service(self, sign: str, verb: str) -> None:
        self.play(verb, units=[sign])

    @rule(number=numbers, minutes=st.sampled_from([1, 30]), actor=actors)
    def hold(self, number: int, minutes: int, actor: Any) -> None:
        self.play("hold", actor, incident=number, until={"minutes": minutes}, text="nanti")

    @rule(number=numbers, severity=st.sampled_from(list(Severity)), actor=actors)
    def priority(self, number: int, severity: Severity, actor: Any) -> None:
        self.play("priority", actor, incident=number, severity=severity.value, reason="menurut pelapor")

    @rule(number=numbers, kind=st.sampled_from(["fire", "medical", "road_damage", "information_request"]))
    def type(self, number: int, kind: str) -> None:
        self.play("type", incident=number, type=kind)

    @rule(number=numbers, real=st.booleans())
    def confirm(self, number: int, real: bool) -> None:
        self.play("confirm", incident=number, life_threat=real)

    @rule(one=numbers, other=numbers)
    def merge(self, one: int, other: int) -> None:
        self.play("merge", incident=one, to_incident=other)

    @rule(number=numbers)
    def split(self, number: int) -> None:
        self.play("split", split=number)

    @rule(number=consumes(numbers), actor=actors)
    def close(self, number: int, actor: Any) -> None:
        self.play("close", actor, incident=number, disposition="sls")

    @rule(number=numbers, actor=actors)
    def close_and_go_on(self, number: int, actor: Any) -> None:
        self.play("close", actor, incident=number, disposition="sls")

    @rule(number=numbers, actor=actors)
    def reopen(self, number: int, actor: Any) -> None:
        self.play("reopen", actor, incident=number)

    @rule(actor=actors)
    def undo(self, actor: Any) -> None:
        self.play("undo", actor)

    # what must hold after every step

    @invariant()
    def the_books_are_true(self) -> None:
        books = self.books()
        self.log_and_versions_only_grow(books)
        self.nobody_waits_without_a_clock(books)
        self.what_is_over_has_no_clock(books)
        self.units_are_where_their_assignments_say(books)
        self.nothing_happens_twice(books)
        self.alarms_agree_with_clocks(books)
        self.no_report_is_lost(books)

    def log_and_versions_only_grow(self, books: Books) -> None:
        assert len(books.events) >= self.seqs
        assert verify(books.events, books.centre) == (len(books.events), None)
        for item in books.incidents.values():
            assert item.version >= self.versions.get(item.id, 1), f"{item.number} went back"
        self.seqs = len(books.events)
        self.versions = {item.id: item.version for item in books.incidents.values()}

    def nobody_waits_without_a_clock(self, books: Books) -> None:
        attended = {item.incident_id for item in books.assignments if item.is_live}
        for item in books.incidents.values():
            waits = item.is_open and item.status is not S.RESOLVED and item.severity is not None
            clocks = [c for c in books.clocks[item.id] if c.is_running]
            if waits and item.id not in attended:
                assert clocks, f"{item.number} {item.status} waits without a clock"
            running = Counter((c.phase, c.assignment_id) for c in clocks)
            assert all(n == 1 for n in running.values()), f"two clocks for one phase of {item.number}: {running}"
            for found in clocks:
                may_stand = item.status is S.HELD and item.severity is not None and not item.severity.is_urgent
                assert may_stand or not found.is_paused, f"{item.number} {item.status} {found.phase} stands still"
                assert found.next_at is not None or found.is_paused or found.level is Level.SERIOUS
            assert (item.held_until is not None) == (item.status is S.HELD) or not item.is_open

    def what_is_over_has_no_clock(self, books: Books) -> None:
        live = Counter(item.incident_id for item in books.assignments if item.is_live)
        for item in books.incidents.values():
            if item.status in (S.CLOSED, S.MERGED, S.RESOLVED):
                assert not any(c.is_running for c in books.clocks[item.id]), f"{item.number} {item.status} is timed"
                assert not live[item.id], f"somebody is on {item.number}, {item.status}"
            if live[item.id]:
                assert item.status in (S.DISPATCHED, S.ON_SCENE, S.HELD), f"{item.number} {item.status}"

    def units_are_where_their_assignments_say(self, books: Books) -> None:
        for row in books.units:
            live = [item for item in books.assignments if item.unit == row["call_sign"] and item.is_live]
            expected = unit_status_for(bool(row["out_of_service"]), bool(row["no_contact"]), [a.status for a in live])
            assert row["status"] == expected
            assert (row["incident_id"] is None) == (not live)
            assert len({item.incident_id for item in live}) == len(live), "twice on one incident"
            assert len(live) <= 1 or row["call_sign"] in self.forced, f"{row['call_sign']} is on two incidents"

    def nothing_happens_twice(self, books: Books) -> None:
        keys = Counter(row["dedupe_key"] for row in books.outbox)
        assert all(n == 1 for n in keys.values())
        for clocks in books.clocks.values():
            for found in clocks:
                fired = Counter((f.level, f.due_at) for f in found.firings)
                assert all(n == 1 for n in fired.values()), f"{found.phase} fired twice: {found.firings}"
                assert all(f.fired_at >= f.due_at - timedelta(milliseconds=1) for f in found.firings)

    def alarms_agree_with_clocks(self, books: Books) -> None:
        running = {f"clock:{c.id}": c for clocks in books.clocks.values() for c in clocks if c.is_running}
        open_causes = {row["cause"] for row in books.alarms}
        assert len(open_causes) == len(books.alarms), "two alarms for one cause"
        for cause in open_causes:
            if cause.startswith("clock:"):
                assert cause in running, f"alarm {cause} outlived its clock"
                assert running[cause].level > Level.RUNNING
        for cause, found in running.items():
            if found.level >= Level.BREACHED:
                assert cause in open_causes, f"{found.phase} of {found.incident_id} is late and silent"

    def no_report_is_lost(self, books: Books) -> None:
        counted = Counter(row["incident_id"] for row in books.reports)
        for item in books.incidents.values():
            if item.status is not S.MERGED:
                assert item.reports == counted[item.id], f"{item.number} counts {item.reports}, has {counted[item.id]}"
            else:
                assert counted[item.id] == 0, f"reports stayed behind on {item.number}"


TestIncidentLife = IncidentLife.TestCase
TestIncidentLife.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
