"""The rows of the board: incidents, units, calls, operators, alarms and the centre itself."""

from __future__ import annotations

from datetime import datetime

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
    spot: str = ""
    """The landmark as read from the words of the place; ``landmark`` is a person's own where somebody noted one."""


class SceneRow(Wire, frozen=True, kw_only=True):
    """What a person noted of the scene. null and '' = nobody has said, 0 and false = somebody said no.

    ``hazard``: what may hurt whoever comes. ``raised``: the rules that raised the severity because of it.
    """

    landmark: str = ""
    casualties: int | None = None
    trapped: int | None = None
    weapon: bool | None = None
    hazard: str = ""
    raised: list[str] = []


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
    caller_name: str = ""
    """The name the caller gave, as initials; in full in the detail."""
    callback: str = ""
    """Masked: the number the caller wants to be rung at, where it is not the one they called from."""
    scene: SceneRow = SceneRow()
    quiet: bool = False
    """SENYAP: nothing automatic may ring or light up the caller's phone; whoever rings it decides that knowingly."""
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


class LegRow(Wire, frozen=True, kw_only=True):
    """``role``: seat, unit, listen, coach, ring. ``status``: calling or joined."""

    role: str
    who: str
    status: str


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
    trust: float = 1.0
    """How far the number's past speaks for it, 0.2 to 1: orders equals in the queue, nothing else."""
    known: dict[str, int] = {}
    """The reason: earlier disposals since the last real report, by kind (ghost, prank, wrong_number, information)."""
    claim: str = ""
    """How far the answering seat's phone has come: '', reserved, stale (late, show it), joined."""
    muted: bool = False
    """The operator is not heard by the caller."""
    legs: list[LegRow] = []
    """Who else is rung for this call or speaks on it."""
    hint: str = ""
    """The most urgent severity that keys, words or an open incident of the number speak for."""
    callback: bool = False
    """We rang this caller back."""
    ahead_s: int = 0
    """How many seconds of waiting the hint is worth in the queue."""


class OperatorRow(Wire, frozen=True, kw_only=True):
    name: str
    role: str
    state: str
    """ready, on_call, wrap_up, break"""
    since: datetime
    viewing: int | None = None
    deaf: bool = False
    """No alarm is heard at this seat: its sound self-test failed."""
    on_paper: bool = False
    """Work goes on by paper cards at this seat."""


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
    shelved_by: str = ""
    shelved_until: datetime | None = None
    """Put aside while this is later than now; then it is as new."""


class ProofRow(Wire, frozen=True, kw_only=True):
    """Proof of life of one channel. ``state``: never (not proved since it is asked to be), ok, failed.

    ``at`` is the last time something really went out and came back, ``took_ms`` how long that took; ``failed_at`` the
    last time it did not. ``driver`` carried the last proof: 'simulator' proves nothing of the world outside.
    """

    state: str
    at: datetime | None = None
    took_ms: int | None = None
    failed_at: datetime | None = None
    driver: str = ""


class CoverRow(Wire, frozen=True, kw_only=True):
    """The fewest free units of an agency that count as cover; ``kecamatan`` '' = in the whole centre."""

    agency: str
    minimum: int
    kecamatan: str = ""


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
    district_points: dict[str, tuple[float, float]] = {}
    """Code of a kecamatan -> latitude, longitude of its middle; those without imported points are absent."""
    dispositions: dict[str, dict[str, str]] = {}
    cover: list[CoverRow] = []
    """Empty = nobody has said what is enough, and nothing is judged."""
    rules_version: str = ""
    degraded: list[str] = []
    """Human-readable sentences about parts that do not work right now."""
    standby: bool = False
    """This server stands in for another one: what is written here counts."""
    next_card: str = ""
    """The first blank paper card that was printed, 'M-012'; '' while none was."""
    screens: dict[str, int] = {}
    """Operators with more than one console open, and how many: they share name, alarms and calls."""
    fold_factor: float = 1.0
    """More than 1 while a rush of incidents widens what is taken for the same event, by so much."""
    proofs: dict[str, ProofRow] = {}
    """Channel ('sms', 'voice') -> its proof of life; a channel that is not proved by schedule is absent."""


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
