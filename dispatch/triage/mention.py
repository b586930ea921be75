"""Finds place names in a text and the part each plays: scene, direction, destination, origin.

Chooses nothing: which of them is the scene is decided in ``locate``.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract_iter

from dispatch.triage.gazetteer import DIRECTIONS, Gazetteer, Region, bones, name_key

_WORD = re.compile(r"[^\W_]+")

VILLAGE_MARKS = frozenset("desa ds kelurahan kel kelurahane lurah balaidesa dusun dk dkh dukuh ngadesa village".split())
DISTRICT_MARKS = frozenset("kec kecamatan kcmtn kecmtn district".split())
REGENCY_MARKS = frozenset("kab kabupaten kota kotamadya kodya kabupten city".split())
NEAR_MARKS = frozenset(
    "di d nang ning neng ndek daerah wilayah sekitar dekat in at near kampung kp lokasi alamat "
    "jalan jl jln raya".split()
)
AWAY = frozenset("arah jurusan menuju tujuan ke menyang maring tekan towards toward heading plat nopol".split())
ORIGIN = frozenset("dari asal orang warga bus bis truk perbatasan kiriman sekang saka from".split())
FROM = frozenset("dari sekang saka from".split())
SCENE_STARTS = frozenset("dari di nang ning neng kejadian lokasi tkp sekang saka".split())
"""Words after which a new place begins: what stands before them says nothing about it."""
FACILITIES = frozenset(
    "rs rsud rsu rsia rsi puskesmas pkm polsek polres koramil polsekta stasiun terminal pasar psr masjid alun smp "
    "sma smk sd sdn smpn sman smkn mts man pt pabrik hotel kantor pos balai waduk jembatan tol spbu pom alfamart "
    "indomaret".split()
)
CARRIED = frozenset("dibawa dirujuk rujuk dilarikan diantar antar dianter ke menuju bawa dilarekna digawa".split())

COMMON = frozenset(
    "talang tarub kramat bojong curug kupu setu pacul cempaka kemuning gantungan pasangan babakan guci talok "
    "langgen traju carul capar bedug pesarean tamansari pener lengkong sindang grogol depok tembok jejeg blubuk "
    "dukuhtengah kalimati gunungagung penarukan sesepan kemanggungan semedo cerih pamiritan pengarasan penujah "
    "lebakwangi karangjati".split()
)
"""Names that are also ordinary words: only a place when a mark stands before them."""
VERY_COMMON = frozenset(
    "pasangan gantungan kupu setu pacul bedug pener jejeg talok tembok langgen kalimati penarukan".split()
)

OTHER_COMMON = frozenset(
    "batu malang pati bima banjar sorong demak metro kaur agam lahat bone buru alor batang sigi bintan tual palu "
    "landak poso muna puncak kudus blora ende kapuas toba karo dairi belu sikka buol solok sabang kediri serang "
    "malaka asmat kendal bali papua banten aceh riau maluku lebak langsa padang mappi tapin paser berau wajo "
    "maros".split()
)


PLAIN_WORDS = frozenset(
    "depan belakang jalan rumah pasar sekolah masjid daerah wilayah sekitar pinggir sebelah sungai sawah gunung "
    "karena dengan banjir kebakaran longsor listrik tetangga kampung perempatan pertigaan jembatan selatan "
    "kabupaten kecamatan kelurahan lapangan warung bengkel kantor pabrik samping seberang kemarin sekarang "
    "tersebut tempat terminal stasiun puskesmas".split()
)
"""Never a slip of a village's name."""

_NEAR = dict.fromkeys((*NEAR_MARKS, *FACILITIES, *AWAY, *ORIGIN), "near")
_MARK_OF = _NEAR | (
    dict.fromkeys(REGENCY_MARKS, "regency")
    | dict.fromkeys(DISTRICT_MARKS, "kec")
    | dict.fromkeys(VILLAGE_MARKS, "desa")
)
"""What the word before a name makes of it."""
_BETWEEN = VILLAGE_MARKS | DISTRICT_MARKS | REGENCY_MARKS | FACILITIES
"""Words that stand between a direction and its name: 'arah kota X', 'ke RS Y'."""

