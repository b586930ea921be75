"""What several administration commands share: the settings' database, the running server, plain output."""

from __future__ import annotations

import contextlib
import socket

from dispatch.errors import KentonganError
from dispatch.settings import Listen, load_settings
from dispatch.storage.database import Database


def say(line: str) -> None:
    """One line for a person; control characters of outside text never reach the terminal."""
    print("".join(c if c.isprintable() else "?" for c in line))


def current_database() -> Database:
    """The database of the settings."""
    return Database.of(load_settings().database_url)


def answers(listen: Listen) -> bool:
    """Whether something accepts connections on that address."""
    if listen.path:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
            return probe.connect_ex(listen.path) == 0
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)  # noqa: S104
    try:
        socket.create_connection((host, listen.port), timeout=1).close()
    except OSError:
        return False
    return True


def refuse_running_server(what: str) -> None:
    """Raises KentonganError when a server answers on the address of the settings."""
    listen = load_settings().listen
    if answers(listen):
        said = f"{what} is not possible: something answers on {listen.url}, stop it first"
        raise KentonganError("server_running", said)
