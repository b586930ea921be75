"""A gazetteer imported while the server runs is in force without a restart; a damaged one changes nothing but says so.

A shared location gets its village on the way into storage.
"""

from __future__ import annotations

from pathlib import Path

from dispatch.app import DispatchApp
from dispatch.domain.place import Place
from dispatch.domain.report import Channel, NewReport
from dispatch.services.crew_messages import receive_text
from dispatch.settings import GAZETTEER_FILE, load_settings
from dispatch.storage.board import read_board
from dispatch.storage.incidents import find_incident
from dispatch.triage.gazetteer_file import PlaceRow
from dispatch.triage.gazetteer_store import Stored, store
from tests.support.quick_rules import quick_rules

HALL = "ada kebakaran di gedung contoh abadi"
SQUARE = [[[(109.1, -7.0), (109.2, -7.0), (109.2, -6.9), (109.1, -6.9), (109.1, -7.0)]]]


def gazetteer() -> Stored:
    return Stored(
        centre="33.28", places=[PlaceRow("Gedung Contoh Abadi", "33.28.10.2001", "x.csv")],
        boundaries={"33.28.10.2001": SQUARE},
    )


async def test_an_import_is_taken_up_and_a_damaged_file_is_refused(tmp_path: Path) -> None:
    settings = load_settings(
        {"KENTONGAN_DATA_DIR": str(tmp_path), "KENTONGAN_LISTEN": "127.0.0.1:0"}, env_file=tmp_path / "no.env"
    )
    app = DispatchApp(settings)
    await app.start()
    try:
        assert app.knowledge.triage.locate(HALL).code == ""
        store(gazetteer(), tmp_path / GAZETTEER_FILE)
        await app.keeper.poll(app.committer)
        assert app.knowledge.triage.locate(HALL).desa == "Kalisapu"

        shared = NewReport(
            Channel.WHATSAPP, "SMwa", "", app.clock(), sender="+6281290000007",
            place=Place(lat=-6.95, lon=109.15, landmark="Rumah"),
        )
        await app.committer.run(lambda tx: receive_text(tx, shared, app.knowledge))
        [row] = (await read_board(app.reader, settings.tz, app.clock())).incidents
        item = await app.committer.run(lambda tx: find_incident(tx, row.number))
        assert (item.place.desa, item.place.lat, item.place.landmark) == ("Kalisapu", -6.95, "Rumah")

        (tmp_path / GAZETTEER_FILE).write_bytes(b'{"format":1,')
        await app.keeper.poll(app.committer)
        assert app.knowledge.triage.locate(HALL).desa == "Kalisapu"
        board = await read_board(app.reader, settings.tz, app.clock())
        assert "rules_rejected" in [alarm["kind"] for alarm in board.alarms]
    finally:
        await app.stop()


async def test_a_gazetteer_neither_hides_refused_rules_nor_keeps_good_ones_out(tmp_path: Path) -> None:
    rules = quick_rules(tmp_path, answer="1h")
    good = rules.read_bytes()
    app = DispatchApp(load_settings(
        {"KENTONGAN_DATA_DIR": str(tmp_path), "KENTONGAN_LISTEN": "127.0.0.1:0", "KENTONGAN_RULES": str(rules)},
        env_file=tmp_path / "no.env",
    ))
    await app.start()

    async def refused() -> tuple[int, int]:
        """How many alarms, and how many of the sentences that say what does not work."""
        await app.keeper.poll(app.committer)
        board = await read_board(app.reader, app.settings.tz, app.clock())
        return [alarm["kind"] for alarm in board.alarms].count("rules_rejected"), len(app.keeper.sentences("id"))

    try:
        rules.write_bytes(b"")
        assert await refused() == (1, 1)
        store(gazetteer(), tmp_path / GAZETTEER_FILE)
        assert await refused() == (1, 1), "the rules are still those of before"
        assert await refused() == (1, 1)
        (tmp_path / GAZETTEER_FILE).write_bytes(b'{"format":1,')
        assert await refused() == (2, 2)
        rules.write_bytes(good.replace(b"version: ", b"version: 9", 1))
        assert await refused() == (2, 2), "nothing new is judged by a gazetteer that cannot be read"
        store(gazetteer(), tmp_path / GAZETTEER_FILE)
        await refused()
        assert await refused() == (0, 0)
        assert app.knowledge.rules.version.startswith("9"), "and then the rules need no second edit"
    finally:
        await app.stop()
