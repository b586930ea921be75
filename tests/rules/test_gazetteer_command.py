"""``kentongan rules gazetteer``: all or nothing, kept in the data folder, used by the next command."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from dispatch.errors import ConfigurationError
from dispatch.settings import GAZETTEER_FILE, load_settings

ROOT = Path(__file__).parents[2]
HEAD = "name,kind,wilayah_code,lat,lon\n"


def run(*words: str) -> int:
    from dispatch.cli import rules

    parser = argparse.ArgumentParser()
    rules.add(parser.add_subparsers())
    args = parser.parse_args(["rules", "gazetteer", *words])
    try:
        return int(args.run(args))
    except ConfigurationError:
        return 2


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KENTONGAN_GAZETTEER", raising=False)
    monkeypatch.setenv("KENTONGAN_RULES", str(ROOT / "routing_rules.yaml"))
    monkeypatch.setenv("KENTONGAN_DATA_DIR", str(tmp_path / "run"))
    return tmp_path


def test_import_show_use_and_clear(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "places.csv"
    file.write_text(HEAD + "Klinik Contoh,clinic,33.28.10,-6.98,109.14\n", encoding="utf-8")
    assert run("import", str(file)) == 0
    kept = folder / "run" / GAZETTEER_FILE
    assert load_settings().gazetteer == kept
    assert run("show") == 0
    assert "1 places" in capsys.readouterr().out
    assert run("clear") == 0
    assert not kept.exists()
    assert load_settings().gazetteer is None


def test_one_faulty_file_keeps_all_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = folder / "good.csv", folder / "bad.csv"
    good.write_text(HEAD + "Klinik Contoh,clinic,33.28.10,-6.98,109.14\n", encoding="utf-8")
    bad.write_text(HEAD + "Klinik Salah,clinic,33.28.10,98,109.14\n", encoding="utf-8")
    assert run("import", str(good), str(bad)) == 1
    assert "bad.csv:2" in capsys.readouterr().out
    assert not (folder / "run" / GAZETTEER_FILE).exists()
    assert run("import", "--check", str(good)) == 0
    assert not (folder / "run" / GAZETTEER_FILE).exists()


def test_a_missing_file_is_2(folder: Path) -> None:
    assert run("import", str(folder / "none.csv")) == 2
