"""The console is a thin client: no part of it may pull the server's libraries into a seat's process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import console

ROOT = Path(console.__file__).resolve().parents[1]
FORBIDDEN = ("sqlalchemy", "aiosqlite", "psycopg", "twilio", "starlette", "uvicorn", "apscheduler", "alembic")
DISPATCH_ALLOWED = {
    "dispatch", "dispatch.wire", "dispatch.wire.rows", "dispatch.wire.messages", "dispatch.wire.figures",
    "dispatch.wire.reach",
    "dispatch.errors", "dispatch.grammar",
}
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "console").rglob("*.py") if path.stem != "__init__"
)
PROBE = """
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
print(chr(10).join(sys.modules))
"""


def test_the_console_imports_nothing_of_the_server() -> None:
    assert "console.app" in MODULES
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(modules=MODULES)], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "console.app" in loaded
    assert [name for name in FORBIDDEN if name in loaded] == []
    of_dispatch = {name for name in loaded if name.partition(".")[0] == "dispatch"}
    assert {name for name in of_dispatch if not name.startswith("dispatch.grammar.")} <= DISPATCH_ALLOWED
