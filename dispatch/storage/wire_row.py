"""Stored rows to the rows of the operator API. Pure: owns masking, zones and clock states, reads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

import msgspec
from msgspec.structs import replace

from dispatch import wire
from dispatch.domain.call_queue import head_start_ms
from dispatch.domain.clock import Level, state_of
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.phone import mask_name, mask_phone
from dispatch.storage.statement import Row
from dispatch.texts import DEFAULT, catalogue

OPERATOR_GONE = "off"
"""State of an operator without a session: sent once, then absent from the board."""

INCIDENT = "incident"
"""Subject of a clock that times the incident itself: nobody has to be named beside its number."""

WORDED = frozenset({
    "before", "status", "severity", "channel", "phase", "state", "subject", "type", "keys", "command", "speaker",
})
"""Parameters of a log line whose values are slugs with a word of their own."""

OWN_TABLES = frozenset({
    "subtype", "alarm", "role", "disposition", "fold", "audience", "over", "came", "field", "step",
})
"""Those whose words stand in a table of that name, because the same slug means something else elsewhere."""


LIVE_LEG = frozenset({"calling", "joined"})
"""A phone that rings for a call or speaks on it; others are history."""


DISPOSALS = frozenset({"ghost", "prank", "wrong_number", "information"})
"""Kinds of disposal that a call's step on trust may count."""


class _Pause(msgspec.Struct, array_like=True):
    started_at: int
    ended_at: int | None


_place = msgspec.json.Decoder(wire.PlaceRow)
_scene = msgspec.json.Decoder(wire.SceneRow)
_legs = msgspec.json.Decoder(list[wire.LegRow])
_words = msgspec.json.Decoder(list[str])
_duplicates = msgspec.json.Decoder(list[wire.DuplicateRow])
_times = msgspec.json.Decoder(dict[str, int])
_pauses = msgspec.json.Decoder(list[_Pause])
_object = msgspec.json.Decoder(dict[str, Any])
_steps = msgspec.json.Decoder(list[dict[str, Any]])
_attachments = msgspec.json.Decoder(list[dict[str, str]])


class _Params(dict[str, Any]):
    """A line written by an older or newer server may lack a parameter: show the gap, never fail."""

    def __missing__(self, key: str) -> str:
        return "?"


def say(key: str, lang: str, params: Mapping[str, Any], default: str) -> str:
    """A sentence of the catalogue for stored data; ``default`` when this server knows no sentence for it."""
    sentence = catalogue(lang).get(key) or catalogue(DEFAULT).get(key)
    return default if sentence is None else sentence.format_map(_Params(params))


def at(ms: int | None, tz: tzinfo) -> datetime | None:
    return None if ms is None else from_ms(ms, tz)


def assignment_row(row: Row, tz: tzinfo) -> wire.AssignmentRow:
    return wire.AssignmentRow(
        id=row["id"], unit=row["unit"] or None, agency=row["agency"], status=row["status"], note=row["note"],
        at={status: from_ms(ms, tz) for status, ms in _times.decode(row["times"]).items()},
    )


def paused_ms(stored: str, now_ms: int) -> int:
    """Milliseconds of the stored pauses, an open one counted up to ``now_ms``."""
    if stored == "[]":
        return 0
    pauses = _pauses.decode(stored)
    return sum(max(0, (now_ms if p.ended_at is None else p.ended_at) - p.started_at) for p in pauses)


def clock_row(row: Row, tz: tzinfo, now: datetime) -> wire.ClockRow:
    """``paused_ms`` counts an open pause up to ``now``."""
    pauses = _pauses.decode(row["pauses"]) if row["pauses"] != "[]" else ()
    state = state_of(Level(row["level"]), row["outcome"], paused=any(p.ended_at is None for p in pauses))
    return wire.ClockRow(
        phase=row["phase"], subject=row["subject"], started_at=from_ms(row["started_at"], tz),
        due_at=from_ms(row["due_at"], tz), warn_at=from_ms(row["warn_at"], tz), state=state.value,
        paused_ms=paused_ms(row["pauses"], to_ms(now)) if pauses else 0,
        lateness_ms=row["lateness_ms"], stopped_at=at(row["stopped_at"], tz),
    )


