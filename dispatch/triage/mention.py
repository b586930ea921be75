"""Finds place names in a text and the part each plays: scene, direction, destination, origin.

Chooses nothing: which of them is the scene is decided in ``locate``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract_iter

from dispatch.triage.gazetteer import DIRECTIONS, Gazetteer, Region, bones, name_key, own_key
from dispatch.triage.mention_words import (
    AFTER_MARKS,
    AWAY,
    CARRIED,
    COMMON,
    DIRECTION_WORDS,
    DISTRICT_MARKS,
    FACILITIES,
    FROM,
    HOUSES,
    NEAR_MARKS,
    ON_THE_WAY,
    ORDINARY,
    ORIGIN,
    OTHER_COMMON,
    PEOPLE,
    PLAIN_WORDS,
    REGENCY_MARKS,
    REQUESTS,
    SCENE_STARTS,
    VAGUE_OTHER,
    VERY_COMMON,
    VILLAGE_MARKS,
)

_WORD = re.compile(r"[^\W_]+")
_DERIVED = re.compile(r"(?:pe|ke|ber|ter|me|di)\w+(?:an|nya|kan|i)")
"""Made of a verb or an adjective: 'penyalaan' is no slip of Penyalahan."""

_NEAR = dict.fromkeys((*NEAR_MARKS, *FACILITIES, *AWAY, *ORIGIN), "near")
_MARK_OF = _NEAR | (
    dict.fromkeys(REGENCY_MARKS, "regency")
    | dict.fromkeys(DISTRICT_MARKS, "kec")
    | dict.fromkeys(VILLAGE_MARKS, "desa")
)
"""What the word before a name makes of it."""
CLOSE_TO = frozenset({"next", "close", "near", "opposite", "due"})
_BETWEEN = VILLAGE_MARKS | DISTRICT_MARKS | REGENCY_MARKS | FACILITIES
"""Words that stand between a direction and its name: 'arah kota X', 'ke RS Y'."""

REMEMBERED_SLIPS = 4096
LONG_ENOUGH = 7
"""Letters from which a slip without a mark before it still says a name."""
TWO_SLIPS = 12
"""Letters of a marked name in which two slips are forgiven."""
BESIDE = 12
"""Characters between a village and its district in one address."""
LONGEST = 40
"""No village has a longer name, whatever the slip."""


class Pieces:
    """The words of a text in lower case; where they stand is worked out only when a name is found."""

    __slots__ = ("_spans", "keys", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys = _WORD.findall(text.lower()) if text.isascii() else [w.lower() for w in _WORD.findall(text)]
        self._spans: list[tuple[int, int]] = []

    def span(self, at: int, size: int = 1) -> tuple[int, int]:
        if not self._spans:
            self._spans = [match.span() for match in _WORD.finditer(self.text)]
        return self._spans[at][0], self._spans[at + size - 1][1]


class Mention(NamedTuple):
    """A name found at text[start:end]. ``regions`` holds every region of that name.

    ``role`` is 'scene', 'away' (direction or destination), 'home' ('warga X'), 'origin' ('dari X') or 'road' ('A-B').
    ``marked`` is 'desa', 'kec', 'near', 'regency' or ''. ``outside`` is another regency's full name.
    """

    regions: tuple[Region, ...]
    start: int
    end: int
    role: str = "scene"
    marked: str = ""
    outside: str = ""
    weak: bool = False
    """An ordinary word without a mark; dropped before anybody sees it."""


class NameIndex:
    """Keys of all names of the gazetteer; ``find`` walks a text once. ``knows``: whether a word means something."""

    def __init__(self, gazetteer: Gazetteer, knows: Callable[[str], bool]) -> None:
        self._exact: dict[str, list[Region]] = {}
        self._base: dict[str, list[Region]] = {}
        self._others = gazetteer.others
        self._foreign = gazetteer.foreign
        self._knows = knows
        self._own = own_key(gazetteer.centre_name)
        self._own_is_city = gazetteer.centre_name.startswith("Kota ")
        for region in gazetteer.regions():
            for key in self._keys(region.name):
                self._exact.setdefault(key, []).append(region)
        for region in gazetteer.villages:
            key = name_key(region.name)
            for direction in DIRECTIONS:
                base = key.removesuffix(direction)
                if base != key and len(base) >= 5 and base not in self._exact and base not in VILLAGE_MARKS:
                    self._base.setdefault(base, []).append(region)
        names = (*self._exact, *self._base, *self._others, *self._foreign, *REGENCY_MARKS, self._own)
        self._beginnings = frozenset(name[:size] for name in names for size in range(1, len(name) + 1))
        self._names = self._exact.keys() | self._base.keys() | self._others.keys() | self._foreign.keys() | {self._own}
        self._bones: dict[str, list[str]] = {}
        self._initials: dict[str, list[str]] = {}
        for key in self._exact:
            self._bones.setdefault(bones(key), []).append(key)
            self._initials.setdefault(key[0], []).append(key)
        self._resembling = lru_cache(maxsize=REMEMBERED_SLIPS)(self._resembles)

    @staticmethod
    def _keys(name: str) -> Iterable[str]:
        key = name_key(name)
        yield key
        # Tegal writes the final a as a; schools and BPS write o: Sidamulya, Sidomulyo.
        if "mulya" in key or "harja" in key or "sida" in key:
            yield key.replace("mulya", "mulyo").replace("harja", "harjo").replace("sida", "sido")

    def find(self, pieces: Pieces) -> list[Mention]:
        keys, mentions = pieces.keys, []
        beginnings, mark_of = self._beginnings, _MARK_OF.get
        before, at = "", 0
        while at < len(keys):
            key, marked = keys[at], mark_of(before, "")
            used, mention = 1, None
            # Nearly every word begins no name, alone or run together with the next ones.
            if key in beginnings:
                mention, used = self._longest(pieces, at, marked)
            if mention is None and marked != "regency" and (marked or len(key) >= LONG_ENOUGH or _is_short(keys, at)):
                mention, used = self._misspelt(pieces, at, marked)
            if mention is not None:
                mentions.append(mention)
            at += used
            before = keys[at - 1]
            if mention is not None and at < len(keys) and keys[at] in AFTER_MARKS:
                at, before = at + 1, ""  # 'X village Y': the mark is used up and is none for Y
        return _roads(pieces.text, _sure(mentions)) if mentions else mentions

    def _longest(self, pieces: Pieces, at: int, marked: str) -> tuple[Mention | None, int]:
        for size in (3, 2, 1):
            if at + size <= len(pieces.keys):
                mention = self._named(pieces, at, size, marked)
                if mention is not None:
                    return mention, size
        return None, 1

    def _named(self, pieces: Pieces, at: int, size: int, marked: str) -> Mention | None:
        words = pieces.keys[at : at + size]
        if size > 1 and words[-1] in DIRECTION_WORDS:
            words = [*words[:-1], DIRECTION_WORDS[words[-1]]]
        key = "".join(words)
        if key not in self._names and not (size == 2 and words[0] in REGENCY_MARKS):
            return None
        after = pieces.keys[at + size] if at + size < len(pieces.keys) else ""
        marked = AFTER_MARKS.get(after) or marked
        if AFTER_MARKS.get(after) == "regency":
            outside = self._regency(key, is_city=after not in ("regency", "regencys"))
        else:
            outside = self._outside(words, key, marked)
        start, end = pieces.span(at, size)
        if outside is not None:
            return Mention((), start, end, _role(pieces.keys, at, outside=True), marked, outside)
        regions = tuple(self._exact.get(key, ()) or self._base.get(key, ()))
        if not regions or (size > 1 and "\n" in pieces.text[start:end]):
            return None
        weak = self._is_ordinary(key) and not marked
        weak = weak or (key in VERY_COMMON and marked not in ("desa", "kec"))
        return Mention(regions, start, end, _role(pieces.keys, at), marked, weak=weak)

    def _is_ordinary(self, key: str) -> bool:
        return key in COMMON or key in ORDINARY or self._knows(key)

    def _outside(self, words: list[str], key: str, marked: str) -> str | None:
        """Full name of another regency; '' for the own one ('Kabupaten Tegal'); None when it is neither."""
        if len(words) == 2 and words[0] in REGENCY_MARKS:
            return self._regency(words[1], is_city=words[0] not in ("kab", "kabupaten", "kabupten"))
        if key == self._own and marked == "regency":
            return ""
        if marked in ("desa", "kec"):
            own = any(region.level == 3 for region in self._exact.get(key, ()))
            return self._foreign.get(key) if marked == "kec" and not own else None
        if key in self._others:
            hidden = key in OTHER_COMMON or key in ORDINARY or self._knows(key)
            hidden = (hidden and marked != "near") or key in VAGUE_OTHER
            if marked != "regency" and (key in self._exact or hidden):
                return None
            return self._others[key]
        if key in self._exact or key in self._base or marked != "near" or len(key) < LONG_ENOUGH:
            return None
        return None if key in ORDINARY or self._knows(key) else self._foreign.get(key)

    def _regency(self, name: str, *, is_city: bool) -> str | None:
        said = ("kota" if is_city else "kabupaten") + name
        if name == self._own:
            return "" if is_city == self._own_is_city else self._others.get(said, "")
        return self._others.get(said) or self._others.get(name)

    def _misspelt(self, pieces: Pieces, at: int, marked: str) -> tuple[Mention | None, int]:
        strong = marked in ("desa", "kec")
        for size in (2, 1):
            words = pieces.keys[at : at + size]
            if size == 2 and (len(words) < 2 or words[1] not in _DIRECTION):
                continue
            key = "".join([words[0], _DIRECTION[words[1]]] if size == 2 else words)
            if key in PLAIN_WORDS or not 3 <= len(key) <= LONGEST or self._is_refused(words[0], size, marked):
                continue
            regions = self._resembling(key, strong, bool(marked))
            if regions:
                start, end = pieces.span(at, size)
                return Mention(regions, start, end, _role(pieces.keys, at), marked), size
        return None, 1

    def _is_refused(self, word: str, size: int, marked: str) -> bool:
        """Without a mark only a word without a meaning of its own can be a slip of a name."""
        return not marked and (self._knows(word) or word in ORDINARY or (size == 1 and len(word) < LONG_ENOUGH))

    def _resembles(self, key: str, strong: bool, marked: bool) -> tuple[Region, ...]:
        """A slip in a long name, or a name that has lost vowels and nothing else: 'ds klspu', 'dkhsalam'."""
        if not key.isalpha() or (not strong and key in self._foreign):
            return ()
        skeleton = bones(key)
        found = [name for name in self._bones.get(skeleton, ()) if len(key) <= len(name) and _is_within(key, name)]
        if len(skeleton) < (3 if strong else 5):
            found = []
        if not found and len(key) >= 6 and (marked or not _DERIVED.fullmatch(key)):
            # Two letters make another name of it: Gunungsari is not Gunungjati.
            limit = 2 if len(key) >= TWO_SLIPS and marked else 1
            names = self._initials.get(key[0], ())
            near = list(extract_iter(key, names, scorer=DamerauLevenshtein.distance, score_cutoff=limit))
            least = min((distance for _, distance, _ in near), default=0)
            found = [name for name, distance, _ in near if distance == least]
        if any(name in VERY_COMMON or (name in COMMON and not strong) for name in found):
            return ()
        return tuple(region for name in found for region in self._exact[name])


_DIRECTION = {**{word: word for word in DIRECTIONS}, **DIRECTION_WORDS}


def _is_short(keys: list[str], at: int) -> bool:
    """'slwi kulon': a short word counts before a direction."""
    return at + 1 < len(keys) and keys[at + 1] in _DIRECTION


def _is_within(short: str, name: str) -> bool:
    """Whether all letters of ``short`` stand in the name in this order."""
    rest = iter(name)
    return all(letter in rest for letter in short)


def _sure(mentions: list[Mention]) -> list[Mention]:
    """Without the ordinary words, unless the name of their district follows: 'pesarean adiwerna'."""
    if not any(mention.weak for mention in mentions):
        return mentions
    return [m for m, after in zip(mentions, [*mentions[1:], None], strict=True) if not m.weak or _backed(m, after)]


def _backed(mention: Mention, after: Mention | None) -> bool:
    if after is None or not 0 <= after.start - mention.end <= BESIDE or after.role != "scene":
        return False
    districts = {region.code for region in after.regions if region.level == 3}
    return any(region.level == 4 and region.code[:8] in districts for region in mention.regions)


def _role(keys: list[str], at: int, *, outside: bool = False) -> str:
    """Looks back over the mark and the facility word: 'dibawa ke RS', 'arah', 'dari arah', 'warga'."""
    back: list[str] = []
    i = at - 1
    while i >= 0 and len(back) < 4 and keys[i] not in SCENE_STARTS:
        back.append(keys[i])
        i -= 1
    skipped = [word for word in back if word not in _BETWEEN]
    nearest = skipped[0] if skipped else ""
    if nearest in AWAY and not (nearest == "ke" and _is_request(keys, at)):
        return "away"
    if nearest in ("dr", "dokter") and len(skipped) > 1 and skipped[1] in AWAY:
        return "away"
    if nearest == "to" and (len(skipped) < 2 or skipped[1] not in CLOSE_TO) and not _is_request(keys, at):
        return "away"
    if not FACILITIES.isdisjoint(back[:3]) and not CARRIED.isdisjoint(back) and not _is_request(keys, at):
        return "away"
    before = _word_before(keys, at)
    if outside and (before in ORIGIN or "tol" in back[:2]):
        return "away"
    return _origin(keys, at, before)


def _is_request(keys: list[str], at: int) -> bool:
    """'kirim ambulan ke X' asks for somebody at X; 'mau ke X' and 'dibawa ke X' do not."""
    back = keys[max(0, at - 7) : at]
    return not REQUESTS.isdisjoint(back) and ON_THE_WAY.isdisjoint(back)


def _origin(keys: list[str], at: int, before: str) -> str:
    """'warga X' and 'rombongan dari X' are somebody's home; 'saya dari X' is where the caller speaks from."""
    begin = max(0, at - 3)
    people = [i for i in range(begin, at) if keys[i] in PEOPLE]
    if before in PEOPLE or (before in FROM and people):
        return "scene" if people and people[0] > 0 and keys[people[0] - 1] in HOUSES else "home"
    return "origin" if before in FROM else "scene"


def _word_before(keys: list[str], at: int) -> str:
    for word in reversed(keys[max(0, at - 2) : at]):
        if word not in REGENCY_MARKS:
            return word
    return ""


def _roads(text: str, mentions: list[Mention]) -> list[Mention]:
    """'Banjaran-Balamoa': an end of a road is not the scene itself."""
    if "-" not in text and "–" not in text:
        return mentions
    return [m._replace(role="road") if not m.outside and _is_joined(text, m.start, m.end) else m for m in mentions]


def _is_joined(text: str, start: int, end: int) -> bool:
    before, after = text[:start].rstrip(" "), text[end:].lstrip(" ")
    return (before.endswith(("-", "–")) and before[:-1].rstrip(" ")[-1:].isalpha()) or (
        after.startswith(("-", "–")) and after[1:].lstrip(" ")[:1].isalpha()
    )
