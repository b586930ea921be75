"""A real Gammu SMS daemon with its dummy phone: texts are put into the phone as files, sent ones are in its tables."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SCHEMAS = Path("/usr/share/doc/gammu-smsd/examples")
CONFIG = """
[gammu]
model = dummy
connection = none
port = {folder}/phone
gammuloc = /dev/null

[smsd]
Service = sql
{database}
logfile = {folder}/smsd.log
CommTimeout = 1
ReceiveFrequency = 1
StatusFrequency = 1
LoopSleep = 1
MaxRetries = 1
DeliveryReport = sms
SkipSMSCNumber = 123456
MultipartTimeout = 3
"""
TEXT = """[SMSBackup000]
PDU = {pdu}
DateTime = {at}
State = UnRead
Number = "{number}"
NumberUnicode = {number_hex}
Name = ""
NameUnicode =
{text}
Coding = Default_No_Compression
Folder = 1
Length = {length}
Class = -1
ReplySMSC = False
RejectDuplicates = False
ReplaceMessage = 0
MessageReference = {reference}
{more}
"""
_references = itertools.count(1)


class GammuMissing(Exception):
    """No usable daemon here; the text says what was tried."""


def find_daemon() -> str:
    """The daemon's path. A build server (CI=true) that runs as root installs it; nobody else's machine is changed."""
    found = shutil.which("gammu-smsd")
    if found is None and os.environ.get("CI") == "true" and os.geteuid() == 0 and shutil.which("apt-get"):
        wait = ["-o", "DPkg::Lock::Timeout=200"]
        install = ["install", "-y", "--no-install-recommends", "gammu-smsd", "libdbd-sqlite3"]
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(["apt-get", *wait, "update"], check=False, capture_output=True, timeout=120)
            subprocess.run(["apt-get", *wait, *install], check=True, capture_output=True, timeout=280)
        found = shutil.which("gammu-smsd")
    if found is None or not (SCHEMAS / "sqlite.sql").is_file():
        raise GammuMissing("no gammu-smsd here (Debian, Ubuntu: apt install gammu-smsd libdbd-sqlite3)")
    return found


@dataclass
class GammuPhone:
    """``url`` is what the product is told. The daemon may be stopped and started again; the tables stay."""

    folder: Path
    url: str
    _child: subprocess.Popen[bytes] | None = None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if self.url.startswith("sqlite"):
            with contextlib.closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=10)) as connection:
                rows = connection.execute(sql).fetchall()
                connection.commit()
                return rows
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        self._child = subprocess.Popen(
            [find_daemon(), "-c", str(self.folder / "smsdrc")], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while not self.rows('SELECT "IMEI" FROM phones'):
            assert self._child.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate()
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._child = None

    @property
    def log(self) -> str:
        file = self.folder / "smsd.log"
        return file.read_text(errors="replace")[-2000:] if file.exists() else "no log"

    def receive(self, number: str, *parts: str) -> None:
        """A text arrives in the phone, in as many parts as are given."""
        reference = next(_references) % 256
        for position, part in enumerate(parts, 1):
            head = f"UDH = 050003{reference:02X}{len(parts):02X}{position:02X}" if len(parts) > 1 else ""
            self._put("Deliver", number, part, 0, head)

    def report(self, number: str) -> None:
        """The network says that the last text to this number has arrived."""
        self._put("Status_Report", number, "Delivered", 255, "DeliveryStatus = 0")

    def _put(self, pdu: str, number: str, text: str, reference: int, more: str) -> None:
        inbox = self.folder / "phone/sms/1"
        inbox.mkdir(parents=True, exist_ok=True)
        coded = "".join(f"{ord(c):04X}" for c in text)
        lines = "\n".join(f"Text{n // 200:02d} = {coded[n:n + 200]}" for n in range(0, len(coded), 200))
        place = 1 + max((int(file.name) for file in inbox.iterdir() if file.name.isdigit()), default=0)
        draft = self.folder / "draft"
        draft.write_text(TEXT.format(
            pdu=pdu, number=number, number_hex="".join(f"{ord(c):04X}" for c in number), text=lines,
            length=len(text), reference=reference, more=more, at=time.strftime("%Y%m%dT%H%M%SZ"),
        ))
        draft.rename(inbox / str(place))


@contextlib.contextmanager
def gammu_phone(folder: Path, postgres_url: str = "") -> Iterator[GammuPhone]:
    """A running daemon over a SQLite file, or over the given empty PostgreSQL database."""
    find_daemon()
    (folder / "phone").mkdir()
    phone = GammuPhone(folder, postgres_url or f"sqlite:///{folder / 'smsd.db'}")
    if postgres_url:
        parts = urlsplit(postgres_url)
        database = f"Driver = native_pgsql\nHost = {parts.hostname}:{parts.port}\nUser = {parts.username}\n"
        database += f"Database = {parts.path.strip('/')}"
        phone.rows((SCHEMAS / "pgsql.sql").read_text().replace("CREATE LANGUAGE plpgsql;", ""))
    else:
        with contextlib.closing(sqlite3.connect(folder / "smsd.db")) as connection:
            connection.executescript((SCHEMAS / "sqlite.sql").read_text())
        database = f"Driver = sqlite3\nDBDir = {folder}/\nDatabase = smsd.db"
    (folder / "smsdrc").write_text(CONFIG.format(folder=folder, database=database))
    try:
        phone.start()
        yield phone
    finally:
        phone.stop()
