"""Who may do what. The permission table is data; the tests walk it role by command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    VIEWER = "viewer"
    CALL_TAKER = "call_taker"
    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


READ = frozenset(Role)
TAKE = frozenset({Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR})
SEND = frozenset({Role.DISPATCHER, Role.SUPERVISOR})

PERMISSIONS: dict[str, frozenset[Role]] = {
    "new": TAKE, "locate": TAKE, "remark": TAKE, "priority": TAKE, "type": TAKE, "merge": TAKE, "split": TAKE,
    "probe": TAKE, "silence": TAKE, "scene": TAKE,
    "dispose": TAKE, "close": TAKE, "hold": TAKE, "open": TAKE, "answer": TAKE, "hangup": TAKE, "seat": TAKE,
    "confirm": TAKE, "acknowledge": TAKE, "shelve": TAKE, "undo": TAKE, "message": TAKE, "reopen": TAKE,
    "handover": TAKE,
    "dispatch": SEND, "enroute": SEND, "arrive": SEND, "transport": SEND, "facility": SEND, "clear": SEND,
    "withdraw": SEND, "divert": SEND, "backup": SEND, "off": SEND, "on": SEND,
    "review": frozenset({Role.SUPERVISOR}),
    "callhold": TAKE, "mute": TAKE, "transfer": TAKE, "conference": TAKE,
    "listen": frozenset({Role.SUPERVISOR}), "coach": frozenset({Role.SUPERVISOR}),
    "view": READ, "find": READ, "filter": READ, "why": READ, "roster": READ,
}
"""Command -> roles. ADMIN administers users and data and sends nobody: least privilege."""


def may(role: Role, command: str) -> bool:
    """Whether the role may run the command; an unknown command is refused."""
    return role in PERMISSIONS.get(command, frozenset())


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command. ``phone`` is where this seat answers calls (E.164, '' = none registered)."""

    name: str
    role: Role
    phone: str = ""
    seat: str = ""
