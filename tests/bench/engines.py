"""A benchmark on each engine: a fresh SQLite file, and a PostgreSQL server of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from dispatch.storage.database import Database
from tests.support.postgres import PostgresServer


def on_engines(engines: Sequence[str], run: Callable[[Database], None]) -> None:
    """``engines``: 'sqlite', 'postgresql'; none named = both, one after the other."""
    chosen = engines or ("sqlite", "postgresql")
    if "sqlite" in chosen:
        with tempfile.TemporaryDirectory() as folder:
            run(Database.of(f"sqlite:///{Path(folder) / 'bench.sqlite3'}"))
    if "postgresql" in chosen:
        server = PostgresServer()
        try:
            server.start()
            run(Database.of(server.url()))
        finally:
            server.stop()
            server.remove()
