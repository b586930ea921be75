"""``kentongan triage learn|rollback|models``: the centre's own model, from its operators' corrections.

One run is a process of its own with low priority. 0 promoted, rejected or skipped, 1 it could not be done, 2 usage.
Each step is one line here and one event in the log.
"""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dispatch.cli.place import say
from dispatch.cli.transaction import admin, change

if TYPE_CHECKING:
    from dispatch.learning.challenge import Correction, Part, Split
    from dispatch.learning.corpus import Example
    from dispatch.learning.shelf import Card, Shelf
    from dispatch.settings import Settings
    from dispatch.triage.engine import TriageEngine
    from dispatch.triage.model import Model

NICE = 15
AT_LEAST = 20
"""So many corrections must be new since the last run."""


def add(steps: Any) -> None:
    learn = steps.add_parser("learn", help="train a challenger on corpus and corrections; in force only when better")
    learn.add_argument(
        "--at-least", type=int, default=AT_LEAST, metavar="N", help=f"new corrections needed (default {AT_LEAST})"
    )
    learn.add_argument("--corpus", type=Path, metavar="DIR", help="folder with train/*.jsonl and test/frozen.jsonl")
    learn.set_defaults(run=run_learn)
    back = steps.add_parser("rollback", help="the model before is in force again")
    back.set_defaults(run=run_rollback)
    models = steps.add_parser("models", help="this centre's models, and which is in force")
    models.set_defaults(run=run_models)


def run_models(args: argparse.Namespace) -> int:
    shelf = _shelf()
    choice = shelf.choice()
    say(f"{'*' if choice.current == 'shipped' else ' '} shipped")
    for card in shelf.cards():
        mark = "*" if card.name == choice.current else ("<" if card.name in choice.stack else " ")
        why = f"  ({card.reason})" if card.reason else ""
        say(f"{mark} {card.name}  {card.made_at}  {card.verdict}  {card.corpus} texts, {card.trained} corrections "
            f"learned, {card.held_out} held out{why}")
    return 0


def run_rollback(args: argparse.Namespace) -> int:
    shelf = _shelf()
    with shelf.locked():
        before, after = shelf.roll_back()
    _step("rolled_back", f"{before} is out of force, {after} is in force", actor=admin(), before=before, after=after)
    return 0


def run_learn(args: argparse.Namespace) -> int:
    """Never started inside a server: it takes minutes of a core."""
    from dispatch.errors import KentonganError
    from dispatch.settings import load_settings

    os.nice(NICE)
    if find_spec("sklearn") is None:
        raise KentonganError("no_trainer", "scikit-learn is missing: install the extra 'train'")
    settings, shelf = load_settings(), _shelf()
    with shelf.locked():
        return _learn(args, settings, shelf)


def _learn(args: argparse.Namespace, settings: Settings, shelf: Shelf) -> int:
    from dispatch.learning.challenge import objection, split
    from dispatch.learning.corpus import CORPUS_DIR, frozen_part, training_part
    from dispatch.learning.fit import fit
    from dispatch.triage.load import load_engine

    found, recent = _read(settings)
    new = _count_new(found, shelf)
    if new < args.at_least:
        _step("skipped", f"{new} new corrections, {args.at_least} needed", new=new, needed=args.at_least)
        return 0
    folder = args.corpus or CORPUS_DIR
    corpus = training_part(folder)
    parts = split(found, frozenset(example.type for example in corpus))
    said = f"{len(found)} corrections, {new} new: {len(parts.train)} to learn, {len(parts.held_out)} held out"
    _step("started", said, corrections=len(found), new=new, train=len(parts.train), held_out=len(parts.held_out))
    challenger = fit([*corpus, *parts.train], load_engine(model=None))
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S}-{challenger.version}"
    digest = shelf.add(challenger, name)
    _step("trained", f"{name} on {len(corpus)} texts and {len(parts.train)} corrections", model=name,
          corpus=len(corpus), corrections=len(parts.train))
    champion = shelf.choice().current
    scored = _measure(settings, shelf.load(champion), challenger, frozen_part(folder), parts, recent)
    _step("measured", _told(scored), model=name, champion=champion, **scored.counts())
    against = objection(scored.parts) or scored.fault
    _conclude(shelf, _card(name, challenger, digest, now, len(corpus), found, parts, champion, scored, against))
    return 0


