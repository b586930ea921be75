"""Settings of the ways out: who carries messages, with which credentials and numbers. Secrets are never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import phonenumbers

from dispatch.errors import Problem

PREFIX = "KENTONGAN_"
KNOWN = (
    "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_NEXT", "TWILIO_API_BASE", "TWILIO_VOICE_NUMBER",
    "TWILIO_SMS_FROM", "TWILIO_WHATSAPP_FROM", "SMTP_HOST", "SMTP_SECURITY", "SMTP_USER", "SMTP_PASSWORD", "SMTP_CA",
    "MAIL_FROM", "GAMMU_DATABASE", "GAMMU_NUMBER", "GAMMU_SILENCE", "GAMMU_SPOOL",
    "SMS_ROUTES", "SMS_RATES",
)
SMS_DRIVERS = ("twilio", "gammu")
SECURITY = {"starttls": 587, "tls": 465, "none": 25}
"""How a mail connection is protected -> the usual port."""
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
"""One plain ASCII address, nothing around it."""


@dataclass(frozen=True, slots=True)
class Twilio:
    """Credentials and numbers. ``tokens`` are all that may have signed a webhook, newest last."""

    account_sid: str = ""
    auth_token: str = field(default="", repr=False)
    auth_token_next: str = field(default="", repr=False)
    api_base: str = ""
    voice_number: str = ""
    sms_from: str = ""
    whatsapp_from: str = ""

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(token for token in (self.auth_token, self.auth_token_next) if token)

    @property
    def can_send(self) -> bool:
        return bool(self.account_sid and self.auth_token)


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server that takes our notices. ``ca`` is a file of certificates to trust instead of the system's."""

    host: str = ""
    port: int = 0
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    ca: Path | None = None

    @property
    def can_send(self) -> bool:
        return bool(self.host and self.sender)


@dataclass(frozen=True, slots=True)
class Gammu:
    """The database of a Gammu SMS daemon. ``silence_s``: its phone counts as dead after so long without a word;
    ``spool``: so many unsent messages are too many. ``number`` is that of its SIM."""

    database: str = field(default="", repr=False)
    number: str = ""
    silence_s: int = 150
    spool: int = 100

    @property
    def can_send(self) -> bool:
        return bool(self.database)


@dataclass(frozen=True, slots=True)
class Sms:
    """``routes``: number prefix ('' any) -> drivers in order. ``rates``: driver -> messages a second, else no limit."""

    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)


def problem(key: str, message: str) -> Problem:
    """A fault of one setting, named as a person writes it."""
    return Problem(message, key=PREFIX + key)


def read_twilio(values: Mapping[str, str], problems: list[Problem]) -> Twilio:
    """The TWILIO settings; ``values`` are without their prefix."""
    twilio = Twilio(
        account_sid=values.get("TWILIO_ACCOUNT_SID", ""), auth_token=values.get("TWILIO_AUTH_TOKEN", ""),
        auth_token_next=values.get("TWILIO_AUTH_TOKEN_NEXT", ""), api_base=values.get("TWILIO_API_BASE", ""),
        voice_number=values.get("TWILIO_VOICE_NUMBER", ""), sms_from=values.get("TWILIO_SMS_FROM", ""),
        whatsapp_from=values.get("TWILIO_WHATSAPP_FROM", "").removeprefix("whatsapp:"),
    )
    if twilio.account_sid and not twilio.auth_token:
        problems.append(problem("TWILIO_AUTH_TOKEN", "missing although TWILIO_ACCOUNT_SID is set"))
    if twilio.api_base and urlsplit(twilio.api_base).scheme not in ("http", "https"):
        problems.append(problem("TWILIO_API_BASE", f"'{twilio.api_base}' is not a http(s) URL"))
    for key, number in (("TWILIO_VOICE_NUMBER", twilio.voice_number), ("TWILIO_WHATSAPP_FROM", twilio.whatsapp_from)):
        if number and not _is_phone(number):
            problems.append(problem(key, f"'{number}' is not a phone number in +country form"))
    return twilio


