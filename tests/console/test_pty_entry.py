"""The call entry form on a real terminal beside a real server: the keys as a terminal sends them, and kill -9."""

from __future__ import annotations

import json
from pathlib import Path

from tests.console.test_pty import Terminal, console_on
from tests.support.outside import Outside
from tests.support.server import Server, server_in

F2, F5, TAB, ESC = "\x1bOQ", "\x1b[15~", "\t", "\x1b"
CALLER = "+6281234567771"


def kill_when_kept(terminal: Terminal, server: Server, text: str) -> None:
    """kill -9 as soon as the text is on disk."""
    drafts = server.folder / "seat" / "drafts"
    terminal.until(lambda lines: any(text in path.read_text("utf-8") for path in drafts.glob("*.json")))
    terminal.child.kill()


def test_a_form_half_written_survives_kill_9_and_is_saved_once(tmp_path: Path) -> None:
    with server_in(tmp_path / "centre") as server, Outside(server.start()) as outside:
        with console_on(server) as terminal:
            terminal.until(lambda lines: "[LIVE]" in lines[0] and "Meja 1" in lines[0])
            outside.call("CA" + "1" * 32, CALLER)
            terminal.until(lambda lines: "F2 jawab" in lines[1])
            terminal.type(F2)
            terminal.until(lambda lines: f"TELP {CALLER}" in lines[2] and "TERHUBUNG" in lines[2])
            terminal.type("pasar trayeman slawi\r")
            terminal.until(lambda lines: "JENIS>" in lines[-2] and "tersimpan" in lines[2])
            terminal.type("\r")
            terminal.until(lambda lines: "KEJADIAN>" in lines[-2])
            terminal.type("rumah kebakar")
            kill_when_kept(terminal, server, "rumah kebakar")
        with console_on(server) as terminal:
            half = ["KEJADIAN>", "rumah", "kebakar"]
            shown = terminal.until(lambda lines: lines[-2].split() == half and "[LIVE]" in lines[0])
            assert any("pasar trayeman" in line for line in shown)
            terminal.type("an, ada asap\r")
            terminal.until(lambda lines: "KBK" in lines[2] and "tersimpan" in lines[2])
            terminal.type("\x1b[A2 luka tanpa senjata kabel putus" + TAB)
            terminal.until(lambda lines: any("korban 2, tanpa senjata" in line for line in lines))
            terminal.type(TAB)
            terminal.until(lambda lines: "KARTU>" in lines[-2] and any("y ya" in line for line in lines))
            terminal.type("y")
            terminal.until(lambda lines: any("[x]" in line for line in lines))
            terminal.type(F5)
            terminal.until(lambda lines: "PERINTAH> d " in lines[-2])
            terminal.type("\r")
            terminal.until(lambda lines: "KARTU>" in lines[-2])
            terminal.type(ESC)
            terminal.until(lambda lines: lines[2].startswith("--- MENUNGGU 0"))
        [(scene,)] = server.rows("SELECT scene FROM incident")
        assert json.loads(scene) | {"raised": []} == {
            "landmark": "", "casualties": 2, "trapped": None, "weapon": False, "hazard": "kabel putus", "raised": []}
        reports = server.rows("SELECT channel, text FROM report ORDER BY id")
        assert reports == [("call", ""), ("operator", "rumah kebakaran, ada asap")]
        assert server.rows("SELECT status, type, summary FROM incident") == [
            ("dispatched", "fire", "rumah kebakaran, ada asap")]
