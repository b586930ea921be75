"""What crosses the line between server and clients: the operator API's messages, as msgspec structs.

Shared by ``dispatch.web`` and ``console``. Times are aware datetimes (RFC 3339 with offset on the
wire). Fields are only ever added. No behaviour beyond encoding lives here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Wire(msgspec.Struct, frozen=True):
    """Base: unknown fields are ignored, so an older console reads a newer server."""


class CandidateRow(Wire, frozen=True, kw_only=True):
    code: str
    desa: str
    kecamatan: str


class PlaceRow(Wire, frozen=True, kw_only=True):
    code: str = ""
    desa: str = ""
    kecamatan: str = ""
    landmark: str = ""
    lat: float | None = None
    lon: float | None = None
    text: str = ""
    verified: bool = False
    ambiguous: bool = False
    outside: str = ""
    candidates: list[CandidateRow] = []
    radius_m: float | None = None
    located_at: datetime | None = None


class AssignmentRow(Wire, frozen=True, kw_only=True):
    """``at`` maps a status to the time it was reached; a skipped status is absent."""

    id: int
    unit: str | None
    agency: str
    status: str
    at: dict[str, datetime] = {}
    note: str = ""


class ClockRow(Wire, frozen=True, kw_only=True):
    """``subject`` is 'incident' or the call sign / agency of the assignment it times.

    ``state``: running, warned, breached, serious, paused, met, missed, cancelled.
    ``lateness_ms`` is how late the last firing was, null before the first.
    """

    phase: str
    subject: str
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    state: str
    paused_ms: int = 0
    lateness_ms: int | None = None
    stopped_at: datetime | None = None


class DuplicateRow(Wire, frozen=True, kw_only=True):
    """A suggestion, never an act. ``reason`` is a key of the reader's [fold] words, ``params`` its values:
    where, minutes, type. ``score`` 0: it stands out from that incident."""

    number: int
    score: float
    reason: str
    params: dict[str, str | int] = {}


class IncidentRow(Wire, frozen=True, kw_only=True):
    number: int
    id: int
    type: str
    also_types: list[str] = []
    subtype: str = ""
    severity: str | None = None
    life_threat: bool = False
    unsure: bool = False
    status: str
    place: PlaceRow = PlaceRow()
    agencies: list[str] = []
    reports: int = 1
    assignments: list[AssignmentRow] = []
    clocks: list[ClockRow] = []
    opened_at: datetime
    updated_at: datetime
    version: int
    channel: str = ""
    summary: str = ""
    caller: str = ""
    """Masked phone number of the first reporter."""
    callback_due: bool = False
    seen_by: str = ""
    """First operator who opened it; '' = unopened (answer clock still runs)."""
    owner: str = ""
    """Who answers for it now; '' = nobody yet."""
    duplicates: list[DuplicateRow] = []
    merged_into: int | None = None
    held_until: datetime | None = None
    disposition: str = ""
    last_actor: str = ""
    confidence: float = 0.0


class UnitRow(Wire, frozen=True, kw_only=True):
    call_sign: str
    agency: str
    name: str
    status: str
    since: datetime
    base: str = ""
    kecamatan: str = ""
    capabilities: list[str] = []
    crew: int = 0
    incident: int | None = None
    note: str = ""
    version: int = 0


class CallRow(Wire, frozen=True, kw_only=True):
    """``status``: ringing, queued, answered, held, wrap_up, ended, abandoned."""

    id: int
    caller: str
    status: str
    rang_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    operator: str = ""
    incident: int | None = None
    disposition: str = ""
    repeat: int = 0
    """Calls from this number in the last 24 h before this one."""


class OperatorRow(Wire, frozen=True, kw_only=True):
    name: str
    role: str
    state: str
    """ready, on_call, wrap_up, break"""
    since: datetime
    viewing: int | None = None


class AlarmRow(Wire, frozen=True, kw_only=True):
    """``level`` 1 DARURAT, 2 PERLU, 3 TAHU. ``kind`` is a stable slug (clock_breached, storage_full ...)."""

    id: int
    level: int
    kind: str
    text: str
    at: datetime
    incident: int | None = None
    phase: str = ""
    subject: str = ""
    acknowledged_by: str = ""
    cleared_at: datetime | None = None


class CentreRow(Wire, frozen=True, kw_only=True):
    """``mode`` is 'live' or 'training'; ``drivers`` maps channel -> driver name ('simulator' is shown).

    ``types``/``agencies``/``districts``/``dispositions`` are the labels the console draws with.
    """

    code: str
    name: str
    timezone: str
    mode: str
    drivers: dict[str, str] = {}
    types: dict[str, TypeLabel] = {}
    agencies: dict[str, dict[str, str]] = {}
    districts: dict[str, str] = {}
    dispositions: dict[str, dict[str, str]] = {}
    rules_version: str = ""
    degraded: list[str] = []
    """Human-readable sentences about parts that do not work right now."""


class TypeLabel(Wire, frozen=True, kw_only=True):
    short: str
    labels: dict[str, str]
    subtypes: dict[str, dict[str, str]] = {}


class Board(Wire, frozen=True, kw_only=True):
    """A snapshot: everything open, and the feed position it corresponds to."""

    seq: int
    now: datetime
    centre: CentreRow
    incidents: list[IncidentRow] = []
    units: list[UnitRow] = []
    calls: list[CallRow] = []
    operators: list[OperatorRow] = []
    alarms: list[AlarmRow] = []
    truncated: int = 0
    """Open incidents beyond the list's limit."""


