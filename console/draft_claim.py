"""Which draft file is this console's alone: two consoles of one seat and user on one machine never write the same.

Owns the locks. A lock ends with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

COPIES = 9
"""So many consoles of one seat and user keep drafts on one machine."""


class Claim:
    """A draft file and the lock on it."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path, self._lock = path, lock

    def release(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def claim_first(base: Path) -> Claim | None:
    """The first file of this seat and user that nobody else has; None when all are taken. Raises OSError."""
    base.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return next((claim for path in _copies(base) if (claim := _claim(path)) is not None), None)


def claim_left(base: Path, mine: Path) -> Iterator[Claim]:
    """Files of this user's consoles that are gone and have left something, this seat's first.

    A new log-on after a crash has another seat: what was typed follows the user. Whoever takes one over or not
    releases it.
    """
    user = base.stem.partition("@")[2]
    elsewhere = sorted(path for path in base.parent.glob(f"*@{user}*.json") if _is_users(path, user))
    for path in dict.fromkeys([*_copies(base), *elsewhere]):
        if path != mine and path.exists() and (claim := _claim(path)) is not None:
            yield claim


def _is_users(path: Path, user: str) -> bool:
    return path.stem.partition("@")[2].partition("+")[0] == user


def _copies(base: Path) -> list[Path]:
    # '+' is in no seat's and no user's part of the name: there it is written '%2B'.
    return [base, *(base.with_name(f"{base.stem}+{n}{base.suffix}") for n in range(2, COPIES + 1))]


def _claim(path: Path) -> Claim | None:
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    except OSError:
        os.close(lock)
        raise
    return Claim(path, lock)