class Scored(NamedTuple):
    """``recent`` counts disagreements; ``fault`` is what the rules' own examples say against the challenger."""

    parts: list[Part]
    recent: dict[str, int]
    fault: str

    def counts(self) -> dict[str, Any]:
        return {
            **{part.name: {"champion": part.champion.counts(), "challenger": part.challenger.counts()}
               for part in self.parts},
            "recent": self.recent,
        }


def _measure(
    settings: Settings, champion: Model, challenger: Model, frozen: list[Example], parts: Split, recent: list[str]
) -> Scored:
    from dispatch.learning.challenge import Part, disagreements, measure
    from dispatch.rules.cases import verify_cases
    from dispatch.rules.load import load_rules
    from dispatch.triage.load import load_engine

    rules = load_rules(settings.rules)
    old: TriageEngine = load_engine(rules, settings.gazetteer, champion)
    new: TriageEngine = load_engine(rules, settings.gazetteer, challenger)
    at = datetime.now(settings.tz)
    faults = verify_cases(
        rules, lambda words, moment, channel: new.classify(words, at=moment, channel=channel), str(settings.rules)
    )
    return Scored(
        [Part(name, measure(old, texts, at), measure(new, texts, at))
         for name, texts in (("frozen", frozen), ("held_out", parts.held_out))],
        disagreements(old, new, recent, at), f"the rules' own examples fail: {faults[0]}" if faults else "",
    )


def _told(scored: Scored) -> str:
    lines = [
        f"{part.name}: type right {part.challenger.right} (champion {part.champion.right}) of {part.champion.typed}, "
        f"lives {len(part.challenger.found)} ({len(part.champion.found)}) of {part.champion.lives}, "
        f"false critical {part.challenger.false_critical} ({part.champion.false_critical}) of {part.champion.calm}"
        for part in scored.parts
    ]
    said = scored.recent
    return "; ".join([*lines, f"recent reports: {said['type']} of {said['n']} of another type, "
                              f"{said['critical_gained']} more critical, {said['critical_lost']} no longer"])


def _card(
    name: str, model: Model, digest: str, now: datetime, corpus: int, found: list[Correction], parts: Split,
    champion: str, scored: Scored, against: str,
) -> Card:
    from dispatch.learning.shelf import Card

    return Card(
        name=name, version=model.version, made_at=now.isoformat(timespec="seconds"), sha256=digest, corpus=corpus,
        trained=len(parts.train), held_out=len(parts.held_out), until=max((one.at for one in found), default=0),
        champion=champion, verdict="rejected" if against else "promoted", reason=against, measured=scored.counts(),
    )


def _conclude(shelf: Shelf, card: Card) -> None:
    shelf.describe(card)
    if card.verdict == "rejected":
        _step("rejected", f"{card.name}: {card.reason}", model=card.name, champion=card.champion, reason=card.reason)
        return
    shelf.promote(card.name)
    _step("promoted", f"{card.name} is in force, {card.champion} before it", model=card.name, champion=card.champion)


def _count_new(found: list[Correction], shelf: Shelf) -> int:
    """Judged after the newest one that the last run saw, whatever became of its model."""
    cards = shelf.cards()
    until = cards[-1].until if cards else 0
    return sum(one.at > until for one in found)


def _read(settings: Settings) -> tuple[list[Correction], list[str]]:
    import asyncio

    from dispatch.learning.challenge import corrections_of
    from dispatch.rules.load import load_rules
    from dispatch.services.labels import labelled_examples
    from dispatch.services.lessons import recent_texts
    from dispatch.storage.database import Database
    from dispatch.storage.reader import Reader

    async def read() -> tuple[list[Correction], list[str]]:
        reader = Reader(Database.of(settings.database_url), load_rules(settings.rules).centre, connections=1)
        await reader.start()
        try:
            rows = [row async for row in labelled_examples(reader)]
            return corrections_of(rows), await recent_texts(reader)
        finally:
            await reader.stop()

    return asyncio.run(read())


def _shelf() -> Shelf:
    from dispatch.learning.shelf import Shelf
    from dispatch.settings import load_settings

    return Shelf(load_settings().data_dir)


def _step(step: str, line: str, actor: str = "learning", **data: Any) -> None:
    """One line and one event."""
    from dispatch.services.lessons import note_step

    say(f"{step}: {line}")
    change(lambda tx: note_step(tx, step, actor, **data))
