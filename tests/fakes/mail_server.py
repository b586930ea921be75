"""A mail server of our own: real SMTP on a loopback port, with TLS and sign-in, scripted to refuse or fall silent."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "kentongan", "rahasia-surat-112"


@dataclass
class FakeMail:
    """``refuse`` answers a command (MAIL, RCPT, DATA) instead; ``silent`` takes the letter and never says so."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    signed_in: list[bool] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" not in self.refuse:
            envelope.mail_from = address
        return self.refuse.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" not in self.refuse:
            envelope.rcpt_tos.append(address)
        return self.refuse.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        self.signed_in.append(session.authenticated)
        if self.silent:
            await asyncio.sleep(30)
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)


def make_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key in one file."""
    file = folder / "mail.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "-", "-out", str(file)],
        capture_output=True, check=True, timeout=30,
    )
    file.write_bytes(file.read_bytes() + made.stdout)
    return file


@contextlib.asynccontextmanager
async def mail_server(certificate: Path | None = None, *, security: str = "none") -> AsyncIterator[FakeMail]:
    """Listen on a free port; with ``security`` 'starttls' or 'tls' sign-in is required first."""
    fake, context = FakeMail(), None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    options: dict[str, Any] = {"enable_SMTPUTF8": False, "hostname": "mail.example.id"}
    if security != "none":
        options |= {"authenticator": fake.authenticate, "auth_required": True}
        options |= {"auth_require_tls": security == "starttls"}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}

    def speak() -> SMTP:
        with warnings.catch_warnings(action="ignore"):  # it does not count TLS from the first byte as TLS
            return SMTP(fake, **options)

    server = await asyncio.get_running_loop().create_server(
        speak, "127.0.0.1", 0, ssl=context if security == "tls" else None
    )
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        await asyncio.sleep(0)
