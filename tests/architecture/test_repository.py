"""What the repository promises: no traces of a machine, both languages whole, commands in papers that exist."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dispatch import __version__
from dispatch.cli import build_parser

ROOT = Path(__file__).parents[2]
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".sh", ".csv", ".json", ".svg", ".html", ""}
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|work|Users|opt/[a-z]+pi)/|\.(?:internal|corp)\b|index-url|find-links")
ALLOWED = {"scripts/lock", "tests/architecture/test_repository.py"}
"""These name package index options in order to keep them out."""


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    names = [Path(name) for name in done.stdout.decode().split("\0") if name]
    return [name for name in names if (ROOT / name).is_file()]


def test_no_trace_of_a_machine() -> None:
    found = []
    for name in tracked():
        if name.suffix not in TEXT or name.as_posix() in ALLOWED:
            continue
        for number, line in enumerate((ROOT / name).read_text("utf-8", "replace").splitlines(), 1):
            if MACHINE.search(line):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert found == []


def flat(node: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in node.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: str(value)}
    return found


def catalogues() -> list[Path]:
    return sorted(path.parent for path in ROOT.glob("*/**/locale/id.toml") if ".venv" not in path.parts)


@pytest.mark.parametrize("folder", catalogues(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_both_languages_say_the_same_things(folder: Path) -> None:
    """Every key in both, with the same parameters: a sentence must not fail when somebody switches language."""
    id_, en = (flat(tomllib.loads((folder / f"{lang}.toml").read_text("utf-8"))) for lang in ("id", "en"))
    assert id_.keys() ^ en.keys() == set()
    for key, sentence in id_.items():
        assert set(re.findall(r"{(\w+)", sentence)) == set(re.findall(r"{(\w+)", en[key])), key


def test_there_is_a_catalogue_to_check() -> None:
    assert len(catalogues()) >= 2


def test_commands_in_the_papers_exist() -> None:
    """Every ``kentongan X`` of a code block or a span of code is a command the parser takes."""
    known = set(build_parser()._subparsers._group_actions[0].choices)  # type: ignore[union-attr]
    papers = [path for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if path.is_file()]
    wrong = []
    for path in papers:
        for code in re.findall(r"```.*?```|`[^`\n]+`", path.read_text("utf-8"), re.DOTALL):
            for command in re.findall(r"(?:^|[\s`$])(?:kentongan|scripts/run) +([a-z][a-z-]*)", code):
                if command not in known:
                    wrong.append(f"{path.name}: kentongan {command}")
    assert wrong == []


def test_scripts_named_in_the_papers_exist() -> None:
    papers = [path for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if path.is_file()]
    named = {name for path in papers for name in re.findall(r"\bscripts/[a-z_]+(?:\.[a-z]+)?", path.read_text("utf-8"))}
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_links_between_the_papers_lead_somewhere() -> None:
    broken = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for link in re.findall(r"\]\(([^)#\s]+)", path.read_text("utf-8")):
            if "://" not in link and not (path.parent / link).exists():
                broken.append(f"{path.relative_to(ROOT)}: {link}")
    assert broken == []


def test_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__


def test_every_dependency_earns_its_place_in_words() -> None:
    """One line of reason for each direct dependency."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["test"]
    names = {re.split(r"[\[<>=;! ]", line)[0] for line in wanted}
    paper = (ROOT / "docs/dependencies.md").read_text("utf-8")
    assert {name for name in names if f"`{name}`" not in paper} == set()


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-test.txt"])
def test_lock_files_pin_and_hash_everything_the_project_asks_for(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    entries = re.findall(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==(\S+)(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert [name for name, _, rest in entries if "--hash=sha256:" not in rest] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = list(project["project"]["dependencies"])
    if lock == "requirements-test.txt":
        wanted += project["dependency-groups"]["test"]
    locked = {re.sub(r"[-_.]+", "-", name).lower() for name, _, _ in entries}
    names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;! ]", line)[0]).lower() for line in wanted}
    assert names - locked == set()
    assert "://" not in re.sub(r"#.*", "", text)


def test_test_lock_extends_the_run_lock() -> None:
    """Both are installed into one environment: the same versions, or they would fight."""
    pins = [dict(re.findall(r"^(\S+)==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
            for name in ("requirements.txt", "requirements-test.txt")]
    assert {name: version for name, version in pins[0].items() if pins[1].get(name) != version} == {}
