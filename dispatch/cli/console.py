"""``kentongan console`` and ``kentongan wall``: sign in, then hand the terminal to a client.

Owns the options and the exit codes of the two; everything else belongs to the console package.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dispatch.wire import Session

DEFAULT_WEB = "127.0.0.1:8113"
MAX_PORT = 65535
EXIT_USAGE = 2


def add(subparsers: Any) -> None:
    console = subparsers.add_parser("console", help="operator console; asks for user and password once")
    _add_common(console)
    console.add_argument("--phone", default="", help="the phone this seat answers calls on")
    console.add_argument("--line", action="store_true", help="plain scrolling text: commands from standard input")
    console.set_defaults(run=run_console)
    wall = subparsers.add_parser("wall", help="supervisor wallboard, read-only")
    _add_common(wall)
    wall.add_argument("--web", action="store_true", help="serve it to browsers instead; needs a viewer's session")
    wall.add_argument("--listen", metavar="HOST:PORT", default=DEFAULT_WEB, help=f"for --web (default: {DEFAULT_WEB})")
    wall.add_argument("--key-file", type=Path, metavar="F", help="for --web: file whose first line opens the page")
    wall.set_defaults(run=run_wall, phone="")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", metavar="URL", default=None,
                        help="http URL or unix:PATH (default: KENTONGAN_SERVER or the address of the settings)")
    parser.add_argument("--user", default="", help="user name")
    parser.add_argument("--password-file", type=Path, metavar="F", help="file whose first line is the password")
    parser.add_argument("--token-file", type=Path, metavar="F", help="file with a token instead of a password")
    parser.add_argument("--lang", choices=("id", "en"), default=None, help="language of labels (default: id)")


def run_console(args: argparse.Namespace) -> int:
    """0 left in order (with --line: all commands done), 1 a line failed, 2 no seat or no terminal."""
    session = _sign_in(args) if args.line or _has_screen(args) else None
    if session is None:
        return EXIT_USAGE
    return _run_line(args, session) if args.line else _run_app(args, session)


def run_wall(args: argparse.Namespace) -> int:
    if args.web:
        return run_web(args)
    session = _sign_in(args) if _has_screen(args) else None
    if session is None:
        return EXIT_USAGE
    from console.client import Client
    from console.wall.app import WallApp

    client = Client(_server(args), token=session.token, lang=_lang(args))
    app = WallApp(client=client, lang=_lang(args), export_to=os.getcwd())
    return app.run() or 0


def run_web(args: argparse.Namespace) -> int:
    """Until interrupted. 2 when there is no viewer's session, or nowhere to listen."""
    from console.client import Client, ClientError
    from console.texts import text
    from console.wall.web import may_serve, serve

    host, _, port = args.listen.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and int(port) <= MAX_PORT):
        return _refuse(args, text("client.bad_listen", _lang(args), given=args.listen))
    session = _sign_in(args)
    if session is None:
        return EXIT_USAGE

    async def is_viewer() -> bool:
        async with Client(_server(args), token=session.token, lang=_lang(args)) as client:
            return await may_serve(client)

    try:
        if not asyncio.run(is_viewer()):
            return _refuse(args, text("client.not_viewer", _lang(args), role=session.role))
        key = args.key_file.read_text(encoding="utf-8").split("\n")[0].strip() if args.key_file else ""
        serve(
            _server(args), session.token, host=host.strip("[]"), port=int(port), lang=_lang(args),
            key=key or secrets.token_urlsafe(16), say=lambda line: print(line, flush=True),
        )
    except (ClientError, OSError, UnicodeDecodeError) as error:
        return _refuse(args, str(error))
    return 0


def _refuse(args: argparse.Namespace, why: str) -> int:
    print(f"kentongan {args.command}: {why}", file=sys.stderr)
    return EXIT_USAGE


def _has_screen(args: argparse.Namespace) -> bool:
    """A full screen drawn into a pipe helps nobody, and it would wait for keys for ever."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return True
    from console.texts import text

    print(f"kentongan {args.command}: {text('client.no_screen', _lang(args))}", file=sys.stderr)
    return False


def _sign_in(args: argparse.Namespace) -> Session | None:
    from console.seat import seat_file
    from console.sign_in import CannotSignIn, Given, sign_in

    given = Given(args.user, args.password_file, args.token_file, args.phone)
    ask = _ask_terminal if sys.stdin.isatty() else None
    try:
        return asyncio.run(sign_in(_server(args), given, seat_file(os.environ), lang=_lang(args), ask=ask))
    except CannotSignIn as reason:
        print(f"kentongan {args.command}: {reason}", file=sys.stderr)
    return None


def _ask_terminal(prompt: str, secret: bool) -> str:
    return getpass.getpass(prompt) if secret else input(prompt).strip()


def _run_line(args: argparse.Namespace, session: Session) -> int:
    """Input that is no text is read all the same: it is refused line by line instead of ending the script."""
    from console.client import Client, ClientError
    from console.line.terminal import Terminal
    from console.texts import text

    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(errors="backslashreplace" if stream is sys.stdout else "replace")  # type: ignore[union-attr]

    async def converse() -> int:
        async with Client(_server(args), token=session.token, lang=_lang(args), screen=_screen_name()) as client:
            terminal = Terminal(client, sys.stdin, sys.stdout, lang=_lang(args), interactive=sys.stdin.isatty())
            return await terminal.run(session)

    try:
        return asyncio.run(converse())
    except ClientError as away:
        said = text("client.away", _lang(args), server=_server(args), reason=str(away))
        print(f"kentongan console: {said}", file=sys.stderr)
        return EXIT_USAGE


def _run_app(args: argparse.Namespace, session: Session) -> int:
    from console.app import ConsoleApp
    from console.client import Client
    from console.seat import seat_file
    from console.sound import Sound
    from console.view.head import Seat

    sound = Sound.of(os.environ)
    client = Client(_server(args), token=session.token, lang=_lang(args), screen=_screen_name())
    seat = Seat(name=session.username, role=session.role, seat=session.seat)
    draft = seat_file(os.environ).with_name("drafts")
    try:
        return ConsoleApp(client=client, seat=seat, lang=_lang(args), draft=draft, sound=sound).run() or 0
    finally:
        sound.close()


def _screen_name() -> str:
    """Tells this console from others of the same person, also when it reconnects."""
    return secrets.token_hex(8)


def _server(args: argparse.Namespace) -> str:
    from dispatch.settings import usual_server

    return str(args.server or usual_server())


def _lang(args: argparse.Namespace) -> str:
    """The two languages a person at a terminal can have; citizens have more."""
    wished = args.lang or os.environ.get("KENTONGAN_LANG_DEFAULT", "id")
    return wished if wished in ("id", "en") else "id"
