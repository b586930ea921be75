"""Settings from the environment and ``.env``: read once, all problems at once, secrets never shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dispatch import settings_channels, settings_probe, settings_voice
from dispatch.domain.call_plan import CallPlan
from dispatch.errors import ConfigurationError, Problem
from dispatch.settings_channels import PREFIX as PREFIX
from dispatch.settings_channels import Gammu, Mail, Sms, Twilio, problem, read_gammu, read_mail, read_sms, read_twilio
from dispatch.settings_paper import KNOWN as PAPER
from dispatch.settings_paper import Paper, read_paper
from dispatch.settings_probe import Probe, read_probe

PROJECT = Path(__file__).resolve().parents[1]
RULES_FILE = "routing_rules.yaml"
DATABASES = {
    "sqlite": "sqlite", "sqlite+aiosqlite": "sqlite",
    "postgresql": "postgresql", "postgres": "postgresql", "postgresql+psycopg": "postgresql",
}
"""Scheme of a database URL -> engine."""
GAZETTEER_FILE = "gazetteer.json"
"""In the data folder: what ``kentongan rules gazetteer import`` keeps."""
PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
DEFAULT_LEARN_AT = "03:30"
DEFAULT_LISTEN = "127.0.0.1:8112"
KNOWN = (
    "DATABASE_URL", "DATA_DIR", "RULES", "LISTEN", "PUBLIC_URL", *settings_channels.KNOWN, "LANG_DEFAULT", "TZ",
    *PAPER,
    "GAZETTEER", "MODE", "SERVER", "LLM_URL", "LLM_MODEL", "LLM_KEY", "LLM_TIMEOUT", "LLM_ALLOW_PUBLIC", "LEARN_AT",
    "VECTORS", "SOUND", "STANDBY", *settings_probe.KNOWN, *settings_voice.KNOWN,
)


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the server listens: a TCP host and port, or a UNIX socket path."""

    host: str = ""
    port: int = 0
    path: str = ""

    @property
    def url(self) -> str:
        return f"unix:{self.path}" if self.path else f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Llm:
    """The endpoint of the second opinion; without ``url`` nobody is asked. ``timeout_s`` bounds a whole question."""

    url: str = ""
    model: str = ""
    key: str = field(default="", repr=False)
    timeout_s: float = 8.0
    allow_public: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """``mode`` is 'live' or 'training' (separate database, [LATIHAN] everywhere)."""

    data_dir: Path
    database_url: str = field(repr=False)
    rules: Path
    listen: Listen
    public_url: str
    twilio: Twilio
    mail: Mail = field(default_factory=Mail)
    gammu: Gammu = field(default_factory=Gammu)
    sms: Sms = field(default_factory=Sms)
    calls: CallPlan = field(default_factory=CallPlan)
    link_url: str = ""
    """PUBLIC_URL where it was given: only then a link in a text leads anywhere."""
    lang: str = "id"
    tz: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))
    gazetteer: Path | None = None
    mode: str = "live"
    llm: Llm = Llm()
    probe: Probe = field(default_factory=Probe)
    paper: Paper = field(default_factory=lambda: Paper(Path("paper"), 0))
    learn_at: time | None = None
    """Local time of the nightly learning run; None = never."""
    vectors: bool = False
    """Triage with sentence vectors: the shipped model that was trained with them, not the centre's own."""
    standby: bool = False
    """This node stands in for another: every console says [CADANGAN]."""


