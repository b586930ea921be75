"""The exception tree. Owns what can go wrong in operation; never formats for one screen.

Every error carries a stable ``code`` (a key of ``dispatch/locale/*.toml`` under ``errors``) and the
parameters of its sentence, so that the edge can say it in the reader's language. ``str(error)`` is
the English sentence for the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a configuration or rules file: where it is, what it is, what to do."""

    message: str
    file: str = ""
    line: int = 0
    key: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else (f"{self.file}: " if self.file else "")
        key = f"{self.key}: " if self.key else ""
        hint = f" (did you mean '{self.nearest}'?)" if self.nearest else ""
        return f"{where}{key}{self.message}{hint}"


class KentonganError(Exception):
    """Root of every error this product raises on purpose."""

    status = 500

    def __init__(self, code: str, message: str = "", /, **params: Any) -> None:
        super().__init__(message or code)
        self.code = code
        self.params = params


class ConfigurationError(KentonganError):
    """Settings or rules cannot be used; lists every problem at once (exit code 2)."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("configuration", "\n".join(str(problem) for problem in problems))
        self.problems = problems


class Refused(KentonganError):
    """The request is understood and not carried out; nothing was changed."""

    status = 422


class Invalid(Refused):
    """Bad input: the sentence says what is wrong and what to type instead."""

    status = 400


class Unauthorised(Refused):
    """No valid session, signature or password."""

    status = 401


class Forbidden(Refused):
    """The role may not do this."""

    status = 403


class NotFound(Refused):
    """No such incident, unit, call, user or page."""

    status = 404


class Gone(Refused):
    """The feed position is too old: take a new snapshot."""

    status = 410


class StaleVersion(Refused):
    """Somebody was first. ``who`` did it; ``number`` names the incident whose newer row to show."""

    status = 409

    def __init__(self, number: int, *, expected: int, actual: int, who: str) -> None:
        super().__init__(
            "stale_version",
            f"incident {number} is at version {actual}, not {expected}; changed by {who}",
            number=number, expected=expected, actual=actual, who=who,
        )
        self.number = number


class NeedsReason(Refused):
    """The command is legal with a reason of at least 5 characters after ``!``."""


class NeedsConfirmation(Refused):
    """The command is legal once the operator has confirmed what it names."""

    status = 428


class StorageUnavailable(KentonganError):
    """The change is not on stable storage; the caller must repeat it."""

    status = 503


class ChannelError(KentonganError):
    """An outside channel did not take the message. ``permanent`` means: repeating is useless.

    ``uncertain``: the answer was lost, the provider may have taken it. ``retry_after_s``: what it asked us to wait.
    """

    status = 502

    def __init__(
        self, message: str, *, permanent: bool, provider_code: str = "", uncertain: bool = False,
        retry_after_s: float = 0.0,
    ) -> None:
        super().__init__("channel", message)
        self.permanent, self.provider_code = permanent, provider_code
        self.uncertain, self.retry_after_s = uncertain, retry_after_s
