"""Trains the triage model. Needs scikit-learn (the 'train' extra); the server never imports this module.

Deterministic: the same examples and library versions give the same file. Calibration and the point from which
a threat is called are fitted out of fold, on texts the measured model has not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from dispatch.learning.corpus import TYPE, Example
from dispatch.triage.engine import TriageEngine
from dispatch.triage.features import SIZE, features
from dispatch.triage.model import Calibration, Meaning, Model, Scale, shares_of
from dispatch.triage.normalise import clean
from dispatch.triage.vectors import SentenceVectors

STRENGTH = 1.0
TOLERANCE = 1e-3
MARGIN = 3.0
COUNTS = 2.0
"""A type's score: three parts separating plane, two parts counted words; both are linear and share one table."""
SMOOTHING = 0.3
MEANING_WEIGHT = 3.0
"""How much a sentence vector weighs beside the words; 2 to 4 measured alike."""
FOLDS = 5
TEMPERATURES = tuple(step / 10 for step in range(5, 61))
LEXICON_WEIGHT = 0.5
FALSE_ALARMS = 0.17
"""Share of calm texts that lexicon and model together may call critical, out of fold; less on a writer never seen."""
Matrix = npt.NDArray[np.float32]
ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


class Target(NamedTuple):
    """What one head learns: a value a row, a label only where ``judged``."""

    value: npt.NDArray[Any]
    judged: npt.NDArray[np.bool_]

    def of(self, rows: npt.NDArray[np.intp]) -> Target:
        return Target(self.value[rows], self.judged[rows])


class Targets(NamedTuple):
    types: Target
    threat: Target
    urgent: Target

    def of(self, rows: npt.NDArray[np.intp]) -> Targets:
        return Targets(*(target.of(rows) for target in self))


def fit(examples: Sequence[Example], engine: TriageEngine, vectors: SentenceVectors | None = None) -> Model:
    """A model trained on all examples and calibrated on their folds; with ``vectors`` it will need them ever after.

    ``engine`` is the lexicon alone.
    """
    table = design(examples, engine)
    middle = np.zeros(0, np.float32)
    if vectors is not None:
        meant = np.array([vectors.embed(clean(example.text)) for example in examples])
        middle = meant.mean(axis=0)
        table = hstack([table, csr_matrix((meant - middle) * MEANING_WEIGHT)]).tocsr()
    target = targets(examples)
    names = tuple(sorted(set(target.types.value[target.types.judged])))
    ruled = np.array([engine.classify(example.text, at=ANY_TIME).life_threat for example in examples])
    calibration = calibrate(table, target, names, ruled)
    weights, bias = _train(table, target)
    weights, meant_weights = weights[:SIZE], weights[SIZE:] * np.float32(MEANING_WEIGHT)
    meaning = Meaning(vectors, meant_weights, middle) if vectors is not None else None
    scale = np.abs(weights).max(axis=0) / 127
    version = hashlib.sha256("\n".join(f"{e.type} {e.severity} {e.text}" for e in examples).encode()).hexdigest()[:12]
    return Model(
        names, np.round(weights / scale).astype(np.int8), scale.astype(np.float32), bias, calibration, version, meaning
    )


def design(examples: Sequence[Example], engine: TriageEngine) -> csr_matrix:
    """One row a text."""
    rows = [features(engine.read(example.text)) for example in examples]
    starts = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([columns for columns, _ in rows])
    return csr_matrix((np.concatenate([values for _, values in rows]), columns, starts), shape=(len(rows), SIZE))


def targets(examples: Sequence[Example]) -> Targets:
    def flags(values: list[bool | None]) -> Target:
        return Target(np.array([value is True for value in values]), np.array([value is not None for value in values]))

    return Targets(
        Target(np.array([one.type for one in examples]), np.array([TYPE in one.judged for one in examples])),
        flags([one.threat for one in examples]),
        flags([one.urgent for one in examples]),
    )


def _plane(class_weight: str | None) -> LinearSVC:
    return LinearSVC(C=STRENGTH, class_weight=class_weight, random_state=0, tol=TOLERANCE, max_iter=10_000)


def _train(table: csr_matrix, target: Targets) -> tuple[Matrix, Matrix]:
    """Weights [columns, heads] and bias [heads]; heads as in ``Model``."""
    rows, labels = table[target.types.judged], target.types.value[target.types.judged]
    plane = _plane("balanced").fit(rows, labels)
    types = MARGIN * plane.coef_
    types[:, :SIZE] += COUNTS * ComplementNB(alpha=SMOOTHING).fit(rows[:, :SIZE], labels).feature_log_prob_
    # What all types have in common changes no share, and would spend the eight bits of a weight.
    types -= types.mean(axis=0)
    heads = (target.threat, target.urgent)
    alone = [_plane(None).fit(table[head.judged], head.value[head.judged]) for head in heads]
    weights = np.concatenate([types, *(one.coef_ for one in alone)]).T
    bias = np.concatenate([MARGIN * plane.intercept_, *(one.intercept_ for one in alone)])
    return weights.astype(np.float32), bias.astype(np.float32)


def calibrate(table: csr_matrix, target: Targets, names: tuple[str, ...], ruled: npt.NDArray[np.bool_]) -> Calibration:
    """``ruled``: the texts whose life threat the lexicon finds by itself."""
    scores = np.zeros((table.shape[0], len(names) + 2), np.float32)
    for train, held in StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(table, target.types.value):
        weights, bias = _train(table[train], target.of(train))
        scores[held] = table[held] @ weights + bias
    known = target.types.judged
    wanted = np.searchsorted(np.array(names), target.types.value[known])
    temperature = min(
        TEMPERATURES, key=lambda heat: _surprise((scores[known, :-2] / heat).astype(np.float32), wanted)
    )
    shares = np.array([shares_of(row.astype(np.float64), temperature) for row in scores[:, :-2]])
    threat, urgent = _scale(scores[:, -2], shares, target.threat), _scale(scores[:, -1], shares, target.urgent)
    probability = np.array([threat.probability(float(s), row) for s, row in zip(scores[:, -2], shares, strict=True)])
    calm = target.threat.judged & ~target.threat.value
    return Calibration(temperature, threat, urgent, _threat_from(probability, calm, ruled), LEXICON_WEIGHT)


def _scale(score: Matrix, shares: npt.NDArray[np.float64], target: Target) -> Scale:
    seen = np.column_stack([score, shares])[target.judged]
    fitted = LogisticRegression(C=10.0, max_iter=1000).fit(seen, target.value[target.judged])
    slope, *by_type = map(float, fitted.coef_[0])
    return Scale(slope, float(fitted.intercept_[0]), tuple(by_type))


def _threat_from(
    probability: npt.NDArray[np.float64], calm: npt.NDArray[np.bool_], ruled: npt.NDArray[np.bool_]
) -> float:
    """The lowest probability from which lexicon and model together raise no more false alarms than allowed."""
    unruled = np.sort(probability[calm & ~ruled])[::-1]
    allowed = int(FALSE_ALARMS * int(calm.sum())) - int((calm & ruled).sum())
    return float(unruled[max(allowed, 0)])


def _surprise(scores: Matrix, wanted: npt.NDArray[np.intp]) -> float:
    """Mean negative log probability of the true type."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    normal = np.log(np.exp(shifted).sum(axis=1))
    return float((normal - shifted[np.arange(len(wanted)), wanted]).mean())
