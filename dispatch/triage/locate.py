"""Text -> the scene. Never guesses: two readings give ``ambiguous`` and candidates, another regency gives ``outside``.

Keeps the written words (``Place.text``) whatever else is understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from rapidfuzz import fuzz

from dispatch.domain.aml import is_aml, parse_aml
from dispatch.domain.place import NOWHERE, Candidate, Place
from dispatch.triage.centroid import district_points
from dispatch.triage.coordinates import Point, find_coordinates
from dispatch.triage.gazetteer import Gazetteer, Region, name_key, own_key
from dispatch.triage.geometry import in_indonesia
from dispatch.triage.ground import Ground
from dispatch.triage.landmark import LandmarkFinder
from dispatch.triage.mention import Mention, NameIndex, Pieces
from dispatch.triage.normalise import clean
from dispatch.triage.plus_code import complete, decode, find_plus_code

_RT_RW = re.compile(r"\bR[TW][\s.:]*0*\d{1,3}(?:\s*[/,.& ]\s*R?W?[\s.:]*0*\d{1,3})?\b", re.IGNORECASE)


class Scene(NamedTuple):
    """What the names alone say: one village or district, or several to choose from."""

    code: str = ""
    desa: str = ""
    kecamatan: str = ""
    ambiguous: bool = False
    candidates: tuple[Candidate, ...] = ()


NO_SCENE = Scene()
MIN_FUZZY = 70.0
APART = 12


class Locator:
    def __init__(self, gazetteer: Gazetteer, knows: Callable[[str], bool]) -> None:
        """``knows``: whether a word has a meaning of its own, and so is no part of a name."""
        self._gazetteer = gazetteer
        self._own = own_key(gazetteer.centre_name)
        self._index = NameIndex(gazetteer, knows)
        self._landmarks = LandmarkFinder(knows, gazetteer.landmarks)
        self._ground = Ground(gazetteer)
        self.settle, self.approximate = self._ground.settle, self._ground.approximate
        """Place with a point (WhatsApp, AML) -> the same with the village the point lies in."""

    def district_points(self) -> dict[str, tuple[float, float]]:
        """Kecamatan -> latitude and longitude of its middle, where points or boundaries were imported."""
        return district_points(self._gazetteer)

    def locate(self, text: str) -> Place:
        """1 names and their parts, 2 outside, 3 village by rules, 4 landmark and point, 5 the words as written."""
        cleaned = clean(text)
        if is_aml(cleaned):
            return self._of_phone(cleaned)
        pieces = Pieces(cleaned)
        mentions = self._index.find(pieces)
        scenes = [mention for mention in mentions if mention.role == "scene"]
        # 'saya dari Slawi' is all we know of the scene; 'dari Slawi, laka di Ujungrusi' names a better one.
        scenes = scenes or [mention for mention in mentions if mention.role == "origin"]
        roads = [mention for mention in mentions if mention.role == "road"]
        landmark, *span = self._landmarks.find(pieces, mentions)
        outside = _outside(mentions)
        spans = [(m.start, m.end) for m in (*scenes, *roads) if m.regions or m.outside]
        spans += [(span[0], span[1])] if landmark else []
        lowered = cleaned.lower()
        if "rt" in lowered or "rw" in lowered:
            spans += [match.span() for match in _RT_RW.finditer(cleaned)]
        scene = self._choose([m for m in scenes if m.regions], [m for m in roads if m.regions])
        point = self._point(cleaned, scene, near_here=not outside)
        spans += [(point.start, point.end)] if point else []
        words = _verbatim(cleaned, spans)
        lat, lon = (point.lat, point.lon) if point else (None, None)
        if outside and _is_apart(mentions):
            # 'I am in Jakarta, my house in Kalisapu burns': two readings, so a person must choose.
            inside = [region for m in scenes for region in m.regions]
            return self.settle(_placed(_ambiguous(inside), words, landmark, lat, lon))
        if outside:
            return Place(text=words, landmark=landmark, lat=lat, lon=lon, outside=outside)
        if landmark and (scene is NO_SCENE or scene.ambiguous):
            scene = self._of_landmark(landmark, scene)
        if scene is NO_SCENE and not (words or landmark or lat is not None):
            return NOWHERE
        placed = replace(_placed(scene, words, landmark, lat, lon), radius_m=point.radius_m if point else None)
        return self.settle(placed if lat is not None or not landmark else self._at_landmark(placed))

    def _point(self, text: str, scene: Scene, *, near_here: bool) -> Point | None:
        """Coordinates or a plus code; a short code is completed near the named village or the middle of the regency."""
        found = find_coordinates(text)
        code = find_plus_code(text) if found is None else None
        if code is None:
            return found
        if code.is_full:
            lat, lon = decode(code)
        else:
            region = self._gazetteer.by_code.get(scene.code)
            near = (region.lat, region.lon) if region else (None, None)
            near_lat, near_lon = near if near[0] is not None else (self._gazetteer.lat, self._gazetteer.lon)
            if near_lat is None or near_lon is None or not near_here:
                return None
            lat, lon = complete(code, near_lat, near_lon)
        return Point(lat, lon, code.start, code.end) if in_indonesia(lat, lon) else None

    def at_point(self, found: Place, hint: Place) -> Place:
        """The place of the words with a point that came beside them; in contradiction both are candidates."""
        return self.settle(replace(
            found, lat=hint.lat, lon=hint.lon, radius_m=hint.radius_m, located_at=hint.located_at,
            text=found.text or hint.text, landmark=found.landmark or hint.landmark,
        ))

    def _of_phone(self, text: str) -> Place:
        """The position a phone sent by itself; its text says nothing to people."""
        position = parse_aml(text)
        if position is None or position.lat is None or position.lon is None:
            return NOWHERE
        return self.settle(
            Place(lat=position.lat, lon=position.lon, radius_m=position.radius_m, located_at=position.at)
        )

    def _at_landmark(self, place: Place) -> Place:
        """With the point of the building itself, where an imported file has it."""
        landmark = self._landmarks.imported(place.landmark)
        agrees = landmark is not None and (landmark.code.startswith(place.code) or place.code.startswith(landmark.code))
        return replace(place, lat=landmark.lat, lon=landmark.lon) if landmark and agrees else place

    def candidates(self, text: str, limit: int = 8) -> list[Candidate]:
        key = name_key(clean(text))
        if not key:
            return []
        scored: list[tuple[float, Region]] = []
        for region in self._gazetteer.regions():
            name = name_key(region.name)
            score = 100.0 if name == key else 95.0 if name.startswith(key) else fuzz.ratio(name, key)
            if score >= MIN_FUZZY:
                scored.append((score, region))
        scored.sort(key=lambda pair: (-pair[0], pair[1].level, pair[1].name, pair[1].code))
        return [_candidate(region, score / 100) for score, region in scored[:limit]]

    def _choose(self, scenes: list[Mention], roads: list[Mention]) -> Scene:
        if not scenes:
            return self._road(roads)
        named = self._without_regency(_named_districts(scenes), scenes)
        readings = [reading for mention in scenes for reading in [_villages(mention, named)] if reading]
        best = _best(scenes, readings)
        if len(best) == 1 and _fits(best[0], named):
            region = best[0]
            return Scene(code=region.code, desa=region.name, kecamatan=region.kecamatan)
        if best:
            return _ambiguous(best)
        if len(named) == 1:
            district = next(iter(named.values()))
            return Scene(code=district.code, kecamatan=district.name)
        return _ambiguous(list(named.values())) if named else NO_SCENE

    def _without_regency(self, named: dict[str, Region], scenes: list[Mention]) -> dict[str, Region]:
        """In Kabupaten Brebes 'Ketanggungan, Brebes' ends with the regency: the district of that name is not meant."""
        capital = next((code for code, region in named.items() if name_key(region.name) == self._own), "")
        villages = [r.code for m in scenes for r in m.regions if r.level == 4 and r.code[:8] != capital]
        said_so = any(m.marked == "kec" and r.code == capital for m in scenes for r in m.regions)
        inside = said_so or any(m.regions[0].code[:8] == capital for m in scenes if len(m.regions) == 1
                                and m.regions[0].level == 4)
        if not capital or inside or not (len(named) > 1 or villages):
            return named
        return {code: region for code, region in named.items() if code != capital}

    def _of_landmark(self, phrase: str, scene: Scene) -> Scene:
        """Village or district of an imported landmark; among several readings only when it singles out one."""
        landmark = self._landmarks.imported(phrase)
        if landmark is None:
            return scene
        if scene.ambiguous:
            fitting = [c for c in scene.candidates if c.code[:8] == landmark.code[:8]]
            return Scene(fitting[0].code, fitting[0].desa, fitting[0].kecamatan) if len(fitting) == 1 else scene
        # A road runs through more villages than the one it is filed under.
        region = self._gazetteer.by_code.get(landmark.code[:8] if landmark.kind == "road" else landmark.code)
        if region is None:
            return scene
        return Scene(region.code, region.name if region.level == 4 else "", region.kecamatan)

    def _road(self, roads: list[Mention]) -> Scene:
        regions = [region for mention in roads for region in mention.regions]
        if not regions:
            return NO_SCENE
        districts = {region.kecamatan for region in regions}
        if len(districts) == 1:
            code = regions[0].code[:8]
            return Scene(code=code, kecamatan=regions[0].kecamatan)
        return _ambiguous(regions)


def _placed(scene: Scene, words: str, landmark: str, lat: float | None, lon: float | None) -> Place:
    return Place(words, scene.code, scene.desa, scene.kecamatan, landmark, lat, lon, scene.ambiguous, scene.candidates)


def _candidate(region: Region, score: float = 0.5) -> Candidate:
    return Candidate(region.code, region.name if region.level == 4 else "", region.kecamatan, round(score, 3))


def _ambiguous(regions: Iterable[Region]) -> Scene:
    unique = list(dict.fromkeys(regions))
    districts = {(region.code[:8], region.kecamatan) for region in unique}
    code, kecamatan = next(iter(districts)) if len(districts) == 1 else ("", "")
    share = 1 / len(unique)
    return Scene(code=code, kecamatan=kecamatan, ambiguous=True, candidates=tuple(_candidate(r, share) for r in unique))


def _named_districts(scenes: list[Mention]) -> dict[str, Region]:
    """Districts named as such, or by a name that only a district (or a district and its own village) has."""
    found: dict[str, Region] = {}
    for mention in scenes:
        for region in mention.regions:
            if region.level == 3 and mention.marked != "desa":
                found[region.code] = region
    return found


def _villages(mention: Mention, named: dict[str, Region]) -> list[Region]:
    """The villages a mention can mean; a name shared with a district means the village only when marked so."""
    villages = [region for region in mention.regions if region.level == 4]
    has_district = any(region.level == 3 for region in mention.regions)
    if has_district and mention.marked != "desa":
        return []
    inside = [region for region in villages if region.code[:8] in named]
    return inside or villages


def _best(scenes: list[Mention], readings: list[list[Region]]) -> list[Region]:
    """Villages of the strongest mentions; a marked name ('desa X') outweighs a bare one."""
    order = {"desa": 0, "kec": 1, "near": 1, "": 1}
    ranked = [
        (order.get(mention.marked, 1), regions)
        for mention, regions in zip([m for m in scenes if _has_village(m)], readings, strict=False)
    ]
    if not ranked:
        return []
    least = min(rank for rank, _ in ranked)
    return list(dict.fromkeys(region for rank, regions in ranked if rank == least for region in regions))


def _has_village(mention: Mention) -> bool:
    villages = any(region.level == 4 for region in mention.regions)
    return villages and (mention.marked == "desa" or not any(region.level == 3 for region in mention.regions))


def _fits(region: Region, named: dict[str, Region]) -> bool:
    """A village in another district than the one named is a contradiction, not a scene."""
    return not named or region.code[:8] in named


def _outside(mentions: list[Mention]) -> str:
    """Another regency named as the scene, unless the own one is named too."""
    own = any(m.outside == "" and not m.regions for m in mentions)
    names = [m.outside for m in mentions if m.outside and m.role == "scene"]
    return names[0] if names and not own else ""


def _is_apart(mentions: list[Mention]) -> bool:
    """A village of this regency named away from the other regency's name, not as part of one address."""
    scenes = [m for m in mentions if m.role == "scene"]
    outside = [m for m in scenes if m.outside]
    inside = [m for m in scenes if m.regions and not m.outside]
    return bool(inside) and all(
        min(abs(i.start - o.end), abs(o.start - i.end)) > APART for i in inside for o in outside
    )


def _verbatim(text: str, spans: list[tuple[int, int]]) -> str:
    """The written words from the first to the last place word; far-apart ones are joined by a comma, each once."""
    if len(spans) < 2:
        return "".join(text[start:end].strip() for start, end in spans)[:200]
    merged: list[list[int]] = []
    for start, end in sorted(spans):
        if merged and start - merged[-1][1] <= 12 and "\n" not in text[merged[-1][1] : start]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return ", ".join(_once([text[start:end].strip() for start, end in merged]))[:200]


def _once(parts: list[str]) -> list[str]:
    """Without what another part says already: 'RT 17 RW 07' twice, 'Slawi' beside 'pasar Slawi'."""
    if len(parts) < 2:
        return parts
    keys = [f" {' '.join(Pieces(part).keys)} " for part in parts]
    kept = []
    for i, part in enumerate(parts):
        said = keys[i] in keys[:i] or any(keys[i] in key and keys[i] != key for key in keys)
        if not said:
            kept.append(part)
    return kept
