"""The seat this computer remembers: one session token for each server, in a file only its owner reads.

Owns that file. A file others could read or write is not believed and is replaced at the next login.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dispatch.wire import Session

FILE = "seats.json"
_Seats = dict[str, Session]


def seat_file(environ: Mapping[str, str]) -> Path:
    """Beside the data of this installation, else in the person's own configuration."""
    data = environ.get("KENTONGAN_DATA_DIR")
    if data:
        return Path(data) / FILE
    config = environ.get("XDG_CONFIG_HOME")
    base = Path(config) if config else Path(environ.get("HOME", "~")).expanduser() / ".config"
    return base / "kentongan" / FILE


def recall(path: Path, server: str, username: str = "") -> Session | None:
    """The remembered session of a server; of a given user if one is named.

    Only the server knows whether it still holds: it prolongs a session that is used.
    """
    session = _read(path).get(server)
    return session if session is not None and username in ("", session.username) else None


def remember(path: Path, server: str, session: Session) -> None:
    _write(path, {**_read(path), server: session})


def forget(path: Path, server: str) -> None:
    seats = _read(path)
    if seats.pop(server, None) is not None:
        _write(path, seats)


def _read(path: Path) -> _Seats:
    """Nothing when the file is missing, damaged, or not private."""
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o077:
                return {}
            return msgspec.json.decode(file.read(), type=_Seats)
    except (OSError, msgspec.DecodeError):
        return {}


def _write(path: Path, seats: _Seats) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(seats))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
