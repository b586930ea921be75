"""The search over everything a centre has on record, as hits in the words of the reader's language.

``search`` reads the query, asks the index (storage/search.py) and the gazetteer, and says of each hit what it is and
where the words were found. Open incidents come first, then the newest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

import msgspec

from dispatch import wire
from dispatch.domain.lookup import Query, excerpt, folded, read_query
from dispatch.domain.phone import mask_phone
from dispatch.domain.place import Place
from dispatch.domain.routing import RuleSet
from dispatch.domain.scene import Scene
from dispatch.services.knowledge import Knowledge
from dispatch.storage import wire_row
from dispatch.storage.reader import Reader
from dispatch.storage.search import SEARCH_LIMIT, Found, find, type_word
from dispatch.storage.statement import Row

PLACES = 3
SHORTEST_PLACE = 4
Hits = list[wire.SearchHit]
_place = msgspec.json.Decoder(Place)
_scene = msgspec.json.Decoder(Scene)
_object = msgspec.json.Decoder(dict[str, Any])


async def search(
    reader: Reader, typed: str, tz: tzinfo, knowledge: Knowledge, *, lang: str, limit: int = SEARCH_LIMIT,
    full_phone: bool = False,
) -> wire.SearchResult:
    """Never fails for what was typed: a query without a word or a number finds nothing."""
    started = time.perf_counter()
    query = read_query(typed, type_words(knowledge.rules))
    said = _Said(knowledge.rules, query, tz, lang, full_phone=full_phone)
    found = await find(reader, query, limit)
    hits = await asyncio.to_thread(_ordered, found, said)  # ten thousand signs a report: not while everybody waits
    hits += said.places(knowledge, typed) if len(hits) < limit else []
    unique = list({(hit.kind, hit.key): hit for hit in reversed(hits)}.values())[::-1]
    return wire.SearchResult(query=typed, hits=unique[:limit], took_ms=(time.perf_counter() - started) * 1000)


def type_words(rules: RuleSet) -> dict[str, str]:
    """Code, short name and the first word of each label, as typed -> the index's word of the type."""
    known: dict[str, str] = {}
    for code, kind in rules.types.items():
        firsts = [label.split()[0] for label in kind.labels.values() if label.split()]
        for name in (code, kind.short, *firsts):
            known.setdefault(folded(name), type_word(code))
    return known


def _ordered(found: Found, said: _Said) -> Hits:
    """By number, then units, then open incidents of every kind of hit, then the rest. A report or a call of an
    incident that was itself found says nothing new."""
    numbered = [said.incident(row, "number") for row in found.numbered]
    units = [said.unit(row) for row in found.units]
    incidents = [(row["is_open"], said.incident(row)) for row in found.incidents]
    shown = {hit.incident for hit in numbered} | {hit.incident for _, hit in incidents}
    others = [
        *((row["is_open"], said.report(row)) for row in found.reports),
        *((row["is_open"], said.call(row)) for row in found.calls),
    ]
    log = [(row["is_open"], said.log(row)) for row in found.log]
    rest = sorted([*incidents, *_new(others, shown), *log], key=lambda pair: not pair[0])
    return [*numbered, *units, *(hit for _, hit in rest)]


def _new(hits: Iterable[tuple[int, wire.SearchHit]], shown: set[int | None]) -> list[tuple[int, wire.SearchHit]]:
    return [pair for pair in hits if pair[1].incident is None or pair[1].incident not in shown]


