"""``kentongan up``: the server as its own process, the operator console on it, a seat for whoever started it.

Owns the owner's token file and the order of starting and stopping. The console may crash or be killed:
the server is stopped all the same, unless it is to keep serving.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.errors import KentonganError

if TYPE_CHECKING:
    from dispatch.cli.server_process import ServerProcess
    from dispatch.settings import Settings

TOKEN_FILE = "owner.token"  # noqa: S105  a file name
SEAT_FILE = "owner.seat"
"""The same token with seat and role beside it: what the console reads."""
LOG_FILE = "server.log"
EXIT_USAGE = 2


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("up", help="start the server and open the operator console on it (default)")
    parser.add_argument("--keep-serving", action="store_true", help="leave the server running after the console")
    parser.add_argument("--demo", action="store_true", help="play a quiet night of training traffic, separate database")
    parser.add_argument("--training", metavar="SCENARIO", default="",
                        help="an exercise in a database of its own: a name of 'training list', a file, or "
                             "day:YYYY-MM-DD[@SPEED], a past day; ends with a debrief")
    parser.add_argument("--trainee", metavar="NAME", default="", help="who is trained (default: the OS user)")
    parser.add_argument("--lang", choices=("id", "en"), default=None, help="language of the console (default: id)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """1 find or start the server 2 open the console 3 stop what was started here."""
    from dispatch.settings import load_settings

    load_settings()  # every bad value is told before anything else
    if not (sys.stdin.isatty() and sys.stdout.isatty()) and not args.keep_serving:
        print("kentongan: the console needs a terminal; without one use 'kentongan serve' "
              "and 'kentongan console --line'", file=sys.stderr)
        return EXIT_USAGE
    if args.demo:
        from dispatch.cli.demo import enter_demo

        enter_demo(os.environ)
    exercise = _begin_exercise(args) if args.training else None
    settings = load_settings()
    with (
        _server(settings, keep=args.keep_serving) as token_file,
        _traffic(settings, token_file, demo=args.demo, exercise=exercise),
    ):
        code = _open_console(settings, token_file, args.lang or settings.lang)
    if exercise is not None:
        from dispatch.cli.training import end_exercise

        end_exercise(exercise, args.lang or settings.lang)
    return code


def _begin_exercise(args: argparse.Namespace) -> Path:
    import getpass

    from dispatch.cli.practice import begin_exercise

    return begin_exercise(args.training, args.trainee or getpass.getuser(), os.environ)


@contextlib.contextmanager
def _server(settings: Settings, *, keep: bool) -> Iterator[Path]:
    """A server that knows our token: the one already running, or one of our own for as long as we stay."""
    token_file = settings.data_dir.absolute() / TOKEN_FILE
    if _answers_us(settings, token_file):
        print(f"kentongan: joining the server on {settings.listen.url}", file=sys.stderr)
        yield token_file
        return
    from dispatch.cli.server_process import ServerProcess

    token = secrets.token_urlsafe(32)
    _write_private(token_file, token)
    server = ServerProcess(token_file.with_name(LOG_FILE), token_file, tied=not keep)
    server.start()
    try:
        seat, role = _wait(server)
        _write_private(token_file.with_name(SEAT_FILE), _seat_of(token, seat, role))
        yield token_file
    finally:
        if keep and server.exit_code is None:
            print(f"kentongan: the server keeps serving on {settings.listen.url}, process {server.pid}; "
                  f"stop it with: kill {server.pid}", file=sys.stderr)
        else:
            server.stop()
            token_file.unlink(missing_ok=True)
            token_file.with_name(SEAT_FILE).unlink(missing_ok=True)


def _seat_of(token: str, seat: str, role: str) -> str:
    import getpass
    from datetime import UTC, datetime

    from dispatch.wire import Session, encode

    never = datetime(9999, 1, 1, tzinfo=UTC)  # the server decides; it prolongs what is used
    return encode(Session(token=token, role=role, seat=seat, expires_at=never, username=getpass.getuser())).decode()


def _wait(server: ServerProcess) -> tuple[str, str]:
    """While the server starts, load what the console needs: both take their time, together not longer."""
    import console.app  # noqa: F401

    return server.wait_until_ready()


def _answers_us(settings: Settings, token_file: Path) -> bool:
    """Whether a server of ours is on that address. Raises KentonganError when somebody else's is."""
    from dispatch.cli.place import answers

    if not answers(settings.listen):
        return False
    token = token_file.read_text("ascii").strip() if token_file.is_file() else ""
    if token and _board_status(settings, token) == 200:
        return True
    raise KentonganError(
        "address_taken",
        f"{settings.listen.url} is in use by another server: join it with 'kentongan console', "
        "or choose another address with KENTONGAN_LISTEN",
    )


def _board_status(settings: Settings, token: str) -> int:
    import httpx

    uds = settings.listen.path or None
    base = "http://localhost" if uds else settings.listen.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=uds), base_url=base, timeout=3) as client:
            return client.get("/api/v1/board", headers={"Authorization": f"Bearer {token}"}).status_code
    except httpx.HTTPError:
        return 0


def _write_private(path: Path, content: str) -> None:
    """A new file only this OS user can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(content)


@contextlib.contextmanager
def _traffic(settings: Settings, token_file: Path, *, demo: bool, exercise: Path | None) -> Iterator[None]:
    """Who calls and writes in a demonstration or an exercise: a process of its own that ends with its input."""
    if exercise is not None:
        command = ["training", "play", str(exercise)]
    elif demo:
        command = ["demo"]
    else:
        yield
        return
    command = [
        sys.executable, "-m", "dispatch.cli", *command, "--server", settings.listen.url, "--token-file",
        str(token_file), "--until-eof",
    ]
    with token_file.with_name("player.log").open("ab") as log:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.terminate()
        child.wait()


def _open_console(settings: Settings, token_file: Path, lang: str) -> int:
    from dispatch.cli.console import run_console

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return 0
    os.environ.setdefault("KENTONGAN_DATA_DIR", str(settings.data_dir))
    seat_file = token_file.with_name(SEAT_FILE)
    return run_console(argparse.Namespace(
        command="up", server=settings.listen.url, user="", password_file=None, phone="", line=False, lang=lang,
        token_file=seat_file if seat_file.is_file() else token_file,
    ))
