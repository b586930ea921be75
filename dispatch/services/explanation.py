"""Why, for a person who asks: driving words, what would be without each, and the question to ask. Stores nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.domain.report import Channel, Reason, Triage
from dispatch.domain.routing import RuleSet, decide
from dispatch.domain.severity import Severity
from dispatch.ports import Classifier
from dispatch.rules.cases import facts_of_triage
from dispatch.services.knowledge import Knowledge
from dispatch.texts import LANGUAGES, text
from dispatch.triage.counterfactual import Without, driving, without_each
from dispatch.triage.inquiry import YES_NO, Question, best_question
from dispatch.wire import IncidentDetail, LogLine

NO_RANK = 9


@dataclass(frozen=True, slots=True)
class Explanation:
    triage: Triage
    severity: Severity | None
    cues: tuple[Reason, ...]
    without: tuple[Without, ...]
    question: Question | None


def explain_text(
    words: str, classifier: Classifier, rules: RuleSet, at: datetime, channel: Channel, answered: Collection[str] = (),
) -> Explanation:
    """Classify once, and again at most four times with one cue masked. ``answered``: questions not to ask again."""

    def classify(said: str) -> Triage:
        return classifier.classify(said, at=at, channel=channel)

    def severity_of(triage: Triage) -> Severity | None:
        return decide(rules, facts_of_triage(rules, triage, at, channel.value)).severity

    triage = classify(words)
    severity = severity_of(triage)
    return Explanation(
        triage, severity, tuple(driving(triage)), tuple(without_each(words, triage, classify, severity_of)),
        best_question(triage, severity, answered),
    )


async def explain_reports(
    detail: IncidentDetail, cards: list[dict[str, Any]], knowledge: Knowledge, lang: str
) -> dict[str, Any]:
    """The explanation of the report that decided; {} when nobody has said a word. Works beside the event loop.

    ``cards``: the protocol cards of the incident; what the chronology has an answer to is not proposed again.
    """
    spoken = [row for row in detail.reports if row.text.strip()]
    told = min(spoken, key=lambda row: (_rank(row.triage.get("severity")), row.id), default=None)
    if told is None:
        return {}
    found = await asyncio.to_thread(
        explain_text, told.text, knowledge.triage, knowledge.rules, told.received_at, Channel(told.channel),
        answered_on_cards(detail.timeline, cards),
    )
    return {"report": told.id, **worded(found, lang)}


def answered_on_cards(timeline: list[LogLine], cards: list[dict[str, Any]]) -> frozenset[str]:
    """Keys of the questions that stand with an answer in a line of the protocol card, in whichever language."""
    noted = [str(line.data.get("text", "")) for line in timeline if line.data.get("card") is True]
    questions = [question for card in cards for question in card.get("questions", ()) if noted]
    return frozenset(
        question["key"] for question in questions
        if any(f"{asked} " in line for asked in question["text"].values() for line in noted)
    )


def _rank(severity: str | None) -> int:
    return Severity(severity).rank if severity else NO_RANK


def worded(found: Explanation, lang: str) -> dict[str, Any]:
    """As JSON, with ready sentences: ``lines`` in the reader's language, the SMS in all of the callers'."""
    cues = [{"effect": r.effect, "value": r.value, "rule": r.rule, "words": list(r.words)} for r in found.cues]
    without = [
        {"words": list(w.words), "rule": w.rule, "type": w.type, "severity": w.severity, "life_threat": w.life_threat,
         "text": _without_words(w, found, lang)}
        for w in found.without
    ]
    question = None if found.question is None else worded_question(found.question, lang)
    lines = [str(item["text"]) for item in without] or [text("explain.nothing_alone", lang)]
    if question is not None:
        lines.append(question["line"])
    return {"cues": cues, "without": without, "question": question, "lines": lines}


def _without_words(w: Without, found: Explanation, lang: str) -> str:
    """'tanpa 'sesak': P3', with the type where that changes too."""
    parts = [_level(w.severity)] if w.severity != found.severity else []
    if w.type != found.triage.type:
        parts.append(text(f"log.word.{w.type}", lang))
    return text("explain.without", lang, words=" ".join(w.words), result=" ".join(parts))


def _level(severity: Severity | None) -> str:
    return f"P{severity.rank}" if severity else "-"


def worded_question(question: Question, lang: str) -> dict[str, Any]:
    """The question in the reader's language, what each answer implies, and its SMS in all languages."""
    asked = text(f"question.{question.key}", lang)
    line = text("explain.ask", lang, question=asked)
    if question.gain:
        yes = [_level(question.yes)] if question.yes else []
        yes += [f"+ {text(f'log.word.{question.adds}', lang)}"] if question.adds else []
        no = _level(question.no) if question.no else text("explain.same", lang)
        line += " " + text("explain.answers", lang, yes=" ".join(yes) or text("explain.same", lang), no=no)
    return {
        "key": question.key, "gain": question.gain, "yes": question.yes, "no": question.no,
        "adds": question.adds or None, "text": asked, "line": line,
        "sms": {code: question_sms(question.key, code) for code in LANGUAGES},
    }


def question_sms(key: str, lang: str) -> str:
    """The question as one SMS of at most 160 GSM-7 characters."""
    template = "question.sms_yes_no" if key in YES_NO else "question.sms_open"
    return text(template, lang, question=text(f"question.{key}", lang))
