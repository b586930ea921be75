"""Two consoles of one seat on one machine, as processes on terminals beside a real server; both are killed."""

from __future__ import annotations

from pathlib import Path

from tests.console.test_pty import console_on
from tests.support.server import server_in


def test_two_consoles_of_one_seat_say_so_and_lose_nothing(tmp_path: Path) -> None:
    with server_in(tmp_path / "centre") as server:
        server.start()
        drafts = server.folder / "seat" / "drafts"

        def kept() -> str:
            return "".join(path.read_text("utf-8") for path in drafts.glob("*.json"))

        with console_on(server) as first, console_on(server) as second:
            for terminal in (first, second):
                terminal.until(lambda lines: "[2 LAYAR]" in lines[0])
            for terminal, words in ((first, "r 1001: dari satu"), (second, "r 1001: dari dua")):
                terminal.type(words)
                terminal.until(lambda lines, words=words: words in lines[-2] and words in kept())  # type: ignore[misc]
            second.child.kill()
            first.until(lambda lines: "LAYAR]" not in lines[0] and "[LIVE]" in lines[0])
            with console_on(server) as third:
                third.until(lambda lines: "r 1001: dari dua" in lines[-2])
                first.until(lambda lines: "[2 LAYAR]" in lines[0] and "r 1001: dari satu" in lines[-2])
