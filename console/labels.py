"""Words of the full-screen console in both languages. Owns the 'screen' and 'label' tables; formats nothing else."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("id", "en")
PARTS = ("screen", "wall", "event")


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All keys of one language, dotted."""
    folder = resources.files("console") / "locale"
    sources = [(folder / f"{part}_{lang}.toml").read_text(encoding="utf-8") for part in PARTS]
    return {key: text for source in sources for key, text in _flat(tomllib.loads(source), "")}


def _flat(table: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, str(value))]
    return found


def label(key: str, lang: str = "id", /, **params: object) -> str:
    """The text of a key; an unknown key is a programmer's error."""
    text = catalogue(lang)[key]
    return text.format(**params) if params else text


def reason_of(reason: str, params: dict[str, str | int], kind: str, lang: str) -> str:
    """Why another incident may be the same event: 'desa dan jenis sama, Kalisapu, 5 mnt, KBK'.

    ``kind`` is the type as the reader's board names it; what only a rush made to be compared says so.
    """
    minutes = f"{params['minutes']} {label('label.fold_minutes', lang)}" if "minutes" in params else ""
    widened = label("label.fold_widened", lang, factor=params["widened"]) if "widened" in params else ""
    parts = (label_or(f"label.fold.{reason}", lang, reason), str(params.get("where", "")), minutes, kind, widened)
    return ", ".join(part for part in parts if part)


def known_words(known: dict[str, int], lang: str) -> str:
    """What a number was disposed of as before: 'iseng 3, ghost 1'."""
    return ", ".join(f"{label_or(f'label.known.{kind}', lang, kind)} {count}" for kind, count in sorted(known.items()))


def label_or(key: str, lang: str, fallback: str) -> str:
    """For codes that come from the server and may be newer than this console."""
    return catalogue(lang).get(key, fallback)
