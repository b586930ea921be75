"""The rules, the gazetteer and the triage model in force in a running node, each replaced when its file changes.

What is new is taken over whole, after the rules' own examples have passed under it. What is broken changes nothing and
is an alarm. Owns which knowledge decisions are made with, and what is still to be noted about its last change.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from dispatch.domain.routing import RuleSet
from dispatch.errors import ConfigurationError, Problem, StorageUnavailable
from dispatch.learning.keeper import ModelKeeper
from dispatch.learning.shelf import Shelf
from dispatch.rules.cases import verify_cases
from dispatch.rules.reload import Reload, RulesKeeper
from dispatch.services.alarms import NEEDED, clear_alarm, raise_alarm
from dispatch.services.knowledge import Knowledge
from dispatch.settings import GAZETTEER_FILE, Settings
from dispatch.storage.committer import Committer
from dispatch.storage.transaction import Tx
from dispatch.texts import text
from dispatch.triage.engine import TriageEngine
from dispatch.triage.load import load_engine
from dispatch.triage.model import Model, load_vectors_model

Note = Callable[[Tx], None]
LAST_GOOD_FILE = "rules.last-good.yaml"
ALARMS = {"rules": "rules_rejected", "gazetteer": "rules_rejected", "model": "model_rejected"}
"""What may be refused, by the cause of its alarm: a good gazetteer must not hide rules that are not in force."""


class KnowledgeKeeper:
    """``current`` is what decisions are made with; it is swapped, never changed."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings, self._clock = settings, clock
        self._engines: dict[tuple[str, int, str], TriageEngine] = {}
        self._models = ModelKeeper(Shelf(settings.data_dir), self._verify_model)
        self._vectors_model = load_vectors_model() if settings.vectors else None
        self._gazetteer_seen = self._gazetteer_stamp()
        self._rules = RulesKeeper(settings.rules, self._verify_rules, settings.data_dir / LAST_GOOD_FILE)
        self.current = self._know(self._rules.current)
        self._problems: dict[str, str] = {}
        """Cause of the alarm to what is the matter."""
        self._news: dict[str, Note] = {}
        """The same to what is still to be written down about its last change."""

    async def poll(self, committer: Committer) -> None:
        """Take over what changed since the last look, and note it; while nothing can be stored, at a later look."""
        outcome = await asyncio.to_thread(self._rules.poll, self._clock())
        if outcome is not None:
            await self._take_rules(outcome)
        await self._take_gazetteer()
        await self._take_model()
        with contextlib.suppress(StorageUnavailable):  # the committer has said so; it is noted at a later look
            for cause, note in list(self._news.items()):
                await committer.run(note)
                del self._news[cause]

    async def clear_alarms(self, committer: Committer) -> None:
        """What was just read is judged anew: an alarm left by the process before is over."""
        for cause in ALARMS:
            await committer.run(partial(clear_alarm, cause=cause))

    def sentences(self, lang: str) -> list[str]:
        """What of it could not be taken over."""
        return [text(f"alarm.{ALARMS[cause]}", lang, detail=problem) for cause, problem in self._problems.items()]

    def _know(self, rules: RuleSet) -> Knowledge:
        engine = self._engine(rules)
        given = self._settings
        return Knowledge(rules, engine, given.lang, engine.district_points(), given.link_url, given.calls)

    def _engine(self, rules: RuleSet) -> TriageEngine:
        """Triage of these rules; the newest is kept, since every set is first verified and then used."""
        key = (rules.digest, self._gazetteer_stamp(), self._models.name)
        if key not in self._engines:
            model = self._vectors_model or self._models.model
            self._engines = {key: load_engine(rules, self._gazetteer(), model)}
        return self._engines[key]

    # -- rules --------------------------------------------------------------------------------------

    def _verify_rules(self, rules: RuleSet) -> list[Problem]:
        try:
            engine = self._engine(rules)
        except ConfigurationError as error:  # the rules' own words, or the gazetteer beside them
            return error.problems
        return self._examples(rules, engine)

    def _examples(self, rules: RuleSet, engine: TriageEngine) -> list[Problem]:
        return verify_cases(
            rules, lambda words, at, channel: engine.classify(words, at=at, channel=channel), str(self._settings.rules)
        )

    async def _take_rules(self, outcome: Reload) -> None:
        """What was found is in force at once; that it is also noted may have to wait for the storage."""
        if outcome.problems:
            self._refuse("rules", outcome.problems)
            return
        if outcome.swapped:
            self.current = await asyncio.to_thread(self._know, outcome.rules)
        self._accept("rules", self._note_reload)

    def _note_reload(self, tx: Tx, cause: str) -> None:
        clear_alarm(tx, cause)
        rules = self.current.rules
        tx.emit("rules.reloaded", "system", touched=["centre"], version=rules.version, digest=rules.digest)

    # -- gazetteer ----------------------------------------------------------------------------------

    def _gazetteer(self) -> Path | None:
        """That of the settings, or one imported since the start."""
        imported = self._settings.data_dir / GAZETTEER_FILE
        chosen = self._settings.gazetteer
        if chosen is None or chosen == imported:
            return imported if imported.is_file() else None
        return chosen

    def _gazetteer_stamp(self) -> int:
        path = self._gazetteer()
        return path.stat().st_mtime_ns if path is not None else 0

    async def _take_gazetteer(self) -> None:
        stamp = self._gazetteer_stamp()
        if stamp == self._gazetteer_seen:
            return
        self._gazetteer_seen = stamp
        try:
            self.current = await asyncio.to_thread(self._know, self.current.rules)
        except ConfigurationError as error:
            self._refuse("gazetteer", error.problems)
            return
        self._accept("gazetteer", self._note_reload)
        if "rules" in self._problems:  # perhaps only because of the gazetteer
            self._rules.look_again()

    # -- model --------------------------------------------------------------------------------------

    def _verify_model(self, model: Model) -> list[Problem]:
        """A model under which the rules' own examples fail would refuse the next good edit of the rules."""
        rules = self.current.rules
        return self._examples(rules, load_engine(rules, self._gazetteer(), model))

    async def _take_model(self) -> None:
        """One promoted or rolled back."""
        taken = await asyncio.to_thread(self._models.poll)
        if taken is None:
            return
        if taken.problems:
            self._refuse("model", taken.problems)
        else:
            self._accept("model", self._note_model)
        if taken.changed:
            self.current = await asyncio.to_thread(self._know, self.current.rules)

    def _note_model(self, tx: Tx, cause: str) -> None:
        clear_alarm(tx, cause)
        tx.emit("model.loaded", "system", touched=["centre"], model=self._models.name)

    # -- what is the matter, and what is still to be noted ------------------------------------------

    def _refuse(self, cause: str, problems: list[Problem]) -> None:
        detail = self._problems[cause] = str(problems[0])
        self._news[cause] = lambda tx: _note_refusal(tx, cause, detail)

    def _accept(self, cause: str, note: Callable[[Tx, str], None]) -> None:
        self._problems.pop(cause, None)
        self._news[cause] = lambda tx: note(tx, cause)


def _note_refusal(tx: Tx, cause: str, detail: str) -> None:
    raise_alarm(tx, level=NEEDED, kind=ALARMS[cause], cause=cause, detail=detail)
