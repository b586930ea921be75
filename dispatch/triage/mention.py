"""Finds place names in a text and the part each plays: scene, direction, destination, origin.

Chooses nothing: which of them is the scene is decided in ``locate``.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

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


PREFIX = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of the text with its place in it."""

    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found at text[start:end]. ``regions`` holds every region of that name.

    ``role`` is 'scene', 'away' (direction or destination), 'origin' ('dari X') or 'road' (an end of 'A-B').
    ``marked`` is 'desa', 'kec', 'near' or ''. ``exact`` is False for a corrected spelling.
    """

    regions: tuple[Region, ...]
    start: int
    end: int
    role: str = "scene"
    marked: str = ""
    exact: bool = True
    outside: str = ""
    facility: bool = False


def pieces_of(text: str) -> list[Piece]:
    return [Piece(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(text)]


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
        self._prefixes = frozenset(name[:size] for name in names for size in range(1, PREFIX + 1))
        self._bones: dict[str, list[str]] = {}
        for key in self._exact:
            self._bones.setdefault(bones(key), []).append(key)

    @staticmethod
    def _keys(name: str) -> Iterable[str]:
        key = name_key(name)
        yield key
        # Tegal writes the final a as a; schools and BPS write o: Sidamulya, Sidomulyo.
        if "mulya" in key or "harja" in key or "sida" in key:
            yield key.replace("mulya", "mulyo").replace("harja", "harjo").replace("sida", "sido")

    def regions_named(self, key: str) -> tuple[Region, ...]:
        return tuple(self._exact.get(key, ()) or self._base.get(key, ()))

    def keys(self) -> Iterable[str]:
        return self._exact.keys()

    def find(self, text: str) -> list[Mention]:
        pieces = pieces_of(text)
        mentions: list[Mention] = []
        at = 0
        while at < len(pieces):
            mention, used = self._at(text, pieces, at)
            if mention is not None:
                mentions.append(mention)
            at += used
        return _roads(text, mentions)

    def _at(self, text: str, pieces: list[Piece], at: int) -> tuple[Mention | None, int]:
        marked = _mark(pieces, at)
        # Nine words in ten begin no name; looking only at the first letters halves the time of a text.
        sizes = (3, 2, 1) if pieces[at].key[:PREFIX] in self._prefixes else ()
        for size in sizes:
            if at + size > len(pieces):
                continue
            key = "".join(piece.key for piece in pieces[at : at + size])
            mention = self._named(text, pieces, at, size, key, marked)
            if mention is not None:
                return mention, size
        return self._misspelt(text, pieces, at, marked), 1

    def _named(self, text: str, pieces: list[Piece], at: int, size: int, key: str, marked: str) -> Mention | None:
        outside = self._outside(pieces, at, size, key, marked)
        start, end = pieces[at].start, pieces[at + size - 1].end
        if outside is not None:
            return Mention((), start, end, self._role(pieces, at, outside=True), marked, True, outside)
        regions = self.regions_named(key)
        if not regions or (size > 1 and "\n" in text[start:end]):
            return None
        common = key in COMMON and not marked
        if common or (key in VERY_COMMON and marked not in ("desa", "kec")):
            return None
        return Mention(regions, start, end, self._role(pieces, at), marked, facility=_facility(pieces, at))

    def _outside(self, pieces: list[Piece], at: int, size: int, key: str, marked: str) -> str | None:
        """Full name of another regency; '' for the own one ('Kabupaten Tegal'); None when it is neither."""
        if size == 2 and pieces[at].key in REGENCY_MARKS:
            name = pieces[at + 1].key
            is_city = pieces[at].key not in ("kab", "kabupaten", "kabupten")
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

    def _misspelt(self, text: str, pieces: list[Piece], at: int, marked: str) -> Mention | None:
        """A slip in a long name, or a name without vowels after a mark: 'ds klspu'."""
        key = pieces[at].key
        if not key.isalpha() or key in PLAIN_WORDS or marked not in ("desa", "kec", "near"):
            return None
        found: list[str] = []
        if len(key) >= 6:
            limit = 2 if len(key) >= 10 else 1
            found = [
                name
                for name in self._exact
                if name[0] == key[0] and DamerauLevenshtein.distance(key, name, score_cutoff=limit) <= limit
            ]
        if not found and len(key) >= 3 and marked in ("desa", "kec"):
            found = self._bones.get(bones(key), []) if len(bones(key)) >= len(key) - 1 else []
        if not found or any(name in VERY_COMMON for name in found):
            return None
        regions = tuple(region for name in found for region in self._exact[name])
        piece = pieces[at]
        return Mention(regions, piece.start, piece.end, self._role(pieces, at), marked, exact=False)

    @staticmethod
    def _role(pieces: list[Piece], at: int, *, outside: bool = False) -> str:
        """Looks back over the mark and the facility word: 'dibawa ke RS', 'arah', 'dari arah'."""
        back: list[str] = []
        i = at - 1
        while i >= 0 and len(back) < 4 and pieces[i].key not in SCENE_STARTS:
            back.append(pieces[i].key)
            i -= 1
        skipped = [word for word in back if word not in VILLAGE_MARKS | DISTRICT_MARKS | REGENCY_MARKS | FACILITIES]
        nearest = skipped[0] if skipped else ""
        if nearest in AWAY or (nearest in ("dr", "dokter") and len(skipped) > 1 and skipped[1] in AWAY):
            return "away"
        if any(word in FACILITIES for word in back[:3]) and any(word in CARRIED for word in back):
            return "away"
        if outside and (_word_before(pieces, at) in ORIGIN or "tol" in back[:2]):
            return "away"
        return "origin" if _word_before(pieces, at) in FROM else "scene"


PLAIN_WORDS = frozenset(
    "depan belakang jalan rumah pasar sekolah masjid daerah wilayah sekitar pinggir sebelah sungai sawah gunung "
    "karena dengan banjir kebakaran longsor listrik tetangga kampung perempatan pertigaan jembatan selatan "
    "kabupaten kecamatan kelurahan lapangan warung bengkel kantor pabrik samping seberang kemarin sekarang "
    "tersebut tempat terminal stasiun puskesmas".split()
)


def _word_before(pieces: list[Piece], at: int) -> str:
    words = [piece.key for piece in pieces[max(0, at - 2) : at] if piece.key not in REGENCY_MARKS]
    return words[-1] if words else ""


def _mark(pieces: list[Piece], at: int) -> str:
    if at == 0:
        return ""
    before = pieces[at - 1].key
    if before in VILLAGE_MARKS:
        return "desa"
    if before in DISTRICT_MARKS:
        return "kec"
    if before in REGENCY_MARKS:
        return "regency"
    return "near" if before in NEAR_MARKS or before in FACILITIES or before in AWAY or before in ORIGIN else ""


def _facility(pieces: list[Piece], at: int) -> bool:
    return at > 0 and (
        pieces[at - 1].key in FACILITIES
        or (at > 1 and pieces[at - 2].key in FACILITIES and pieces[at - 1].key == "desa")
    )


def _roads(text: str, mentions: list[Mention]) -> list[Mention]:
    """'Banjaran-Balamoa': an end of a road is not the scene itself."""
    result = list(mentions)
    for i, mention in enumerate(mentions):
        before, after = text[: mention.start].rstrip(" "), text[mention.end :].lstrip(" ")
        joined = (before.endswith(("-", "–")) and before[:-1].rstrip(" ")[-1:].isalpha()) or (
            after.startswith(("-", "–")) and after[1:].lstrip(" ")[:1].isalpha()
        )
        if joined and not mention.outside:
            result[i] = Mention(mention.regions, mention.start, mention.end, "road", mention.marked, mention.exact)
    return result
