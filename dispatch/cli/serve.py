"""``kentongan serve``: the server process. Owns its life: bind, start, say ready, drain on SIGTERM, stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import gc
import logging
import os
import signal
import socket
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.errors import ConfigurationError, KentonganError, Problem

if TYPE_CHECKING:
    from uvicorn import Server

    from dispatch.app import DispatchApp
    from dispatch.settings import Listen, Settings

log = logging.getLogger(__name__)

DRAIN_S = 4
"""A whole number for uvicorn; with closing the storage the process has ended within 5 s."""
BACKLOG = 1024
KEEP_ALIVE_S = 60
UNANSWERED_S = 15
"""Whoever takes nothing for this long is gone: over a cut network the system would believe in them for a quarter of an
hour, and a console that is long back under another address counted as two."""
PROBE_IDLE_S, PROBE_EVERY_S, PROBES = 10, 5, 2
"""An idle connection is asked after so long; in sum about as long as ``UNANSWERED_S``."""
MIN_TOKEN, MAX_TOKEN = 32, 200
SOCKET_MODE = 0o660


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("serve", help="the server alone; logs to stderr, SIGTERM drains and stops")
    parser.add_argument("--log-json", action="store_true", help="one JSON object a log line")
    parser.add_argument(
        "--owner-token-file", type=Path, metavar="FILE",
        help="give the OS user who starts this a seat for the token in FILE (mode 0600, own file)",
    )
    parser.add_argument(
        "--ready-fd", type=int, metavar="N",
        help="write 'ready [SEAT ROLE]' to this file descriptor once requests are answered",
    )
    parser.add_argument(
        "--parent-fd", type=int, metavar="N", help="drain and stop when this pipe closes: whoever started us is gone"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 stopped on request, 1 could not start, 2 configuration or address in use."""
    from dispatch.cli.log_format import set_up_logging
    from dispatch.settings import load_settings

    set_up_logging(as_json=args.log_json)
    settings = load_settings()
    token = read_owner_token(args.owner_token_file) if args.owner_token_file else ""
    with listening(settings.listen) as bound, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_serve(settings, bound, token, args.ready_fd, args.parent_fd))


def read_owner_token(path: Path) -> str:
    """The token of a file that only we can have written. Raises ConfigurationError."""
    try:
        # Never through a link, and never waiting for whoever may write into a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _unusable(path, error.strerror or "cannot be read") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise _unusable(path, "must be a plain file of this OS user with mode 0600")
        token = os.read(descriptor, MAX_TOKEN + 1).decode("ascii", "replace").strip()
    finally:
        os.close(descriptor)
    if not MIN_TOKEN <= len(token) <= MAX_TOKEN or not token.isprintable():
        raise _unusable(path, f"must hold one token of {MIN_TOKEN} to {MAX_TOKEN} characters")
    return token


def _unusable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError([Problem(why, file=str(path), key="--owner-token-file")])


