"""What the statistical model sees of a text: hashed words and letters, what the lexicon found, and who is speaking how.

The same function serves training and the server, so the two can never see different things. Pure; the
numbers depend on the text and the lexicon alone, not on the machine or on Python's hash seed.
"""

from __future__ import annotations

import itertools
import zlib

import numpy as np
import numpy.typing as npt

from dispatch.triage.score import Reading

BITS = 17
"""2^17 columns: about half of the features of the corpus share one, which costs no accuracy."""
SIZE = 1 << BITS
LETTERS = (3, 4, 5)
MAX_LETTERS = 1200
"""Later letters of a long text change no decision and cost time."""
MAX_WORDS = 250

Indices = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]


def features(reading: Reading) -> tuple[Indices, Values]:
    """Columns of the text and their values; each of the three groups has length 1, whatever the text's length."""
    groups = (_words(reading), _letters(reading), _finds(reading))
    indices = np.concatenate(groups)
    values = np.concatenate([np.full(len(group), 1 / np.sqrt(max(len(group), 1)), np.float32) for group in groups])
    return indices, values


def word_column(norm: str) -> int:
    """The column of one canonical word."""
    return _column(f"w {norm}")


def _column(name: str) -> int:
    return zlib.crc32(name.encode()) & (SIZE - 1)


def _words(reading: Reading) -> Indices:
    """Canonical words, pairs, and pairs with one between; a number is only its number of digits."""
    norms = ["#" * len(norm) if norm.isdigit() else norm for norm in reading.text.norms[:MAX_WORDS]]
    names = {f"w {norm}" for norm in norms}
    names.update(f"w {a} {b}" for a, b in itertools.pairwise(norms))
    names.update(f"w {a} _ {b}" for a, b in zip(norms, norms[2:], strict=False))
    return np.fromiter(sorted(map(_column, names)), np.int64, len(names))


def _letters(reading: Reading) -> Indices:
    """Runs of 3, 4 and 5 letters of the canonical words: kin of words never seen."""
    text = (" " + " ".join(reading.text.norms) + " ")[:MAX_LETTERS]
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
    rows = []
    for size in LETTERS:
        if len(codes) < size:
            continue
        hashed = np.full(len(codes) - size + 1, size, np.uint64)
        for at in range(size):
            hashed = hashed * np.uint64(1099511628211) + codes[at : len(codes) - size + 1 + at]
        hashed ^= hashed >> np.uint64(29)
        rows.append((hashed * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - BITS))
    return np.unique(np.concatenate(rows)).astype(np.int64) if rows else np.empty(0, np.int64)


def _finds(reading: Reading) -> Indices:
    """Concepts with what the sentence claims of them, life threats, tone, length, and whether it asks."""
    context = reading.context
    names = {f"c {hit.concept.name} {context.claim(hit)}" for hit in reading.kinds["type"]}
    names |= {f"c {hit.concept.type} {context.claim(hit)}" for hit in reading.kinds["type"]}
    names |= {f"s {hit.concept.name}" for hit in reading.kinds["severity"]}
    names |= {f"l {threat.hit.concept.name} {threat.sure}" for threat in reading.threats}
    names |= {f"l {threat.sure}" for threat in reading.threats}
    names |= {f"x {name} {min(int(weight), 6)}" for name, weight in context.tone.total.items()}
    names.add(f"n {len(reading.text.norms).bit_length()}")
    return np.fromiter(sorted(map(_column, names)), np.int64, len(names))
