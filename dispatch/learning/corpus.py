"""Labelled texts: one JSON object a line, as data/corpus/README.md says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from dispatch.errors import ConfigurationError, Problem

CORPUS_DIR = Path(__file__).resolve().parents[2] / "data" / "corpus"


class Example(msgspec.Struct, frozen=True):
    """One text and what a person says of it; ``severity`` None for types without one."""

    text: str
    type: str
    severity: str | None = None
    lang: str = ""
    origin: str = ""
    also: tuple[str, ...] = ()


def load_examples(paths: Iterable[Path]) -> list[Example]:
    """In the order of the files. Raises ``ConfigurationError`` naming the file and line that cannot be read."""
    decode = msgspec.json.Decoder(Example).decode
    examples = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if not line.strip():
                continue
            try:
                examples.append(decode(line))
            except msgspec.DecodeError as error:
                raise ConfigurationError([Problem(f"line {number}: {error}", str(path))]) from error
    return examples


def training_part() -> list[Example]:
    return load_examples(sorted((CORPUS_DIR / "train").glob("*.jsonl")))


def frozen_part() -> list[Example]:
    """Written by somebody else than the training part; measured with, never trained on."""
    return load_examples([CORPUS_DIR / "test" / "frozen.jsonl"])
