"""An agency that is told by mail: from the rules file to the letter, over real SMTP, through a whole node."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import bindparam, select

from dispatch.app import DispatchApp
from dispatch.services.messages import queue_message
from dispatch.settings import load_settings
from dispatch.storage.statement import Statement
from dispatch.storage.tables import alarm, outbox
from tests.fakes.mail_server import mail_server
from tests.support.server import ROOT
from tests.support.waiting import until_rows

DUTY, SENDER = "piket@dpupr.example.id", "112@tegal.example.id"


async def test_a_contact_of_the_rules_gets_its_notice_by_mail(tmp_path: Path) -> None:
    written = (ROOT / "routing_rules.yaml").read_text("utf-8")
    before = 'phone: "+6281290001013", channel: whatsapp}'
    assert before in written
    rules = tmp_path / "rules.yaml"
    rules.write_text(written.replace(before, f'phone: "+6281290001013", channel: mail, mail: {DUTY}}}'), "utf-8")
    async with mail_server() as server:
        environ = {
            "KENTONGAN_DATA_DIR": str(tmp_path / "run"), "KENTONGAN_RULES": str(rules),
            "KENTONGAN_SMTP_HOST": f"127.0.0.1:{server.port}", "KENTONGAN_SMTP_SECURITY": "none",
            "KENTONGAN_MAIL_FROM": SENDER,
        }
        app = DispatchApp(load_settings(environ, env_file=tmp_path / "no.env"))
        [contact] = [c for c in app.knowledge.rules.agencies["public_works"].contacts if c.channel == "mail"]
        await app.start()
        try:
            server.refuse["RCPT"] = "451 later"
            await app.committer.run(lambda tx: queue_message(
                tx, purpose="escalation", channel=contact.channel, recipient=contact.address,
                body="112: laporan 1042 belum ditangani\nJalan ambles, Desa Kalisapu", dedupe_key="k", critical=True,
            ))
            await until_rows(app.reader, outbox, lambda rows: rows[0]["attempts"] > 0)
            server.refuse.clear()
            [row] = await until_rows(app.reader, outbox, lambda rows: rows[0]["status"] == "accepted")
            assert app.describe_centre("id").drivers == {
                "mail": "smtp", "sms": "off", "voice": "off", "whatsapp": "off"
            }
            raised = await app.reader.all(Statement(select(alarm).where(alarm.c.centre == bindparam("centre"))))
            assert raised == [], "one refusal that passes is no alarm"
        finally:
            await app.stop()
    [letter] = server.letters
    assert server.envelopes == [(SENDER, [DUTY])]
    assert (row["driver"], row["provider_id"]) == ("smtp", letter["Message-ID"])
    assert letter["Subject"] == "112: laporan 1042 belum ditangani"
    assert "Jalan ambles" in letter.get_content()
