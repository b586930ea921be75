"""When there is a nightly run, and when it is due."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import ConfigurationError
from dispatch.learning import nightly
from dispatch.scheduler import add_daily, build_scheduler
from dispatch.settings import Settings, load_settings


def settings(folder: Path, **given: str) -> Settings:
    values = {f"KENTONGAN_{name}": value for name, value in given.items()}
    return load_settings({"KENTONGAN_DATA_DIR": str(folder), **values}, env_file=folder / "no.env")


def test_every_night_unless_switched_off_or_in_training(tmp_path: Path) -> None:
    assert settings(tmp_path).learn_at == time(3, 30)
    assert nightly.why_off(settings(tmp_path)) == ""
    assert settings(tmp_path, LEARN_AT="23:05").learn_at == time(23, 5)
    assert "LEARN_AT" in nightly.why_off(settings(tmp_path, LEARN_AT="off"))
    assert "training" in nightly.why_off(settings(tmp_path, MODE="training"))
    with pytest.raises(ConfigurationError, match="KENTONGAN_LEARN_AT"):
        settings(tmp_path, LEARN_AT="half past three")


def test_without_the_training_library_there_is_none_and_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly, "find_spec", lambda name: None)
    assert "extra 'train'" in nightly.why_off(settings(tmp_path))


def test_the_job_is_due_at_the_local_time() -> None:
    async def job() -> None: ...

    scheduler = build_scheduler({})
    add_daily(scheduler, "learning", time(3, 30), ZoneInfo("Asia/Jakarta"), job)
    [planned] = scheduler.get_jobs()
    due = planned.trigger.get_next_fire_time(None, datetime(2026, 1, 12, 12, tzinfo=UTC))
    assert due.astimezone(UTC) == datetime(2026, 1, 12, 20, 30, tzinfo=UTC)
