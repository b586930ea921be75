"""The administration commands as a shell sees them: what they print, what they return, what they refuse."""

from __future__ import annotations

import asyncio
import csv
import getpass
import io
import json
import os
import pwd
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dispatch.cli import main
from dispatch.services.handover import release_seat, tick_items
from dispatch.services.knowledge import Knowledge
from dispatch.storage import backup
from dispatch.storage.database import Database
from dispatch.storage.inspection import inspect
from tests.support.centre import WordTriage, small_rules
from tests.support.node import CENTRE, emits, node_on
from tests.support.postgres import find_binaries

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of our own, and an address where nobody answers."""
    monkeypatch.setenv("KENTONGAN_DATA_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("KENTONGAN_LISTEN", f"unix:{tmp_path / 'no.socket'}")


@pytest.fixture
def kentongan(capsys: pytest.CaptureFixture[str]) -> Said:
    """Run one command; returns exit code, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Database], None]:
    def choose(database: Database) -> None:
        url = f"sqlite:///{database.dsn}" if database.dialect == "sqlite" else database.dsn
        monkeypatch.setenv("KENTONGAN_DATABASE_URL", url)

    return choose


def write_lines(database: Database, *kinds: str) -> None:
    async def write() -> None:
        async with node_on(database) as node:
            for kind in kinds:
                await node.run(emits(kind, words="=SUM(1) \x1b[31m"))

    asyncio.run(write())


def kinds_in(database: Database) -> list[str]:
    with inspect(database) as found:
        return [line["kind"] for line in found.lines(CENTRE)]


def tamper(path: Path | str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP TRIGGER event_no_update; UPDATE event SET actor = 'nobody' WHERE seq = 2;"
        )


# usage


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["db"], ["db", "restore"], ["replay"], ["log", "export", "--format", "x"]]
)
def test_wrong_usage_is_code_2(kentongan: Said, arguments: list[str]) -> None:
    code, _, said = kentongan(*arguments)
    assert code == 2
    assert "usage: kentongan" in said


