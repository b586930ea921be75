"""A centre's own models in its data folder: kept, put in force, taken back, pruned.

A model is ``NAME.npz`` beside its card ``NAME.json``; neither is changed once written. Which one is in force stands in
``shelf.json``, replaced in one step: a reader sees the old choice or the new one. Below all stands the shipped model.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from dispatch.errors import ConfigurationError, KentonganError, Problem
from dispatch.triage.model import MODEL_FILE, Model, load_model, load_vectors_model, save_model

T = TypeVar("T")
FOLDER = "model"
"""In the data folder."""
SHIPPED = "shipped"
POINTER = "shelf.json"
STEPS_BACK = 5
"""How many models in force before this one can be gone back to; the shipped one always."""
KEPT = 10
"""Models kept beside those, newest first, to be looked at."""


class Card(msgspec.Struct, frozen=True):
    """What is known of one model. ``verdict``: promoted or rejected, with ``reason``.

    ``trained`` and ``held_out`` count the centre's corrections, ``until`` (ms) is the newest of them; ``measured``
    holds the counts of both models on each part.
    """

    name: str
    version: str
    made_at: str
    sha256: str
    corpus: int
    trained: int
    held_out: int
    until: int
    champion: str
    verdict: str
    reason: str
    measured: dict[str, Any] = {}


class Choice(msgspec.Struct, frozen=True):
    """The models that were in force, oldest first; the last one is."""

    stack: tuple[str, ...] = (SHIPPED,)

    @property
    def current(self) -> str:
        return self.stack[-1]


class Shelf:
    """``data_dir`` is the centre's; nothing is made before something is kept."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / FOLDER

    @property
    def pointer(self) -> Path:
        return self.folder / POINTER

    def file(self, name: str) -> Path:
        return MODEL_FILE if name == SHIPPED else self.folder / f"{name}.npz"

    # reading

    def choice(self) -> Choice:
        """Raises ConfigurationError when it cannot be read."""
        if not self.pointer.exists():
            return Choice()
        choice = _read(self.pointer, Choice)
        if not choice.stack or choice.stack[0] != SHIPPED or any(_is_path(name) for name in choice.stack):
            raise ConfigurationError([Problem("names no models of this folder", str(self.pointer))])
        return choice

    def cards(self) -> list[Card]:
        """Oldest first. Raises ConfigurationError naming the card that cannot be read."""
        found = [_read(path, Card) for path in self.folder.glob("*.json") if path != self.pointer]
        return sorted(found, key=lambda card: (card.made_at, card.name))

    def load(self, name: str) -> Model:
        """Raises ConfigurationError when the file is missing, damaged or not the one its card speaks of."""
        path = self.file(name)
        if name != SHIPPED and digest_of(path) != _read(path.with_suffix(".json"), Card).sha256:
            raise ConfigurationError([Problem("is not the model its card speaks of: damaged or exchanged", str(path))])
        return load_model(path)

    # changing

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One change at a time. Raises KentonganError when another goes on."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise KentonganError("learning_runs", "another learning run or rollback goes on") from error
            yield

    def add(self, model: Model, name: str) -> str:
        """Keep the model; it is not in force. Returns its SHA-256."""
        save_model(model, self.file(name))
        _sync(self.file(name))
        return digest_of(self.file(name))

    def describe(self, card: Card) -> None:
        _replace(self.folder / f"{card.name}.json", msgspec.json.format(msgspec.json.encode(card)))

    def promote(self, name: str) -> None:
        """From now on this one is in force; the one before stays to go back to. Its card must be there."""
        self.load(name)
        stack = (*self.choice().stack[1:], name)[-STEPS_BACK - 1 :]
        _replace(self.pointer, msgspec.json.encode(Choice((SHIPPED, *stack))))
        self._prune()

    def roll_back(self) -> tuple[str, str]:
        """The model before is in force again; returns (from, to). Raises KentonganError when there is none."""
        stack = self.choice().stack
        if len(stack) == 1:
            raise KentonganError("no_older_model", "the shipped model is in force: there is none before it")
        self.load(stack[-2])
        _replace(self.pointer, msgspec.json.encode(Choice(stack[:-1])))
        return stack[-1], stack[-2]

    def _prune(self) -> None:
        held = set(self.choice().stack)
        for card in [card for card in self.cards() if card.name not in held][:-KEPT]:
            self.file(card.name).unlink(missing_ok=True)
            (self.folder / f"{card.name}.json").unlink(missing_ok=True)


def in_force(data_dir: Path, *, vectors: bool = False) -> Model:
    """The model of this centre, or the shipped one with sentence vectors. Raises ConfigurationError when damaged."""
    if vectors:
        return load_vectors_model()
    shelf = Shelf(data_dir)
    return shelf.load(shelf.choice().current)


def digest_of(path: Path) -> str:
    """SHA-256, hex. Raises ConfigurationError when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigurationError([Problem(error.strerror or "cannot be read", str(path))]) from error


def _is_path(name: str) -> bool:
    return not name or name.startswith(".") or "/" in name or "\\" in name


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise ConfigurationError([Problem(error.strerror or "cannot be read", str(path))]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([Problem(f"cannot be read: {error}", str(path))]) from error


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    _sync(beside)
    beside.replace(path)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
