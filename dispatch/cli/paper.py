"""``kentongan paper print``: board and blank cards by hand, with or without a running server."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.errors import KentonganError, StorageUnavailable

if TYPE_CHECKING:
    from dispatch.domain.routing import RuleSet
    from dispatch.services.paper import Block
    from dispatch.settings import Settings
    from dispatch.storage.database import Database

MAX_CARDS = 500


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("paper", help="board and numbered blank cards for an outage, as text and PDF")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    printing = actions.add_parser("print", help="write them now and say where they are; send the files to 'lp'")
    printing.add_argument("--cards", type=_count, default=20, metavar="N", help="blank cards, 0 to 500 (default 20)")
    printing.add_argument("--out", type=Path, metavar="FOLDER", help="default: KENTONGAN_PAPER_DIR")
    printing.add_argument("--lang", choices=("id", "en"), default=None)
    printing.set_defaults(run=run_print)


def _count(words: str) -> int:
    number = int(words)
    if not 0 <= number <= MAX_CARDS:
        raise argparse.ArgumentTypeError(f"a number from 0 to {MAX_CARDS}")
    return number


def run_print(args: argparse.Namespace) -> int:
    """0 all written, 1 the database cannot be used or a file cannot be written."""
    import asyncio

    from dispatch.rules.load import load_rules
    from dispatch.settings import load_settings
    from dispatch.storage.mode import in_its_mode

    settings = in_its_mode(load_settings())
    return asyncio.run(_print(settings, load_rules(settings.rules), args))


async def _print(settings: Settings, rules: RuleSet, args: argparse.Namespace) -> int:
    from dataclasses import replace

    from dispatch.cli.place import say
    from dispatch.services.paper import take_snapshot, write_board, write_cards
    from dispatch.storage.database import Database
    from dispatch.storage.reader import Reader

    now = datetime.now(UTC).astimezone(settings.tz)
    folder, lang, training = args.out or settings.paper.folder, args.lang or settings.lang, settings.mode == "training"
    database = Database.of(settings.database_url)
    block, lost = None, ""
    if args.cards:
        try:
            block = await _reserve(database, rules, args.cards, now)
        except StorageUnavailable as error:  # the board is worth printing all the same
            lost = f"no cards: their numbers cannot be reserved ({error})"
    reader = Reader(database, rules.centre, connections=1)
    await reader.start()
    try:
        cards = (block.first, block.last) if block else (0, 0)
        shot = replace(await take_snapshot(reader, rules, now), training=training, cards=cards)
        written = write_board(folder, shot, rules, lang)
        if block is not None:
            # Under a name of its own: the standing cards of a running server keep their numbers.
            name = f"kartu-{block.first:03d}-{block.last:03d}"
            written += write_cards(folder, block, rules, lang, training=training, name=name)
    except OSError as error:
        raise KentonganError("paper_not_written", f"{folder}: {error.strerror or error}") from error
    finally:
        await reader.stop()
    for path in written:
        say(str(path))
    if lost:
        print(f"kentongan: {lost}", file=sys.stderr)
    return 1 if lost else 0


async def _reserve(database: Database, rules: RuleSet, count: int, now: datetime) -> Block:
    """A block of numbers of its own."""
    from dispatch.cli.transaction import admin
    from dispatch.services.paper import Block
    from dispatch.storage.committer import Committer
    from dispatch.storage.paper import reserve_cards

    committer = Committer(database, rules.centre, on_commit=lambda committed: None)
    committer.start()
    try:
        first = await committer.run(lambda tx: reserve_cards(tx, count, admin()))
    finally:
        await committer.stop()
    return Block(first, first + count - 1, now)
