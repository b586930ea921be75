"""Passwords: hashing, checking, slowing down whoever guesses. Stores nothing; never locks a person out for long."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatch.errors import Invalid, Refused

MIN_PASSWORD = 8
MAX_PASSWORD = 1024
MAX_NAME = 40


class TooManyAttempts(Refused):
    """Wrong passwords came too fast; ``wait_s`` says when the next attempt is looked at."""

    status = 429


_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Slow on purpose: call it in a thread. Raises Invalid when the password cannot be accepted."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Invalid("password_short", f"a password has at least {MIN_PASSWORD} characters", least=MIN_PASSWORD)
    return _hasher.hash(password)


@cache
def _decoy() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def check_password(stored: str, password: str) -> bool:
    """Slow on purpose: call it in a thread. An unknown user (``stored`` '') costs the same time."""
    decoy = _decoy()
    try:
        return _hasher.verify(stored or decoy, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


class Throttle:
    """Slows guessing down: from the fifth wrong password on, each costs a longer wait, at most 30 s.

    Counted per user and address, so that nobody can lock a colleague out from elsewhere.
    """

    FREE, LONGEST_S, FORGET_S, SIZE = 5, 30, 900, 10_000

    def __init__(self) -> None:
        self._failures: dict[tuple[str, str], tuple[int, datetime]] = {}

    def check(self, who: tuple[str, str], now: datetime) -> None:
        """Raises TooManyAttempts while the wait lasts."""
        count, last = self._failures.get(who, (0, now))
        if count < self.FREE:
            return
        wait = min(2 ** (count - self.FREE), self.LONGEST_S) - (now - last).total_seconds()
        if wait > 0:
            raise TooManyAttempts("too_many_attempts", "too many wrong passwords", wait_s=int(wait) + 1)

    def note_failure(self, who: tuple[str, str], now: datetime) -> None:
        if len(self._failures) >= self.SIZE:
            horizon = now - timedelta(seconds=self.FORGET_S)
            self._failures = {key: value for key, value in self._failures.items() if value[1] > horizon}
        count, last = self._failures.get(who, (0, now))
        fresh = (now - last).total_seconds() < self.FORGET_S
        self._failures[who] = (min(count + 1, 64) if fresh else 1, now)

    def forget(self, who: tuple[str, str]) -> None:
        self._failures.pop(who, None)
