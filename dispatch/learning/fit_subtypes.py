"""Trains the model of subtypes: for each type one multinomial regression over the texts of that type alone.

Needs scikit-learn (the 'train' extra); the server never imports this module. Deterministic, as ``fit``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from dispatch.learning.corpus import Example
from dispatch.learning.fit import Matrix, design
from dispatch.triage.engine import TriageEngine
from dispatch.triage.subtype import COLUMNS, SubtypeModel

STRENGTH = 10.0
FEWEST = 20
"""A subtype with fewer texts counts as none: nobody could tell what it looks like."""
STEPS = 63
"""Steps of a weight on either side of zero; finer ones changed no figure and made the file larger."""


def fit_subtypes(examples: Sequence[Example], engine: TriageEngine) -> SubtypeModel:
    """``engine`` is the lexicon alone. A type with fewer than two learnable answers has no heads."""
    heads: dict[str, tuple[str, ...]] = {}
    parts: list[tuple[Matrix, Matrix]] = []
    for kind in sorted({example.type for example in examples}):
        own = [example for example in examples if example.type == kind]
        often = Counter(example.subtype for example in own)
        labels = np.array([e.subtype if often[e.subtype] >= FEWEST else "" for e in own])
        if kind == "not_a_report" or not labels.any() or len(set(labels)) < 2:
            continue
        names, weights, bias = _regression(design(own, engine), labels)
        heads[kind] = names
        parts.append((weights, bias))
    weights, bias = np.concatenate([w for w, _ in parts], axis=1), np.concatenate([b for _, b in parts])
    scale = np.abs(weights).max(axis=0) / STEPS
    return SubtypeModel(heads, np.round(weights / scale).astype(np.int8), scale.astype(np.float32), bias)


def _regression(table: csr_matrix, labels: np.ndarray) -> tuple[tuple[str, ...], Matrix, Matrix]:
    """Names, weights [COLUMNS, names] and bias [names]."""
    coarse = csr_matrix((table.data, table.indices % COLUMNS, table.indptr), shape=(table.shape[0], COLUMNS))
    coarse.sum_duplicates()
    fitted = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=500).fit(coarse, labels)
    coefficients, offset = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:
        # The library keeps one row for two answers; half of it each way says the same.
        coefficients, offset = np.vstack([-coefficients, coefficients]) / 2, np.array([-offset[0], offset[0]]) / 2
    return tuple(map(str, fitted.classes_)), coefficients.T.astype(np.float32), offset.astype(np.float32)
