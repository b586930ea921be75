"""SMS through a Gammu daemon and a modem of our own, over its SQL tables. Never logs a body or a whole number.

Out: a row of ``outbox``; the daemon moves it to ``sentitems``. ``CreatorID`` carries our message id, so a lost
answer can be looked up and nothing is handed over twice. In: rows of ``inbox``, long texts joined by the daemon.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.channels.gammu_database import GammuDatabase, Session
from dispatch.domain.gsm import needs_unicode, split_sms
from dispatch.domain.phone import E164, mask
from dispatch.errors import ChannelError
from dispatch.ports import Accepted, Outgoing, Report, SpooledText, SpoolNews
from dispatch.settings_channels import Gammu

log = logging.getLogger(__name__)
MARK = "kentongan"
MAX_PARTS = 10
BATCH = 50
LOOK_BACK = 1000
"""Sent messages whose state is read again after a start."""
KEEP_S = 6 * 3600
"""A delivery report that has not come after this is not waited for."""
SENT = frozenset({"SendingOK", "DeliveryPending", "DeliveryUnknown"})
LOST = frozenset({"SendingError", "DeliveryFailed", "Error"})
LONG_AGO = "2000-01-01 00:00:00"
"""Due at once, whatever zone the daemon compares in."""
INSERT = (
    'INSERT INTO outbox ("DestinationNumber", "TextDecoded", "CreatorID", "Coding", "UDH", "MultiPart", "Priority",'
    ' "SendingDateTime", "SendingTimeOut") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING "ID"'
)
INSERT_PART = (
    'INSERT INTO outbox_multipart ("ID", "SequencePosition", "TextDecoded", "Coding", "UDH") VALUES (?, ?, ?, ?, ?)'
)
STATES = (
    'SELECT "ID", "CreatorID", "Status", "StatusError", {age} FROM sentitems WHERE "ID" >= ?'
    ' ORDER BY "ID", "SequencePosition"'
)
PHONE_AGE = "SELECT MIN({age}) FROM phones"
UNREAD = (
    'SELECT "ID", "SenderNumber", "TextDecoded", "UDH", CAST("ReceivingDateTime" AS VARCHAR(30)) FROM inbox'
    " WHERE \"Processed\" = 'false' ORDER BY \"ID\" LIMIT ?"
)


@dataclass
class _State:
    """All parts of one sent message."""

    creator: str
    states: set[str]
    code: str = ""
    age_s: int = 0

    @property
    def delivered(self) -> bool | None:
        if self.states & LOST:
            return False
        return True if self.states == {"DeliveryOK"} else None

    @property
    def waits(self) -> bool:
        return self.delivered is None and bool(self.states & SENT) and self.age_s < KEEP_S


class GammuSms:
    """Driver and spool. ``trouble`` is what the last look found wrong: nothing is handed over meanwhile."""

    name = "gammu"
    channels = frozenset({"sms"})

    def __init__(self, gammu: Gammu) -> None:
        self._gammu, self.number = gammu, gammu.number
        self._database = GammuDatabase(gammu.database)
        self._low: int | None = None
        self._told: dict[int, bool | None] = {}
        self.trouble = ""

    # out

    async def send(self, message: Outgoing) -> Accepted:
        """Put a message into the daemon's outbox, the urgent before all others. Raises ChannelError."""
        if self.trouble:
            raise ChannelError(f"gammu: {self.trouble}", permanent=False)
        if not E164.fullmatch(message.recipient):
            raise ChannelError("no recipient number", permanent=True)
        row = await self._database.run(lambda session: _insert(session, message), writes=True)
        log.info("sms to %s in the spool as %s", mask(message.recipient), row)
        return Accepted(f"gammu-{row}")

    async def find(self, message: Outgoing, since: datetime) -> Accepted | None:
        """Whether the daemon has it already, sent or not."""
        row = await self._database.run(lambda session: _find(session, creator_of(message)))
        return Accepted(f"gammu-{row}") if row else None

    async def close(self) -> None:
        await self._database.close()

    # in

    async def look(self, skip: Collection[str]) -> SpoolNews:
        try:
            news, low, told = await self._database.run(lambda session: self._look(session, skip))
        except ChannelError as error:
            self.trouble = str(error)
            return SpoolNews(trouble=self.trouble)
        self._low, self._told, self.trouble = low, told, news.trouble
        return news

    async def take(self, ids: Sequence[str]) -> None:
        def mark(session: Session) -> None:
            for text_id in ids:
                session.all("UPDATE inbox SET \"Processed\" = 'true' WHERE \"ID\" = ?", int(text_id))

        await self._database.run(mark, writes=True)

    def _look(self, session: Session, skip: Collection[str]) -> tuple[SpoolNews, int, dict[int, bool | None]]:
        if self._low is None:
            [(newest,)] = session.all('SELECT MAX("ID") FROM sentitems')
            self._low = max((newest or 0) - LOOK_BACK, 0)
        found = _states(session, self._low)
        reports = tuple(
            Report(message_id, f"gammu-{row}", state.delivered, state.code)
            for row, state in found.items()
            if (message_id := message_of(state.creator)) is not None and self._told.get(row, "new") != state.delivered
        )
        # The urgent overtake the others: an older row may still be in the spool.
        [(unsent,)] = session.all('SELECT MIN("ID") FROM outbox')
        waiting = [row for row, state in found.items() if state.waits] + ([unsent] if unsent else [])
        low = min(waiting, default=max(found, default=self._low))
        told = {row: state.delivered for row, state in found.items() if row >= low}
        return SpoolNews(_unread(session, skip), reports, _trouble(session, self._gammu)), low, told


