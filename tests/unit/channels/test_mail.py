"""Mail over real SMTP: what arrives, what is certain, and that nothing from outside becomes a header or a command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.channels.registry import build_drivers, driver_names
from dispatch.channels.smtp_mail import SmtpMail, write_letter
from dispatch.errors import ChannelError, ConfigurationError
from dispatch.ports import Outgoing
from dispatch.settings import load_settings
from dispatch.settings_channels import Mail
from tests.fakes.mail_server import PASSWORD, USER, FakeMail, mail_server, make_certificate

SENDER, TO = "112@tegal.example.id", "piket@dpupr.example.id"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def server() -> AsyncIterator[FakeMail]:
    async with mail_server() as fake:
        yield fake


def notice(body: str = "uji", *, to: str = TO, key: str = "assignment:5", **payload: str) -> Outgoing:
    return Outgoing(key, "mail", to, body, payload, critical=True)


async def send(mail: Mail, message: Outgoing, timeout_s: float = 3.0) -> str:
    driver = SmtpMail(mail, timeout_s=timeout_s)
    try:
        return (await driver.send(message)).provider_id
    finally:
        await driver.close()


def plain(server: FakeMail) -> Mail:
    return Mail("127.0.0.1", server.port, "none", sender=SENDER)


async def test_a_notice_arrives_whole(server: FakeMail) -> None:
    words = "112 #1042 P1 KEBAKARAN\n.titik di awal baris\nWong tuwa: 'tulung…' é\n"
    told = await send(plain(server), notice(words))
    [letter] = server.letters
    assert server.envelopes == [(SENDER, [TO])]
    assert letter.get_content().replace("\r\n", "\n") == words
    assert (letter["Subject"], letter["From"], letter["To"]) == ("112 #1042 P1 KEBAKARAN", SENDER, TO)
    assert (letter["Message-ID"], letter["X-Priority"], letter["Auto-Submitted"]) == (told, "1", "auto-generated")


async def test_a_repeat_of_a_letter_can_be_recognised(server: FakeMail) -> None:
    first, again, other = [
        await send(plain(server), notice(key=key)) for key in ("assignment:5", "assignment:5", "assignment:6")
    ]
    assert first == again != other


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_signed_in_over_tls(certificate: Path, security: str) -> None:
    async with mail_server(certificate, security=security) as server:
        mail = Mail("127.0.0.1", server.port, security, USER, PASSWORD, SENDER, certificate)
        await send(mail, notice())
        assert server.signed_in == [True]


async def test_a_server_nobody_vouches_for_gets_nothing(certificate: Path) -> None:
    async with mail_server(certificate, security="starttls") as server:
        with pytest.raises(ChannelError) as error:
            await send(Mail("127.0.0.1", server.port, "starttls", USER, PASSWORD, SENDER), notice())
        assert not error.value.permanent
        assert server.letters == []


async def test_without_starttls_nothing_goes_in_the_clear(server: FakeMail) -> None:
    with pytest.raises(ChannelError) as error:
        await send(Mail("127.0.0.1", server.port, "starttls", sender=SENDER), notice())
    assert not error.value.uncertain
    assert server.letters == []


async def test_a_wrong_password_waits_for_a_person_and_is_never_shown(
    certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "salah-rahasia"
    async with mail_server(certificate, security="starttls") as server:
        mail = Mail("127.0.0.1", server.port, "starttls", USER, wrong, SENDER, certificate)
        with pytest.raises(ChannelError) as error:
            await send(mail, notice())
    assert (error.value.permanent, error.value.uncertain) == (False, False)
    assert wrong not in str(error.value) + repr(mail)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("dispatch")]
    assert not any(wrong in line or TO in line for line in ours)


@pytest.mark.parametrize(
    ("command", "answer", "permanent"),
    [("RCPT", "550 unknown", True), ("RCPT", "451 later", False), ("MAIL", "550 not you", False),
     ("DATA", "554 refused", True), ("DATA", "452 full", False)],
)
async def test_refusals_are_told_apart_and_certain(
    server: FakeMail, command: str, answer: str, *, permanent: bool
) -> None:
    server.refuse[command] = answer
    with pytest.raises(ChannelError) as error:
        await send(plain(server), notice())
    assert (error.value.permanent, error.value.uncertain) == (permanent, False)


async def test_a_lost_answer_is_uncertain(server: FakeMail) -> None:
    server.silent = True
    with pytest.raises(ChannelError) as error:
        await send(plain(server), notice(), timeout_s=0.2)
    assert (error.value.permanent, error.value.uncertain) == (False, True)


async def test_nobody_listening_is_certain() -> None:
    async with mail_server() as server:
        pass
    with pytest.raises(ChannelError) as error:
        await send(plain(server), notice())
    assert (error.value.permanent, error.value.uncertain) == (False, False)


async def test_giving_up_ends_the_conversation(server: FakeMail) -> None:
    server.silent = True
    driver = SmtpMail(plain(server), timeout_s=20)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await driver.send(notice())
    await driver.close()
    async with asyncio.timeout(2):
        await asyncio.to_thread(driver._pool.shutdown, wait=True)


@pytest.mark.parametrize("to", [
    "", "piket", "a@b\r\nRCPT TO:<evil@x.id>", "a@b.id, c@d.id", "Piket <a@b.id>", "a@b.id\n", "é@b.id", "a@b.id>",
])
async def test_no_address_becomes_a_command(server: FakeMail, to: str) -> None:
    with pytest.raises(ChannelError) as error:
        await send(plain(server), notice(to=to))
    assert error.value.permanent
    assert server.envelopes == []


@given(st.text(max_size=300), st.text(max_size=200))
def test_no_words_become_a_header(body: str, subject: str) -> None:
    letter = write_letter(notice(body, subject=subject), SENDER)
    raw = letter.as_bytes()
    head, _, _ = raw.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert len(names) == len(set(names))
    assert set(names) <= {
        b"from", b"to", b"subject", b"date", b"message-id", b"auto-submitted", b"x-priority", b"content-type",
        b"content-transfer-encoding", b"mime-version",
    }
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


# settings


def settings_of(folder: Path, **environ: str):  # type: ignore[no-untyped-def]
    named = {f"KENTONGAN_{name}": value for name, value in environ.items()}
    return load_settings(named, env_file=folder / "no.env")


def test_mail_alone_is_real_and_the_rest_is_off(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, SMTP_HOST="mail.example.id", MAIL_FROM=SENDER)
    assert (settings.mail.port, settings.mail.security) == (587, "starttls")
    names = driver_names(build_drivers(settings))
    assert names == {"mail": "smtp", "sms": "off", "voice": "off", "whatsapp": "off"}


@pytest.mark.parametrize(("given_settings", "key"), [
    ({"SMTP_HOST": "mail.example.id"}, "MAIL_FROM"),
    ({"MAIL_FROM": SENDER}, "SMTP_HOST"),
    ({"SMTP_HOST": "http://mail", "MAIL_FROM": SENDER}, "SMTP_HOST"),
    ({"SMTP_HOST": "m:99999", "MAIL_FROM": SENDER}, "SMTP_HOST"),
    ({"SMTP_HOST": "m", "MAIL_FROM": "112 <a@b.id>"}, "MAIL_FROM"),
    ({"SMTP_HOST": "m", "MAIL_FROM": SENDER, "SMTP_USER": "u"}, "SMTP_PASSWORD"),
    ({"SMTP_HOST": "m", "MAIL_FROM": SENDER, "SMTP_SECURITY": "ssl"}, "SMTP_SECURITY"),
    ({"SMTP_HOST": "m", "MAIL_FROM": SENDER, "SMTP_SECURITY": "none", "SMTP_USER": "u", "SMTP_PASSWORD": "geheim"},
     "SMTP_SECURITY"),
    ({"SMTP_HOST": "m", "MAIL_FROM": SENDER, "SMTP_CA": "/none"}, "SMTP_CA"),
])
def test_faults_of_the_settings_are_named(tmp_path: Path, given_settings: dict[str, str], key: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        settings_of(tmp_path, **given_settings)
    assert [problem.key for problem in error.value.problems] == [f"KENTONGAN_{key}"]
    assert "geheim" not in str(error.value)