class LogLine(Wire, frozen=True, kw_only=True):
    """One event of the chronology. ``text`` is ready to show in the reader's language."""

    seq: int
    at: datetime
    actor: str
    kind: str
    incident: int | None = None
    text: str = ""
    data: dict[str, Any] = {}


class Changes(Wire, frozen=True, kw_only=True):
    """One server-sent event: full rows of all that changed up to ``seq``; ``now`` is the server's time.

    A row that left the board (closed, merged) is sent once more with its final status.
    """

    seq: int
    now: datetime
    incidents: list[IncidentRow] = []
    units: list[UnitRow] = []
    calls: list[CallRow] = []
    operators: list[OperatorRow] = []
    alarms: list[AlarmRow] = []
    log: list[LogLine] = []
    centre: CentreRow | None = None


class Heartbeat(Wire, frozen=True, kw_only=True):
    """SSE event 'heartbeat', every 2 s."""

    seq: int
    now: datetime


class Command(Wire, frozen=True, kw_only=True):
    """``command`` is a verb (any alias of the command grammar); ``args`` its parsed arguments.

    ``args`` may also be the words as typed (a string or a list of strings); ``line`` gives a whole
    typed line instead. ``confirmed`` answers a NeedsConfirmation.
    """

    command: str = ""
    args: dict[str, Any] | list[str] | str = {}
    line: str = ""
    current: int | None = None
    """The incident on screen: fills in what was not typed."""
    expected_version: int | None = None
    idempotency_key: str = ""
    confirmed: bool = False


class CommandResult(Wire, frozen=True, kw_only=True):
    ok: bool
    seq: int
    message: str
    changed: list[str] = []
    """Keys of what changed: 'incident:1051', 'unit:A01', 'call:7', 'alarm:3'."""
    incident: int | None = None
    undo_s: int = 0
    """Seconds for which 'U' can undo this; 0 = not undoable."""
    data: dict[str, Any] = {}
    """For read commands (why, find): the answer's lines."""


class ProblemDetails(Wire, frozen=True, kw_only=True):
    """RFC 9457. ``code`` is the stable error code; ``current`` the newer row on 409."""

    type: str = "about:blank"
    title: str = ""
    status: int = 500
    detail: str = ""
    code: str = ""
    current: IncidentRow | None = None


