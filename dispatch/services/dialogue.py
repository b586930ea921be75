"""The automatic side of a citizen's thread: which question comes next, and whether a text may go out at all.

Location, what, safe and hurt; one question a message, each once. Owns the state of a thread; what the citizen's words
mean is ``conversation``, when silence counts is ``silence``.
"""

from __future__ import annotations

from typing import Any

from dispatch.domain.dedup import VAGUE_TYPES
from dispatch.domain.gsm import gsm_words
from dispatch.domain.incident import Incident
from dispatch.domain.phone import mask_phone
from dispatch.domain.report import NO_SEVERITY_TYPES
from dispatch.services.alarms import NEEDED, clear_alarm, raise_alarm
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.storage.dialogues import Thread, insert_thread, save_thread, threads_of_phone
from dispatch.storage.incidents import fetch_incident, surviving
from dispatch.storage.transaction import Tx
from dispatch.texts import LANGUAGES, text

TEXT_CHANNELS = ("sms", "whatsapp")
ABUSE_TYPES = frozenset({"domestic_violence"})
"""Whoever does harm may hold the phone: the receipt goes out, and no automatic text after it."""
WAIT_MS = 60_000
"""A question unanswered for this long is silence."""
LOOP_WINDOW_MS = 10 * 60_000
LOOP_MOST = 6
"""Automatic texts to one phone within the window; who gets more is most likely a machine that answers us."""
MUTE_MS = 60 * 60_000
DAY_MS = 24 * 60 * 60_000
LONGEST_NAME, LONGEST_PLACE = 19, 34
"""Characters of a name in a text: the longest that every text leaves room for (tested)."""


def silence_of(incident_id: int) -> str:
    """The cause of the alarm that a citizen does not answer."""
    return f"silent:{incident_id}"


def place_words(incident: Incident, lang: str) -> str:
    """The place as it stands in a text."""
    names = ", ".join(part for part in (incident.place.desa, incident.place.kecamatan) if part)
    return gsm_words(names, LONGEST_PLACE) or text("citizen.point", lang)


def next_step(incident: Incident, asked: tuple[str, ...]) -> str:
    """The question to put now; '' when nothing is missing, was asked before, or help is on its way."""
    if not incident.is_open or incident.dispatched_at is not None:
        return ""
    place = incident.place
    wanted = {
        "which": any(d.reason == "same_caller" for d in incident.duplicates) and not _is_urgent(incident),
        "location": not place.desa and place.lat is None and not place.ambiguous,
        "village": place.ambiguous,
        "what": incident.type in VAGUE_TYPES,
        "safe": _is_urgent(incident),
    }
    if not asked and wanted["village"]:
        return "location"
    if incident.type in ABUSE_TYPES:
        wanted["what"] = wanted["safe"] = False
    return next((step for step, needed in wanted.items() if needed and step not in asked), "")


def _is_urgent(incident: Incident) -> bool:
    return incident.life_threat or (incident.severity is not None and incident.severity.is_urgent)


def open_dialogue(
    tx: Tx, incident: Incident, knowledge: Knowledge, *, channel: str, sender: str, lang: str, quiet: bool = False,
) -> None:
    """The first text to somebody who wrote: receipt and first question in one. Once a phone and incident.

    Never for obvious junk. ``quiet``: they asked that nothing comes back, or a machine wrote.
    """
    if channel not in TEXT_CHANNELS or not sender or incident.type in NO_SEVERITY_TYPES or not incident.is_open:
        return
    others = threads_of_phone(tx, sender)
    if any(_is_about(tx, other, incident) for other in others):
        return
    latest = others[0] if others else None
    recent = latest is not None and tx.now_ms - latest.opened_at < DAY_MS
    thread = insert_thread(tx, Thread(
        id=tx.new_id(), phone=sender, channel=channel, incident_id=incident.id,
        lang=lang if lang in LANGUAGES else knowledge.lang, opened_at=tx.now_ms,
        stopped_at=latest.stopped_at if latest else None, muted_until=latest.muted_until if latest else None,
        quiet_by="citizen" if quiet else (latest.quiet_by if latest and recent else ""),
    ))
    step = next_step(incident, ())
    key, params = _first_text(step, incident, thread.lang)
    thread = say(tx, thread, key, incident, purpose="receipt", dedupe=f"receipt:{incident.id}:{sender}", **params)
    wait(tx, thread, step)


def _is_about(tx: Tx, thread: Thread, incident: Incident) -> bool:
    if thread.incident_id is None or thread.incident_id == incident.id:
        return thread.incident_id is not None
    return surviving(tx, fetch_incident(tx, thread.incident_id)).id == incident.id


