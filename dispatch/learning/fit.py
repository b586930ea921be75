"""Trains the triage model. Needs scikit-learn (the 'train' extra); the server never imports this module.

Deterministic: the same examples and library versions give the same file. Calibration and the point from which
a threat is called are fitted out of fold, on texts the measured model has not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from dispatch.learning.corpus import Example
from dispatch.triage.engine import TriageEngine
from dispatch.triage.features import SIZE, features
from dispatch.triage.model import Calibration, Meaning, Model
from dispatch.triage.normalise import clean
from dispatch.triage.vectors import SentenceVectors

STRENGTH = 20.0
MEANING_WEIGHT = 3.0
"""How much a sentence vector weighs beside the words; 2 to 4 measured alike."""
FOLDS = 5
TEMPERATURES = tuple(step / 20 for step in range(6, 41))
LEXICON_WEIGHT = 1.0
FALSE_ALARMS = 0.11
"""Share of calm texts that may be called critical by the model alone; with the rules it stays below 15 %."""
Matrix = npt.NDArray[np.float32]


class Targets(NamedTuple):
    types: npt.NDArray[np.str_]
    threat: npt.NDArray[np.bool_]
    urgent: npt.NDArray[np.bool_]


def fit(examples: Sequence[Example], engine: TriageEngine, vectors: SentenceVectors | None = None) -> Model:
    """A model trained on all examples and calibrated on their folds; with ``vectors`` it will need them ever after."""
    table = design(examples, engine)
    middle = np.zeros(0, np.float32)
    if vectors is not None:
        meant = np.array([vectors.embed(clean(example.text)) for example in examples])
        middle = meant.mean(axis=0)
        table = hstack([table, csr_matrix((meant - middle) * MEANING_WEIGHT)]).tocsr()
    target = targets(examples)
    names = tuple(sorted(set(target.types)))
    calibration = calibrate(table, target, names)
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
    severities = [example.severity for example in examples]
    return Targets(
        np.array([example.type for example in examples]),
        np.array([severity == "critical" for severity in severities]),
        np.array([severity in ("critical", "high") for severity in severities]),
    )


def _train(table: csr_matrix, target: Targets) -> tuple[Matrix, Matrix]:
    """Weights [columns, heads] and bias [heads]; heads as in ``Model``."""
    fitted = [LogisticRegression(C=STRENGTH, max_iter=300).fit(table, y) for y in target]
    weights = np.concatenate([one.coef_ for one in fitted]).T
    return weights.astype(np.float32), np.concatenate([one.intercept_ for one in fitted]).astype(np.float32)


def calibrate(table: csr_matrix, target: Targets, names: tuple[str, ...]) -> Calibration:
    scores = np.zeros((table.shape[0], len(names) + 2), np.float32)
    for train, held in StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(table, target.types):
        weights, bias = _train(table[train], Targets(*(y[train] for y in target)))
        scores[held] = table[held] @ weights + bias
    wanted = np.searchsorted(np.array(names), target.types)
    temperature = min(TEMPERATURES, key=lambda heat: _surprise((scores[:, :-2] / heat).astype(np.float32), wanted))
    platt = LogisticRegression(C=1e6).fit(scores[:, -2:-1], target.threat)
    probability = platt.predict_proba(scores[:, -2:-1])[:, 1]
    threat_from = float(np.quantile(probability[~target.threat], 1 - FALSE_ALARMS))
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    return Calibration(temperature, slope, offset, threat_from, LEXICON_WEIGHT)


def _surprise(scores: Matrix, wanted: npt.NDArray[np.intp]) -> float:
    """Mean negative log probability of the true type."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    normal = np.log(np.exp(shifted).sum(axis=1))
    return float((normal - shifted[np.arange(len(wanted)), wanted]).mean())
