"""Keeps the rule set that is in force and replaces it when its file changes. Owns the last good set.

A broken, missing or half-written file never takes the rules away: the problems are handed back for an
alarm and the last good set stays.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dispatch.domain.routing import RuleSet
from dispatch.errors import ConfigurationError, Problem
from dispatch.rules.load import parse_rules, read_rules

log = logging.getLogger(__name__)

Verify = Callable[[RuleSet], list[Problem]]
Stamp = tuple[int, int, int]
"""Modification time, size, inode: an editor that renames a new file over the old one changes the last."""


FRESH_NS = 2_000_000_000
"""A stamp this young is not trusted: a second save of the same length within one tick of the file
system's clock would carry the same one. Reading again costs 0.1 ms."""


@dataclass(frozen=True, slots=True)
class Reload:
    """What a look at the file brought: either new rules are in force, or ``problems`` say why not."""

    at: datetime
    rules: RuleSet
    previous: RuleSet
    problems: list[Problem] = field(default_factory=list)

    @property
    def swapped(self) -> bool:
        return not self.problems and self.rules is not self.previous

    @property
    def repaired(self) -> bool:
        """The file that was refused before is in force again without a change: the alarm may go."""
        return not self.problems and self.rules is self.previous


class RulesKeeper:
    """``last_good`` is where the words in force are copied to. Without it a faulty file stops the start;
    with it a centre whose machine restarts over a half-finished edit still answers, under the rules it
    had, and the first ``poll`` reports why."""

    def __init__(self, path: Path, verify: Verify, last_good: Path | None = None) -> None:
        self._path = path
        self._verify = verify
        self._last_good = last_good
        self._stamp = self._look()
        self._seen = ""
        """Digest of the last content judged, good or bad; '' while the file cannot be read."""
        self._refused_at_start: list[Problem] = []
        self.current = self._start()

    def _start(self) -> RuleSet:
        content = b""
        try:
            content = read_rules(self._path)
            rules = self._checked(content, self._path)
        except ConfigurationError as error:
            kept = self._from_last_good()
            if kept is None:
                raise
            self._refused_at_start = error.problems
            self._seen = hashlib.sha256(content).hexdigest() if content else ""
            log.error("started on the last good rules %s: %s", kept.version, error)
            return kept
        self._seen = rules.digest
        self._keep(content)
        return rules

    def _from_last_good(self) -> RuleSet | None:
        """The copy, if it is there and still sound for this version of the program."""
        if self._last_good is None:
            return None
        try:
            return self._checked(read_rules(self._last_good), self._last_good)
        except ConfigurationError as error:
            log.error("no last good rules: %s", error)
            return None

    def _keep(self, content: bytes) -> None:
        """Replace the copy in one step; a full disk must not take the rules in force away."""
        if self._last_good is None:
            return
        beside = self._last_good.with_name(self._last_good.name + ".new")
        try:
            self._last_good.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(self._last_good)
        except OSError as error:
            log.warning("the rules in force could not be copied to %s: %s", self._last_good, error)

    def poll(self, now: datetime) -> Reload | None:
        """None when there is nothing new. Each fault is reported once, not at every look."""
        if self._refused_at_start:
            problems, self._refused_at_start = self._refused_at_start, []
            return Reload(now, self.current, self.current, problems)
        stamp = self._look()
        if stamp is not None and stamp == self._stamp and not _is_fresh(stamp, now):
            return None
        try:
            content = read_rules(self._path)
        except ConfigurationError as error:
            return self._unreadable(now, error)
        # Remembered only after reading: a file still being written has another stamp at the next look.
        self._stamp = stamp
        digest = hashlib.sha256(content).hexdigest()
        if digest == self._seen:
            return None
        self._seen = digest
        return self._judge(content, digest, now)

    def look_again(self) -> None:
        """Judge the file once more at the next ``poll``, changed or not: what it was refused for may be gone."""
        self._stamp, self._seen = None, ""

    def _judge(self, content: bytes, digest: str, now: datetime) -> Reload:
        previous = self.current
        if digest == previous.digest:
            return Reload(now, previous, previous)
        try:
            self.current = self._checked(content, self._path)
        except ConfigurationError as error:
            log.error("rules kept at %s: %d problems in %s", previous.version, len(error.problems), self._path)
            return Reload(now, previous, previous, error.problems)
        self._keep(content)
        log.info("rules %s replaced by %s", previous.version, self.current.version)
        return Reload(now, self.current, previous)

    def _unreadable(self, now: datetime, error: ConfigurationError) -> Reload | None:
        """A vanished file is reported once; when it comes back it is judged afresh."""
        self._stamp = None
        if self._seen == "":
            return None
        self._seen = ""
        log.error("rules kept at %s: %s", self.current.version, error)
        return Reload(now, self.current, self.current, error.problems)

    def _checked(self, content: bytes, path: Path) -> RuleSet:
        """Load, run the file's own examples; raises with all problems of the first step that has any."""
        rules = parse_rules(content, str(path))
        problems = self._verify(rules)
        if problems:
            raise ConfigurationError(problems)
        return rules

    def _look(self) -> Stamp | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _is_fresh(stamp: Stamp, now: datetime) -> bool:
    return now.timestamp() * 1e9 - stamp[0] < FRESH_NS
