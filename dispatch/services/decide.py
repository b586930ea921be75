"""Who answers, asked of the rules in force, and what is kept of the answer."""

from __future__ import annotations

from typing import Any

from dispatch.domain.report import Triage
from dispatch.domain.routing import Decision, Facts, decide
from dispatch.services.knowledge import Knowledge
from dispatch.storage.transaction import Tx


def route(triage: Triage, channel: str, tx: Tx, knowledge: Knowledge) -> Decision:
    """Who answers, at this moment, by the rules in force."""
    facts = Facts(
        type=triage.type, also_types=triage.also_types, subtype=triage.subtype, severity=triage.severity,
        life_threat=triage.life_threat, place=triage.place, at=tx.now, channel=channel,
    )
    return decide(knowledge.rules, facts)


def decision_record(decision: Decision, triage: Triage, knowledge: Knowledge) -> dict[str, Any]:
    """What is stored beside the incident so that a later rule edit never rewrites why.

    Rules of other types are left out of the trace: they were looked at and say nothing.
    """
    return {
        "rules": list(decision.rules), "digest": knowledge.rules.digest, "version": knowledge.rules.version,
        "trace": [list(step) for step in decision.trace if step.matched or step.failed != "types"],
        "reasons": [[r.effect, r.value, r.rule, list(r.words)] for r in triage.reasons],
        "question": triage.question,
    }
