"""No English picture shows a word of the Indonesian catalogues: a translation that is missing is seen at once.

The stored pictures are read, which other tests hold against the screens.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

from tests.console.night import board

ROOT = Path(__file__).parents[2]
WORD = re.compile(r"[A-Za-z]{3,}")
"""Of three letters or more."""
SPOKEN = """
    rumah cat hijau, belakang Mushola Al-Ikhlas, suami saya jatuh tidak sadar tidak napas tolong cepat
    suami saya jatuh di kamar mandi, tidak sadar, badannya sudah biru kata anaknya, halo tolong pak ini suami saya
    jatuh di kamar mandi pak, di Kalisapu gang mushola, cepat pak, rumah hijau blk mushola
    2 luka 1 terjebak tanpa senjata kabel putus, motor saya hilang di pasar, ular di kandang, sesak napas
    rumah kebakaran di Pesayangan, api besar, ada gardu PLN di sebelah, gardu PLN dekat api, rumah sebelah dikosongkan
    ada orang jatuh dari motor, bunyi tut tut, lalu diam, tidak ada jawaban sampai putus, anak saya tidak napas
    Jalan Raya Adiwerna ditutup sampai pukul 05.00, lewat Ujungrusi, Kec Slawi, Bantuan DIKIRIM
    rem blong, di bengkel sampai besok pagi, ban s/d 15:10, air 40%, cek, n slx pasar, medis jiwa
"""
"""What callers say, colleagues write, hands type and rules are called in the pictures: it stays as it is."""


def _sentences(table: Any) -> Iterator[str]:
    for value in table.values() if isinstance(table, dict) else []:
        yield from _sentences(value) if isinstance(value, dict) else [str(value)]


def _catalogue(lang: str) -> set[str]:
    """Every word of both catalogues and of the types as the fakes name them."""
    files = [*(ROOT / "console/locale").glob(f"*{lang}.toml"), ROOT / f"dispatch/locale/{lang}.toml"]
    told = [line for file in files for line in _sentences(tomllib.loads(file.read_text("utf-8")))]
    kinds = board().centre.types.values()
    told += [words[lang] for kind in kinds for words in (kind.labels, *kind.subtypes.values())]
    return {word.casefold() for line in told for word in WORD.findall(re.sub(r"{\w*[^}]*}", " ", line))}


def _names() -> set[str]:
    """Of the centre, of places, units and agencies, and what is noted of them."""
    start = board()
    told = [start.centre.name, start.centre.name.upper(), *start.centre.districts.values()]
    told += [words for unit in start.units for words in (unit.name, unit.base, unit.note)]
    told += [words for row in start.incidents for words in (row.place.desa, row.place.landmark, row.summary)]
    told += [words for agency in start.centre.agencies.values() for words in agency.values()]
    return {word for line in told for word in WORD.findall(line)}


def test_no_english_picture_speaks_indonesian() -> None:
    """Case counts for what may stand: 'Jalan Raya' is a street, 'JALAN' a state."""
    ours = _catalogue("id") - _catalogue("en")
    allowed = set(WORD.findall(SPOKEN)) | _names()
    pictures = [path for path in (ROOT / "tests/console/__snapshots__").rglob("*.svg") if "[en" in path.name]
    assert len(pictures) > 150
    found = {}
    for picture in pictures:
        shown = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture.read_text("utf-8")))
        words = set(WORD.findall(unescape(shown).replace("\xa0", " ")))
        if strange := {word for word in words - allowed if word.casefold() in ours}:
            found[f"{picture.parent.name}/{picture.name}"] = sorted(strange)
    assert not found
