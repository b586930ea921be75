"""The training night: its script is sound, its people keep their numbers, and it stays away from a live centre."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.cli.demo import Scene, _cast, enter_demo, read_script
from dispatch.errors import ConfigurationError

ROOT = Path(__file__).parents[3]


def test_shipped_night_can_be_played_and_has_every_channel() -> None:
    night = read_script(ROOT / "data/demo/malam.yaml")
    assert {scene.channel for scene in night} == {"sms", "whatsapp", "web", "call"}
    assert all(scene.text for scene in night if scene.channel != "call")
    assert all(0 < scene.after_s <= 60 for scene in night), "a trainee waits a minute at most"


def test_person_keeps_the_number_within_a_night_and_changes_it_for_the_next() -> None:
    night = [Scene(1, "sms", "sri", "a"), Scene(1, "sms", "budi", "b"), Scene(1, "call", "sri", "")]
    first, second = list(_cast(night, "one", 1.0)), list(_cast(night, "two", 1.0))
    assert first[0].sender == first[2].sender != first[1].sender
    assert {record.sender for record in first} & {record.sender for record in second} == set()
    assert len({record.key for record in first + second}) == 6


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[", "cannot be read"), ("reports: []", "has no list"), ("- a", "has no list"),
        ("reports: [{after: 1, channel: fax, from: a}]", "unknown channel 'fax'"),
        ("reports: [{after: x, channel: sms, from: a}, {channel: sms}, 5]", "reports[3]"),
    ],
)
def test_script_that_cannot_be_played_is_refused_with_all_its_faults(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "night.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_script(path)
    assert fault in str(caught.value)


def test_training_never_uses_the_real_database_or_the_real_account(tmp_path: Path) -> None:
    environ = {
        "KENTONGAN_DATA_DIR": str(tmp_path), "KENTONGAN_DATABASE_URL": "postgresql://real/real",
        "KENTONGAN_TWILIO_ACCOUNT_SID": "AC1", "KENTONGAN_TWILIO_AUTH_TOKEN": "real",
        "KENTONGAN_PUBLIC_URL": "https://112.example", "KENTONGAN_LISTEN": f"unix:{tmp_path / 'a'}",
    }
    enter_demo(environ)
    from dispatch.settings import load_settings

    settings = load_settings(environ, env_file=tmp_path / "none")
    assert settings.mode == "training"
    assert settings.database_url == f"sqlite:///{tmp_path / 'demo' / 'kentongan.sqlite3'}"
    assert not settings.twilio.can_send
    assert settings.twilio.tokens, "webhooks are signed all the same"
    assert "112.example" not in settings.public_url