def place_row(stored: str, scene: wire.SceneRow) -> wire.PlaceRow:
    """A landmark that a person noted goes before the one that was read from the words."""
    place = _place.decode(stored)
    return replace(place, spot=place.landmark, landmark=scene.landmark or place.landmark)


def incident_row(
    row: Row, assignments: Iterable[Row], clocks: Iterable[Row], numbers: Mapping[int, int], tz: tzinfo, now: datetime,
    *, quiet: bool = False,
) -> wire.IncidentRow:
    """``numbers`` maps row ids of other incidents to their spoken numbers."""
    merged = row["merged_into"]
    scene = _scene.decode(row["scene"]) if row["scene"] != "{}" else wire.SceneRow()
    return wire.IncidentRow(
        number=row["number"], id=row["id"], type=row["type"], also_types=_words.decode(row["also_types"]),
        subtype=row["subtype"], severity=row["severity"] or None, life_threat=bool(row["life_threat"]),
        unsure=bool(row["unsure"]), status=row["status"], place=place_row(row["place"], scene),
        agencies=_words.decode(row["agencies"]), reports=row["reports"],
        assignments=[assignment_row(a, tz) for a in assignments],
        clocks=[clock_row(c, tz, now) for c in clocks],
        opened_at=from_ms(row["opened_at"], tz), updated_at=from_ms(row["updated_at"], tz), version=row["version"],
        channel=row["channel"], summary=row["summary"], caller=mask_phone(row["caller"]),
        caller_name=mask_name(row["caller_name"]), callback=mask_phone(row["callback"]), scene=scene,
        callback_due=bool(row["callback_due"]), seen_by=row["seen_by"], owner=row["owner"],
        duplicates=_duplicates.decode(row["duplicates"]) if row["duplicates"] != "[]" else [],
        merged_into=None if merged is None else numbers.get(merged, merged),
        held_until=at(row["held_until"], tz), disposition=row["disposition"], last_actor=row["last_actor"],
        confidence=row["confidence"], quiet=quiet,
    )


def unit_row(row: Row, tz: tzinfo) -> wire.UnitRow:
    return wire.UnitRow(
        call_sign=row["call_sign"], agency=row["agency"], name=row["name"], status=row["status"],
        since=from_ms(row["since"], tz), base=row["base"], kecamatan=row["kecamatan"],
        capabilities=_words.decode(row["capabilities"]), crew=row["crew"], incident=row["incident_number"],
        note=row["note"], version=row["version"],
    )


def trust_of_steps(stored: str) -> tuple[float, dict[str, int]]:
    """What a call's steps say of its number's past: score and disposals by kind; (1.0, {}) when nothing is known."""
    if '"trust"' not in stored:
        return 1.0, {}
    step = next((step for step in reversed(_steps.decode(stored)) if step["step"] == "trust"), {"score": "1"})
    return float(step["score"]), {kind: int(n) for kind, n in step.items() if kind in DISPOSALS}


def call_row(row: Row, tz: tzinfo) -> wire.CallRow:
    trust, known = trust_of_steps(row["steps"])
    return wire.CallRow(
        id=row["id"], caller=mask_phone(row["caller"]), status=row["status"], rang_at=from_ms(row["rang_at"], tz),
        answered_at=at(row["answered_at"], tz), ended_at=at(row["ended_at"], tz), operator=row["operator"],
        incident=row["incident_number"], disposition=row["disposition"], repeat=row["repeat"],
        trust=trust, known=known, claim=row["claim"],
        muted=bool(row["muted"]), hint=row["hint"], callback=row["callback_of"] is not None,
        legs=[leg for leg in _legs.decode(row["legs"]) if leg.status in LIVE_LEG],
        ahead_s=head_start_ms(row["hint"], called_back=row["callback_of"] is not None) // 1000,
    )