def read_mail(values: Mapping[str, str], problems: list[Problem]) -> Mail:
    """The SMTP settings and MAIL_FROM; a host without a sender (or the reverse) is a fault."""
    security = values.get("SMTP_SECURITY") or "starttls"
    if security not in SECURITY:
        problems.append(problem("SMTP_SECURITY", f"'{security}' is not one of {', '.join(SECURITY)}"))
    host, port = _mail_host(values.get("SMTP_HOST", ""), SECURITY.get(security, 0), problems)
    ca = values.get("SMTP_CA", "")
    mail = Mail(
        host, port, security, values.get("SMTP_USER", ""), values.get("SMTP_PASSWORD", ""), values.get("MAIL_FROM", ""),
        Path(ca) if ca else None,
    )
    if mail.sender and not MAIL_ADDRESS.fullmatch(mail.sender):
        problems.append(problem("MAIL_FROM", "is not a plain mail address"))
    if bool(values.get("SMTP_HOST")) != bool(mail.sender):
        missing, given = ("MAIL_FROM", "SMTP_HOST") if mail.host else ("SMTP_HOST", "MAIL_FROM")
        problems.append(problem(missing, f"missing although {given} is set"))
    if bool(mail.user) != bool(mail.password):
        missing, given = ("SMTP_PASSWORD", "SMTP_USER") if mail.user else ("SMTP_USER", "SMTP_PASSWORD")
        problems.append(problem(missing, f"missing although {given} is set"))
    if mail.password and security == "none" and not _is_loopback(mail.host):
        problems.append(problem("SMTP_SECURITY", "'none' would send the password in the clear; use starttls or tls"))
    if mail.ca is not None and not mail.ca.is_file():
        problems.append(problem("SMTP_CA", f"'{mail.ca}' is not a file"))
    return mail


def read_gammu(values: Mapping[str, str], problems: list[Problem]) -> Gammu:
    """The GAMMU settings. The database URL is never repeated: it may hold a password."""
    database, number = values.get("GAMMU_DATABASE", ""), values.get("GAMMU_NUMBER", "")
    if database and not re.match(r"sqlite:///.|postgres(ql)?://.", database):
        problems.append(problem("GAMMU_DATABASE", "is neither sqlite:///FILE nor postgresql://..."))
    if number and not _is_phone(number):
        problems.append(problem("GAMMU_NUMBER", f"'{number}' is not a phone number in +country form"))
    silence_s = _count(values, "GAMMU_SILENCE", 150, 3600, problems)
    return Gammu(database, number, silence_s, _count(values, "GAMMU_SPOOL", 100, 100_000, problems))


def read_sms(values: Mapping[str, str], there: Mapping[str, bool], problems: list[Problem]) -> Sms:
    """SMS_ROUTES such as '+62811=gammu,twilio; *=twilio,gammu' and SMS_RATES such as 'twilio=1, gammu=0.3'.

    ``there``: which drivers are set up; one that is not cannot be named, unless nothing is and all is simulated.
    """
    absent = [name for name, is_there in there.items() if not is_there] if any(there.values()) else []
    routes: dict[str, tuple[str, ...]] = {}
    for entry in filter(None, (part.strip() for part in values.get("SMS_ROUTES", "").split(";"))):
        prefix, equals, names = (part.strip() for part in entry.partition("="))
        drivers = tuple(name.strip() for name in names.split(","))
        if not equals or not re.fullmatch(r"\*|\+[1-9][0-9]{0,13}", prefix) or prefix.strip("*") in routes:
            problems.append(problem("SMS_ROUTES", f"'{entry}' is not a new PREFIX=DRIVER,DRIVER with + or * in front"))
        elif len(set(drivers)) < len(drivers) or not set(drivers) <= set(SMS_DRIVERS):
            problems.append(problem("SMS_ROUTES", f"'{names}' are not different ones of {', '.join(SMS_DRIVERS)}"))
        elif missing := [name for name in drivers if name in absent]:
            problems.append(problem("SMS_ROUTES", f"{', '.join(missing)} is named and not set up for SMS"))
        routes[prefix.strip("*")] = drivers
    return Sms(routes, _rates(values.get("SMS_RATES", ""), problems))


def _rates(value: str, problems: list[Problem]) -> dict[str, float]:
    rates: dict[str, float] = {}
    for entry in filter(None, (part.strip() for part in value.split(","))):
        name, _, number = (part.strip() for part in entry.partition("="))
        found = re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", number)
        if name not in SMS_DRIVERS or found is None or float(number) <= 0:
            problems.append(problem("SMS_RATES", f"'{entry}' is not DRIVER=MESSAGES_A_SECOND, as in twilio=1"))
        else:
            rates[name] = float(number)
    return rates


def _count(values: Mapping[str, str], key: str, usual: int, most: int, problems: list[Problem]) -> int:
    value = values.get(key) or str(usual)
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= most):
        problems.append(problem(key, f"'{value}' is not a number from 1 to {most}"))
        return usual
    return int(value)


def _mail_host(value: str, usual: int, problems: list[Problem]) -> tuple[str, int]:
    """host or host:port; an IPv6 address in brackets."""
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?", value)
    port = int(found[2]) if found and found[2] else usual
    if value and (found is None or port > 65535):
        problems.append(problem("SMTP_HOST", f"'{value}' is neither HOST nor HOST:PORT"))
    return (found[1].strip("[]"), port) if found else ("", usual)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_phone(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
