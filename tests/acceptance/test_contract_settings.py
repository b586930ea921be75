"""Settings as the shell meets them: every fault in one go, nothing secret shown, the same from every folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.server import Server

SECRET = "rahasia-112-sekali"
BAD = {
    "LISTEN": "127.0.0.1:99999", "PUBLIC_URL": "notaurl", "TZ": "Mars/Olympus", "LANG_DEFAULT": "xx",
    "DATABASE_URL": f"mysql://rina:{SECRET}@db/x", "TWILIO_API_BASE": "ftp://x", "TWILIO_VOICE_NUMBER": "abc",
    "TWILIO_WHATSAPP_FROM": "x", "MODE": "foo", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "",
    "TWILIO_AUTH_TOKEN_NEXT": SECRET,
}
FAULTY = {*BAD} - {"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN_NEXT"}


@pytest.mark.parametrize("command", [["serve"], ["users", "list"], ["up"]], ids=" ".join)
def test_every_bad_setting_is_one_line_and_nothing_secret_is_shown(tmp_path: Path, command: list[str]) -> None:
    said = Server(tmp_path, **BAD, FOO="1").command(*command)
    assert said.returncode == 2
    lines = said.stderr.splitlines()
    assert {line.split("KENTONGAN_")[1].split(":")[0] for line in lines} == {*FAULTY, "FOO"}
    assert len(lines) == len(FAULTY) + 1
    assert SECRET not in said.stdout + said.stderr


@pytest.mark.parametrize(("given", "asked"), [
    ({"LISTEN": "127.0.0.1:1"}, "http://127.0.0.1:1 "), ({"LISTEN": "x", "SERVER": "http://127.0.0.1:2"}, ":2 "),
    ({"LISTEN": "x"}, "KENTONGAN_LISTEN: 'x'"),
])
def test_a_console_finds_the_server_of_its_machine(tmp_path: Path, given: dict[str, str], asked: str) -> None:
    (tmp_path / "password").write_text("rahasia-112")
    said = Server(tmp_path, **given).command(
        "console", "--line", "--user", "rina", "--password-file", str(tmp_path / "password")
    )
    assert said.returncode == 2
    assert asked in said.stderr


def test_unix_without_a_path_is_refused_and_opens_no_port(tmp_path: Path) -> None:
    said = Server(tmp_path, LISTEN="unix:").command("serve")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "KENTONGAN_LISTEN" in said.stderr


@pytest.mark.parametrize("url", ["sqlite:///{folder}", "sqlite:///{folder}/garbage", "sqlite:////proc/none/x.sqlite3",
                                 "postgresql://rina:" + SECRET + "@127.0.0.1:1/x"])
def test_a_database_that_cannot_be_used_is_one_clear_line(tmp_path: Path, url: str) -> None:
    (tmp_path / "garbage").write_text("no database at all, " * 50)
    said = Server(tmp_path, database_url=url.format(folder=tmp_path)).command("serve")
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    last = said.stderr.splitlines()[-1]
    assert "could not start" in last
    assert SECRET not in said.stderr


@pytest.mark.parametrize("url", [
    "postgresql://rina:{secret}%zz@127.0.0.1:1/x", "postgresql://rina:{secret}/x@127.0.0.1:1/x",
    "postgresql://rina:{secret}@[::1/x", "postgresql://rina@127.0.0.1:1/x?password={secret}&bogus=1",
    "sqlite://{secret}", "{secret}",
])
def test_a_database_url_that_cannot_be_read_is_never_repeated(tmp_path: Path, url: str) -> None:
    said = Server(tmp_path, DATABASE_URL=url.format(secret=SECRET)).command("db", "check")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "KENTONGAN_DATABASE_URL" in said.stderr
    assert SECRET not in said.stdout + said.stderr


def test_rules_and_data_are_found_from_every_folder(tmp_path: Path) -> None:
    server = Server(tmp_path)
    said = server.command("rules", "check", cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    said = server.command("doctor", cwd=tmp_path)
    assert "OK rules" in said.stdout
    assert "sample data" in said.stdout


def test_a_centre_folder_of_its_own_comes_before_the_project(tmp_path: Path) -> None:
    (tmp_path / "routing_rules.yaml").write_text("centre: 1\n")
    said = Server(tmp_path).command("rules", "check", cwd=tmp_path)
    assert said.returncode == 1


def test_settings_come_from_a_file_and_its_secrets_stay_there(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f'# ours\nexport KENTONGAN_TZ="Asia/Tegal"\nKENTONGAN_TWILIO_AUTH_TOKEN_NEXT={SECRET}\n'
    )
    said = Server(tmp_path).command("users", "list", cwd=tmp_path)
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "KENTONGAN_TZ: 'Asia/Tegal'" in said.stderr
    (tmp_path / ".env").write_bytes(f"KENTONGAN_TWILIO_AUTH_TOKEN_NEXT={SECRET}".encode() + b"\xff\n")
    damaged = Server(tmp_path).command("users", "list", cwd=tmp_path)
    assert (damaged.returncode, damaged.stderr.count("\n")) == (2, 1)
    assert SECRET not in said.stderr + damaged.stderr
