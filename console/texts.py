"""Words of the line mode and of signing in, in both languages. Owns looking them up and nothing else."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

LANGUAGES = ("id", "en")
DEFAULT = "id"


def text(key: str, lang: str = DEFAULT, /, **params: object) -> str:
    """The text of a dotted key; a language we do not speak is answered in Indonesian."""
    return _catalogue(lang if lang in LANGUAGES else DEFAULT)[key].format(**params)


@cache
def _catalogue(lang: str) -> dict[str, str]:
    source = resources.files("console") / "locale" / f"{lang}.toml"
    tables = tomllib.loads(source.read_text(encoding="utf-8"))
    return {f"{table}.{key}": line for table, lines in tables.items() for key, line in lines.items()}
