"""The words of a result line: codes of the rules and of the grammar as people say them. Decides nothing."""

from __future__ import annotations

from typing import Any

from dispatch.domain.routing import Labels, RuleSet
from dispatch.grammar.verb import VERBS


def worded(params: dict[str, Any], rules: RuleSet, lang: str) -> dict[str, Any]:
    """The parameters of a result sentence with labels instead of codes; what has no label stays as it is."""
    said = dict(params)
    kind = rules.types.get(str(params.get("type", "")))
    if kind is not None:
        said["type"] = _label(kind.labels, lang)
        subtype = kind.subtypes.get(str(params.get("subtype", "")))
        if subtype is not None:
            said["subtype"] = _label(subtype.labels, lang)
    if params.get("disposition") in rules.dispositions:
        said["disposition"] = _label(rules.dispositions[params["disposition"]], lang)
    if "command" in params:
        said["command"] = _verb_word(str(params["command"]), lang)
    return said


def _label(labels: Labels, lang: str) -> str:
    return labels.get(lang) or labels["id"]


def _verb_word(name: str, lang: str) -> str:
    """The word that is typed for it: Indonesian first, its English alias second."""
    words = next((verb.words for verb in VERBS if verb.name == name), ()) or (name,)
    return words[min(1, len(words) - 1) if lang == "en" else 0].upper()
