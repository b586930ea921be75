"""The model in force in a running node, replaced when the shelf says another one.

A damaged or missing file never takes the model away: the fault is handed back for an alarm and the last good one
stays. At the start the youngest sound one below it is taken.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dispatch.errors import ConfigurationError, Problem
from dispatch.learning.shelf import SHIPPED, Choice, Shelf
from dispatch.triage.model import Model

log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]
"""Modification time, size, inode."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a look brought: ``name`` is in force; ``problems`` say why the one that should be is not."""

    name: str
    changed: bool
    problems: list[Problem]


class ModelKeeper:
    """``fits`` tells what is wrong with a model beside its file, such as the rules' own examples failing under it."""

    def __init__(self, shelf: Shelf, fits: Callable[[Model], list[Problem]]) -> None:
        self._shelf, self._fits = shelf, fits
        self._seen = self._look()
        self._refused_at_start: list[Problem] = []
        self.name, self.model = self._start()

    def _start(self) -> tuple[str, Model]:
        """The one in force, or the nearest below it that is sound. The shipped one cannot be missed."""
        try:
            stack = self._shelf.choice().stack
        except ConfigurationError as error:
            self._refuse(error)
            stack = Choice().stack
        for name in reversed(stack[1:]):
            try:
                return name, self._shelf.load(name)
            except ConfigurationError as error:
                self._refuse(error)
        return SHIPPED, self._shelf.load(SHIPPED)

    def _refuse(self, error: ConfigurationError) -> None:
        self._refused_at_start += error.problems
        log.error("model not used: %s", error)

    def poll(self) -> Taken | None:
        """None when there is nothing new. Each fault is reported once, not at every look."""
        if self._refused_at_start:
            problems, self._refused_at_start = self._refused_at_start, []
            return Taken(self.name, changed=False, problems=problems)
        seen = self._look()
        if seen == self._seen:
            return None
        self._seen = seen
        try:
            name = self._shelf.choice().current
            model = self._shelf.load(name)
            problems = self._fits(model)
        except ConfigurationError as error:
            problems = error.problems
        if problems:
            log.error("model kept at %s: %s", self.name, problems[0])
            return Taken(self.name, changed=False, problems=problems)
        changed = name != self.name
        if changed:
            log.info("model %s replaced by %s", self.name, name)
        self.name, self.model = name, model
        return Taken(name, changed, [])

    def _look(self) -> tuple[Stamp | None, ...]:
        """Of the choice, and of the file it names: one damaged in place is noticed before the next start."""
        try:
            name = self._shelf.choice().current
        except ConfigurationError:
            return (_stamp(self._shelf.pointer),)
        return _stamp(self._shelf.pointer), _stamp(self._shelf.file(name))


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
