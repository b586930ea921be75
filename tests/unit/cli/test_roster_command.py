"""``kentongan roster``: show, set, swap, import, cancel; what a hole looks like to doctor and to scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch.cli import main

SOON = datetime.now(UTC) + timedelta(days=2)


def at(hours: float) -> str:
    return (SOON + timedelta(hours=hours)).isoformat(timespec="minutes")


@pytest.fixture
def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KENTONGAN_DATA_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["roster", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_change_is_shown_and_can_be_taken_back(centre: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "show")[0] == 0
    assert run(capsys, "set", "health", "agus", "--from", at(0), "--to", at(5), "--reason", "tukar jaga")[0] == 0
    code, said, _ = run(capsys, "show", "health")
    assert code == 0
    assert "* -> agus tukar jaga" in said
    number = said.split("#")[1].split()[0]
    assert run(capsys, "cancel", number)[0] == 0
    assert "tukar jaga" not in run(capsys, "show")[1]
    assert run(capsys, "cancel", number)[0] == 1


def test_a_hole_is_exit_one_and_a_finding_of_doctor(centre: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "set", "health", "-", "--from", at(0), "--to", at(5))[0] == 0
    code, said, _ = run(capsys, "show")
    assert code == 1
    assert "!! JADWAL JAGA PSC 119 KOSONG" in said
    assert main(["doctor"]) == 1
    assert "!! rosters" in capsys.readouterr().out


def test_swap_and_people_nobody_knows(centre: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "swap", "health", "agus", "siti", "--from", at(0), "--to", at(24))[0] == 0
    said = run(capsys, "show")[1]
    assert "agus -> siti" in said
    assert "siti -> agus" in said
    for words in (("set", "health", "dodi"), ("set", "moon", "agus"), ("swap", "health", "agus", "dodi")):
        assert run(capsys, *words, "--from", at(0), "--to", at(1))[0] == 1
    assert run(capsys, "set", "health", "agus", "--from", "besok", "--to", at(1))[0] == 1


def test_a_file_is_stored_whole_or_not_at_all(centre: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = centre / "jaga.csv"
    good = f"health,{at(0)},{at(3)},,agus,libur\nhealth,{at(3)},{at(6)},siti,wati,\n"
    file.write_text("agency,from,to,outgoing,incoming,reason\n" + good + f"health,{at(6)},{at(1)},,agus,\nx,1,2,,,\n")
    code, _, faults = run(capsys, "import", str(file))
    assert code == 1
    assert f"{file}:4: " in faults
    assert f"{file}:5: " in faults
    assert "agus" not in run(capsys, "show")[1].replace("Agus", "")
    file.write_text("\ufeffagency,from,to,outgoing,incoming,reason\n" + good)
    assert run(capsys, "import", str(file))[:2] == (0, "2 changes stored\n")
    assert run(capsys, "show")[1].count("#") == 2
    for broken in ("", "a,b\n1,2\n", "agency,from,to\n"):
        file.write_text(broken)
        assert run(capsys, "import", str(file))[0] == 1
    assert run(capsys, "import", str(centre / "none.csv"))[0] == 1
