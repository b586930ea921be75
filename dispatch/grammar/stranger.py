"""What a line names that the board does not have: a unit, an incident, a code. Pure; never acts on a guess.

The nearest match is found by trying what a finger does: two neighbours swapped, or one character wrong. That costs
the same for ten units as for ten thousand incidents, because it is done after every key.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from dispatch.errors import Invalid
from dispatch.grammar.parse import ParsedCommand
from dispatch.grammar.shape import UNIT_LETTERS
from dispatch.grammar.vocabulary import EMPTY, Vocabulary

DIGITS = "0123456789"
SHOWN = 8
"""Call signs of the same letter that are named where none is near."""
CODE = re.compile(r"[A-Za-z]{3}", re.ASCII)
CALL_SIGNS = re.compile(r"[A-Z]\d\d(\+[A-Z]\d\d)*", re.ASCII)
ABBREVIATIONS = frozenset({
    "jln", "blk", "dkt", "dpn", "smp", "sma", "smk", "rsu", "psr", "prm", "prt", "gdg", "tlp", "tol", "sdn", "blm",
    "sdh", "krn", "dgn", "utk", "bpk", "ada",
})
"""Words of everyday writing that look like a code and are none."""
CODED = {"new": ("districts", "types"), "locate": ("districts",), "find": ("districts", "types"),
         "filter": ("districts", "types")}
"""Where a code may stand before free words, so that a mistyped one would pass for a word."""


def unknown_unit(commands: Sequence[ParsedCommand], units: Collection[str]) -> Invalid | None:
    """The call signs nobody has, with the nearest that exists; None when all exist or no unit is known at all."""
    named = [sign for command in commands for sign in _signs(command)]
    strange = list(dict.fromkeys(sign for sign in named if sign not in units))
    if not units or not strange:
        return None
    near = next((guess for sign in strange for guess in _slips(sign, UNIT_LETTERS) if guess in units), "")
    alike = sorted(unit for unit in units if unit[:1] == strange[0][:1])[:SHOWN] if not near else []
    return Invalid("grammar_no_unit", f"no unit {strange[0]}", word=", ".join(strange), nearest=near,
                   choices=" ".join(alike))


def unknown_incident(
    commands: Sequence[ParsedCommand], open_now: Collection[int], newest: int, vocabulary: Vocabulary = EMPTY
) -> Invalid | None:
    """A number beyond the ``newest`` the board knows (0 = none), with the nearest open one."""
    named = (command.args.get(key) for command in commands for key in ("incident", "to_incident", "split"))
    number = next((n for n in named if isinstance(n, int) and n > newest and n not in open_now), None)
    if not newest or number is None:
        return None
    guesses = [int(guess) for guess in _slips(f"{number:04d}", "") if int(guess) in open_now]
    near, told = min(guesses, key=lambda guess: abs(guess - number), default=None), vocabulary.numbers.told
    return Invalid("grammar_no_incident", f"no incident {number} on the board", number=told(number),
                   newest=told(newest), nearest="" if near is None else told(near))


def mistyped_code(command: ParsedCommand, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """A word taken for plain text that is one slip away from a code: the word and the code, both upper case."""
    word = str(command.args.get("text", "")).split(" ")[0]
    if command.verb not in CODED or not CODE.fullmatch(word) or word.casefold() in ABBREVIATIONS:
        return None
    codes = set(vocabulary.districts) if "district" not in command.args else set()
    if "types" in CODED[command.verb] and "type" not in command.args:
        codes |= {kind.short for kind in vocabulary.types.values()}
    near = next((guess for guess in _slips(word.upper(), "") if guess in codes), "")
    return (word.upper(), near) if near else None


def _signs(command: ParsedCommand) -> list[str]:
    units = [str(sign) for sign in command.args.get("units") or []]
    to = str(command.args.get("to", ""))
    return units + (to.split("+") if CALL_SIGNS.fullmatch(to) else [])


def _slips(word: str, first: str) -> Iterator[str]:
    """What may have been meant: neighbours swapped first, then one other digit or letter from the end backwards.

    ``first`` are the letters that may stand at the beginning; '' = any of its own kind.
    """
    for index in range(len(word) - 1):
        if word[index].isdigit() == word[index + 1].isdigit():
            yield word[:index] + word[index + 1] + word[index] + word[index + 2:]
    for index in reversed(range(len(word))):
        kind = DIGITS if word[index].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        for char in first if first and index == 0 else kind:
            yield word[:index] + char + word[index + 1:]
