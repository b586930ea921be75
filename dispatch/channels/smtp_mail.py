"""Notices by mail over SMTP. The standard library's client, each letter in a thread of our own pool.

Nothing that comes from outside can become a header or a command: addresses are matched whole, the
subject is one printable line, and the body is encoded. Never logs a password, a body or a whole address.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import re
import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate

from dispatch.domain.phone import mask
from dispatch.errors import ChannelError
from dispatch.ports import Accepted, Outgoing
from dispatch.settings_channels import MAIL_ADDRESS, Mail

log = logging.getLogger(__name__)
TIMEOUT_S = 10.0
"""For each answer of the server; a whole letter is bounded by the outbox."""
WORKERS = 4
MAX_SUBJECT = 120


class SmtpMail:
    """One connection a letter: notices are rare, and a kept connection is one more thing that can be dead."""

    name = "smtp"
    channels = frozenset({"mail"})

    def __init__(self, mail: Mail, *, timeout_s: float = TIMEOUT_S) -> None:
        self._mail, self._timeout = mail, timeout_s
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="smtp")

    async def send(self, message: Outgoing) -> Accepted:
        """Hand over one letter. Raises ChannelError; ``uncertain`` when the server may have taken it."""
        if not MAIL_ADDRESS.fullmatch(message.recipient):
            raise ChannelError("no mail address", permanent=True)
        letter = write_letter(message, self._mail.sender)
        visit = _Visit(self._mail, self._timeout)
        job = asyncio.get_running_loop().run_in_executor(
            self._pool, visit.deliver, message.recipient, letter.as_bytes()
        )
        try:
            await job
        except asyncio.CancelledError:
            visit.cut()
            raise
        log.info("mail to %s taken by %s", mask(message.recipient), self._mail.host)
        return Accepted(str(letter["Message-ID"]))

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def write_letter(message: Outgoing, sender: str) -> EmailMessage:
    """The whole letter. The same message always has the same Message-ID, so that a repeat can be recognised."""
    letter = EmailMessage(policy=SMTP_POLICY)
    letter["From"], letter["To"] = sender, message.recipient
    first = message.payload.get("subject") or message.body.strip().partition("\n")[0]
    letter["Subject"] = one_line(first)[:MAX_SUBJECT] or "112"
    letter["Date"] = formatdate()
    name = hashlib.sha256(message.key.encode()).hexdigest()[:32]
    letter["Message-ID"] = f"<{name}@{sender.partition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    if message.critical:
        letter["X-Priority"] = "1"
    letter.set_content(re.sub(r"[^\S\n]|[^\x20-\x7e\n]", _printable, message.body))
    return letter


def one_line(text: str) -> str:
    """What may stand in a header: no line break, no control character, single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _printable(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() or found[0] == "\t" else "\ufffd"


class _Visit:
    """One conversation with the server, in a thread; ``cut`` ends it from outside."""

    def __init__(self, mail: Mail, timeout_s: float) -> None:
        self._mail, self._timeout = mail, timeout_s
        self._line: smtplib.SMTP | None = None
        self._is_cut = False

    def cut(self) -> None:
        self._is_cut = True
        line = self._line
        if line is not None and line.sock is not None:
            with contextlib.suppress(OSError):  # it has just closed by itself
                line.sock.shutdown(socket.SHUT_RDWR)

    def deliver(self, recipient: str, letter: bytes) -> None:
        """Raises ChannelError. Uncertain only from the moment the letter itself was on its way."""
        begun = False
        try:
            line = self._connect()
            self._sign_in(line)
            _expect(line.mail(self._mail.sender), "sender")
            _expect(line.rcpt(recipient), "recipient", final=True)
            _expect(line.docmd("DATA"), "letter", wanted=354)
            begun = True
            line.send(re.sub(rb"(?m)^\.", b"..", letter) + b".\r\n")
            answer = line.getreply()
            begun = False
            _expect(answer, "letter", final=True)
        except smtplib.SMTPAuthenticationError as error:
            # A fault of our settings, not of the letter: it waits until somebody has put them right.
            raise ChannelError(f"sign-in refused, {error.smtp_code}", permanent=False) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise ChannelError(f"mail server: {type(error).__name__}", permanent=False, uncertain=begun) from None
        finally:
            self._leave()

    def _leave(self) -> None:
        """Whatever the farewell brings: what the server said about the letter stands."""
        if self._line is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._line.putcmd("QUIT")
            self._line.close()

    def _connect(self) -> smtplib.SMTP:
        if self._is_cut:
            raise ConnectionAbortedError
        mail = self._mail
        if mail.security == "tls":
            self._line = smtplib.SMTP_SSL(mail.host, mail.port, timeout=self._timeout, context=self._context())
        else:
            self._line = smtplib.SMTP(mail.host, mail.port, timeout=self._timeout)
        return self._line

    def _sign_in(self, line: smtplib.SMTP) -> None:
        if self._mail.security == "starttls":
            # Raises when the server offers none: never on in the clear.
            line.starttls(context=self._context())
        if self._mail.user:
            line.login(self._mail.user, self._mail.password)
        line.ehlo_or_helo_if_needed()

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._mail.ca) if self._mail.ca else None)


def _expect(answer: tuple[int, bytes], what: str, *, wanted: int = 0, final: bool = False) -> None:
    """Raises ChannelError unless the server agreed; 5xx about the letter itself is final. Never repeats its words."""
    code = answer[0]
    if code == wanted or (not wanted and 200 <= code < 300):
        return
    permanent = final and 500 <= code < 600
    raise ChannelError(f"{what} refused, {code}", permanent=permanent, provider_code=str(code))
