"""``kentongan users phone``: where somebody answers calls, at once also for the seats they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.cli import main
from dispatch.domain.phone import address_of


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_DATA_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("KENTONGAN_LISTEN", f"unix:{tmp_path / 'no.socket'}")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(list(words))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_a_phone_a_sip_address_or_none(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.cli.users._ask_password", lambda args: "kata sandi panjang")
    assert run(capsys, "users", "add", "rina", "--role", "dispatcher")[0] == 0
    for given, shown in (("0811-900-0001", "+628119000001"), ("sip:rina@10.0.0.5:5060", "sip:rina@10.0.0.5:5060")):
        code, said = run(capsys, "users", "phone", "rina", given)
        assert (code, shown in said) == (0, True)
        assert shown in run(capsys, "users", "list")[1]
    assert run(capsys, "users", "phone", "rina", "none")[0] == 0
    assert "sip:" not in run(capsys, "users", "list")[1]
    code, said = run(capsys, "users", "phone", "rina", "rina at home")
    assert (code != 0, "SIP" in said) == (True, True)
    assert run(capsys, "users", "phone", "nobody", "none")[0] != 0


@pytest.mark.parametrize(("given", "meant"), [
    ("+62 811-900-0001", "+628119000001"), ("sip:budi@pbx.tegal.go.id", "sip:budi@pbx.tegal.go.id"),
    ("sip:budi@pbx;transport=tls", "sip:budi@pbx;transport=tls"), ("sip:@pbx", ""), ("sip:a b@c", ""),
    ("sip:a@b?x=1\r\nTo: c", ""), ("112", ""),
])
def test_what_is_an_address(given: str, meant: str) -> None:
    assert address_of(given) == meant