def _first_text(step: str, incident: Incident, lang: str) -> tuple[str, dict[str, Any]]:
    place = incident.place
    if step == "location":
        return "receipt", {}
    if step == "which":
        return "receipt_which", {"other": next(d.number for d in incident.duplicates if d.reason == "same_caller")}
    if step == "safe":
        return "receipt_safe", {"place": place_words(incident, lang)}
    if step == "what":
        return _what_text(incident)
    return ("receipt_place", _names(incident)) if place.desa else ("receipt_point", {})


def _what_text(incident: Incident) -> tuple[str, dict[str, Any]]:
    if incident.place.desa and not incident.place.ambiguous:
        return "what", _names(incident)
    return ("what_point" if incident.place.lat is not None else "what_open"), {}


def _names(incident: Incident) -> dict[str, str]:
    place = incident.place
    return {"desa": gsm_words(place.desa, LONGEST_NAME), "kecamatan": gsm_words(place.kecamatan, LONGEST_NAME)}


def go_on(tx: Tx, thread: Thread, incident: Incident, channel: str) -> Thread:
    """The citizen has written: their silence is over; the next question goes out, else a note that it was taken."""
    clear_alarm(tx, silence_of(incident.id))
    thread = save_thread(tx, thread, channel=channel, step="", next_at=None, reminders=0)
    step = next_step(incident, thread.asked)
    if not step:
        key = f"noted:{thread.id}:{tx.now_ms // LOOP_WINDOW_MS}"
        return say(tx, thread, "noted", incident, purpose="noted", dedupe=key)
    key, params = _what_text(incident) if step == "what" else (step, {})
    if step == "location":
        key = "receipt"
    if step == "which":
        return thread
    thread = say(tx, thread, key, incident, purpose="question", dedupe=f"question:{thread.id}:{step}", **params)
    return wait(tx, thread, step)


def wait(tx: Tx, thread: Thread, step: str) -> Thread:
    """The question counts as asked; from now on silence is measured, also where no text could go out."""
    if not step:
        return thread
    return save_thread(tx, thread, step=step, asked=(*thread.asked, step), next_at=tx.now_ms + WAIT_MS)


def say(
    tx: Tx, thread: Thread, key: str, incident: Incident, *, purpose: str, dedupe: str, critical: bool = False,
    **params: Any,
) -> Thread:
    """Queue one automatic text of the catalogue's [citizen], unless it may not be sent; returns the thread after."""
    known = threads_of_phone(tx, thread.phone)
    if not may_text(tx.now_ms, known, thread, purpose):
        return thread
    since = tx.now_ms - LOOP_WINDOW_MS
    if sum(moment > since for other in known for moment in other.texts) >= LOOP_MOST:
        return _cut_loop(tx, thread, known, incident)
    body = text(f"citizen.{key}", thread.lang, number=incident.number, **params)
    message = queue_message(
        tx, purpose=purpose, channel=thread.channel, recipient=thread.phone, body=body, dedupe_key=dedupe,
        critical=critical, incident_id=incident.id,
    )
    if message is None:
        return thread
    return save_thread(tx, thread, texts=(*thread.texts, tx.now_ms)[-LOOP_MOST:])


def may_text(now_ms: int, known: list[Thread], thread: Thread | None, purpose: str) -> bool:
    """SENYAP lets nothing out; STOP a receipt only; a cut loop nothing that would keep it going."""
    latest = known[0] if known else thread
    if latest is None:
        return True
    if (thread is not None and thread.quiet_by) or latest.quiet_by:
        return False
    if latest.stopped_at is not None and purpose != "receipt":
        return False
    looped = latest.muted_until is not None and now_ms < latest.muted_until
    return not looped or purpose in ("sent", "arrived", "feedback")


def _cut_loop(tx: Tx, thread: Thread, known: list[Thread], incident: Incident) -> Thread:
    """Two systems answer each other: ours is silent for an hour, a person is told, every word is still stored."""
    latest = known[0] if known else thread
    after = save_thread(tx, latest, muted_until=tx.now_ms + MUTE_MS)
    tx.emit("message.loop", "system", incident_id=incident.id, number=incident.number)
    raise_alarm(
        tx, level=NEEDED, kind="text_loop", cause=f"loop:{thread.phone}", incident_id=incident.id,
        number=incident.number, phone=mask_phone(thread.phone),
    )
    return after if after.id == thread.id else thread