REMEMBERED_SLIPS = 4096
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

    ``role`` is 'scene', 'away' (direction or destination), 'origin' ('dari X') or 'road' (an end of 'A-B').
    ``marked`` is 'desa', 'kec', 'near', 'regency' or ''. ``outside`` is another regency's full name.
    """

    regions: tuple[Region, ...]
    start: int
    end: int
    role: str = "scene"
    marked: str = ""
    outside: str = ""


class NameIndex:
    """Keys of all names of the gazetteer; ``find`` walks a text once."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._exact: dict[str, list[Region]] = {}
        self._base: dict[str, list[Region]] = {}
        self._others = gazetteer.others
        self._own = name_key(gazetteer.centre_name).removeprefix("kabupaten").removeprefix("kota")
        for region in gazetteer.regions():
            for key in self._keys(region.name):
                self._exact.setdefault(key, []).append(region)
        for region in gazetteer.villages:
            key = name_key(region.name)
            for direction in DIRECTIONS:
                base = key.removesuffix(direction)
                if base != key and len(base) >= 5 and base not in self._exact:
                    self._base.setdefault(base, []).append(region)
        names = (*self._exact, *self._base, *self._others, *REGENCY_MARKS)
        self._beginnings = frozenset(name[:size] for name in names for size in range(1, len(name) + 1))
        self._names = self._exact.keys() | self._base.keys() | self._others.keys()
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
            if mention is None and marked and marked != "regency":
                mention = self._misspelt(pieces, at, marked)
            if mention is not None:
                mentions.append(mention)
            at += used
            before = keys[at - 1]
        return _roads(pieces.text, mentions) if mentions else mentions

    def _longest(self, pieces: Pieces, at: int, marked: str) -> tuple[Mention | None, int]:
        for size in (3, 2, 1):
            if at + size <= len(pieces.keys):
                mention = self._named(pieces, at, size, marked)
                if mention is not None:
                    return mention, size
        return None, 1

    def _named(self, pieces: Pieces, at: int, size: int, marked: str) -> Mention | None:
        key = "".join(pieces.keys[at : at + size])
        if key not in self._names and not (size == 2 and pieces.keys[at] in REGENCY_MARKS):
            return None
        outside = self._outside(pieces.keys, at, size, key, marked)
        start, end = pieces.span(at, size)
        if outside is not None:
            return Mention((), start, end, _role(pieces.keys, at, outside=True), marked, outside)
        regions = tuple(self._exact.get(key, ()) or self._base.get(key, ()))
        if not regions or (size > 1 and "\n" in pieces.text[start:end]):
            return None
        common = key in COMMON and not marked
        if common or (key in VERY_COMMON and marked not in ("desa", "kec")):
            return None
        return Mention(regions, start, end, _role(pieces.keys, at), marked)

    def _outside(self, keys: list[str], at: int, size: int, key: str, marked: str) -> str | None:
        """Full name of another regency; '' for the own one ('Kabupaten Tegal'); None when it is neither."""
        if size == 2 and keys[at] in REGENCY_MARKS:
            name = keys[at + 1]
            is_city = keys[at] not in ("kab", "kabupaten", "kabupten")
            if name == self._own:
                return self._others.get("kota" + name, "") if is_city else ""
            return self._others.get(name)
        if key not in self._others or (key in self._exact and marked != "regency"):
            return None
        if key in OTHER_COMMON and marked not in ("regency", "near"):
            return None
        if marked in ("desa", "kec"):
            return None
        return self._others[key]

    def _misspelt(self, pieces: Pieces, at: int, marked: str) -> Mention | None:
        key = pieces.keys[at]
        if key in PLAIN_WORDS or not 3 <= len(key) <= LONGEST:
            return None
        regions = self._resembling(key, marked in ("desa", "kec"))
        if not regions:
            return None
        start, end = pieces.span(at)
        return Mention(regions, start, end, _role(pieces.keys, at), marked)

    def _resembles(self, key: str, consonants: bool) -> tuple[Region, ...]:
        """A slip in a long name, or after a strong mark also a name without vowels: 'ds klspu'."""
        if not key.isalpha():
            return ()
        found: list[str] = []
        if len(key) >= 6:
            limit = 2 if len(key) >= 10 else 1
            names = self._initials.get(key[0], ())
            near = extract_iter(key, names, scorer=DamerauLevenshtein.distance, score_cutoff=limit)
            found = [name for name, _, _ in near]
        if not found and consonants:
            found = self._bones.get(bones(key), []) if len(bones(key)) >= len(key) - 1 else []
        if any(name in VERY_COMMON for name in found):
            return ()
        return tuple(region for name in found for region in self._exact[name])


def _role(keys: list[str], at: int, *, outside: bool = False) -> str:
    """Looks back over the mark and the facility word: 'dibawa ke RS', 'arah', 'dari arah'."""
    back: list[str] = []
    i = at - 1
    while i >= 0 and len(back) < 4 and keys[i] not in SCENE_STARTS:
        back.append(keys[i])
        i -= 1
    skipped = [word for word in back if word not in _BETWEEN]
    nearest = skipped[0] if skipped else ""
    if nearest in AWAY or (nearest in ("dr", "dokter") and len(skipped) > 1 and skipped[1] in AWAY):
        return "away"
    if not FACILITIES.isdisjoint(back[:3]) and not CARRIED.isdisjoint(back):
        return "away"
    before = _word_before(keys, at)
    if outside and (before in ORIGIN or "tol" in back[:2]):
        return "away"
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
