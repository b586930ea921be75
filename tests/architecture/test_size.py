"""Ratchets: the limits of the house, and a short list of what is over them today. The list only gets shorter."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAX_FILE, MAX_FUNCTION, MAX_MEDIAN = 400, 70, 10
LONG_FILES: dict[str, int] = {}
"""File -> lines it may have at most. Splitting one means taking its line out."""
LONG_FUNCTIONS: dict[str, int] = {}
"""'file:function' -> lines it may have at most."""
BROAD_EXCEPTS = 20
"""``except Exception`` each with a reason beside it; fewer is better, more is a discussion."""


def sources() -> Iterator[tuple[str, str]]:
    for folder in ("dispatch", "console"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def functions() -> Iterator[tuple[str, int]]:
    """Every function with its number of lines, doc string not counted."""
    for name, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                said = first if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else None
                doc = (said.end_lineno or 0) - said.lineno + 1 if said else 0
                yield f"{name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1 - doc


def test_files_are_short() -> None:
    lines = {name: len(text.splitlines()) for name, text in sources()}
    assert {name: n for name, n in lines.items() if n > LONG_FILES.get(name, MAX_FILE)} == {}
    assert {name for name in LONG_FILES if lines.get(name, 0) <= MAX_FILE} == set(), "short again: take it off the list"


def test_functions_are_short() -> None:
    lines = dict(functions())
    assert {name: n for name, n in lines.items() if n > LONG_FUNCTIONS.get(name, MAX_FUNCTION)} == {}
    assert {name for name in LONG_FUNCTIONS if lines.get(name, 0) <= MAX_FUNCTION} == set()
    assert statistics.median(lines.values()) <= MAX_MEDIAN


def test_modules_say_what_they_own() -> None:
    silent = [name for name, text in sources() if text.strip() and not ast.get_docstring(ast.parse(text))]
    assert silent == []


def test_broad_excepts_are_few_and_explained() -> None:
    broad = [
        (name, number, line)
        for name, text in sources()
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip().startswith(("except Exception", "except BaseException", "except:"))
    ]
    assert [place for place in broad if "#" not in place[2]] == []
    assert len(broad) <= BROAD_EXCEPTS


def test_nothing_is_left_undone() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", "XX" + "X")
    found = [f"{name}: {word}" for name, text in sources() for word in words if word in text]
    assert found == []
