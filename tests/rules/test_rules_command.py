"""``kentongan rules``: exit codes and the lines people read."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import msgspec
import pytest

from dispatch.errors import ConfigurationError
from tests.rules.small_rules import SMALL, changed, line_with


def run(*words: str) -> int:
    """The exit code as the command line gives it: a ConfigurationError is 2 there."""
    from dispatch.cli import rules

    parser = argparse.ArgumentParser()
    rules.add(parser.add_subparsers())
    args = parser.parse_args(["rules", *words])
    try:
        return int(args.run(args))
    except ConfigurationError:
        return 2


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound file, away from the settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for key in ("KENTONGAN_RULES", "KENTONGAN_LANG_DEFAULT", "KENTONGAN_GAZETTEER"):
        monkeypatch.delenv(key, raising=False)
    path = tmp_path / "r.yaml"
    path.write_text(SMALL)
    return path


def test_check_of_a_sound_file_is_0(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", str(file)) == 0
    assert capsys.readouterr().out == f"{file}: benar. 5 rute, 2 instansi, 4 jenis, 1 contoh\n"


def test_check_of_a_faulty_file_is_1_with_one_line_a_problem(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = changed(("to: [works]", "to: [work]"), ("limit: 80s", "limit: 80"))
    file.write_text(text)
    assert run("check", str(file), "--lang", "en") == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{file}:{line_with(text, '[work]')}: routes[jalan].to[0]: unknown agency 'work' (did you mean 'works'?)",
        f"{file}:{line_with(text, 'limit: 80}')}: sla.turnout[0].limit: expected a limit such as 80s, 15m, 8h, 3d "
        "(d = a day of its calendar) or none, got '80'",
        "2 faults",
    ]


def test_check_and_test_of_a_missing_file_are_2(file: Path) -> None:
    for action in ("check", "test"):
        assert run(action, str(file.with_name("none.yaml"))) == 2


def test_test_is_0_when_all_hold_1_when_one_fails_2_when_the_file_is_faulty(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("test", str(file), "-v") == 0
    assert capsys.readouterr().out == "OK    rumah\n1 dari 1 contoh benar\n"
    failing = changed(("expect: {rule: api,", "expect: {rule: jalan,"))
    file.write_text(failing)
    assert run("test", str(file)) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"GAGAL {file}:{line_with(failing, 'rumah, type')}: rumah: rule: expected jalan, got api",
        "0 dari 1 contoh benar",
    ]
    file.write_text(changed(("to: [works]", "to: [work]")))
    assert run("test", str(file)) == 2


def test_the_file_of_the_settings_is_the_default(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_RULES", str(file.with_name("missing.yaml")))
    assert run("check") == 2
    monkeypatch.setenv("KENTONGAN_RULES", str(file))
    assert run("check") == 0


def test_explain_shows_decision_and_words(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "kebakaran rumah\x1b[2J"
    assert (
        run("explain", words, "--at", "2026-01-12T22:30", "--channel", "sms", "--rules", str(file), "--lang", "en") == 0
    )
    out = capsys.readouterr().out
    assert "Agencies Fire" in out
    assert "answered by 22:3" in out
    assert "type = fire" in out
    assert "\x1b" not in out


def test_explain_refuses_a_time_that_is_none(file: Path) -> None:
    assert run("explain", "kebakaran", "--at", "tomorrow", "--rules", str(file)) == 2


def test_the_schema_is_the_model_that_checks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schema") == 0
    schema = json.loads(capsys.readouterr().out)
    defs = schema["$defs"]
    assert set(defs["RulesFile"]["required"]) == {
        "version",
        "centre",
        "agencies",
        "types",
        "routes",
        "root",
        "sla",
        "escalation",
        "dispositions",
    }
    assert defs["RouteEntry"]["additionalProperties"] is False
    from dispatch.rules.schema import WhenEntry

    assert set(defs["WhenEntry"]["properties"]) == {f.encode_name for f in msgspec.structs.fields(WhenEntry)}
    assert "\\Z" not in json.dumps(schema)


def test_the_schema_accepts_the_shipped_file_and_refuses_a_broken_one() -> None:
    """Editors check with this schema: it must agree with the loader."""
    import jsonschema_rs

    from dispatch.rules.document import read_document
    from dispatch.rules.schema import json_schema

    shipped = Path(__file__).parents[2] / "routing_rules.yaml"
    root, _ = read_document(shipped.read_bytes(), "f")
    assert root is not None
    data = root.plain()
    validator = jsonschema_rs.Draft202012Validator(json_schema())
    assert [error.message for error in validator.iter_errors(data)] == []
    data["types"]["fire"]["shrot"] = 1  # type: ignore[index, call-overload]
    assert len(list(validator.iter_errors(data))) == 1
