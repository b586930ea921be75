"""Questions, commands and answers: what is asked of the server once, and what it tells as it happens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from dispatch.wire.figures import DistrictFigure, Figure, Spread
from dispatch.wire.reach import ReachRow
from dispatch.wire.rows import AlarmRow, CallRow, CentreRow, IncidentRow, OperatorRow, PlaceRow, UnitRow, Wire

MOST = 2**31 - 1
"""The largest number of an incident that is looked up."""


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


class ChainState(Wire, frozen=True, kw_only=True):
    """Whether every line of the log follows from the one before, as far as it was ``checked`` since the start."""

    ok: bool
    checked: int
    head: int
    broken_at: int | None = None
    reason: str = ""


class AuditPage(Wire, frozen=True, kw_only=True):
    """Lines of the log that fit, newest first; ask with ``before=next`` for older ones, 0 = there are none."""

    lines: list[LogLine] = []
    next: int = 0
    chain: ChainState


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
    reaching: list[ReachRow] = []
    """Who was told to go, when, over what, and what is due next."""
    recommendation: list[dict[str, Any]] = []
    cards: list[dict[str, Any]] = []
    """Protocol cards that fit the type."""
    explanation: dict[str, Any] = {}
    """Driving words, what would be without each, and the question to ask (see docs/triage.md)."""
    caller_name: str = ""
    callback: str = ""
    """In full for the roles that call back."""


class EntryWords(Wire, frozen=True, kw_only=True):
    """What stands in a call entry form: ``text`` the caller's words, the rest what the operator set ('' = nothing)."""

    text: str = ""
    place: str = ""
    district: str = ""
    type: str = ""
    subtype: str = ""
    caller: str = ""
    incident: Annotated[int, msgspec.Meta(ge=0, le=MOST)] | None = None
    """Of the call in hand: its caller's earlier reports are meant."""
    answered: list[str] = []
    """Keys of the questions the protocol card has an answer to: they are not proposed again."""
    casualties: int | None = None
    trapped: int | None = None
    weapon: bool | None = None
    """What was noted of the scene: rules may raise for it."""


class ReviewRow(Wire, frozen=True, kw_only=True):
    """A disposed contact that may have been none. ``signs``: silent_keys, came_back, life_words, text_after,
    open_incident; ``why`` says the same in the reader's language."""

    number: int
    disposition: str
    channel: str
    at: datetime
    closed_at: datetime
    closed_by: str
    caller: str = ""
    text: str = ""
    signs: list[str] = []
    why: list[str] = []


class ReviewList(Wire, frozen=True, kw_only=True):
    """``disposed`` contacts of the span; ``reviewed`` had their second look, ``waiting`` have signs and none yet."""

    disposed: int
    reviewed: int
    waiting: int
    items: list[ReviewRow] = []
    """The loudest first, at most 200."""
    truncated: bool = False
    """Only the newest 2,000 disposals of the span were looked at."""


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
    here: list[EarlierRow] = []
    """What was reported from the same village in the last 90 days, newest first; ``text`` is the summary."""


class SearchHit(Wire, frozen=True, kw_only=True):
    """``kind``: incident, report, call, unit, log, place. ``key`` is its feed key, ``place:CODE`` or ``log:SEQ``.

    ``title`` is one line around the first match, ``detail`` says what it is in the reader's language."""

    kind: str
    key: str
    title: str
    detail: str = ""
    at: datetime | None = None
    incident: int | None = None
    where: str = ""
    """What fitted: number, words, type, place, name, phone, unit, log."""
    marks: list[tuple[int, int]] = []
    """Start and end of each match in the title."""
    type: str = ""
    severity: str | None = None
    status: str = ""
    kecamatan: str = ""


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
    alarms: dict[str, float] = {}
    """n, operators (how many were signed on and listened), per_operator_10min, peak_10min, class1, class2, class3,
    acknowledged, ack_p50_s, ack_p90_s (the last two absent when nothing was acknowledged) of the span; open,
    unacknowledged, standing_24h now."""
    alarm_causes: dict[str, int] = {}
    """The ten most usual causes of the span, 'kind' or 'kind:phase', the most usual first."""
    quality: dict[str, int] = {}
    """Disposals of the span: disposed, and of the second looks given in it review_ok and review_miss."""
    figures: list[Figure] = []
    """Every figure with n; ``GET /stats/cases`` lists what is behind each."""
    heat: list[DistrictFigure] = []
    """By district, the busiest first."""
    consoles: dict[str, Spread] = {}
    """'echo' and 'result': of the seat that has the worst P95."""
    console_seats: int = 0
    """How many seats have reported within the last minutes."""
    backup_at: datetime | None = None
    """When this server's data was last copied by ``kentongan db backup``; None = never, as far as it knows."""


def encode(message: Any) -> bytes:
    """JSON bytes of any wire message."""
    return _encoder.encode(message)


_encoder = msgspec.json.Encoder()
