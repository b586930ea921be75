"""Settings of the telephone: what is recorded and written down, and whose phones ring when no seat answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from dispatch.domain.call_plan import CallPlan, RingGroup
from dispatch.errors import Problem

KNOWN = ("RECORD_CALLS", "RECORDING_DAYS", "TRANSCRIBE_CALLS", "RING_GROUPS")
PREFIX = "KENTONGAN_"
DEFAULT_DAYS = 90
MAX_GROUPS, MAX_MEMBERS, MAX_AFTER_S = 8, 20, 600


def read_voice(values: Mapping[str, str], problems: list[Problem]) -> CallPlan:
    """The plan; every bad value becomes a problem."""
    return CallPlan(
        record=_switch(values, "RECORD_CALLS", problems),
        retention=timedelta(days=_days(values.get("RECORDING_DAYS") or str(DEFAULT_DAYS), problems)),
        transcribe=_switch(values, "TRANSCRIBE_CALLS", problems),
        ring_groups=_groups(values.get("RING_GROUPS", ""), problems),
    )


def _problem(key: str, message: str) -> Problem:
    return Problem(message, key=PREFIX + key)


def _switch(values: Mapping[str, str], key: str, problems: list[Problem]) -> bool:
    value = values.get(key) or "1"
    if value not in ("0", "1"):
        problems.append(_problem(key, f"'{value}' is not one of 1, 0"))
    return value != "0"


def _days(value: str, problems: list[Problem]) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 3650):
        problems.append(_problem("RECORDING_DAYS", f"'{value}' is not a number of days from 1 to 3650"))
        return DEFAULT_DAYS
    return int(value)


def _groups(value: str, problems: list[Problem]) -> tuple[RingGroup, ...]:
    """'30:rina,D01;60:+628119000001' - seconds of waiting, then who is rung."""
    groups = [_group(part.strip(), problems) for part in value.split(";") if part.strip()]
    if len(groups) > MAX_GROUPS:
        problems.append(_problem("RING_GROUPS", f"more than {MAX_GROUPS} groups"))
    return tuple(sorted((group for group in groups if group is not None), key=lambda group: group.after))


def _group(part: str, problems: list[Problem]) -> RingGroup | None:
    seconds, _, names = part.partition(":")
    members = tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    if not (seconds.isascii() and seconds.isdigit() and int(seconds) <= MAX_AFTER_S) or not members:
        problems.append(_problem("RING_GROUPS", f"'{part}' is not SECONDS:NAME,NAME as in 30:rina,D01;60:+62811"))
        return None
    if len(members) > MAX_MEMBERS:
        problems.append(_problem("RING_GROUPS", f"more than {MAX_MEMBERS} phones in one group"))
        return None
    return RingGroup(timedelta(seconds=int(seconds)), members)