class _Said:
    """Stored rows as hits in one language."""

    def __init__(self, rules: RuleSet, query: Query, tz: tzinfo, lang: str, *, full_phone: bool) -> None:
        self._rules, self._query, self._tz, self._lang, self._full_phone = rules, query, tz, lang, full_phone

    def incident(self, row: Row, where: str = "") -> wire.SearchHit:
        place, scene = _place.decode(row["place"]), _scene.decode(row["scene"])
        landmark = scene.landmark or place.landmark
        named = ", ".join(part for part in (landmark, place.desa, row["kecamatan"]) if part)
        title, marks = excerpt(row["summary"], self._query.words)
        others = (("place", f"{named}, {place.landmark}"), ("hazard", scene.hazard), ("name", row["caller_name"]))
        found = "words" if marks else next((key for key, said in others if excerpt(said, self._query.words)[1]), "type")
        severity = self._word(row["severity"]) if row["severity"] else ""
        detail = (self._type(row["type"]), severity, self._word(row["status"]), named)
        return wire.SearchHit(
            kind="incident", key=f"incident:{row['number']}", incident=row["number"], title=title, marks=marks,
            where=where or ("phone" if self._query.phone else found),
            detail=" ".join(part for part in detail if part), at=wire_row.at(row["opened_at"], self._tz),
            type=row["type"], severity=row["severity"], status=row["status"], kecamatan=row["kecamatan"],
        )

    def report(self, row: Row) -> wire.SearchHit:
        title, marks = excerpt(row["text"], self._query.words)
        in_name = not marks and excerpt(row["sender_name"], self._query.words)[1]
        sender = row["sender"] if self._full_phone else mask_phone(row["sender"])
        who = (self._word(row["channel"]), sender, excerpt(row["sender_name"], ())[0])
        return wire.SearchHit(
            kind="report", key=f"incident:{row['number']}" if row["number"] else f"report:{row['id']}",
            incident=row["number"], title=title, marks=marks,
            where="phone" if self._query.phone else "name" if in_name else "words",
            detail=" ".join(part for part in who if part), at=wire_row.at(row["received_at"], self._tz),
        )

    def call(self, row: Row) -> wire.SearchHit:
        return wire.SearchHit(
            kind="call", key=f"call:{row['id']}", incident=row["number"], title=mask_phone(row["caller"]),
            where="phone", detail=self._word(row["status"]), status=row["status"],
            at=wire_row.at(row["rang_at"], self._tz),
        )

    def log(self, row: Row) -> wire.SearchHit:
        title, marks = excerpt(str(_object.decode(row["data"]).get("text", "")), self._query.words)
        return wire.SearchHit(
            kind="log", key=f"log:{row['id']}", incident=row["number"], title=title, marks=marks, where="log",
            detail=row["actor"], at=wire_row.at(row["at"], self._tz),
        )

    def unit(self, row: Row) -> wire.SearchHit:
        detail = (self._agency(row["agency"]), self._word(row["status"]), row["base"])
        title, marks = excerpt(f"{row['call_sign']} {row['name']}", self._query.words)
        return wire.SearchHit(
            kind="unit", key=f"unit:{row['call_sign']}", title=title, marks=marks, where="unit",
            detail=" ".join(part for part in detail if part), status=row["status"], kecamatan=row["kecamatan"],
            at=wire_row.at(row["since"], self._tz),
        )

    def places(self, knowledge: Knowledge, typed: str) -> Hits:
        """Villages and districts of the gazetteer that the whole query names."""
        words = " ".join(self._query.words)
        if len(words) < SHORTEST_PLACE or self._query.phone or self._query.number is not None:
            return []
        found = knowledge.triage.candidates(words, limit=PLACES)
        named = [(one, excerpt(one.desa or one.kecamatan, self._query.words)) for one in found]
        return [
            wire.SearchHit(
                kind="place", key=f"place:{one.code}", title=title, marks=marks, where="place",
                detail=one.kecamatan if one.desa else "", kecamatan=one.kecamatan,
            )
            for one, (title, marks) in named if marks
        ]

    def _word(self, slug: str) -> str:
        return wire_row.say(f"log.word.{slug}", self._lang, {}, slug.replace("_", " "))

    def _type(self, code: str) -> str:
        kind = self._rules.types.get(code)
        return code if kind is None else kind.labels.get(self._lang) or kind.labels.get("id") or code

    def _agency(self, code: str) -> str:
        known = self._rules.agencies.get(code)
        return code if known is None else known.labels.get(self._lang) or known.labels.get("id") or code