def operator_row(row: Row, tz: tzinfo) -> wire.OperatorRow:
    return wire.OperatorRow(
        name=row["name"], role=row["role"], state=row["state"] or OPERATOR_GONE,
        since=from_ms(row["since"], tz), viewing=row["viewing"], deaf=bool(row["deaf"]),
        on_paper=bool(row["on_paper"]),
    )


def alarm_row(row: Row, tz: tzinfo, lang: str) -> wire.AlarmRow:
    phase = say(f"phase.{row['phase']}", lang, {}, row["phase"])
    params = {"number": row["incident_number"] or "", **_object.decode(row["params"])}
    subject = "" if row["subject"] == INCIDENT else row["subject"]
    if "recipient" in params:
        params["recipient"] = mask_phone(str(params["recipient"]))
    return wire.AlarmRow(
        id=row["id"], level=row["level"], kind=row["kind"],
        text=say(f"alarm.{row['kind']}", lang, {**params, "phase": phase, "subject": subject}, row["kind"]).strip(),
        at=from_ms(row["at"], tz), incident=row["incident_number"], phase=row["phase"], subject=row["subject"],
        acknowledged_by=row["acknowledged_by"], cleared_at=at(row["cleared_at"], tz),
        shelved_by=row["shelved_by"], shelved_until=at(row["shelved_until"], tz),
    )


def log_line(row: Row, number: int | None, tz: tzinfo, lang: str) -> wire.LogLine:
    """One sentence of the chronology; a kind without a sentence of its own is shown by its name."""
    data = _object.decode(row["data"])
    params = {"number": number, "fold": "", **{name: _worded(name, value, lang) for name, value in data.items()}}
    if data.get("until"):
        params["until"] = _hour(data["until"], from_ms(row["at"], tz))
    text = say(f"log.{row['kind'].replace('.', '_')}", lang, params, row["kind"]).strip()
    if why := next((key for key in ("by_merge", "by_split", "by_report") if data.get(key)), ""):
        text += " " + say(f"log.{why}", lang, {"number": data[why]}, "")
    if data.get("widened"):
        text += " " + say("log.widened", lang, {"factor": data["widened"]}, "")
    if data.get("written_at"):
        text += " " + say("log.written", lang, {"at": _hour(str(data["written_at"]), from_ms(row["at"], tz))}, "")
    return wire.LogLine(
        seq=row["seq"], at=from_ms(row["at"], tz), actor=row["actor"], kind=row["kind"], incident=number, text=text,
        data=data,
    )


def _hour(until: str, said_at: datetime) -> str:
    """The moment as it is spoken: the hour, with the day when it is another one."""
    try:
        local = datetime.fromisoformat(until).astimezone(said_at.tzinfo)
    except ValueError:
        return until  # written by another version: shown as it is
    return f"{local:%H:%M}" if local.date() == said_at.date() else f"{local:%d-%m %H:%M}"


def _worded(name: str, value: Any, lang: str) -> Any:
    """Slugs as the boards say them: 'critical' -> 'P1', 'on_scene' -> 'LOKASI'."""
    if value is None or (name == "after" and value == ""):
        return "-"
    if isinstance(value, bool):
        return say(f"log.word.{'yes' if value else 'no'}", lang, {}, str(value))
    if name in OWN_TABLES:
        return say(f"log.{name}.{value}", lang, {}, str(value).replace("_", " "))
    # A desk has no call sign: its agency's code stands in capitals, as on the boards.
    other = str(value).replace("_", " ").upper() if name == "subject" else str(value)
    return say(f"log.word.{value}", lang, {}, other) if name in WORDED else value


def report_row(row: Row, tz: tzinfo, *, full_phone: bool) -> wire.ReportRow:
    return wire.ReportRow(
        id=row["id"], channel=row["channel"], received_at=from_ms(row["received_at"], tz), text=row["text"],
        sender=row["sender"] if full_phone else mask_phone(row["sender"]), sender_name=row["sender_name"],
        attachments=_attachments.decode(row["attachments"]), triage=_object.decode(row["triage"]),
        public_code=row["public_code"],
    )
