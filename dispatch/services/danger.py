"""Teams that are out are told what may hurt them as it is learnt, and what turns out to be none. Nothing is decided."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.domain.gsm import gsm_words
from dispatch.domain.hazard import find_hazards
from dispatch.domain.incident import Incident
from dispatch.domain.scene import Scene, is_new_danger, withdrawn
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.services.notices import LONGEST_DANGER, told
from dispatch.services.scene_words import danger_words
from dispatch.storage.assignments import assignments_of
from dispatch.storage.incident_words import REPORT_TEXTS
from dispatch.storage.transaction import Tx
from dispatch.texts import text


def tell_danger(tx: Tx, before: Scene, incident: Incident, knowledge: Knowledge) -> None:
    """The teams that are out learn by message what was noted since ``before``, and what of it does not hold any more.

    The notice that sent them, or a message since, had said what stood there then.
    """
    if is_new_danger(before, incident.scene):
        _tell(tx, incident, knowledge, "danger", danger_words(incident.scene, (), knowledge.lang))
    if gone := danger_words(withdrawn(before, incident.scene), (), knowledge.lang):
        still = danger_words(incident.scene, (), knowledge.lang)
        _tell(tx, incident, knowledge, "danger_over", gone, still)


def tell_words(
    tx: Tx, incident: Incident, said: Iterable[str], knowledge: Knowledge, known: Iterable[str] | None = None
) -> None:
    """A danger that only further reporters' words ``said`` speak of: told to each team once.

    ``known``: the words so far, None = those of the incident's reports.
    """
    found = find_hazards(knowledge.rules.hazards, (), "", said)
    if not found or not any(item.is_live for item in assignments_of(tx, incident.id)):
        return
    words = (incident.summary, *(texts_of(tx, incident) if known is None else known))
    before = find_hazards(knowledge.rules.hazards, incident.types, incident.subtype, words)
    noted = danger_words(incident.scene, (), knowledge.lang)
    for hazard in (one for one in found if one not in before):
        label = hazard.labels.get(knowledge.lang, hazard.labels["id"])
        if danger_words(incident.scene, [label], knowledge.lang) != noted:
            _tell(tx, incident, knowledge, "danger", [label], once=hazard.name)


def texts_of(tx: Tx, incident: Incident) -> list[str]:
    """The newest words of its reporters."""
    return [row["text"] for row in tx.all(REPORT_TEXTS, incident_id=incident.id)]


def _tell(
    tx: Tx, incident: Incident, knowledge: Knowledge, purpose: str, words: Iterable[str], still: Iterable[str] = (),
    *, once: str = "",
) -> None:
    """``once`` names what is told: without it each version of the incident has its message."""
    hazards, left = (gsm_words(", ".join(some), LONGEST_DANGER) for some in (words, still))
    body = text(f"notice.{purpose}", knowledge.lang, number=incident.number, hazards=hazards)
    if left:
        body += " " + text("notice.danger_left", knowledge.lang, hazards=left)
    for item in (one for one in assignments_of(tx, incident.id) if one.is_live):
        for address, channel in told(tx, item):
            queue_message(
                tx, purpose=purpose, channel=channel, recipient=address, body=body,
                dedupe_key=f"{purpose}:{item.id}:{address}:{once or incident.version}", critical=True,
                incident_id=incident.id, assignment_id=item.id,
            )


def untold(tx: Tx, incident: Incident) -> list[str]:
    """Teams that are out and whom no message can reach, as none has sent them."""
    return [item.subject for item in assignments_of(tx, incident.id) if item.is_live and not told(tx, item)]


def by_radio(tx: Tx, before: Scene, incident: Incident, lang: str) -> str:
    """Who of those that are out does not hear by themselves of a danger, or that it is none; '' = nobody."""
    new, gone = is_new_danger(before, incident.scene), withdrawn(before, incident.scene) != Scene()
    teams = ", ".join(untold(tx, incident)).upper() if new or gone else ""
    return text("result.by_radio" if new else "result.by_radio_over", lang, teams=teams) if teams else ""
