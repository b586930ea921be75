"""Labelled texts: one JSON object a line, as data/corpus/README.md says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from dispatch.errors import ConfigurationError, Problem

CORPUS_DIR = Path(__file__).resolve().parents[2] / "data" / "corpus"


TYPE, SEVERITY, LIFE_THREAT = "type", "severity", "life_threat"


class Example(msgspec.Struct, frozen=True):
    """One text and what a person says of it; ``severity`` None for types without one.

    ``judged`` names the fields that a person has judged: only these are labels. An operator's correction often
    judges one of them. ``life_threat`` counts only where it is judged; elsewhere critical means a life at risk.
    """

    text: str
    type: str
    severity: str | None = None
    lang: str = ""
    origin: str = ""
    also: tuple[str, ...] = ()
    life_threat: bool = False
    subtype: str = ""
    judged: tuple[str, ...] = (TYPE, SEVERITY)

    @property
    def threat(self) -> bool | None:
        """Whether a life is at risk; None where nobody has said."""
        if LIFE_THREAT in self.judged:
            return self.life_threat
        return self.severity == "critical" if SEVERITY in self.judged else None

    @property
    def urgent(self) -> bool | None:
        """Whether it is high or critical; None where nobody has said."""
        if SEVERITY in self.judged:
            return self.severity in ("critical", "high")
        return True if self.threat else None


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


def training_part(corpus: Path = CORPUS_DIR) -> list[Example]:
    return load_examples(sorted((corpus / "train").glob("*.jsonl")))


def frozen_part(corpus: Path = CORPUS_DIR) -> list[Example]:
    """Written by somebody else than the training part; measured with, never trained on."""
    return load_examples([corpus / "test" / "frozen.jsonl"])
