"""Scenarios: the shipped ones can be played under the shipped rules; one that cannot is refused with all its faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.cli.practice import SCENARIOS, begin_exercise, find_scenario
from dispatch.errors import ConfigurationError
from dispatch.rules.load import load_rules
from dispatch.settings import load_settings
from dispatch.training.run import load_run, run_folders
from dispatch.training.scenario import check_scenario, read_scenario, seconds_of

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(SCENARIOS.glob("*.toml"))
GOOD = """
title = {id = "Uji", en = "Test"}
[[event]]
key = "a"
[[step]]
at = "0:01"
event = "a"
channel = "sms"
from = "x"
text = "kebakaran"
"""


def test_four_scenarios_are_shipped() -> None:
    assert len(SHIPPED) >= 4


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenario_can_be_played_and_judged(path: Path) -> None:
    scenario = read_scenario(path)
    assert check_scenario(scenario, load_rules(ROOT / "routing_rules.yaml")) == []
    assert {"id", "en"} <= scenario.title.keys()
    assert scenario.length_s <= 15 * 60, "an exercise fits between two coffees"
    assert any(event.is_junk for event in scenario.expected), "telling junk from need is half the work"
    assert any("critical" in event.severities for event in scenario.expected)
    assert {step.channel for step in scenario.steps} >= {"sms", "call"}


@pytest.mark.parametrize(("given", "seconds"), [("1:30", 90), ("1:02:30", 3750), (5, 5), (0.5, 0.5), ("0:00", 0)])
def test_times_of_a_scenario(given: object, seconds: float) -> None:
    assert seconds_of(given) == seconds


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("title = [", ["cannot be read"]),
        ("[[step]]\nat = -1\nchannel = 'sms'\nfrom = 'a'\ntext = 'x'", ["title", "'-1' is no time", "needs 1 to"]),
        (GOOD + "[[step]]\nchannel = 'fax'\nfrom = 'a'\nat = 1", ["step[2]", "unknown channel 'fax'"]),
        (GOOD + "[[step]]\nchannel = 'sms'\nfrom = 'a'\nat = 1", ["a message needs a text"]),
        (GOOD.replace('event = "a"', 'event = "b"'), ["no event 'b'", "nobody reports 'a'"]),
        (GOOD + "[[event]]\nkey = 'a'\n", ["'a' is there twice"]),
        (GOOD + "[[event]]\nkey = 'c'\nunits = 3\n", ["units must be a table"]),
        (GOOD + "[crews]\nA01 = 'lazy'", ["unknown habit 'lazy'"]),
    ],
)
def test_scenario_that_cannot_be_played_is_refused_with_all_its_faults(
    tmp_path: Path, text: str, faults: list[str]
) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_scenario(path)
    assert all(fault in str(caught.value) for fault in faults), str(caught.value)


def test_words_the_rules_do_not_know_are_named(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        GOOD.replace('key = "a"', 'key = "a"\ntype = "fire.ship"\nseverity = "huge"\nkecamatan = "Mars"\n'
                     'closed_as = "sss"\nunits = {navy = 1}'), "utf-8",
    )
    faults = " ".join(check_scenario(read_scenario(path), load_rules(ROOT / "routing_rules.yaml")))
    assert all(word in faults for word in ("fire.ship", "huge", "Mars", "sss", "navy"))


def environ_of(folder: Path, **more: str) -> dict[str, str]:
    return {
        "KENTONGAN_DATA_DIR": str(folder / "run"), "KENTONGAN_RULES": str(ROOT / "routing_rules.yaml"),
        "KENTONGAN_LISTEN": f"unix:{folder / 'socket'}", **more,
    }


def test_exercise_has_its_own_database_and_nobodys_credentials(tmp_path: Path) -> None:
    environ = environ_of(
        tmp_path, KENTONGAN_DATABASE_URL="postgresql://real/real", KENTONGAN_TWILIO_ACCOUNT_SID="AC1",
        KENTONGAN_TWILIO_AUTH_TOKEN="real",
    )
    folder = begin_exercise("malam_tenang", "rina", environ)
    settings = load_settings(environ, env_file=tmp_path / "none")
    assert settings.mode == "training"
    assert settings.database_url == f"sqlite:///{folder / 'kentongan.sqlite3'}"
    assert not settings.twilio.can_send
    assert folder.parent == tmp_path / "run" / "training"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "run.json").stat().st_mode & 0o777 == 0o600
    run = load_run(folder)
    assert (run.trainee, run.scenario.name, run.centre) == ("rina", "malam_tenang", "33.28")


def test_every_exercise_is_a_new_one(tmp_path: Path) -> None:
    folders = {begin_exercise("malam_tenang", "a", environ_of(tmp_path)) for _ in range(3)}
    assert len(folders) == 3
    assert run_folders(tmp_path / "run") == sorted(folders)


def test_live_database_is_never_the_exercises(tmp_path: Path) -> None:
    """Whatever way the paths lead there: here the data folder's database is a link to the exercise's."""
    from dispatch.cli.practice import enter_practice

    folder = tmp_path / "run" / "training" / "x"
    folder.mkdir(parents=True)
    (folder / "kentongan.sqlite3").touch()
    (tmp_path / "run" / "kentongan.sqlite3").symlink_to(folder / "kentongan.sqlite3")
    environ = environ_of(tmp_path)
    before = dict(environ)
    with pytest.raises(ConfigurationError, match="live database"):
        enter_practice(environ, load_settings(environ, env_file=tmp_path / "none"), folder)
    assert environ == before


def test_unknown_scenario_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no scenario 'banjr'.*did you mean 'banjir'"):
        begin_exercise("banjr", "a", environ_of(tmp_path))
    assert not (tmp_path / "run").exists()


def test_scenario_by_name_and_by_file(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(GOOD, "utf-8")
    settings = load_settings(environ_of(tmp_path), env_file=tmp_path / "none")
    assert find_scenario("banjir", settings).name == "banjir"
    assert find_scenario(str(tmp_path / "own.toml"), settings).titled("en") == "Test"


@pytest.mark.parametrize("words", ["day:", "day:2026-13-01", "day:2026-01-12@0.5", "day:2026-01-12@61", "day:x@2"])
def test_day_that_is_none_is_refused(tmp_path: Path, words: str) -> None:
    with pytest.raises(ConfigurationError, match=r"day:YYYY-MM-DD\[@SPEED\] with a speed of 1 to 60"):
        find_scenario(words, load_settings(environ_of(tmp_path), env_file=tmp_path / "none"))