@contextlib.contextmanager
def listening(listen: Listen) -> Iterator[socket.socket]:
    """The bound socket; a stale UNIX socket file is replaced. Raises ConfigurationError when it is taken."""
    bound = socket.socket(_family(listen), socket.SOCK_STREAM)
    try:
        if listen.path:
            _remove_stale(listen)
            bound.bind(listen.path)
            os.chmod(listen.path, SOCKET_MODE)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _give_up_soon(bound)
            bound.bind((listen.host, listen.port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        taken = error.errno == errno.EADDRINUSE
        why = "is in use: another server runs there, or choose another KENTONGAN_LISTEN" if taken else error.strerror
        raise ConfigurationError([Problem(f"{listen.url} {why}", key="KENTONGAN_LISTEN")]) from error
    try:
        yield bound
    finally:
        bound.close()
        if listen.path:
            Path(listen.path).unlink(missing_ok=True)


def _give_up_soon(bound: socket.socket) -> None:
    """Every connection accepted here inherits it; where the system knows no such limit (not Linux), its own holds."""
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        for option, value in (
            (socket.TCP_USER_TIMEOUT, UNANSWERED_S * 1000), (socket.TCP_KEEPIDLE, PROBE_IDLE_S),
            (socket.TCP_KEEPINTVL, PROBE_EVERY_S), (socket.TCP_KEEPCNT, PROBES),
        ):
            bound.setsockopt(socket.IPPROTO_TCP, option, value)


def _family(listen: Listen) -> socket.AddressFamily:
    if listen.path:
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in listen.host else socket.AF_INET


def _remove_stale(listen: Listen) -> None:
    """A socket file nobody answers on was left by a killed server; any other file is not ours to remove."""
    from dispatch.cli.place import answers

    path = Path(listen.path)
    if path.is_socket() and not answers(listen):
        path.unlink()


async def _serve(
    settings: Settings, bound: socket.socket, token: str, ready_fd: int | None, parent_fd: int | None
) -> int:
    from sqlalchemy.exc import DBAPIError

    from dispatch.app import DispatchApp
    from dispatch.storage.database import Database

    owner = ""
    try:
        app = DispatchApp(settings)  # it reads rules, models and which mode its database is in
        await app.start()
        # Rules, lexicon and gazetteer never die: kept out of every full collection (8-20 ms each time).
        gc.collect()
        gc.freeze()
        if token:
            owner = await _grant_owner(app, token)
    except ConfigurationError:
        raise
    except (KentonganError, OSError, sqlite3.Error, DBAPIError) as error:
        cause = getattr(error, "orig", error)  # without what SQLAlchemy writes around it
        said = cause if isinstance(cause, KentonganError) else f"{Database.of(settings.database_url).display}: {cause}"
        log.critical("the server could not start: %s", said)
        return 1
    except Exception:  # a fault of ours: it still means that this server cannot start
        log.critical("the server could not start", exc_info=True)
        return 1
    server = _build_server(app)
    _obey_signals(app, server)
    _follow_parent(parent_fd)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    log.info("listening on %s", app.settings.listen.url)
    _say_ready(ready_fd, owner)
    try:
        await serving
    finally:
        await app.stop()
    return 0


async def _grant_owner(app: DispatchApp, token: str) -> str:
    """Seat and role of the owner, as ``--ready-fd`` hands them on."""
    import getpass

    from dispatch.services.access import OWNER_ROLE, hash_token

    seat = await app.access.accept_owner_token(hash_token(token), getpass.getuser())
    log.info("owner seat %s for OS user %s", seat, getpass.getuser())
    return f"{seat} {OWNER_ROLE.value}"


def _build_server(app: DispatchApp) -> Server:
    import uvicorn

    class OwnSignals(uvicorn.Server):
        """uvicorn raises the signal again after serving, which would end the process before ``app.stop``."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return OwnSignals(uvicorn.Config(
        app.site, lifespan="off", ws="none", log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=DRAIN_S, timeout_keep_alive=KEEP_ALIVE_S,
    ))


def _obey_signals(app: DispatchApp, server: Server) -> None:
    """First signal: streams end at once, requests are finished. Second: stop now."""

    def stop(number: signal.Signals) -> None:
        if server.should_exit:
            server.force_exit = True
            return
        log.info("%s: draining", number.name)
        app.feed.say_bye()
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)


def _follow_parent(descriptor: int | None) -> None:
    """The pipe's other end closes however the parent ends, also by kill -9; then nobody is left to stop us."""
    if descriptor is None:
        return
    loop = asyncio.get_running_loop()

    def look() -> None:
        if not os.read(descriptor, 64):
            loop.remove_reader(descriptor)
            os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(descriptor, look)


def _say_ready(descriptor: int | None, owner: str) -> None:
    if descriptor is None:
        return
    with contextlib.suppress(OSError), os.fdopen(descriptor, "w") as pipe:  # whoever asked may have gone already
        pipe.write(f"ready {owner}".rstrip() + "\n")


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
