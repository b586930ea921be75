"""The server hangs, then dies under a real console: it is shown, what was typed stays, the return needs nobody."""

from __future__ import annotations

import signal
import sys
import time

from tests.support.seat import Seat
from tests.support.server import ROOT, Server

HALF, REST = "N kebakaran di Desa Bojong", " Bojong api besar"
STORED = "SELECT text FROM report WHERE channel = 'operator'"


def test_typed_text_survives_a_killed_server_and_is_sent_to_the_next(server: Server) -> None:
    server.start()
    command = [
        sys.executable, "-m", "dispatch.cli", "console", "--server", server.url,
        "--token-file", str(server.owner_file),
    ]
    with Seat(command, server.environ, cwd=str(ROOT)) as seat:
        seat.until(lambda text: "LIVE" in text or "LANGSUNG" in text, "a live connection")
        seat.type(HALF)
        seat.until(lambda text: HALF in text, "what was typed")
        server.send(signal.SIGSTOP)
        silent = time.monotonic()
        seat.until(lambda text: ("DATA LAMA" in text or "PUTUS" in text) and HALF in text, "that nothing is heard")
        print(f"silent server shown after {time.monotonic() - silent:.2f} s")
        server.send(signal.SIGCONT)
        seat.until(lambda text: "DATA LAMA" not in text and "PUTUS" not in text, "the voice again")
        server.kill()
        killed = time.monotonic()
        seat.until(lambda text: "PUTUS" in text and HALF in text, "the broken connection beside the typed text")
        print(f"dead server shown after {time.monotonic() - killed:.2f} s")
        seat.type(REST)
        seat.until(lambda text: HALF + REST in text, "typing goes on without a server")
        server.start()
        seat.until(lambda text: "PUTUS" not in text and HALF + REST in text, "connected again, the text still there")
        seat.type("\r")
        deadline = time.monotonic() + 20
        while not (rows := server.rows(STORED)):
            assert time.monotonic() < deadline, f"never stored; the screen shows:\n{seat.text}"
            seat.read()
            if "sekali lagi" in seat.text or "Enter" in seat.text.splitlines()[-2]:
                seat.type("\r")  # a doubtful place is asked about once
                seat.read(0.3)
    assert len(rows) == 1
    assert "api besar" in rows[0][0]
