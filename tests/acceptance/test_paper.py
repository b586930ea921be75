"""Paper as the night shift gets it: from a running server, by hand without one, and a warning when it fails."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from tests.support.server import server_in


def test_by_hand_without_a_server_and_a_loud_failure_with_one(tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    with server_in(tmp_path / "centre", PAPER_DIR=str(folder)) as server:
        assert server.command("db", "upgrade").returncode == 0
        done = server.command("paper", "print", "--cards", "3", "--lang", "en")
        assert (done.returncode, done.stderr) == (0, "")
        names = [Path(line).name for line in done.stdout.splitlines()]
        assert names == ["papan.txt", "papan.pdf", "kartu-001-003.txt", "kartu-001-003.pdf"]
        assert "Next incident number: 1001   Blank cards: M-001..M-003" in (folder / "papan.txt").read_text()
        assert "papan.txt is 0 min old" in server.command("doctor").stdout
        again = server.command("paper", "print", "--cards", "3")
        assert "kartu-004-006.pdf" in again.stdout, "no number is given out twice"
        assert server.command("paper", "print", "--cards", "0").stdout.count("kartu") == 0
        blocked = server.command("paper", "print", "--out", str(folder / "papan.txt"))
        assert (blocked.returncode, len(blocked.stderr.splitlines())) == (1, 1)


def test_settings_that_cannot_be_used_stop_the_start(tmp_path: Path) -> None:
    with server_in(tmp_path, PAPER_MINUTES="often") as server:
        done = server.command("serve")
        assert done.returncode == 2
        assert "KENTONGAN_PAPER_MINUTES: 'often' is not a number of minutes" in done.stderr


async def test_failing_is_told_to_consoles_and_monitoring(tmp_path: Path) -> None:
    from dispatch.app import DispatchApp
    from dispatch.settings import load_settings

    (tmp_path / "paper").write_text("in the way")
    environ = {"KENTONGAN_DATA_DIR": str(tmp_path / "run"), "KENTONGAN_PAPER_DIR": str(tmp_path / "paper")}
    app = DispatchApp(load_settings(environ, env_file=tmp_path / "no.env"))
    await app.start()
    try:
        await app.paper.tick()
        assert any("Papan cetak tidak dapat ditulis" in said for said in app.describe_centre("id").degraded)
        transport = httpx.ASGITransport(app=app.site)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            told = (await http.get("/readyz")).json()
        assert any("FileExistsError" in said for said in told["degraded"])
        (tmp_path / "paper").unlink()
        await app.paper.tick()
        assert app.describe_centre("id").degraded == []
        assert "D01" in (tmp_path / "paper" / "papan.txt").read_text()
    finally:
        await app.stop()


def test_cards_are_keyed_in_line_mode_after_the_outage(tmp_path: Path) -> None:
    wrote = datetime.now(ZoneInfo("Asia/Jakarta")) - timedelta(minutes=10)
    at, sent = f"@{wrote:%H:%M}", f"@{wrote + timedelta(minutes=2):%H:%M}"
    with server_in(tmp_path / "centre") as server:
        server.start()
        assert server.command("paper", "print", "--cards", "3").returncode == 0
        keyed = f"n m-002 {at} slw kbk-rmh p1 rumah terbakar kalisapu\nd d01 m-002 {sent}\nn m-002 {at} slw kbk x\n"
        done = server.command(
            "console", "--line", "--server", server.url, "--token-file", str(server.owner_file), words=keyed
        )
        assert "Kartu M-002 menjadi 1001" in done.stdout
        assert "TIDAK ada pesan keluar" in done.stdout
        assert "Kartu M-002 sudah dimasukkan sebagai 1001" in done.stdout
        assert done.returncode == 1, "one line was refused"
        [(opened, dispatched)] = server.rows("SELECT opened_at, dispatched_at FROM incident")
        assert dispatched - opened == 120_000
        assert server.rows("SELECT count(*) FROM outbox") == [(0,)]
        assert server.command("log", "verify").returncode == 0
