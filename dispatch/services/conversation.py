"""What a citizen writes: a word of command, the answer to a question, or free text. Every word is stored as a report.

A command word counts only as a whole message; free text is accepted at every step and is triaged as ever, so it may
raise or open something new. Nothing a citizen writes closes what is critical or high.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dispatch.domain.citizen_answer import (
    Meaning,
    Reply,
    Safety,
    read_digit,
    read_feedback,
    read_reply,
    read_safety,
)
from dispatch.domain.fold_words import marks_of
from dispatch.domain.incident import Incident
from dispatch.domain.report import NewReport
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.services.alarms import EMERGENCY, NEEDED, clear_alarm, raise_alarm
from dispatch.services.dialogue import DAY_MS, LOOP_WINDOW_MS, go_on, say, silence_of
from dispatch.services.incidents import REOPEN_WITHIN, add_remark, close_incident, reopen_incident
from dispatch.services.intake import KNOWN_REPORT, receive_report
from dispatch.services.knowledge import Knowledge
from dispatch.storage.assignments import assignments_of
from dispatch.storage.crews import remember_message
from dispatch.storage.dialogues import Thread, insert_thread, save_thread, threads_of_incident, threads_of_phone
from dispatch.storage.incidents import fetch_incident, incidents_of_sender, save_incident, surviving, touch
from dispatch.storage.transaction import Tx
from dispatch.texts import DEFAULT, LANGUAGES

S = IncidentStatus
OVER = (S.RESOLVED, S.CLOSED)
TYPES = {1: "medical", 2: "fire", 3: "traffic_accident", 4: "crime", 5: "disaster"}
"""The digits of 'what happened'; 6 and any other words are left to triage."""
ANSWER_WITHIN_MS = 30 * 60_000
"""How long words are taken for the answer to the question that waits."""
CANCELLED = "batal"
SHOWN, BULK = "other_service", frozenset({"spam"})
"""What a picture or a shared place stands for until somebody has looked; advertising stays advertising."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A thread and the incident it is about now (the survivor of a merged one)."""

    thread: Thread
    incident: Incident

    @property
    def is_open(self) -> bool:
        return self.incident.status not in OVER


@dataclass(frozen=True, slots=True)
class Said:
    """One message with all that is known of its sender. ``talks`` are newest first."""

    tx: Tx
    report: NewReport
    reply: Reply
    talks: list[Talk]
    knowledge: Knowledge

    def pick(self, *, among: Callable[[Talk], bool]) -> Talk | None:
        """The thread meant: the one whose number is named, else the newest it can be true of."""
        fitting = [talk for talk in self.talks if among(talk)]
        named = [talk for talk in fitting if talk.incident.number == self.reply.number]
        return next(iter(named or ([] if self.reply.number else fitting)), None)

    def keep(self, talk: Talk, **chosen: object) -> Talk:
        """Store the message with its incident; returns both as they are after."""
        report = replace(self.report, **chosen)  # type: ignore[arg-type]
        receive_report(self.tx, report, self.knowledge, into=talk.incident)
        return replace(talk, incident=fetch_incident(self.tx, talk.incident.id))


def receive_citizen_text(tx: Tx, report: NewReport, knowledge: Knowledge) -> None:
    """Take one SMS or WhatsApp message of a citizen. A repeat of the provider changes nothing.

    1. a machine's answer is stored and not answered
    2. a word of command: STOP, BATAL, BUKA, TIDAK ADA, BARU or LANJUT
    3. the answer to the question that waits, or the closing question
    4. anything else: a report, which joins or opens; then the next question or a note
    """
    if tx.first(KNOWN_REPORT, channel=report.channel.value, external_id=report.external_id) is not None:
        return
    reply = read_reply(report.text)
    said = Said(tx, report, reply, _talks(tx, report), knowledge)
    if reply.automatic and _texted_lately(said):
        _store_only(said)
        return
    if reply.quiet:
        _be_quiet(said)
    handle = HANDLERS.get(reply.meaning, _take_text)
    if not handle(said):
        _take_text(said)


def _talks(tx: Tx, report: NewReport) -> list[Talk]:
    """The threads of this phone; what it reported by phone or on the web becomes one when it writes."""
    threads = threads_of_phone(tx, report.sender)
    talks = [Talk(t, surviving(tx, fetch_incident(tx, t.incident_id))) for t in threads if t.incident_id is not None]
    return [talk for talk in talks if _ended_within(tx, talk.incident)]


def _ended_within(tx: Tx, incident: Incident) -> bool:
    ended_at = incident.closed_at or incident.resolved_at
    return incident.status not in OVER or ended_at is None or tx.now - ended_at <= REOPEN_WITHIN


def _texted_lately(said: Said) -> bool:
    since = said.tx.now_ms - LOOP_WINDOW_MS
    return any(moment > since for talk in said.talks for moment in talk.thread.texts)


def _store_only(said: Said) -> None:
    talk = said.pick(among=lambda t: t.is_open)
    quiet = replace(said.report, extra={**said.report.extra, "quiet": "1"})
    receive_report(said.tx, quiet, said.knowledge, into=talk.incident if talk else None)


