"""Live or training is the database's own word: no setting turns the one into the other, and nobody outside is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.app import DispatchApp
from dispatch.channels.registry import driver_names
from dispatch.errors import ConfigurationError
from dispatch.settings import Settings, load_settings
from dispatch.storage.database import Database
from dispatch.storage.mode import stored_mode

CREDENTIALS = {
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "secret", "TWILIO_VOICE_NUMBER": "+622831234567",
    "SMTP_HOST": "mail.example", "MAIL_FROM": "112@mail.example",
}


def settings_of(folder: Path, database: Database, **environ: str) -> Settings:
    named = {f"KENTONGAN_{name}": value for name, value in environ.items()}
    return load_settings(
        {"KENTONGAN_DATA_DIR": str(folder), "KENTONGAN_DATABASE_URL": database.url, **named},
        env_file=folder / "no.env",
    )


async def run_once(settings: Settings) -> DispatchApp:
    app = DispatchApp(settings)
    await app.start()
    await app.stop()
    return app


async def test_training_database_stays_training_whatever_is_configured(database: Database, tmp_path: Path) -> None:
    await run_once(settings_of(tmp_path, database, MODE="training"))
    assert stored_mode(database) == "training"
    app = await run_once(settings_of(tmp_path, database, MODE="live", **CREDENTIALS))
    assert app.describe_centre("id").mode == "training"
    assert set(driver_names(app.drivers).values()) == {"simulator"}
    assert stored_mode(database) == "training"


async def test_live_database_is_never_opened_as_training(database: Database, tmp_path: Path) -> None:
    await run_once(settings_of(tmp_path, database))
    assert stored_mode(database) == "live"
    with pytest.raises(ConfigurationError, match="live data"):
        DispatchApp(settings_of(tmp_path, database, MODE="training"))
    assert stored_mode(database) == "live"


async def test_first_start_decides_not_the_looking(sqlite_database: Database, tmp_path: Path) -> None:
    DispatchApp(settings_of(tmp_path, sqlite_database))
    assert stored_mode(sqlite_database) == ""
    await run_once(settings_of(tmp_path, sqlite_database, MODE="training"))
    assert stored_mode(sqlite_database) == "training"


async def test_log_without_a_mode_is_live(database: Database, tmp_path: Path) -> None:
    from tests.support.node import emits, node_on

    async with node_on(database) as node:
        await node.run(emits("operator.added"))
    with pytest.raises(ConfigurationError, match="live data"):
        DispatchApp(settings_of(tmp_path, database, MODE="training"))
