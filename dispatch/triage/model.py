"""The statistical layer: a linear model over ``features``, loaded from one file, read without any training library.

It argues for types with calibrated probabilities and may only raise a severity. What made it say so can be
asked word by word. The file is made by ``scripts/train`` (docs/model-card.md).
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.errors import ConfigurationError, Problem
from dispatch.triage.features import SIZE, features, word_column
from dispatch.triage.score import Reading
from dispatch.triage.vectors import E5Vectors, SentenceVectors

MODEL_DIR = Path(__file__).resolve().parents[2] / "data" / "model"
MODEL_FILE = MODEL_DIR / "triage.npz"
VECTORS_MODEL_FILE = MODEL_DIR / "triage-vectors.npz"
FORMAT = 2
MAX_WORDS_SHOWN = 3
Shares = npt.NDArray[np.float64]


class Opinion(NamedTuple):
    """What the model thinks of one text; every probability 0..1.

    ``types`` sums to 1 and has no settled say yet: the engine weighs it together with the lexicon. ``threat``
    is calibrated on texts the model was not trained on; ``urgent`` is the probability of high or critical.
    """

    types: dict[str, float]
    threat: float
    urgent: float
    alarming: bool
    """``threat`` reaches the point from which the model calls a report critical."""


class Scale(NamedTuple):
    """From a raw score and the shares of the types to a probability: logistic, one coefficient a type."""

    slope: float
    offset: float
    by_type: tuple[float, ...]

    def probability(self, score: float, shares: npt.NDArray[np.float64]) -> float:
        raw = self.slope * score + self.offset + float(shares @ np.asarray(self.by_type))
        return float(1 / (1 + np.exp(-np.clip(raw, -30, 30))))


class Calibration(NamedTuple):
    """Fitted out of fold. From ``threat_from`` on a report is called critical."""

    temperature: float
    threat: Scale
    urgent: Scale
    threat_from: float
    lexicon_weight: float
    """How much the lexicon's own choice adds to the score of its type."""


def shares_of(scores: Shares, temperature: float) -> Shares:
    """Probabilities of the types that sum to 1."""
    raised = np.exp((scores - scores.max()) / temperature)
    return np.asarray(raised / raised.sum(), np.float64)


@dataclass(frozen=True)
class Meaning:
    """What the sentence vector adds: ``weights`` [384, heads] on the vector less the ``middle`` of the corpus."""

    vectors: SentenceVectors
    weights: npt.NDArray[np.float32]
    middle: npt.NDArray[np.float32]

    def scores(self, text: str) -> npt.NDArray[np.float32]:
        return np.asarray((self.vectors.embed(text) - self.middle) @ self.weights, np.float32)


@dataclass(frozen=True)
class Model:
    """``weights`` [columns, heads] int8, scaled by ``scale`` [heads]; heads: the types, then threat, then urgent."""

    types: tuple[str, ...]
    weights: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    calibration: Calibration
    version: str
    meaning: Meaning | None = None

    def judge(self, reading: Reading) -> Opinion:
        """Probabilities for the text. Pure."""
        columns, values = features(reading)
        scores = (values @ self.weights[columns].astype(np.float32)) * self.scale + self.bias
        if self.meaning is not None:
            scores = scores + self.meaning.scores(reading.text.clean)
        shares = shares_of(scores[: len(self.types)].astype(np.float64), self.calibration.temperature)
        threat = self.calibration.threat.probability(float(scores[-2]), shares)
        return Opinion(
            dict(zip(self.types, map(float, shares), strict=True)),
            threat,
            self.calibration.urgent.probability(float(scores[-1]), shares),
            threat >= self.calibration.threat_from,
        )

    def words_for(self, reading: Reading, head: str) -> tuple[str, ...]:
        """The written words that argue most for a type, or for 'threat'; strongest first, at most three."""
        at = -2 if head == "threat" else self.types.index(head)
        pull = {
            word.raw: float(self.weights[word_column(word.norm), at]) for word in reading.text.words if word.raw
        }
        best = sorted((item for item in pull.items() if item[1] > 0), key=lambda item: -item[1])
        return tuple(raw for raw, _ in best[:MAX_WORDS_SHOWN])


def _calibration(row: list[Any]) -> Calibration:
    temperature, threat, urgent, threat_from, lexicon_weight = row
    return Calibration(temperature, Scale(*threat), Scale(*urgent), threat_from, lexicon_weight)


def load_model(path: Path = MODEL_FILE, vectors: SentenceVectors | None = None) -> Model:
    """``vectors`` for a file that was trained with them.

    Raises ``ConfigurationError`` when the file is missing, damaged, of another format, or lacks its vectors.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            meta = json.loads(str(stored["meta"]))
            if meta["format"] != FORMAT or stored["weights"].shape != (SIZE, len(meta["types"]) + 2):
                raise ValueError(f"format {meta['format']}")
            if meta["vectors"] != (vectors is not None):
                raise ValueError("made for sentence vectors" if meta["vectors"] else "made without sentence vectors")
            meaning = Meaning(vectors, stored["meaning"], stored["middle"]) if vectors is not None else None
            return Model(
                tuple(meta["types"]), stored["weights"], stored["scale"], stored["bias"],
                _calibration(meta["calibration"]), meta["version"], meaning,
            )  # fmt: skip
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        problem = f"is no triage model that can be used ({error}); make it again with scripts/train"
        raise ConfigurationError([Problem(problem, str(path))]) from error


def load_vectors_model() -> Model:
    """The shipped model with sentence vectors. Raises ``ConfigurationError`` when the 'vectors' extra is missing."""
    return load_model(VECTORS_MODEL_FILE, E5Vectors())


def save_model(model: Model, path: Path) -> None:
    """Written beside and renamed: a reader sees the old file or the new one."""
    meta = {
        "format": FORMAT, "types": model.types, "version": model.version, "calibration": model.calibration,
        "vectors": model.meaning is not None,
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new.npz")
    tables = {"weights": model.weights, "scale": model.scale, "bias": model.bias, "meta": np.array(json.dumps(meta))}
    if model.meaning is not None:
        tables |= {"meaning": model.meaning.weights, "middle": model.meaning.middle}
    np.savez_compressed(beside, **tables)  # type: ignore[arg-type]
    beside.replace(path)