def creator_of(message: Outgoing) -> str:
    """How our rows are known among others': the message's id, and a mark of its key against another database's."""
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:12]
    return f"{MARK}:{message.payload.get('message_id', '')}:{digest}"


def message_of(creator: str) -> int | None:
    """The message's id in a CreatorID; None when it is not ours."""
    mark, _, rest = creator.partition(":")
    number = rest.partition(":")[0]
    return int(number) if mark == MARK and number.isascii() and number.isdigit() and len(number) < 19 else None


def _insert(session: Session, message: Outgoing) -> int:
    parts = split_sms(message.body)[:MAX_PARTS]
    creator = creator_of(message)
    coding = "Unicode_No_Compression" if needs_unicode(message.body) else "Default_No_Compression"
    reference = hashlib.sha256(creator.encode()).digest()[0]
    heads = [f"050003{reference:02X}{len(parts):02X}{n:02X}" for n in range(1, len(parts) + 1)]
    several = len(parts) > 1
    [(row,)] = session.all(
        INSERT, message.recipient, parts[0], creator, coding, heads[0] if several else None,
        "true" if several else "false", 10 if message.critical else 0, LONG_AGO, LONG_AGO,
    )
    for position in range(1, len(parts)):
        session.all(INSERT_PART, row, position + 1, parts[position], coding, heads[position])
    return int(row)


def _find(session: Session, creator: str) -> int | None:
    for table in ("outbox", "sentitems"):
        found = session.all(f'SELECT "ID" FROM {table} WHERE "CreatorID" = ? LIMIT 1', creator)  # noqa: S608 - ours
        if found:
            return int(found[0][0])
    return None


def _states(session: Session, low: int) -> dict[int, _State]:
    found: dict[int, _State] = {}
    for row, creator, status, code, age_s in session.all(STATES.format(age=session.age('"SendingDateTime"')), low):
        state = found.setdefault(row, _State(creator, set(), age_s=age_s or 0))
        state.states.add(status)
        if status in LOST:
            state.code = str(code)
    return found


def _unread(session: Session, skip: Collection[str]) -> tuple[SpooledText, ...]:
    """Texts not yet taken. The daemon writes a joined text into its first part's row and leaves the others empty."""
    texts = []
    for row, sender, text, udh, received_at in session.all(UNREAD, BATCH + len(skip)):
        if str(row) in skip:
            continue
        # Row numbers begin again when somebody makes the daemon's database anew.
        whole = "\x1f".join((str(row), sender, received_at, text))
        external_id = f"gammu-{hashlib.sha256(whole.encode()).hexdigest()[:32]}"
        is_rest = udh and not text
        texts.append(SpooledText(str(row), "" if is_rest else external_id, sender, text))
    return tuple(texts)


def _trouble(session: Session, gammu: Gammu) -> str:
    [(phone_age_s,)] = session.all(PHONE_AGE.format(age=session.age('"UpdatedInDB"')))
    [(waiting,)] = session.all("SELECT COUNT(*) FROM outbox")
    if phone_age_s is None or phone_age_s > gammu.silence_s:
        return "no sign of life from its daemon" if phone_age_s is None else f"silent for {phone_age_s} s"
    if waiting > gammu.spool:
        return f"{waiting} messages unsent in its spool"
    return ""
