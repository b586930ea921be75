"""Which kind within a type: 'unconscious' of medical, 'snake' of animal_rescue. A linear model over ``features``.

It names a subtype only where it is sure enough; the protocol card, the advised units and the routes hang on it. The
file is made by ``scripts/train`` (docs/model-card.md).
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.errors import ConfigurationError, Problem
from dispatch.triage.features import features, word_column
from dispatch.triage.model import MAX_WORDS_SHOWN, MODEL_DIR, shares_of
from dispatch.triage.score import Reading

SUBTYPE_FILE = MODEL_DIR / "subtypes.npz"
FORMAT = 1
COLUMNS = 1 << 14
"""Each type's texts are few: measured as good as the 2^17 columns of the types, at an eighth of the size."""
NAMED_FROM = 0.4
"""The share from which a subtype is named: 82 % of those named are right (out of fold), 76 % if all were named."""


class Named(NamedTuple):
    """A subtype, how sure the model is of it (0..1), and the written words that argue most for it."""

    subtype: str
    share: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class SubtypeModel:
    """``heads``: type -> its subtypes ('' = none of them); ``weights`` [COLUMNS, heads] has a column each, in order."""

    heads: Mapping[str, tuple[str, ...]]
    weights: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]

    def name(self, reading: Reading, kind: str) -> Named | None:
        """The subtype of a text of this type; None where it is none of them or nobody can be sure. Pure."""
        if kind not in self.heads:
            return None
        names, at = self.heads[kind], self._first(kind)
        span = slice(at, at + len(names))
        columns, values = features(reading)
        table = self.weights[columns % COLUMNS, span].astype(np.float32)
        scores = (values @ table) * self.scale[span] + self.bias[span]
        shares = shares_of(scores.astype(np.float64), 1.0)
        best = int(shares.argmax())
        if not names[best] or shares[best] < NAMED_FROM:
            return None
        return Named(names[best], float(shares[best]), self._words_for(reading, at + best))

    def within(self, known: Mapping[str, Set[str]]) -> SubtypeModel:
        """The same, but naming only what a centre's rules know: type -> its subtypes."""
        bias = self.bias.copy()
        for kind, names in self.heads.items():
            for at, name in enumerate(names, start=self._first(kind)):
                if name and name not in known.get(kind, frozenset()):
                    bias[at] = -np.inf
        return replace(self, bias=bias)

    def _first(self, kind: str) -> int:
        """The column of the type's first head."""
        before = list(self.heads).index(kind)
        return sum(len(names) for names in list(self.heads.values())[:before])

    def _words_for(self, reading: Reading, head: int) -> tuple[str, ...]:
        pull = {
            word.raw: int(self.weights[word_column(word.norm) % COLUMNS, head])
            for word in reading.text.words if word.raw
        }  # fmt: skip
        best = sorted((item for item in pull.items() if item[1] > 0), key=lambda item: -item[1])
        return tuple(raw for raw, _ in best[:MAX_WORDS_SHOWN])


def load_subtypes(path: Path = SUBTYPE_FILE) -> SubtypeModel:
    """Raises ``ConfigurationError`` when the file is missing, damaged or of another format."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            meta = json.loads(str(stored["meta"]))
            heads = {kind: tuple(names) for kind, names in meta["heads"].items()}
            if meta["format"] != FORMAT or stored["weights"].shape != (COLUMNS, sum(map(len, heads.values()))):
                raise ValueError(f"format {meta['format']}")
            return SubtypeModel(heads, stored["weights"], stored["scale"], stored["bias"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        problem = f"is no model of subtypes that can be used ({error}); make it again with scripts/train"
        raise ConfigurationError([Problem(problem, str(path))]) from error


def save_subtypes(model: SubtypeModel, path: Path = SUBTYPE_FILE) -> None:
    """Written beside and renamed: a reader sees the old file or the new one."""
    meta = json.dumps({"format": FORMAT, "heads": model.heads})
    beside = path.with_suffix(".new.npz")
    np.savez_compressed(beside, weights=model.weights, scale=model.scale, bias=model.bias, meta=np.array(meta))
    beside.replace(path)
