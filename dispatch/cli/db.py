"""``kentongan db``: upgrade, back up, restore and check the database."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dispatch.cli.place import current_database, refuse_running_server, say
from dispatch.settings import load_settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("db", help="upgrade, back up, restore and check the database")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("upgrade", help="bring the schema to this version").set_defaults(run=run_upgrade)
    backup = actions.add_parser("backup", help="write a consistent copy; the server may be running")
    backup.add_argument("file", type=Path, help="where to; an existing file is not overwritten")
    backup.set_defaults(run=run_backup)
    restore = actions.add_parser("restore", help="put a backup in place of the data; stop the server first")
    restore.add_argument("file", type=Path)
    restore.add_argument("--force", action="store_true", help="overwrite a database that holds data")
    restore.set_defaults(run=run_restore)
    actions.add_parser("check", help="integrity, schema and event log; exit 1 on a fault").set_defaults(run=run_check)


def run_upgrade(args: argparse.Namespace) -> int:
    from dispatch.storage import migrate

    database = current_database()
    before = migrate.current(database)
    migrate.upgrade(database)
    after = migrate.current(database)
    how = "nothing to do" if before == after else f"was {before or 'empty'}"
    say(f"{database.display}: schema {after} ({how})")
    return 0


def run_backup(args: argparse.Namespace) -> int:
    from dispatch.storage.backup import note_backup, write_backup

    database = current_database()
    size = write_backup(database, args.file)
    note_backup(load_settings().data_dir, datetime.now(UTC))
    say(f"{database.display} -> {args.file} ({size / 1e6:.1f} MB)")
    return 0


def run_restore(args: argparse.Namespace) -> int:
    from dispatch.storage.backup import restore_backup

    database = current_database()
    refuse_running_server("a restore under a running server")
    kept = restore_backup(database, args.file, force=args.force)
    say(f"{args.file} -> {database.display}" + (f"; the data before is kept in {kept}" if kept else ""))
    return 0


def run_check(args: argparse.Namespace) -> int:
    from dispatch.storage import migrate
    from dispatch.storage.inspection import inspect

    database = current_database()
    wrong: list[str] = []
    if migrate.needs_upgrade(database):
        wrong.append(f"schema is {migrate.current(database) or 'empty'}: run 'kentongan db upgrade'")
    else:
        with inspect(database) as found:
            damaged = found.integrity()
            wrong += [f"integrity: {line}" for line in damaged] or found.schema_faults()
            for centre in [] if damaged else found.centres():
                verdict = found.verify_log(centre)
                if verdict.broken:
                    wrong.append(f"log of {centre}: line {verdict.broken.seq}: {verdict.broken.reason}")
                else:
                    say(f"log of {centre}: {verdict.lines} lines, whole")
    for line in wrong:
        say(f"!! {line}")
    say(f"{database.display}: " + ("check failed" if wrong else "ok"))
    return 1 if wrong else 0