def test_every_configuration_problem_is_one_line_and_code_2(
    kentongan: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KENTONGAN_TZ", "Asia/Tegal")
    monkeypatch.setenv("KENTONGAN_DATABSE_URL", "x")
    code, _, said = kentongan("db", "check")
    assert code == 2
    assert said.splitlines() == [
        "kentongan: KENTONGAN_TZ: 'Asia/Tegal' is not a known time zone, e.g. Asia/Jakarta",
        "kentongan: KENTONGAN_DATABSE_URL: unknown setting (did you mean 'KENTONGAN_DATABASE_URL'?)",
    ]


def test_password_of_the_database_is_never_printed(kentongan: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_DATABASE_URL", "postgresql://rina:rahasia123@127.0.0.1:1/none?connect_timeout=1")
    for command in (["db", "check"], ["log", "verify"], ["doctor"], ["db", "backup", "x.dump"]):
        code, out, said = kentongan(*command)
        assert code != 0
        assert "rahasia123" not in out + said


# db


def test_upgrade_makes_a_database_and_says_so(kentongan: Said, tmp_path: Path) -> None:
    assert "was empty" in kentongan("db", "upgrade")[1]
    assert "nothing to do" in kentongan("db", "upgrade")[1]
    assert (tmp_path / "run/kentongan.sqlite3").is_file()


def test_check_of_a_sound_database(kentongan: Said, database: Database, use: Callable[[Database], None]) -> None:
    use(database)
    write_lines(database, "a", "b")
    code, out, _ = kentongan("db", "check")
    assert code == 0
    assert f"log of {CENTRE}: 2 lines, whole" in out


def test_check_of_an_old_or_missing_schema_says_what_to_do(
    kentongan: Said, empty_database: Database, use: Callable[[Database], None]
) -> None:
    use(empty_database)
    code, out, _ = kentongan("db", "check")
    assert code == 1
    assert "kentongan db upgrade" in out


def test_check_names_what_is_wrong(kentongan: Said, sqlite_database: Database, use: Callable[[Database], None]) -> None:
    use(sqlite_database)
    write_lines(sqlite_database, "a", "b", "c")
    tamper(sqlite_database.dsn)
    code, out, _ = kentongan("db", "check")
    assert code == 1
    assert "line 2: content does not match its hash" in out
    assert "guard event_no_update" in out


def test_check_finds_damaged_pages(kentongan: Said, sqlite_database: Database, use: Callable[[Database], None]) -> None:
    use(sqlite_database)
    path = Path(sqlite_database.dsn)
    content = bytearray(path.read_bytes())
    content[8192:40960] = b"\xff" * 32768
    path.write_bytes(content)
    code, out, said = kentongan("db", "check")
    assert code != 0
    assert out + said


def test_backup_and_restore_bring_the_data_back(
    kentongan: Said, database: Database, use: Callable[[Database], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if database.dialect == "postgresql":  # the tools that came with the server: they must not be older than it
        monkeypatch.setenv("PATH", str(find_binaries()), prepend=os.pathsep)
    use(database)
    write_lines(database, "a", "b")
    copy = tmp_path / "copy"
    assert kentongan("db", "backup", copy)[0] == 0
    assert copy.stat().st_mode & 0o077 == 0, "others must not read it"
    write_lines(database, "later")
    code, _, said = kentongan("db", "restore", copy)
    assert code == 2
    assert "--force" in said
    assert kinds_in(database) == ["a", "b", "later"], "nothing was touched"
    assert kentongan("db", "restore", copy, "--force")[0] == 0
    assert kinds_in(database) == ["a", "b"]
    assert kentongan("db", "check")[0] == 0


def test_restore_keeps_what_was_there(
    kentongan: Said, sqlite_database: Database, use: Callable[[Database], None], tmp_path: Path
) -> None:
    use(sqlite_database)
    write_lines(sqlite_database, "old")
    kentongan("db", "backup", tmp_path / "copy")
    write_lines(sqlite_database, "new")
    _, out, _ = kentongan("db", "restore", tmp_path / "copy", "--force")
    kept = Path(out.rpartition("kept in ")[2].strip())
    assert kinds_in(Database("sqlite", str(kept))) == ["old", "new"]


def test_backup_runs_beside_an_open_write(
    kentongan: Said, sqlite_database: Database, use: Callable[[Database], None], tmp_path: Path
) -> None:
    use(sqlite_database)
    write_lines(sqlite_database, "a")
    with closing(sqlite_database.connect_writer()) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE head SET next_id = 99")
        assert kentongan("db", "backup", tmp_path / "copy")[0] == 0
        writer.execute("ROLLBACK")
    assert kinds_in(Database("sqlite", str(tmp_path / "copy"))) == ["a"]


def test_backup_ends_although_every_step_meets_a_new_commit(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite starts a copy over when the source changes under it; a busy night must not keep it from ending."""
    monkeypatch.setattr(backup, "PAGES_A_STEP", 10)
    write_lines(sqlite_database, "a" * 400_000)
    steps: list[int] = []
    with closing(sqlite_database.connect_writer()) as writer:

        def commit_one_more(remaining: int, total: int) -> None:
            steps.append(remaining)
            assert len(steps) <= total, "the copy does not get on"
            writer.execute("UPDATE head SET next_number = next_number + 1")

        backup.write_backup(sqlite_database, tmp_path / "copy", commit_one_more)
    assert len(steps) > 5
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT next_number FROM head").fetchone()[0] == 1001, "the state of its beginning"


def test_backup_overwrites_nothing(
    kentongan: Said, sqlite_database: Database, use: Callable[[Database], None], tmp_path: Path
) -> None:
    use(sqlite_database)
    (tmp_path / "copy").write_text("precious")
    code, _, said = kentongan("db", "backup", tmp_path / "copy")
    assert code == 2
    assert "exists already" in said
    assert (tmp_path / "copy").read_text() == "precious"


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\0" * 200])
def test_restore_refuses_what_is_no_backup(
    kentongan: Said, sqlite_database: Database, use: Callable[[Database], None], tmp_path: Path, content: bytes
) -> None:
    use(sqlite_database)
    write_lines(sqlite_database, "a")
    (tmp_path / "copy").write_bytes(content)
    code, _, said = kentongan("db", "restore", tmp_path / "copy", "--force")
    assert code == 2
    assert said.startswith("kentongan: ")
    assert kinds_in(sqlite_database) == ["a"]


def test_restore_under_a_running_server_is_refused(
    kentongan: Said, sqlite_database: Database, use: Callable[[Database], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(sqlite_database)
    kentongan("db", "backup", tmp_path / "copy")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        monkeypatch.setenv("KENTONGAN_LISTEN", f"127.0.0.1:{server.getsockname()[1]}")
        code, _, said = kentongan("db", "restore", tmp_path / "copy", "--force")
    assert code == 1
    assert "stop it first" in said


def test_missing_postgresql_tools_are_named(
    kentongan: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KENTONGAN_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, said = kentongan("db", "backup", tmp_path / "copy")
    assert code == 1
    assert "postgresql-client" in said
    assert list(tmp_path.glob("copy*")) == []


# log


def test_verify_says_that_the_chain_is_whole(
    kentongan: Said, database: Database, use: Callable[[Database], None]
) -> None:
    use(database)
    write_lines(database, "a", "b", "c")
    assert kentongan("log", "verify") == (0, f"{CENTRE}: 3 lines, chain whole\n", "")


def test_the_last_signed_handovers_are_printed(
    kentongan: Said, database: Database, use: Callable[[Database], None]
) -> None:
    use(database)
    assert kentongan("log", "handover") == (1, "no handover was signed yet\n", "")

    async def sign() -> None:
        knowledge = Knowledge(small_rules(), WordTriage())
        async with node_on(database) as node:
            for who in ("rina", "adi"):
                await node.run(lambda tx, name=who: tick_items(tx, name, [4], knowledge, "jalan \x1b[31m tutup"))
                await node.run(lambda tx, name=who: release_seat(tx, name, "spv", "gempa bumi", knowledge))

    asyncio.run(sign())
    code, said, _ = kentongan("log", "handover")
    assert code == 0
    assert said.startswith("SERAH TERIMA SIF\n[ ] 1 ")
    assert "adi dilepas spv" in said
    assert "rina dilepas" not in said
    assert "\x1b" not in said
    assert kentongan("log", "handover", "--last", "5")[1].count("SERAH TERIMA SIF") == 2


def test_verify_names_the_first_broken_line(
    kentongan: Said, sqlite_database: Database, use: Callable[[Database], None]
) -> None:
    use(sqlite_database)
    write_lines(sqlite_database, "a", "b", "c")
    tamper(sqlite_database.dsn)
    code, out, _ = kentongan("log", "verify")
    assert code == 1
    assert out == f"{CENTRE}: broken at line 2: content does not match its hash (1 lines hold)\n"


def test_export_as_json_lines_can_be_verified_by_others(
    kentongan: Said, sqlite_database: Database, use: Callable[[Database], None]
) -> None:
    from dispatch.storage.event_log import verify

    use(sqlite_database)
    write_lines(sqlite_database, "a", "b")
    code, out, _ = kentongan("log", "export")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert verify(lines, CENTRE) == (2, None)
    assert "\x1b" not in out
    assert lines[0]["time"].startswith("2026-01-12T07:30:00.000+00:00")


def test_export_as_csv_cannot_run_in_a_spreadsheet(
    kentongan: Said, sqlite_database: Database, use: Callable[[Database], None], tmp_path: Path
) -> None:
    async def write() -> None:
        async with node_on(sqlite_database) as node:
            await node.run(lambda tx: tx.emit("a", "=cmd|'/c calc'"))

    use(sqlite_database)
    asyncio.run(write())
    assert kentongan("log", "export", "--format", "csv", "--out", tmp_path / "log.csv")[0] == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "log.csv").read_text("utf-8"))))
    assert rows[0]["actor"] == "'=cmd|'/c calc'"


def test_export_of_a_part(kentongan: Said, sqlite_database: Database, use: Callable[[Database], None]) -> None:
    use(sqlite_database)
    write_lines(sqlite_database, *"abcde")
    _, out, _ = kentongan("log", "export", "--from", 2, "--to", 4)
    assert [json.loads(line)["kind"] for line in out.splitlines()] == ["b", "c", "d"]


def test_whoever_exports_the_log_is_in_the_log(
    kentongan: Said, database: Database, use: Callable[[Database], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(database)
    monkeypatch.setenv("KENTONGAN_RULES", "/nowhere/rules.yaml")  # the log is handed out also when nothing else works
    write_lines(database, "a", "b")
    assert kentongan("log", "export", "--from", 2)[0] == 0
    assert kentongan("log", "export", "--centre", "nobody")[1] == ""
    _, out, _ = kentongan("log", "export")
    [*_, line] = [json.loads(line) for line in out.splitlines()]
    assert (line["seq"], line["kind"], line["actor"]) == (3, "audit.exported", f"cli:{getpass.getuser()}")
    assert json.loads(line["data"])["asked"] == "log jsonl from:2"
    assert kentongan("log", "verify")[1] == f"{CENTRE}: 4 lines, chain whole\n"


@contextmanager
def read_only(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A copy that may only be read, in a folder that may only be read; a role that may only SELECT."""
    if database.dialect == "postgresql":
        import psycopg

        with psycopg.connect(database.dsn, autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS investigator")
            connection.execute("CREATE ROLE investigator LOGIN")
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO investigator")
            parts = urlsplit(database.dsn)
            owner = parts.netloc.rpartition("@")[0]
            monkeypatch.setenv("KENTONGAN_DATABASE_URL", database.dsn.replace(f"{owner}@", "investigator@", 1))
            try:
                yield
            finally:
                connection.execute("DROP OWNED BY investigator")
                connection.execute("DROP ROLE investigator")
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(database.dsn, folder)).resolve()
        monkeypatch.setenv("KENTONGAN_DATABASE_URL", f"sqlite:///{copy}")
        monkeypatch.setenv("KENTONGAN_DATA_DIR", folder)
        copy.chmod(0o444)
        copy.parent.chmod(0o555)
        is_root = os.geteuid() == 0
        if is_root:  # root may write anything: look with somebody else's eyes
            os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            yield
        finally:
            if is_root:
                os.seteuid(0)
            copy.parent.chmod(0o755)


def test_the_log_is_handed_out_where_it_may_only_be_read(
    kentongan: Said, database: Database, use: Callable[[Database], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(database)
    write_lines(database, "a", "b")
    with read_only(database, monkeypatch):
        code, out, said = kentongan("log", "export")
        whole = kentongan("log", "verify")
    assert (code, [json.loads(line)["kind"] for line in out.splitlines()]) == (0, ["a", "b"])
    assert said.endswith(" may only be read: that it was exported is not in its log\n")
    assert whole == (0, f"{CENTRE}: 2 lines, chain whole\n", "")


# doctor


def test_doctor_finds_a_sound_machine(
    kentongan: Said, sqlite_database: Database, use: Callable[[Database], None]
) -> None:
    use(sqlite_database)
    code, out, _ = kentongan("doctor")
    assert "!!" not in out
    assert code == 0
    for part in ("python", "packages", "clock", "settings", "disk", "database", "rules", "address", "twilio"):
        assert f" {part} " in out


def test_doctor_names_rules_it_cannot_read_once_as_what_they_are(
    kentongan: Said, database: Database, use: Callable[[Database], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(database)
    monkeypatch.setenv("KENTONGAN_RULES", "/nowhere/rules.yaml")
    code, out, _ = kentongan("doctor")
    assert code == 1
    assert [line.split()[:2] for line in out.splitlines() if "/nowhere/rules.yaml" in line] == [
        ["!!", "rules"], ["!!", "rosters"],
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KENTONGAN_RULES", "none.yaml", "cannot be read"), ("KENTONGAN_TZ", "x", "not a known time zone"),
        ("KENTONGAN_DATABASE_URL", "postgresql://127.0.0.1:1/none", "does not answer"),
    ],
)
def test_doctor_says_what_is_wrong(
    kentongan: Said, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    code, out, _ = kentongan("doctor")
    assert code == 1
    assert any(line.startswith("!!") and said in line for line in out.splitlines())
    assert "OK python" in out, "the other checks go on"