def _be_quiet(said: Said) -> None:
    for talk in said.talks:
        if talk.is_open and not talk.thread.quiet_by:
            save_thread(said.tx, talk.thread, quiet_by="citizen")
            said.tx.emit(
                "message.silenced", "citizen", incident_id=talk.incident.id, touched=[touch(talk.incident)],
                number=talk.incident.number,
            )


# free text and answers


def _take_text(said: Said) -> bool:
    digit = read_feedback(said.report.text)
    last = next(iter(said.talks), None)
    if digit is not None and last is not None and not last.is_open and last.incident.dispatched_at is not None:
        return _take_feedback(said, last, digit)
    asking = said.pick(among=lambda t: t.is_open and _waits(said.tx, t))
    chosen = _answer(asking.thread.step, said.report, said.knowledge) if asking else None
    extra = {**said.report.extra, "quiet": "1"} if said.reply.quiet else said.report.extra
    report = replace(said.report, extra=extra, **{**_shown(said), **(chosen or {})})  # type: ignore[arg-type]
    into = asking.incident if asking and chosen is not None else None
    received = receive_report(said.tx, report, said.knowledge, into=into)
    _answer_back(said, received.incident_id)
    return True


def _shown(said: Said) -> dict[str, object]:
    """Whoever sends a picture or their place shows something, however little the words beside it say: never junk."""
    report, knowledge = said.report, said.knowledge
    if not report.attachments and report.place.lat is None:
        return {}
    triage = knowledge.triage.classify(report.text, at=report.received_at, channel=report.channel)
    bare = triage.type == "not_a_report" and triage.subtype not in BULK
    return {"type": SHOWN} if bare and SHOWN in knowledge.rules.types else {}


def _waits(tx: Tx, talk: Talk) -> bool:
    since = max(talk.thread.texts, default=talk.thread.opened_at)
    return talk.thread.step != "" and tx.now_ms - since <= ANSWER_WITHIN_MS


def _answer(step: str, report: NewReport, knowledge: Knowledge) -> dict[str, object] | None:
    """What the message says as an answer to this question; None: it is no answer, triage alone decides.

    Whoever names a place or speaks of another event tells more than was asked: 'dua orang luka di Margasari'.
    """
    triage = knowledge.triage.classify(report.text, at=report.received_at, channel=report.channel)
    is_place = report.place.lat is not None or triage.place.is_known or triage.place.ambiguous
    if marks_of(report.text).another:
        return None
    if step in ("location", "village"):
        return {} if is_place and not triage.life_threat else None
    if is_place:
        return None
    if step == "what":
        digit = read_digit(report.text, 6)
        kind = TYPES.get(digit or 0, "")
        return None if digit is None else ({"type": kind} if kind in knowledge.rules.types else {})
    safety = read_safety(report.text) if step == "safe" else Safety()
    if not safety.is_answer:
        return None
    return {"severity": Severity.HIGH} if safety.in_danger else {}


def _answer_back(said: Said, incident_id: int) -> None:
    """The next question, or a note; a thread that was opened just now has had its first text."""
    before = {talk.thread.id for talk in said.talks}
    incident = fetch_incident(said.tx, incident_id)
    for thread in threads_of_phone(said.tx, said.report.sender):
        about = thread.incident_id is not None and surviving(said.tx, fetch_incident(said.tx, thread.incident_id)).id
        if about == incident.id and thread.id in before:
            thread = save_thread(said.tx, thread, lang=_language(said, thread))
            go_on(said.tx, thread, incident, said.report.channel.value)
            return


def _language(said: Said, thread: Thread) -> str:
    """Whose first words told nothing is answered in the language they turn out to write; never back by a short word."""
    report, knowledge = said.report, said.knowledge
    if thread.lang != knowledge.lang:
        return thread.lang
    spoken = knowledge.triage.classify(report.text, at=report.received_at, channel=report.channel).language
    return spoken if spoken in LANGUAGES and spoken != DEFAULT else thread.lang


def _take_feedback(said: Said, talk: Talk, digit: int) -> bool:
    item = said.keep(talk).incident
    said.tx.emit("report.feedback", "citizen", incident_id=item.id, number=item.number, answer=digit)
    if digit == 3:
        _alarm(said.tx, item, "help_missed")
    say(
        said.tx, talk.thread, "thanks", item, purpose="thanks", dedupe=f"thanks:{talk.thread.id}:{said.tx.now_ms}"
    )
    return True


# words of command


def _stop(said: Said) -> bool:
    """STOP and START count for the phone, whatever it wrote about."""
    stop = said.reply.meaning is Meaning.STOP
    tx, report = said.tx, said.report
    talk = said.pick(among=lambda t: t.is_open)
    if talk is not None:
        said.keep(talk)
    elif not remember_message(tx, f"citizen:{report.channel.value}:{report.external_id}", "citizen", None):
        return True
    known = threads_of_phone(tx, report.sender)
    if known:
        save_thread(tx, known[0], stopped_at=tx.now_ms if stop else None)
    elif report.sender:
        insert_thread(tx, Thread(
            tx.new_id(), report.sender, report.channel.value, None, said.knowledge.lang, tx.now_ms,
            stopped_at=tx.now_ms if stop else None,
        ))
    tx.emit(
        "message.stopped" if stop else "message.resumed", "citizen",
        incident_id=talk.incident.id if talk else None, text=report.text,
    )
    return True


