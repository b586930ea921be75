"""What a command's handler gets and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dispatch.domain.incident import Incident
from dispatch.domain.roles import Actor
from dispatch.errors import Invalid, NeedsConfirmation
from dispatch.services.knowledge import Knowledge
from dispatch.storage.incidents import find_incident
from dispatch.storage.transaction import Tx

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Context:
    """One command being run: its parsed arguments (see dispatch.grammar), who gives it, and the knowledge."""

    tx: Tx
    verb: str
    args: dict[str, Any]
    actor: Actor
    knowledge: Knowledge
    expected_version: int | None = None
    confirmed: bool = False
    key: str = ""
    lang: str = "id"
    """The reader's, for answers of several lines; the one-line answer is worded by ``run_command``."""

    @property
    def reason(self) -> str:
        return str(self.args.get("reason", ""))

    @property
    def units(self) -> list[str]:
        """Call signs, as they are written. Raises Invalid."""
        signs = self.args.get("units") or []
        if not isinstance(signs, list):
            raise Invalid("bad_arguments", "units must be a list")
        return [str(sign).upper() for sign in signs]

    def incident(self, key: str = "incident", *, check_version: bool = True) -> Incident:
        """The incident an argument names. Raises Invalid, NotFound or StaleVersion."""
        number = self.args.get(key)
        if not isinstance(number, int):
            raise Invalid("no_incident_given", "name an incident, e.g. 1051")
        return find_incident(self.tx, number, self.expected_version if check_version else None)

    def need(self, key: str) -> Any:
        """A required argument. Raises Invalid naming it."""
        value = self.args.get(key)
        if value in (None, "", []):
            raise Invalid("missing_argument", f"missing {key}", argument=key)
        return value

    def need_as(self, key: str, kind: Callable[[Any], V]) -> V:
        """A required argument as a value of ``kind``: a client of the API may send anything. Raises Invalid."""
        value = self.need(key)
        try:
            return kind(value)
        except (ValueError, TypeError) as error:
            raise Invalid("bad_arguments", f"{key} cannot be '{value}'") from error

    def confirm(self, code: str, message: str, **params: Any) -> None:
        """Ask for a second Enter unless it was given, or the operator forced it with a reason."""
        if not self.confirmed and len(self.reason) < 5:
            raise NeedsConfirmation(code, message, **params)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``key`` names a sentence of texts [result]; ``touched`` are feed keys."""

    key: str
    params: dict[str, Any] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    incident: Incident | None = None
    data: dict[str, Any] = field(default_factory=dict)
    inverse: tuple[str, int, int] | None = None
    """What takes it back: merge or split, the incident and its survivor. Others put their rows back."""
