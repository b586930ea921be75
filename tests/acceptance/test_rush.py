"""A rush of reports on a real server: every console is told that folding is widened."""

from __future__ import annotations

from pathlib import Path

from tests.support.outside import Outside
from tests.support.server import server_in

TROUBLES = ("lampu jalan mati", "jalan berlubang", "sampah menumpuk", "pohon tumbang")
VILLAGES = ("Dukuhsalam slawi", "Pakembaran slawi", "Procot slawi")


def test_consoles_are_told_of_a_rush(tmp_path: Path) -> None:
    with server_in(tmp_path) as server, Outside(server.start()) as centre:
        assert centre.board()["centre"].get("fold_factor", 1) == 1
        told = [f"{trouble} di desa {village}" for trouble in TROUBLES for village in VILLAGES]
        for n, words in enumerate(told):
            assert centre.sms(words, f"+62813900{n:05d}").status_code == 200
        seen = centre.eventually(lambda: centre.board()["centre"].get("fold_factor", 1) > 1, "a widened centre")
        assert seen
        assert len(centre.board()["incidents"]) == len(told)
