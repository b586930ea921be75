"""The settings of the proof of life, and what ``doctor`` says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.cli import main
from dispatch.errors import ConfigurationError
from dispatch.settings import load_settings
from dispatch.storage.database import Database
from dispatch.storage.migrate import upgrade


def problems(**environ: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_settings({f"KENTONGAN_{name}": value for name, value in environ.items()}, env_file=Path("no.env"))
    return "\n".join(map(str, refused.value.problems))


def test_numbers_and_period_are_read() -> None:
    probe = load_settings({"KENTONGAN_PROBE_SMS": "+622830112008", "KENTONGAN_PROBE_EVERY": "15"}).probe
    assert (probe.sms, probe.voice, probe.every_min) == ("+622830112008", "", 15)


@pytest.mark.parametrize(("environ", "said"), [
    ({"PROBE_SMS": "112"}, "PROBE_SMS"), ({"PROBE_EVERY": "1"}, "PROBE_EVERY"),
    ({"PROBE_EVERY": "soon"}, "PROBE_EVERY"),
    ({"PROBE_VOICE": "+622830112000", "TWILIO_VOICE_NUMBER": "+622830112000"}, "the number it would be sent from"),
])
def test_what_cannot_work_is_said_at_the_start(environ: dict[str, str], said: str) -> None:
    assert said in problems(**environ)


def doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["doctor"])
    lines = [line for line in capsys.readouterr().out.splitlines() if " proof " in line]
    return code, "\n".join(lines)


def test_doctor_tells_when_each_channel_was_last_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KENTONGAN_DATA_DIR", str(tmp_path))
    assert "nobody notices" in doctor(capsys)[1]
    monkeypatch.setenv("KENTONGAN_PROBE_SMS", "+622830112008")
    database = Database.of(f"sqlite:///{tmp_path / 'kentongan.sqlite3'}")
    upgrade(database)
    assert "sms: never back yet" in doctor(capsys)[1]
    connection = database.connect_writer()
    good = "('33.28', 1, 'sms', 'A', 'ok', 1700000000000, 1700000003000, NULL, 'twilio', '')"
    connection.execute("INSERT INTO head (centre, seq, hash, next_id, next_number) VALUES ('33.28', 0, '', 9, 1001)")
    connection.execute(f"INSERT INTO proof VALUES {good}")
    connection.close()
    assert "last back 2023-11-15 05:13" in doctor(capsys)[1]
    connection = database.connect_writer()
    connection.execute(
        "INSERT INTO proof VALUES ('33.28', 2, 'sms', 'B', 'failed', 1700003600000, NULL, NULL, 'twilio', 'not back')"
    )
    connection.close()
    code, said = doctor(capsys)
    assert (code, "did not come back: not back" in said) == (1, True)
