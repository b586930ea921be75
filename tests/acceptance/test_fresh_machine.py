"""The two scripts on a machine with nothing but Python, played with a stand-in for it: no network is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PYTHON = """\
#!/bin/sh
# Stands in for Python: notes how it was called, makes what is asked for, fails when told to.
echo "$*" >>"{notes}"
pwd >>"{notes}.folders"
case "$*" in
    *version_info*) exit {too_old} ;;
    "-m venv "*) for last; do :; done; mkdir -p "$last/bin" "$last/site"; cp "$0" "$last/bin/python" ;;
    "-m pip --version") exit 0 ;;
    "-m pip install"*) {install} ;;
    *purelib*) echo "{root}/.venv/site" ;;
    "-m dispatch.cli"*) echo "started with: $*" ;;
esac
"""


class Machine:
    """A checkout in a folder of its own, and a Python that only pretends."""

    def __init__(self, folder: Path) -> None:
        self.root, self.notes, self.python = folder / "my checkout", folder / "notes", folder / "python3"
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        for name in ("requirements.txt", "requirements-test.txt"):
            (self.root / name).write_text(f"# {name}\n")
        self.pretend()

    def pretend(self, *, too_old: bool = False, install: str = "exit 0") -> None:
        self.python.write_text(
            PYTHON.format(notes=self.notes, too_old=int(too_old), install=install, root=self.root)
        )
        self.python.chmod(0o755)
        inside = self.root / ".venv/bin/python"
        if inside.exists():
            shutil.copy(self.python, inside)

    def run(self, *arguments: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
        self.notes.write_text("")
        return subprocess.run(
            [self.root / "scripts/run", *arguments], cwd=cwd, capture_output=True, text=True, timeout=30,
            env={"PATH": os.environ["PATH"], "PYTHON": str(self.python)}, check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self.notes.read_text().splitlines()

    @property
    def folders(self) -> list[str]:
        """Where each call was made."""
        return Path(f"{self.notes}.folders").read_text().splitlines()

    @property
    def pip_calls(self) -> list[str]:
        return [call for call in self.calls if call.startswith("-m pip install")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_first_start_installs_with_hashes_and_starts_up(machine: Machine) -> None:
    done = machine.run()
    assert (done.returncode, done.stdout) == (0, "started with: -m dispatch.cli up\n")
    [call] = machine.pip_calls
    assert "--require-hashes" in call
    assert call.endswith("/requirements.txt")
    assert (machine.root / ".venv/site/kentongan.pth").read_text().strip() == str(machine.root)


def test_second_start_calls_no_pip_and_hands_arguments_on(machine: Machine) -> None:
    machine.run()
    done = machine.run("triage", "--jsonl", "a file with spaces")
    assert machine.calls == ["-m dispatch.cli triage --jsonl a file with spaces"]
    assert done.returncode == 0


def test_called_from_elsewhere_it_works_in_the_checkout_and_finds_the_callers_files(
    machine: Machine, tmp_path: Path
) -> None:
    machine.run()
    (tmp_path / "in.jsonl").write_text("{}")
    done = machine.run("replay", "in.jsonl", "none.jsonl", "--rate", "5", cwd=tmp_path)
    assert done.stdout == f"started with: -m dispatch.cli replay {tmp_path}/in.jsonl none.jsonl --rate 5\n"
    assert machine.folders[-1] == str(machine.root)


def test_changed_list_is_installed_again_into_the_same_environment(machine: Machine) -> None:
    machine.run()
    (machine.root / "requirements.txt").write_text("# a newer one\n")
    machine.run()
    assert len(machine.pip_calls) == 1
    assert not [call for call in machine.calls if call.startswith("-m venv")]


def test_moved_checkout_makes_its_environment_again(machine: Machine) -> None:
    """Starters and paths inside a .venv hold the folder's name."""
    machine.run()
    machine.root = machine.root.rename(machine.root.with_name("elsewhere"))
    machine.pretend()
    assert machine.run().returncode == 0
    assert len(machine.pip_calls) == 1
    assert (machine.root / ".venv/site/kentongan.pth").read_text().strip() == str(machine.root)


def test_interrupted_installation_is_done_again(machine: Machine) -> None:
    machine.pretend(install="kill -9 $$")
    assert machine.run().returncode != 0
    machine.pretend()
    assert machine.run().returncode == 0
    assert len(machine.pip_calls) == 1


def test_failed_download_is_explained(machine: Machine) -> None:
    machine.pretend(install="echo 'ERROR: Could not reach the index' >&2; exit 1")
    done = machine.run()
    assert done.returncode == 2
    assert "ERROR: Could not reach the index" in done.stderr
    assert "kentongan: could not install the dependencies" in done.stderr
    assert done.stdout == ""


def test_python_that_is_too_old_is_explained(machine: Machine) -> None:
    machine.pretend(too_old=True)
    done = machine.run()
    assert done.returncode == 2
    assert "kentongan: needs Python 3.11 or newer" in done.stderr
    assert not (machine.root / ".venv").exists()


def test_installed_command_starts_from_anywhere(machine: Machine) -> None:
    machine.run()
    done = subprocess.run(
        [machine.root / ".venv/bin/kentongan", "doctor"], cwd="/", capture_output=True, text=True, check=False
    )
    assert done.stdout == "started with: -m dispatch.cli doctor\n"


def test_ci_runs_exactly_the_test_script() -> None:
    lines = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines == ['exec "$(dirname -- "$0")/../scripts/test" "$@"']


@pytest.mark.parametrize("name", ["scripts/run", "scripts/test", "scripts/lock", ".ci/run"])
def test_scripts_can_be_started_and_are_plain_sh(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", path], check=True)
