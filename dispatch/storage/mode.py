"""Live or training: the database itself says which, and what it says outweighs every setting.

A training database opened by a plain ``serve`` still shows LATIHAN and still sends to the simulator
only; a database that holds live data can never be opened as training. Decided once, at its first start.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import bindparam, select

from dispatch.errors import ConfigurationError, Problem
from dispatch.settings import Settings
from dispatch.storage import migrate
from dispatch.storage.database import Database
from dispatch.storage.inspection import inspect
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import head
from dispatch.storage.transaction import Tx

LIVE, TRAINING = "live", "training"
MODES = Statement(select(head.c.mode, head.c.seq).order_by(head.c.mode))
"""Of all centres in the database: live and training never share one."""
OWN_MODE = Statement(select(head.c.mode, head.c.seq).where(head.c.centre == bindparam("centre")))


def stored_mode(database: Database) -> str:
    """'live', 'training', or '' for a database nobody has used yet. Raises StorageUnavailable."""
    if not migrate.current(database):
        return ""
    with inspect(database) as found:
        return _mode_of(found.all(MODES))


def _mode_of(rows: list[Row]) -> str:
    """A log without a mode is that of a centre whose first user was made before its first start: live."""
    kept = {row["mode"] for row in rows}
    if TRAINING in kept:
        return TRAINING
    return LIVE if LIVE in kept or any(row["seq"] for row in rows) else ""


def in_its_mode(settings: Settings) -> Settings:
    """The settings with the mode of their database. Raises ConfigurationError for live data opened as training."""
    return replace(settings, mode=_judge(stored_mode(Database.of(settings.database_url)), settings.mode))


def keep_mode(tx: Tx, mode: str) -> None:
    """Write the mode down at the first start, under the centre's lock that every command holds.

    Raises ConfigurationError when another node has decided otherwise since ``in_its_mode`` looked.
    """
    if _judge(_mode_of(tx.all(OWN_MODE)), mode) != mode:
        raise ConfigurationError([Problem("this database has become a training one: start again")])
    tx.update(head, {}, mode=mode)


def _judge(stored: str, wanted: str) -> str:
    if stored == LIVE and wanted == TRAINING:
        said = "this database holds live data: it is never opened as training"
        raise ConfigurationError([Problem(said, key="KENTONGAN_MODE")])
    return stored or wanted
