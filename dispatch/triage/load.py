"""Builds the triage engine from shipped data, a centre's rules and an optional gazetteer file.

The only I/O of triage. Must never classify anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dispatch.domain.routing import RuleSet
from dispatch.domain.severity import Severity
from dispatch.errors import ConfigurationError, Problem
from dispatch.triage.engine import TriageEngine
from dispatch.triage.gazetteer import load_gazetteer
from dispatch.triage.lexicon import LEXICON_DIR, SURE, UNSURE, WEAK, Additions, Concept, load_lexicon
from dispatch.triage.locate import Locator
from dispatch.triage.model import MODEL_FILE, Model, load_model
from dispatch.triage.subtype import SubtypeModel, load_subtypes
from dispatch.triage.weigh import default_severity

DEFAULT_CENTRE = "33.28"
ADDED_WEIGHT = 4.0


def load_engine(
    rules: RuleSet | None = None, gazetteer: Path | None = None, model: Path | Model | None = MODEL_FILE
) -> TriageEngine:
    """``model``: its file, or one that is loaded already. Measured 80 ms and 14 MB on one core; see docs/triage.md."""
    centre = rules.centre if rules is not None else DEFAULT_CENTRE
    lexicon = load_lexicon(LEXICON_DIR, additions_of(rules.triage) if rules is not None else None)
    default_of = rules.default_severity if rules is not None else default_severity
    return TriageEngine(
        lexicon, Locator(load_gazetteer(centre, gazetteer), lexicon.normaliser.knows), default_of=default_of,
        model=load_model(model) if isinstance(model, Path) else model,
        subtypes=_subtypes(rules) if model is not None else None,
    )


def _subtypes(rules: RuleSet | None) -> SubtypeModel:
    """The shipped model of subtypes, naming only those that the centre has."""
    shipped = load_subtypes()
    if rules is None:
        return shipped
    return shipped.within({kind: entry.subtypes.keys() for kind, entry in rules.types.items()})


def additions_of(triage: Mapping[str, object]) -> Additions:
    """A centre's own words; all faults at once.

    ``{words: [{words, type, subtype, severity, weight, life_threat}], spelling: {variant: word}}``
    """
    problems: list[Problem] = []
    concepts: list[tuple[Concept, tuple[str, ...]]] = []
    rows = triage.get("words", ())
    for number, row in enumerate(rows if isinstance(rows, list | tuple) else (), start=1):
        try:
            concepts.append(_concept(number, row))
        except (KeyError, TypeError, ValueError) as error:
            problems.append(Problem(f"entry {number} cannot be used: {error!r}", key="triage.words"))
    spelling = triage.get("spelling", {})
    if not isinstance(spelling, Mapping):
        problems.append(Problem("must be a mapping of written word to meant word", key="triage.spelling"))
        spelling = {}
    if problems:
        raise ConfigurationError(problems)
    return Additions(tuple(concepts), {str(k).lower(): str(v).lower() for k, v in spelling.items()})


def _concept(number: int, row: Any) -> tuple[Concept, tuple[str, ...]]:
    words = row["words"]
    texts = tuple(str(word).lower() for word in ([words] if isinstance(words, str) else words))
    if not texts or not all(text.strip() for text in texts):
        raise ValueError("words is empty")
    threat = row.get("life_threat", False)
    certainty = {True: SURE, False: ""}.get(threat, threat)
    if certainty not in ("", SURE, UNSURE, WEAK):
        raise ValueError(f"life_threat {threat!r}")
    severity = Severity(row["severity"]) if row.get("severity") else None
    name = str(row.get("name", f"rules.{number}"))
    kind = "life" if certainty else "type"
    concept = Concept(
        kind,
        name,
        str(row["type"]),
        str(row.get("subtype", "")),
        float(row.get("weight", ADDED_WEIGHT)),
        severity,
        certainty,
    )
    return concept, texts
