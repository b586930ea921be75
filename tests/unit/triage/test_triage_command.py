"""``kentongan triage --jsonl``: the fields of the contract, bad lines, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.cli import main

FIELDS = {"id", "type", "also_types", "subtype", "severity", "life_threat", "confidence", "agencies", "place", "why"}
PLACE_FIELDS = {"code", "desa", "kecamatan", "landmark", "ambiguous", "candidates"}


def run(tmp_path: Path, lines: list[str]) -> tuple[int, list[dict]]:
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code = main(["triage", "--jsonl", str(source), "--out", str(sink)])
    return code, [json.loads(line) for line in sink.read_text(encoding="utf-8").splitlines()]


def test_each_line_is_answered_with_the_fields_of_the_contract(tmp_path: Path) -> None:
    code, rows = run(tmp_path, ['{"id": "a", "text": "bapak saya tidak napas ds kalisapu", "channel": "whatsapp"}'])
    assert code == 0
    assert rows[0].keys() >= FIELDS
    assert rows[0]["place"].keys() >= PLACE_FIELDS
    assert (rows[0]["id"], rows[0]["type"], rows[0]["severity"]) == ("a", "medical", "critical")
    assert "health" in rows[0]["agencies"]
    assert rows[0]["place"]["desa"] == "Kalisapu"


def test_a_bad_line_is_named_and_the_others_are_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, rows = run(
        tmp_path,
        ["not json", "", '{"id": 2}', '{"id": 3, "text": "x", "channel": "pigeon"}', '{"id": 4, "text": "banjir"}'],
    )
    assert code == 1
    assert [row["id"] for row in rows] == [4]
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in said] == ["line 1", "line 3", "line 4"]


def test_a_missing_file_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["triage", "--jsonl", "does-not-exist.jsonl"]) == 2
    assert "does-not-exist.jsonl" in capsys.readouterr().err
