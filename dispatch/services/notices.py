"""Messages that follow from state: the crew's notice, what the caller is told. Written in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.assignment import Assignment
from dispatch.domain.gsm import gsm_words
from dispatch.domain.hazard import find_hazards
from dispatch.domain.incident import Incident
from dispatch.domain.notice import compose_notice
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.services.dialogue import TEXT_CHANNELS as TEXT_CHANNELS
from dispatch.services.dialogue import may_text, place_words
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.services.scene_words import danger_words, people_words
from dispatch.storage.dialogues import threads_of_phone
from dispatch.storage.incident_words import REPORT_TEXTS
from dispatch.storage.reaching import pages_of
from dispatch.storage.statement import Statement
from dispatch.storage.tables import report
from dispatch.storage.transaction import Tx
from dispatch.storage.unit_links import PLACEHOLDER
from dispatch.texts import LANGUAGES, text

NOTICE_QUOTE = 600
"""Characters of the citizen's own words in a crew's notice before its parts are counted; the page shows all."""
LONGEST_PLACE, LONGEST_LANDMARK = 60, 120
LONGEST_DANGER = 400
"""Longer than anything that can be noted: a crew that reads half a danger thinks it is all."""
SPOKEN_WORDS = 160
"""Of the citizen's words in a call: about ten seconds."""
LINKED = {"link": "1"}
"""Payload of a message whose placeholder becomes a link when it is sent."""
MAP_URL = "https://maps.google.com/?q={lat:.5f},{lon:.5f}"


def type_label(kind: str, knowledge: Knowledge, lang: str = "") -> str:
    """The type in a language, without one in the centre's."""
    known = knowledge.rules.types.get(kind)
    return known.labels.get(lang or knowledge.lang, known.labels["id"]) if known else kind


def place_label(incident: Incident, knowledge: Knowledge, lang: str = "") -> str:
    """Structured place for people; empty structure says so in ``lang``, '' = the centre's."""
    parts = [incident.place.landmark, incident.place.desa, incident.place.kecamatan]
    return ", ".join(part for part in parts if part) or text("place.unknown", lang or knowledge.lang)


def team_label(item: Assignment, knowledge: Knowledge) -> str:
    """The unit's call sign; an agency whose duty desk was asked by its name, never by its code."""
    agency = None if item.unit else knowledge.rules.agencies.get(item.agency)
    return agency.labels.get(knowledge.lang, agency.labels["id"]) if agency else item.subject


def map_url(lat: float | None, lon: float | None) -> str:
    """A link that any phone opens on its map; '' where no point is known."""
    return "" if lat is None or lon is None else MAP_URL.format(lat=lat, lon=lon)


def hazard_labels(incident: Incident, texts: Iterable[str], knowledge: Knowledge, lang: str) -> list[str]:
    """What may hurt the crew, in a language: what a person noted goes first."""
    said = (*texts, incident.scene.hazard)
    found = find_hazards(knowledge.rules.hazards, incident.types, incident.subtype, said)
    return danger_words(incident.scene, [hazard.labels.get(lang, hazard.labels["id"]) for hazard in found], lang)


def assignment_notice(tx: Tx, incident: Incident, knowledge: Knowledge) -> str:
    """The text that sends a crew; its first part says what, where and how to answer, whatever becomes of the rest."""
    lang = knowledge.lang
    texts = [incident.summary, *(row["text"] for row in tx.all(REPORT_TEXTS, incident_id=incident.id))]
    hazards, more = _in_two(gsm_words(", ".join(hazard_labels(incident, texts, knowledge, lang)), LONGEST_DANGER))
    place = gsm_words(place_label(incident, knowledge), LONGEST_PLACE)
    people = ", ".join(people_words(incident.scene, lang))
    landmark = gsm_words(incident.scene.landmark, LONGEST_LANDMARK)
    address = map_url(incident.place.lat, incident.place.lon)
    return compose_notice(
        text(
            "notice.head", lang, number=incident.number, rank=(incident.severity or Severity.LOW).rank,
            type=gsm_words(type_label(incident.type, knowledge), 30), place=place,
        ),
        [
            text("notice.hazard", lang, hazards=hazards) if hazards else "",
            text("notice.people", lang, people=people) if people else "", text("notice.answers", lang),
        ],
        (text("notice.words", lang), incident.summary[:NOTICE_QUOTE]),
        [
            text("notice.hazard", lang, hazards=more) if more else "",
            text("notice.landmark", lang, landmark=landmark) if landmark else "",
            text("notice.caller", lang, caller=incident.reachable) if incident.reachable else "",
            text("notice.map", lang, url=address) if address else "",
            f"{knowledge.link_url}/u/{PLACEHOLDER}" if knowledge.link_url else "",
        ],
    )


