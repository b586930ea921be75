"""The house rules about imports, checked twice: by reading the code and by running it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIST_MODULES = "import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"


def loaded_by(statement: str) -> set[str]:
    """The modules a fresh interpreter has after a statement."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES.format(statement=statement)], cwd=ROOT, capture_output=True, text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_console_knows_no_database_and_no_server() -> None:
    modules = loaded_by("import console.app")
    assert not packages(modules) & {"sqlalchemy", "sqlite3", "psycopg", "aiosqlite", "twilio", "starlette", "uvicorn"}
    assert not {name for name in modules if name.startswith(("dispatch.services", "dispatch.storage", "dispatch.web"))}


def test_domain_needs_nothing_but_the_standard_library() -> None:
    names = ", ".join(f"dispatch.domain.{path.stem}" for path in (ROOT / "dispatch/domain").glob("[a-z]*.py"))
    third_party = packages(loaded_by(f"import {names}")) - set(sys.stdlib_module_names) - {"dispatch", "__main__"}
    assert {name for name in third_party if not name.startswith("_")} <= {"sitecustomize", "usercustomize"}


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import dispatch.cli", {"sqlalchemy", "textual", "httpx", "uvicorn", "starlette", "alembic", "twilio"}),
        ("import dispatch.app", {"alembic", "textual", "psycopg", "sklearn"}),
        ("import dispatch.triage.load", {"textual", "starlette", "twilio", "psycopg"}),
    ],
)
def test_start_up_loads_nothing_it_does_not_need(statement: str, absent: set[str]) -> None:
    assert not packages(loaded_by(statement)) & absent


def test_server_runs_without_a_terminal_library() -> None:
    assert "console" not in packages(loaded_by("import dispatch.app"))


@pytest.mark.parametrize("name", ["evaluate", "screenshot", "train"])
def test_a_script_without_an_ending_still_finds_what_it_imports(name: str) -> None:
    """Neither the type checker nor the import contracts look into them."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / name, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