class SessionRequest(Wire, frozen=True, kw_only=True):
    username: str
    password: str
    phone: str = ""
    """The phone this seat answers calls on (E.164 or national); '' keeps the registered one."""


class Session(Wire, frozen=True, kw_only=True):
    token: str
    role: str
    seat: str
    expires_at: datetime
    username: str = ""


class HandoverSigned(Wire, frozen=True, kw_only=True):
    """The incoming person's session at this seat, and what both signed, ready to print."""

    session: Session
    lines: list[str] = []


class ReportRow(Wire, frozen=True, kw_only=True):
    id: int
    channel: str
    received_at: datetime
    text: str
    sender: str = ""
    """Full number only for roles that handle the incident, otherwise masked."""
    sender_name: str = ""
    attachments: list[dict[str, str]] = []
    triage: dict[str, Any] = {}
    public_code: str = ""


class IncidentDetail(Wire, frozen=True, kw_only=True):
    incident: IncidentRow
    reports: list[ReportRow] = []
    timeline: list[LogLine] = []
    """Newest first, at most 200."""
    decision: dict[str, Any] = {}
    """Routing trace and the rules digest it was made under."""
    messages: list[dict[str, Any]] = []
    recommendation: list[dict[str, Any]] = []
    cards: list[dict[str, Any]] = []
    """Protocol cards that fit the type."""
    explanation: dict[str, Any] = {}
    """Driving words, what would be without each, and the question to ask (see docs/triage.md)."""


class EntryWords(Wire, frozen=True, kw_only=True):
    """What stands in a call entry form: ``text`` the caller's words, the rest what the operator set ('' = nothing)."""

    text: str = ""
    place: str = ""
    district: str = ""
    type: str = ""
    subtype: str = ""
    caller: str = ""
    incident: int | None = None
    """Of the call in hand: its caller's earlier reports are meant."""


class EarlierRow(Wire, frozen=True, kw_only=True):
    """One earlier report of the same number; what came of it."""

    incident: int
    at: datetime
    type: str
    status: str
    severity: str | None = None
    disposition: str = ""
    text: str = ""


class EntryAdvice(Wire, frozen=True, kw_only=True):
    """What the form would come to if it were saved now. Nothing is stored by asking."""

    type: str
    subtype: str = ""
    also_types: list[str] = []
    severity: str | None = None
    life_threat: bool = False
    unsure: bool = False
    agencies: list[str] = []
    place: PlaceRow = PlaceRow()
    question: dict[str, Any] = {}
    """The one to ask: ``{key, text, line, sms}`` (see docs/triage.md)."""
    cards: list[dict[str, Any]] = []
    earlier: list[EarlierRow] = []


class SearchHit(Wire, frozen=True, kw_only=True):
    kind: str
    key: str
    title: str
    detail: str = ""
    at: datetime | None = None


class SearchResult(Wire, frozen=True, kw_only=True):
    query: str
    hits: list[SearchHit] = []
    took_ms: float = 0.0


class PhaseStat(Wire, frozen=True, kw_only=True):
    """Seconds, nearest-rank on raw values."""

    phase: str
    n: int
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    target_s: float | None = None
    met_share: float | None = None
    group: str = ""
    """What the phase was divided by: a severity, type or kecamatan."""


class Stats(Wire, frozen=True, kw_only=True):
    """Numbers of the wallboard for a span of time."""

    from_: datetime = msgspec.field(name="from")
    to: datetime
    calls: dict[str, float] = {}
    phases: list[PhaseStat] = []
    sla: dict[str, int] = {}
    """Open clocks by state."""
    at_risk: list[dict[str, Any]] = []
    units: list[dict[str, Any]] = []
    types: dict[str, int] = {}
    districts: dict[str, int] = {}
    hours: dict[str, int] = {}
    lateness_ms: dict[str, float] = {}


def encode(message: Any) -> bytes:
    """JSON bytes of any wire message."""
    return _encoder.encode(message)


_encoder = msgspec.json.Encoder()