def unreached_notice(incident: Incident, item: Assignment, knowledge: Knowledge) -> str:
    """What a supervisor reads when a team does not answer."""
    return text(
        "notice.unreached", knowledge.lang, subject=team_label(item, knowledge), number=incident.number,
        rank=(incident.severity or Severity.LOW).rank, type=type_label(incident.type, knowledge),
        place=gsm_words(place_label(incident, knowledge), LONGEST_PLACE),
    )


def _in_two(hazards: str) -> tuple[str, str]:
    """As much as the first part has room for, and what goes on behind the words; each says that there is more."""
    if len(hazards) <= LONGEST_PLACE:
        return hazards, ""
    begun = hazards[:LONGEST_PLACE].rsplit(" ", 1)[0]
    return begun.rstrip(" ,") + "..", f"...{hazards[len(begun):].strip(' ,')}"


def spoken_notice(incident: Incident, item: Assignment, knowledge: Knowledge, *, supervisor: bool) -> str:
    """What a voice says to a team, or to a supervisor about a team. Numbers are spelt, the words are short."""
    team = " ".join(item.unit) if item.unit else team_label(item, knowledge)
    key = "team_voice.unreached" if supervisor else "team_voice.notice"
    return text(
        key, knowledge.lang, subject=team, number=" ".join(str(incident.number)),
        type=type_label(incident.type, knowledge), place=place_label(incident, knowledge),
        words=_spoken_words(incident, knowledge.lang), rank=(incident.severity or Severity.LOW).rank,
    )


def _spoken_words(incident: Incident, lang: str) -> str:
    """What somebody noted of the danger is heard before the citizen's words."""
    danger = ", ".join(danger_words(incident.scene, (), lang))
    return (f"{danger}. " if danger else "") + incident.summary[:SPOKEN_WORDS]


def notify_withdrawal(tx: Tx, incident: Incident, item: Assignment, knowledge: Knowledge) -> None:
    """Tell everybody who was told to go that it is off. A call becomes a text: nothing is to be answered."""
    body = text("notice.withdrawal", knowledge.lang, number=incident.number)
    for address, channel in told(tx, item):
        queue_message(
            tx, purpose="withdrawal", channel=channel, recipient=address, body=body,
            dedupe_key=f"withdrawal:{item.id}:{address}", critical=True, incident_id=incident.id,
            assignment_id=item.id,
        )


def told(tx: Tx, item: Assignment) -> list[tuple[str, str]]:
    """Address and channel of everybody in the team who was told to go; a call becomes a text."""
    pages = [page for page in pages_of(tx, item.id) if page["role"] == "team"]
    return list(dict.fromkeys(
        (page["phone"], "sms" if page["channel"] == "voice" else page["channel"]) for page in pages
    ))


CALLER_TEXT = {
    IncidentStatus.DISPATCHED: "citizen.sent", IncidentStatus.ON_SCENE: "citizen.arrived",
    IncidentStatus.RESOLVED: "citizen.feedback",
}
FIRST_TRIAGE = Statement(
    select(report.c.triage)
    .where(report.c.centre == bindparam("centre"), report.c.incident_id == bindparam("incident_id"))
    .order_by(report.c.id)
    .limit(1)
)


def notify_caller(tx: Tx, incident: Incident, knowledge: Knowledge) -> None:
    """Tell a texting caller that help was sent, arrived, is done: only after it is committed, once each."""
    key = CALLER_TEXT.get(incident.status)
    if key is None or incident.channel not in TEXT_CHANNELS or not incident.caller:
        return
    known = threads_of_phone(tx, incident.caller)
    thread = next((one for one in known if one.incident_id == incident.id), None)
    purpose = key.removeprefix("citizen.")
    if not may_text(tx.now_ms, known, thread, purpose):
        return
    lang = thread.lang if thread else language_of_caller(tx, incident, knowledge)
    place = place_words(incident, lang) if incident.place.is_known else text("place.unknown", lang)
    queue_message(
        tx, purpose=purpose, channel=thread.channel if thread else incident.channel, recipient=incident.caller,
        body=text(key, lang, number=incident.number, place=place),
        dedupe_key=f"{key}:{incident.id}:{incident.caller}", incident_id=incident.id,
    )


def language_of_caller(tx: Tx, incident: Incident, knowledge: Knowledge) -> str:
    """The language of their first words, as in the receipt; the centre's when the words did not tell."""
    row = tx.first(FIRST_TRIAGE, incident_id=incident.id)
    spoken = msgspec.json.decode(row["triage"]).get("language") if row else None
    return spoken if spoken in LANGUAGES else knowledge.lang