def load_settings(environ: Mapping[str, str] | None = None, *, env_file: Path | None = None) -> Settings:
    """Read all settings. Raises ConfigurationError naming every bad value at once."""
    given = {**read_env_file(env_file or _env_file()), **(os.environ if environ is None else environ)}
    values = {key.removeprefix(PREFIX): value for key, value in given.items() if key.startswith(PREFIX)}
    problems: list[Problem] = []
    data_dir = Path(values.get("DATA_DIR") or home() / "data/run")
    listen = _listen(values.get("LISTEN") or DEFAULT_LISTEN, problems)
    twilio, gammu = read_twilio(values, problems), read_gammu(values, problems)
    there = {"twilio": twilio.can_send and bool(twilio.sms_from), "gammu": gammu.can_send}
    settings = Settings(
        data_dir=data_dir,
        database_url=_database(values.get("DATABASE_URL", ""), problems)
        or f"sqlite:///{data_dir / 'kentongan.sqlite3'}",
        rules=Path(values.get("RULES") or home() / RULES_FILE),
        listen=listen,
        public_url=_public_url(values.get("PUBLIC_URL") or "", listen, problems),
        link_url=(values.get("PUBLIC_URL") or "").rstrip("/"),
        twilio=twilio,
        mail=read_mail(values, problems),
        gammu=gammu,
        sms=read_sms(values, there, problems),
        calls=settings_voice.read_voice(values, problems),
        lang=_choice(values, "LANG_DEFAULT", ("id", "en"), problems),
        tz=_zone(values.get("TZ") or "Asia/Jakarta", problems),
        gazetteer=_gazetteer(values.get("GAZETTEER", ""), data_dir, problems),
        mode=_choice(values, "MODE", ("live", "training"), problems),
        llm=_llm(values, problems),
        learn_at=_learn_at(values.get("LEARN_AT") or DEFAULT_LEARN_AT, problems),
        vectors=_choice(values, "VECTORS", ("0", "1"), problems) == "1",
        probe=read_probe(values, problems),
        paper=read_paper(values, data_dir, problems),
        standby=_choice(values, "STANDBY", ("0", "1"), problems) == "1",
    )
    problems += [_unknown(key) for key in sorted(values) if key not in KNOWN]
    if problems:
        raise ConfigurationError(problems)
    return settings


def usual_server() -> str:
    """Where a client on this machine finds the server: ``SERVER``, else where ``LISTEN`` puts it. Looks at nothing
    else: a seat need not have the settings of a server. A wrong ``LISTEN`` raises ConfigurationError."""
    given = {**read_env_file(_env_file()), **os.environ}
    problems: list[Problem] = []
    found = given.get(f"{PREFIX}SERVER") or _listen(given.get(f"{PREFIX}LISTEN") or DEFAULT_LISTEN, problems).url
    if problems:
        raise ConfigurationError(problems)
    return found


def home() -> Path:
    """What default paths start from: the folder we are in when it is a centre's own, else the project's.

    So ``scripts/run`` finds rules and data wherever it is called from.
    """
    return Path() if Path(RULES_FILE).is_file() else PROJECT


def _env_file() -> Path:
    here = Path(".env")
    return here if here.is_file() else home() / ".env"


def read_env_file(path: Path) -> dict[str, str]:
    """KEY=value lines; '#' starts a comment line; quotes around the value are taken off.

    Raises ConfigurationError for a file that is no text; its content is never repeated, it holds secrets.
    """
    if not path.is_file():
        return {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigurationError([Problem(why or "cannot be read", file=str(path))]) from None
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines)
    return {
        key.strip(): value.strip().strip("'\"") for key, separator, value in pairs if separator and key[:1] != "#"
    }


def _unknown(key: str) -> Problem:
    from difflib import get_close_matches  # only when something is wrong

    nearest = get_close_matches(key, KNOWN, 1)
    return Problem("unknown setting", key=PREFIX + key, nearest=PREFIX + nearest[0] if nearest else "")


def _choice(values: Mapping[str, str], key: str, allowed: tuple[str, ...], problems: list[Problem]) -> str:
    value = values.get(key) or allowed[0]
    if value not in allowed:
        problems.append(problem(key, f"'{value}' is not one of {', '.join(allowed)}"))
    return value


def _database(value: str, problems: list[Problem]) -> str:
    """The message never repeats the URL: it may hold a password."""
    scheme, separator, rest = value.partition("://")
    engine = DATABASES.get(scheme) if separator else None
    if value and engine is None:
        known = ", ".join(sorted(DATABASES))
        problems.append(problem("DATABASE_URL", f"unknown database scheme, use one of {known}, as in sqlite:///FILE"))
    elif engine == "sqlite" and not rest.startswith("/"):
        problems.append(problem("DATABASE_URL", "SQLite needs three slashes: sqlite:///FILE"))
    elif engine == "postgresql" and not _is_postgres_url(f"postgresql://{rest}"):
        problems.append(problem(
            "DATABASE_URL", "cannot be read, it is not repeated here because of its password; write signs such as "
            "/ @ : % in name and password as %2F %40 %3A %25",
        ))
    return value


