"""Proof of life: a text and a call of our own that go out into the world and must come back as a citizen's would.

Owns the rows of ``proof``: when one goes out, whether what came in is it, and what follows when it does not come. A
proof is never a report and never a call of the board: it opens nothing and counts in no figure but its own.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.services.alarms import EMERGENCY, NEEDED, clear_alarm, raise_alarm
from dispatch.services.messages import queue_message
from dispatch.settings import Settings
from dispatch.storage.crews import is_remembered, remember_message
from dispatch.storage.proofs import due_proofs, insert_proof, newest_proofs, proof_of_nonce, save_proof
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx

WITHIN_MS = {"sms": 180_000, "voice": 90_000}
"""How long a proof may take to come back."""
AGAIN_MS = 5 * 60_000
"""After one that did not come back the next goes out this soon."""
WORDS = re.compile(r"\s*KENTONGAN UJI ([A-Z2-7]{16})\s*")
"""The whole of a proof's text: a nonce inside other words is somebody's message."""
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
DIGITS = 10
WAKE = "proof"


@dataclass(frozen=True, slots=True)
class Plan:
    """``numbers``: channel -> the number of ours that leads back to us; ``every_ms`` between two proofs."""

    every_ms: int
    numbers: Mapping[str, str] = field(default_factory=dict)


def plan_of(settings: Settings) -> Plan:
    """What is to be proved; nothing in training, where nothing goes out into the world."""
    probe = settings.probe
    numbers = {channel: number for channel, number in (("sms", probe.sms), ("voice", probe.voice)) if number}
    return Plan(probe.every_min * 60_000, numbers if settings.mode == "live" else {})


def words_of(nonce: str) -> str:
    """The text of an SMS proof."""
    return f"KENTONGAN UJI {nonce}"


def _new_nonce(channel: str) -> str:
    """Letters for a text, keys of a phone for a call: nobody can guess either within the time it is good for."""
    letters, length = ("0123456789", DIGITS) if channel == "voice" else (ALPHABET, 16)
    return "".join(secrets.choice(letters) for _ in range(length))


def sweep_proofs(tx: Tx, plan: Plan) -> None:
    """Send what is due, give up what is late, plan what comes next; a channel that has none gets its first at once."""
    for row in due_proofs(tx):
        if row["channel"] not in plan.numbers:
            save_proof(tx, row, state="dropped", next_at=None)
        elif row["state"] == "planned":
            _send(tx, row, plan.numbers[row["channel"]])
        else:
            fail_proof(tx, row, f"not back within {WITHIN_MS[row['channel']] // 1000} s")
    for channel in plan.numbers:
        last = next(iter(newest_proofs(tx, channel, 1)), None)
        next_at = _next_moment(last, plan, tx.now_ms)
        if last is not None and last["state"] == "planned":
            save_proof(tx, last, next_at=min(last["next_at"], next_at))  # the period may have become shorter
        elif last is None or last["state"] != "waiting":
            insert_proof(tx, channel, _new_nonce(channel), next_at)


def _next_moment(last: Row | None, plan: Plan, now_ms: int) -> int:
    if last is None or last["state"] == "dropped":
        return now_ms
    if last["state"] == "failed":
        return now_ms + min(plan.every_ms, AGAIN_MS)
    return (last["sent_at"] or now_ms) + plan.every_ms


def _send(tx: Tx, row: Row, number: str) -> None:
    channel, nonce = row["channel"], row["nonce"]
    if not save_proof(tx, row, state="waiting", sent_at=tx.now_ms, next_at=tx.now_ms + WITHIN_MS[channel]):
        return
    # Critical: behind a bulk notice it would measure the queue, not the way out and back.
    queue_message(
        tx, purpose="proof", channel=channel, recipient=number, body=words_of(nonce) if channel == "sms" else "",
        dedupe_key=f"proof:{row['id']}", critical=True, payload={"proof": nonce},
    )
    _tell(tx, "proof.sent", channel)


def _tell(tx: Tx, kind: str, channel: str, **data: Any) -> None:
    tx.emit(kind, "system", touched=["centre"], channel=channel, **data)
    tx.wake(WAKE)


def is_waiting(tx: Tx, nonce: str) -> bool:
    """Whether this proof is still worth sending."""
    row = proof_of_nonce(tx, nonce)
    return row is not None and row["state"] == "waiting"


def take_proof_text(tx: Tx, words: str, driver: str = "") -> bool:
    """Whether an incoming text is a proof of ours; it is settled then. A nonce we never sent is a citizen's text."""
    found = WORDS.fullmatch(words)
    return found is not None and receive_proof(tx, found[1], driver)


def receive_proof(tx: Tx, nonce: str, driver: str = "") -> bool:
    """It is back. A repeat changes nothing, one that comes too late is noted; False: not ours."""
    row = proof_of_nonce(tx, nonce)
    if row is None or row["sent_at"] is None:
        return False
    channel, took_ms = row["channel"], tx.now_ms - row["sent_at"]
    if row["state"] == "waiting" and save_proof(
        tx, row, state="ok", back_at=tx.now_ms, next_at=None, driver=driver or row["driver"],
    ):
        clear_alarm(tx, cause_of(channel))
        _tell(tx, "proof.returned", channel, took_ms=took_ms, driver=driver or row["driver"])
    elif row["state"] == "failed" and row["back_at"] is None:
        save_proof(tx, row, back_at=tx.now_ms)
        _tell(tx, "proof.late", channel, took_ms=took_ms)
    return True


def fail_proof(tx: Tx, row: Row, error: str) -> None:
    """It did not come back: an alarm, which grows with the second in a row."""
    channel = row["channel"]
    before = newest_proofs(tx, channel, 2)
    if not save_proof(tx, row, state="failed", next_at=None, error=error[:200]):
        return
    again = len(before) > 1 and before[1]["state"] == "failed"
    raise_alarm(
        tx, level=EMERGENCY if again else NEEDED, kind="proof_failed", cause=cause_of(channel), channel=channel,
        error=error[:200],
    )
    _tell(tx, "proof.failed", channel, error=error[:200])


def fail_sent(tx: Tx, nonce: str, error: str) -> None:
    """The provider would not even take it."""
    row = proof_of_nonce(tx, nonce)
    if row is not None and row["state"] == "waiting":
        fail_proof(tx, row, error)


def note_carried(tx: Tx, nonce: str, driver: str, *, arrived: bool) -> None:
    """Who carried it out. Only a driver without a network says at once that it has arrived: that is its way back."""
    row = proof_of_nonce(tx, nonce)
    if row is not None:
        save_proof(tx, row, driver=driver)
    if arrived:
        receive_proof(tx, nonce, driver)


def cause_of(channel: str) -> str:
    """The cause of the alarm that a channel is not proved to live."""
    return f"proof:{channel}"


# a call that may be ours


def expect_proof_call(tx: Tx, call_sid: str) -> bool:
    """A call from our own number while a proof of ours is out there: listened to before it may ring anybody."""
    key = f"proof:{call_sid}"
    if is_remembered(tx, key):
        return True
    waiting = any(row["state"] == "waiting" for row in newest_proofs(tx, "voice", 1))
    return waiting and remember_message(tx, key, "system", None)


def is_proof_call(tx: Tx, call_sid: str) -> bool:
    """Whether this call was taken for a proof: its end is no abandoned call."""
    return is_remembered(tx, f"proof:{call_sid}")
