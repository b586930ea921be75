"""Words heard on a call while they are spoken: kept piece by piece, shown on the incident, read by triage.

The growing text of the caller may raise the incident and move a waiting call ahead; it lowers nothing. It acts only
when it says more than it said before, so a person's own judgement is not overruled again by the same words.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.domain.instant import from_ms
from dispatch.domain.report import Channel, Triage
from dispatch.services.call_order import raise_hint
from dispatch.services.call_record import require_call, tell
from dispatch.services.folding import add_facts
from dispatch.services.knowledge import Knowledge
from dispatch.storage.incidents import fetch_incident, surviving
from dispatch.storage.statement import Row
from dispatch.storage.tables import call, transcript_line
from dispatch.storage.transaction import Tx
from dispatch.storage.voice import heard_lines, is_heard

CITIZEN = "citizen"
MAX_PIECE, MAX_TEXT = 2_000, 10_000


def hear_words(
    tx: Tx, call_id: int, *, sid: str, sequence: int, speaker: str, words: str, knowledge: Knowledge
) -> bool:
    """One finished piece of speech; False when it came before or says nothing. ``speaker``: citizen or operator."""
    words = words.strip()[:MAX_PIECE]
    row = require_call(tx, call_id)
    if not words or is_heard(tx, call_id, sid, sequence):
        return False
    tx.insert(
        transcript_line, id=tx.new_id(), call_id=call_id, sid=sid, sequence=sequence, speaker=speaker, text=words,
        at=tx.now_ms,
    )
    actor = CITIZEN if speaker == CITIZEN else row["operator"] or "system"
    tell(tx, "call.transcript", actor, call_id, speaker=speaker, text=words, sequence=sequence)
    if speaker == CITIZEN:
        before, after = row["transcript"], _said(tx, call_id)
        tx.update(call, {"id": call_id}, transcript=after)
        _understand(tx, row, before, after, knowledge)
    return True


def _said(tx: Tx, call_id: int) -> str:
    """The caller's words in the order they were spoken, whatever the order they came in."""
    spoken = [line["text"] for line in heard_lines(tx, call_id) if line["speaker"] == CITIZEN]
    return " ".join(spoken)[-MAX_TEXT:]


def _understand(tx: Tx, row: Row, before: str, after: str, knowledge: Knowledge) -> None:
    now = _triage(row, after, knowledge)
    raise_hint(tx, row, now.severity)
    if row["incident_id"] is None or (before and now == _triage(row, before, knowledge)):
        return
    item = surviving(tx, fetch_incident(tx, row["incident_id"]))
    if not item.is_open:
        return
    known = _triage(row, before, knowledge) if before else None
    # What the words said before is no news: a person may have judged it lower since, with a reason.
    severity = now.severity if known is None or now.severity is not known.severity else None
    threat = now.life_threat and not (known is not None and known.life_threat)
    add_facts(tx, item, replace(now, severity=severity, life_threat=threat), knowledge, summary=after)


def _triage(row: Row, words: str, knowledge: Knowledge) -> Triage:
    return knowledge.triage.classify(words, at=from_ms(row["rang_at"]), channel=Channel.CALL)