def _is_postgres_url(url: str) -> bool:
    import psycopg  # costs 260 ms, only where PostgreSQL is used
    from psycopg.conninfo import conninfo_to_dict

    try:
        conninfo_to_dict(url)
        return urlsplit(url).port != 0
    except (psycopg.Error, ValueError):  # their words may hold the password
        return False


def _listen(value: str, problems: list[Problem]) -> Listen:
    kind, _, path = value.partition(":")
    if kind == "unix" and path:
        return Listen(path=path)
    host, _, port = value.rpartition(":")
    # Without its path 'unix:' would be a free port on every address of the machine.
    if not host or kind == "unix" or not port.isdigit() or int(port) > 65535:
        problems.append(problem("LISTEN", f"'{value}' is neither host:port nor unix:PATH"))
        return Listen("127.0.0.1", 8112)
    return Listen(host.strip("[]"), int(port))


def _public_url(value: str, listen: Listen, problems: list[Problem]) -> str:
    if not value:
        return listen.url if not listen.path else "http://localhost"
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        problems.append(problem("PUBLIC_URL", f"'{value}' is not a http(s) URL"))
    return value.rstrip("/")


def _zone(value: str, problems: list[Problem]) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError):
        problems.append(problem("TZ", f"'{value}' is not a known time zone, e.g. Asia/Jakarta"))
        return ZoneInfo("Asia/Jakarta")


def _gazetteer(value: str, data_dir: Path, problems: list[Problem]) -> Path | None:
    """The file of the setting, else what was imported into the data folder, else none."""
    imported = data_dir / GAZETTEER_FILE
    if not value and imported.is_file():
        return imported
    if value and not Path(value).is_file():
        problems.append(problem("GAZETTEER", f"'{value}' is not a file"))
    return Path(value) if value else None


def is_inside(address: str) -> bool:
    """Whether an IP address belongs to this machine or a private network (shared, link-local and test ones do not)."""
    ip = ip_address(address)
    return ip.is_loopback or (any(ip in net for net in PRIVATE if net.version == ip.version))


def _llm(values: Mapping[str, str], problems: list[Problem]) -> Llm:
    url, allow = values.get("LLM_URL", "").rstrip("/"), values.get("LLM_ALLOW_PUBLIC", "") == "1"
    seconds = values.get("LLM_TIMEOUT") or "8"
    try:
        timeout_s = float(seconds)
    except ValueError:
        timeout_s = 0.0
    if not 0 < timeout_s <= 60:
        problems.append(problem("LLM_TIMEOUT", f"'{seconds}' is not a number of seconds up to 60"))
    if url:
        _check_llm_url(url, problems, allow=allow)
        if not values.get("LLM_MODEL"):
            problems.append(problem("LLM_MODEL", "missing although LLM_URL is set"))
    return Llm(url, values.get("LLM_MODEL", ""), values.get("LLM_KEY", ""), timeout_s, allow)


def _check_llm_url(url: str, problems: list[Problem], *, allow: bool) -> None:
    """A name is judged when it is asked, by the addresses it then has."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.username:
        problems.append(problem("LLM_URL", "is not a http(s) URL without a name and password"))
        return
    try:
        inside = is_inside(host)
    except ValueError:
        return
    if not inside and not allow:
        problems.append(problem("LLM_URL", f"{host} is not on a private network; LLM_ALLOW_PUBLIC=1 allows it"))


def _learn_at(value: str, problems: list[Problem]) -> time | None:
    if value == "off":
        return None
    try:
        return time.fromisoformat(value).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        problems.append(problem("LEARN_AT", f"'{value}' is neither a time such as 03:30 nor off"))
        return None
