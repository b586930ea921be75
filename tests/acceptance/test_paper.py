"""Paper as the night shift gets it: from a running server, by hand without one, and a warning when it fails."""

from __future__ import annotations

from pathlib import Path

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
