"""A typed line to commands. Pure: no clock, no state, no guess that is acted upon.

Owns the order of words: verb, shapes in any order, text last, ``!reason`` at the end, ``;`` between
commands. Must never run the nearest match of a misspelt word; it only names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from dispatch.errors import Invalid
from dispatch.grammar.shape import CURRENT, INCIDENT, UNIT_LETTERS, UNITS
from dispatch.grammar.verb import VERBS, Verb, names_of
from dispatch.grammar.vocabulary import EMPTY, Vocabulary, nearest

MAX_COMMANDS = 4
MAX_LINE = 2000
MIN_REASON = 5

_VERB_BY_NAME = {name: verb for verb in VERBS for name in names_of(verb)}
_VERB_OF: dict[str, Verb] = {}
for _verb in VERBS:
    _VERB_OF.setdefault(_verb.name, _verb)
_WORD_NAMES = sorted({word for verb in VERBS for word in verb.words})
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """``verb`` is the canonical name. ``reason`` is what stood after ``!``; it forces past a warning."""

    verb: str
    args: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    dry_run: bool = False

    @property
    def forced(self) -> bool:
        return bool(self.reason)


def parse(line: str, vocabulary: Vocabulary = EMPTY) -> list[ParsedCommand]:
    """All commands of a line, 1 to 4. Raises ``Invalid`` with a ``grammar_*`` code.

    A ``?`` before the first command makes the whole line a trial: half of it must not run by surprise.
    """
    if len(line) > MAX_LINE:
        raise Invalid("grammar_too_long", f"a line has at most {MAX_LINE} characters", limit=MAX_LINE)
    rest = _UNREADABLE.sub(" ", line).strip()
    if not rest:
        raise Invalid("grammar_empty", "nothing typed")
    trial = rest.startswith("?")
    commands: list[ParsedCommand] = []
    while rest:
        if len(commands) == MAX_COMMANDS:
            raise Invalid("grammar_too_many", f"at most {MAX_COMMANDS} commands a line", limit=MAX_COMMANDS)
        command, rest = _parse_first(rest, vocabulary, trial=trial)
        commands.append(command)
    return commands


def find_verb(word: str) -> Verb:
    """The verb of an exact name or a unique beginning of a word; raises ``Invalid`` otherwise."""
    folded = word.casefold()
    exact = _VERB_BY_NAME.get(folded)
    if exact is not None:
        return exact
    begun = [name for name in _WORD_NAMES if len(folded) >= 2 and name.startswith(folded)]
    verbs = {id(_VERB_BY_NAME[name]): _VERB_BY_NAME[name] for name in begun}
    if len(verbs) == 1:
        return next(iter(verbs.values()))
    if verbs:
        choices = ", ".join(name.upper() for name in begun)
        raise Invalid("grammar_ambiguous_verb", f"{word} may be {choices}", word=word, choices=choices)
    hint = _call_sign(word) or nearest(word, _WORD_NAMES).upper()
    raise Invalid("grammar_unknown_verb", f"no command {word}" + (f"; did you mean {hint}?" if hint else ""),
                  word=word, nearest=hint)


def _call_sign(word: str) -> str:
    """'a1' as it must be typed; '' for what is no call sign at all."""
    found = re.fullmatch(rf"([{UNIT_LETTERS}])0?(\d{{1,2}})", word.upper(), re.ASCII)
    return f"{found[1]}{int(found[2]):02d}" if found else ""


def complete(parsed: ParsedCommand, current: int | None = None) -> ParsedCommand:
    """The command with the incident on screen filled in where one was meant and none was typed."""
    args = dict(parsed.args)
    verb = _VERB_OF.get(parsed.verb)
    key = verb.current if verb else ""
    meant = [name for name, value in args.items() if value == CURRENT and name in ("incident", "to_incident")]
    if verb and key and key not in args and not any(name in args for name in verb.unless):
        meant.append(key)
    for name in meant:
        if current is None:
            raise Invalid("grammar_no_current", "no incident is open; type its number", verb=parsed.verb)
        args[name] = current
    return replace(parsed, args=args)


def _parse_first(line: str, vocabulary: Vocabulary, *, trial: bool) -> tuple[ParsedCommand, str]:
    """One command off the front of the line, and what is left after its ``;``."""
    body = line[1:].lstrip() if line.startswith("?") else line
    dry_run = trial or body != line
    word = re.split(r"[\s;?]", body, maxsplit=1)[0]
    after = body[len(word):].strip()
    verb = _peek_verb(word)
    if verb is None or not verb.verbatim or after.startswith(";"):
        head, _, rest = body.partition(";")
        return _parse_one(head.strip(), vocabulary, dry_run=dry_run), rest.strip()
    if after == "?":
        return _help(verb), ""
    return _parse_verbatim(verb, after, vocabulary, dry_run=dry_run), ""


def _peek_verb(word: str) -> Verb | None:
    try:
        return find_verb(word)
    except Invalid:
        return None


def _parse_one(head: str, vocabulary: Vocabulary, *, dry_run: bool) -> ParsedCommand:
    if not head:
        if dry_run:
            return ParsedCommand("help")
        raise Invalid("grammar_empty", "nothing typed before or after ';'")
    word, _, after = head.partition(" ")
    if _is_bare(word, vocabulary):
        word, after = "v", head
    question = word.endswith("?")
    verb = find_verb(word.rstrip("?"))
    if verb.verbatim:
        return _parse_verbatim(verb, after.strip(), vocabulary, dry_run=dry_run)
    if question or after.strip() == "?":
        return _help(verb)
    if verb.name == "help":
        return _help(find_verb(after.strip())) if after.strip() else ParsedCommand("help")
    words, reason = _cut_reason(after)
    args = _read_args(verb, words, vocabulary)
    name = "split" if "split" in args else verb.name
    return ParsedCommand(name, args, reason, dry_run)


def _is_bare(word: str, vocabulary: Vocabulary) -> bool:
    """``1048`` and ``a02`` alone are the commonest look-ups: no verb needed."""
    readers, bare = (INCIDENT, UNITS), vocabulary.numbers.bare(word)
    return word != CURRENT and any(shape.read(bare, vocabulary) is not None for shape in readers)


def _help(verb: Verb) -> ParsedCommand:
    return ParsedCommand("help") if verb.name == "help" else ParsedCommand("help", {"topic": verb.name})


def _cut_reason(after: str) -> tuple[str, str]:
    found = re.search(r"(?:^|\s)!", after)
    if not found:
        return after, ""
    reason = after[found.end():].strip()
    if len(reason) < MIN_REASON:
        raise Invalid("grammar_reason_short", f"a reason has at least {MIN_REASON} characters", limit=MIN_REASON)
    return after[: found.start()], reason


def _read_args(verb: Verb, after: str, vocabulary: Vocabulary) -> dict[str, Any]:
    args: dict[str, Any] = dict(verb.preset)
    words = after.split()
    loose: list[str] = []
    for position, word in enumerate(words):
        if _take(verb, word, args, vocabulary):
            continue
        if not verb.text:
            raise _unexpected(verb, word, vocabulary)
        if not verb.mixed:
            loose = words[position:]
            break
        loose.append(vocabulary.numbers.bare(word))  # words to look for, nothing that is kept
    if loose:
        args[verb.text] = " ".join(loose)
    _check_needs(verb, args, vocabulary)
    return args


def _take(verb: Verb, word: str, args: dict[str, Any], vocabulary: Vocabulary) -> bool:
    """Whether one of the verb's shapes, not yet filled, reads the word; fills the arguments.

    An exercise's ``L-`` is taken off here and not before: what turns out to be free text stays as it was typed.
    """
    word = vocabulary.numbers.bare(word)
    for shape in verb.shapes:
        if not shape.lists and any(key in args for key in shape.keys):
            continue
        read = shape.read(word, vocabulary)
        if read is None:
            continue
        for key, value in read.items():
            args[key] = _joined(args.get(key, []), value) if shape.lists else value
        return True
    return False


def _joined(before: list[Any], more: list[Any]) -> list[Any]:
    """Both lists, each thing once, in the order typed."""
    return [*before, *(item for position, item in enumerate(more) if item not in before + more[:position])]


def _unexpected(verb: Verb, word: str, vocabulary: Vocabulary) -> Invalid:
    hint = nearest(word, (choice for shape in verb.shapes for choice in shape.choices(vocabulary))).upper()
    return Invalid("grammar_unexpected", f"{verb.name} does not take {word}", word=word, verb=verb.name, nearest=hint)


def _check_needs(verb: Verb, args: dict[str, Any], vocabulary: Vocabulary) -> None:
    for group in verb.needs:
        if not any(key in args for key in group):
            shapes = [shape for shape in verb.shapes if set(shape.keys) & set(group)]
            known = list(dict.fromkeys(choice for shape in shapes for choice in shape.choices(vocabulary)))
            choices = "" if verb.text in group else ", ".join(known)  # any words do: no list of codes
            if known and verb.text in args and verb.text not in group:
                raise _bad_code(group[0], str(args[verb.text]).split(" ")[0], known)
            raise Invalid("grammar_missing", f"{verb.name} needs {group[0]}",
                          verb=verb.name, what=group[0], choices=choices)


def _bad_code(what: str, word: str, known: list[str]) -> Invalid:
    """A word where a code was needed: the nearest code, or else all of them."""
    near = nearest(word, known).upper()
    return Invalid("grammar_bad_code", f"{word} is no {what}", what=what, word=word, nearest=near,
                   choices="" if near else ", ".join(known))


def _parse_verbatim(verb: Verb, after: str, vocabulary: Vocabulary, *, dry_run: bool) -> ParsedCommand:
    """Remark and message: an address, then the text as it was typed."""
    args: dict[str, Any] = {}
    text = after
    if verb.name == "message":
        address, _, text = after.partition(" ")
        to = _read_address(address, vocabulary)
        if to:
            args["to"] = to
        elif address and vocabulary.agencies:
            raise _bad_code("to", address, vocabulary.agency_words())
    elif (found := re.match(r"(\S+?):\s*", after)) and (number := _read_number(found[1], vocabulary)):
        args, text = number, after[found.end():]
    if text.strip():
        args["text"] = text.strip()
    _check_needs(verb, args, vocabulary)
    return ParsedCommand(verb.name, args, "", dry_run)


def _read_number(word: str, vocabulary: Vocabulary) -> dict[str, Any] | None:
    return INCIDENT.read(vocabulary.numbers.bare(word), vocabulary) if word != CURRENT else None


def _read_address(word: str, vocabulary: Vocabulary) -> str:
    """A unit, several units, @seat, or an agency's duty desk; '' when it is none of them."""
    units = UNITS.read(word, vocabulary)
    if units:
        return "+".join(units["units"])
    if re.fullmatch(r"@[\w.-]{1,40}", word):
        return word.casefold()
    return vocabulary.agency_code(word)