def _cancel(said: Said) -> bool:
    """BATAL closes only what is not urgent, what nobody else reported and what nobody was sent to."""
    talk = said.pick(among=lambda t: t.is_open) or _adopted(said)
    if talk is None:
        return False
    tx, knowledge = said.tx, said.knowledge
    talk = said.keep(talk)
    item = talk.incident
    tx.emit("report.cancel_asked", "citizen", incident_id=item.id, touched=[touch(item)], number=item.number)
    clear_alarm(tx, silence_of(item.id))
    thread = save_thread(tx, talk.thread, step="", next_at=None, reminders=0)
    key = "cancelled" if _may_cancel(tx, item, said.report.sender) else "cancel_kept"
    say(tx, thread, key, item, purpose="cancel", dedupe=f"{key}:{thread.id}:{tx.now_ms}")
    if key == "cancelled":
        close_incident(tx, item, CANCELLED, actor="citizen", knowledge=knowledge)
    else:
        _alarm(tx, item, "cancel_asked", rank=item.severity.rank if item.severity else 0)
    return True


def _may_cancel(tx: Tx, item: Incident, sender: str) -> bool:
    urgent = item.life_threat or item.unsure or item.severity is None or item.severity.is_urgent
    others = {thread.phone for thread in threads_of_incident(tx, item.id)} - {sender}
    alone = not others and item.caller == sender
    untouched = item.dispatched_at is None and not any(a.is_live for a in assignments_of(tx, item.id))
    return not urgent and alone and untouched


def _adopted(said: Said) -> Talk | None:
    """Somebody who had called writes for the first time: their incident's thread."""
    tx, report = said.tx, said.report
    for item in incidents_of_sender(tx, report.sender, tx.now_ms - DAY_MS) if report.sender else []:
        if item.status in OVER:
            continue
        thread = insert_thread(tx, Thread(
            tx.new_id(), report.sender, report.channel.value, item.id, said.knowledge.lang, tx.now_ms,
        ))
        return Talk(thread, item)
    return None


def _reopen(said: Said) -> bool:
    """BUKA: within 30 days, the caller's own report only."""
    if said.reply.number is None and any(talk.is_open for talk in said.talks):
        return False
    talk = said.pick(among=lambda t: not t.is_open)
    if talk is None:
        return False
    tx = said.tx
    after = reopen_incident(tx, talk.incident, actor="citizen", knowledge=said.knowledge, reason=said.report.text[:200])
    talk = said.keep(replace(talk, incident=after))
    _alarm(tx, talk.incident, "citizen_reopened")
    say(
        tx, talk.thread, "reopened", talk.incident, purpose="reopened", dedupe=f"reopened:{talk.thread.id}:{tx.now_ms}"
    )
    return True


def _not_here(said: Said) -> bool:
    """TIDAK ADA answers 'the team has arrived'; anywhere else it is free text."""
    talk = said.pick(among=lambda t: t.incident.on_scene_at is not None)
    if talk is None:
        return False
    tx = said.tx
    talk = said.keep(talk)
    item = talk.incident
    tx.emit("report.team_not_seen", "citizen", incident_id=item.id, touched=[touch(item)], number=item.number)
    _alarm(tx, item, "team_not_seen")
    say(tx, talk.thread, "not_seen", item, purpose="not_seen", dedupe=f"not_seen:{talk.thread.id}:{tx.now_ms}")
    return True


def _which(said: Said) -> bool:
    """New emergency or more of the last one: told to the operator, who alone joins (G) or leaves apart."""
    talk = said.pick(among=lambda t: t.is_open and t.thread.step == "which")
    if talk is None:
        return False
    tx, new = said.tx, said.reply.meaning is Meaning.NEW
    talk = said.keep(talk)
    item = talk.incident
    tx.emit("report.which", "citizen", incident_id=item.id, number=item.number, answer=said.reply.meaning.value)
    if new:
        rest = tuple(d for d in item.duplicates if d.reason != "same_caller")
        item = save_incident(tx, item, "citizen", duplicates=rest)
    else:
        add_remark(tx, item, said.report.text, actor="citizen")
    go_on(tx, talk.thread, item, said.report.channel.value)
    return True


HANDLERS: dict[Meaning, Callable[[Said], bool]] = {
    Meaning.STOP: _stop, Meaning.START: _stop, Meaning.CANCEL: _cancel, Meaning.REOPEN: _reopen,
    Meaning.NOT_HERE: _not_here, Meaning.NEW: _which, Meaning.SAME: _which,
}


def _alarm(tx: Tx, item: Incident, kind: str, **params: Any) -> None:
    urgent = item.severity is Severity.CRITICAL or item.life_threat
    raise_alarm(
        tx, level=EMERGENCY if urgent else NEEDED, kind=kind, cause=f"{kind}:{item.id}", incident_id=item.id,
        number=item.number, **params,
    )
