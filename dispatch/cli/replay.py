"""``kentongan replay``: send the reports of a file through the real endpoints; for training and load."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from dispatch.cli.traffic import Tally


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "replay", help="send the reports of a JSON Lines file through the real endpoints",
        description="Each line: {id, t, channel, sender, text}. channel: sms (default), whatsapp, web, call. "
        "The same id is stored once, however often it is replayed.",
    )
    parser.add_argument("file", type=Path, metavar="IN.jsonl", help="'-' reads standard input")
    parser.add_argument("--server", metavar="URL", help="default: KENTONGAN_SERVER or the address of the settings")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--rate", type=_rate, default=0.0, metavar="N/s", help="so many a second")
    pace.add_argument("--speed", type=_positive, default=0.0, metavar="X", help="follow 't', X times as fast")
    parser.add_argument("--clients", type=int, default=8, metavar="N", help="connections at a time (default 8)")
    parser.set_defaults(run=run)


def _positive(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{value} is not a number above 0")
    return number


def _rate(value: str) -> float:
    return _positive(value.removesuffix("/s"))


def run(args: argparse.Namespace) -> int:
    """0 all accepted, 1 some failed, 2 cannot start."""
    import asyncio

    from dispatch.cli.traffic import Caller, Tally, play, read_records
    from dispatch.settings import load_settings

    settings = load_settings()
    server = args.server or os.environ.get("KENTONGAN_SERVER") or settings.listen.url
    workers = min(max(1, args.clients), 256)
    tally = Tally()

    async def send_all(lines: Any) -> None:
        async with Caller(settings, server, connections=workers) as caller:
            await play(caller, read_records(lines, tally), tally, workers=workers, rate=args.rate, speed=args.speed)

    lines = _open(args.file)
    try:
        with lines:
            asyncio.run(send_all(lines))
    except* ConfigurationError as group:
        # The missing token is found where the first signed request is made: one sentence, not one a worker.
        raise next(error for error in group.exceptions if isinstance(error, ConfigurationError)) from None
    except* KeyboardInterrupt:
        _report(tally)
        raise
    _report(tally)
    return 1 if tally.failed else 0


def _open(path: Path) -> Any:
    if str(path) == "-":
        return sys.stdin.buffer
    try:
        return path.open("rb")
    except OSError as error:
        raise ConfigurationError([Problem(f"cannot be read: {error.strerror or error}", str(path))]) from error


def _report(tally: Tally) -> None:
    for fault in tally.faults:
        print(f"!! {fault}", file=sys.stderr)
    if tally.failed > len(tally.faults):
        print(f"!! and {tally.failed - len(tally.faults)} more", file=sys.stderr)
    print(
        f"sent {tally.sent}  accepted {tally.accepted}  failed {tally.failed}  "
        f"p50 {tally.percentile_ms(50):.1f} ms  p99 {tally.percentile_ms(99):.1f} ms"
    )
