"""The server's catalogue of sentences for people: Indonesian first, English second."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DEFAULT = "id"
LANGUAGES = ("id", "en", "jv")
FOLDER = Path(__file__).with_name("locale")


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Flat keys 'table.key' -> sentence of one language."""
    tables = tomllib.loads((FOLDER / f"{lang}.toml").read_text(encoding="utf-8"))
    flat: dict[str, str] = {}

    def walk(prefix: str, node: dict[str, Any]) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            else:
                flat[prefix + key] = value

    walk("", tables)
    return flat


def text(key: str, lang: str = DEFAULT, **params: Any) -> str:
    """The sentence for ``key``; a language without it falls back to Indonesian.

    A missing key raises KeyError: the tests walk every key used.
    """
    sentence = catalogue(lang).get(key) if lang in LANGUAGES else None
    if sentence is None:
        sentence = catalogue(DEFAULT)[key]
    return sentence.format_map(params)
