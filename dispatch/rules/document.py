"""Reads a YAML file into plain values that remember their line. Owns syntax, limits and duplicate keys.

Scalars follow the YAML 1.2 core schema, not 1.1: ``07:30`` stays text, ``no`` is not a boolean and
a date is not converted behind the author's back. Must never build an object a tag asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from dispatch.errors import Problem

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_NODES = 200_000
"""After expanding aliases: a few lines of nested anchors could otherwise fill the memory."""

Scalar = str | int | float | bool | None
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
DECIMAL = re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})(?:[eE][-+]?[0-9]{1,2})?")


@dataclass(slots=True)
class Node:
    """A value with the line it starts on; ``key_lines`` gives the line of each key of a mapping."""

    value: Scalar | list[Node] | dict[str, Node]
    line: int
    key_lines: dict[str, int] = field(default_factory=dict)
    size: int = 1

    def plain(self) -> object:
        """The value without lines, as the json module would give it."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value


class _UnreadableError(Exception):
    """Reading cannot go on; the last problem says why."""


def read_document(content: bytes, file: str) -> tuple[Node | None, list[Problem]]:
    """The root node and what is wrong with the text; the node is None when nothing can be read."""
    if len(content) > MAX_BYTES:
        return None, [Problem(f"larger than {MAX_BYTES // 1024} KiB: split or shorten it", file)]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [Problem("not UTF-8: save the file as UTF-8", file, content.count(b"\n", 0, error.start) + 1)]
    reader = _Reader(text, file)
    try:
        return reader.document(), reader.problems
    except _UnreadableError:
        return None, reader.problems
    except yaml.YAMLError as error:
        return None, [*reader.problems, _syntax_problem(error, file)]


def _syntax_problem(error: yaml.YAMLError, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    return Problem(f"not YAML: {what}{f' ({context})' if context else ''}", file, mark.line + 1 if mark else 1)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Reader:
    """Builds nodes from parser events. Own composer, because PyYAML's recurses without a depth limit in C
    and silently keeps the last of two equal keys."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._loader = Loader(text)
        self._anchors: dict[str, Node] = {}
        self._open: set[str] = set()

    def document(self) -> Node:
        events = self._events()
        first = next(events, None)
        if first is None:
            raise self._stop("the file is empty", 1)
        root = self._node(first, events, 1)
        extra = next(events, None)
        if extra is not None:
            raise self._stop("a second document begins here: one document a file", _line(extra))
        return root

    def _events(self) -> Iterator[yaml.Event]:
        skipped = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)
        try:
            while self._loader.check_event():
                event = self._loader.get_event()
                if not isinstance(event, skipped):
                    yield event
        finally:
            self._loader.dispose()

    def _stop(self, message: str, line: int) -> _UnreadableError:
        self.problems.append(Problem(message, self.file, line))
        return _UnreadableError()

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
        line = _line(event)
        if depth > MAX_DEPTH:
            raise self._stop(f"nested deeper than {MAX_DEPTH} levels", line)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor or "", line)
        assert isinstance(event, yaml.NodeEvent), "the parser puts only nodes here"
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.problems.append(Problem(f"tags such as {tag} are not allowed: write the plain value",
                                         self.file, line))
        if event.anchor:
            self._open.add(event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            node = Node(_scalar(event), line)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(line, events, depth)
        else:
            node = self._mapping(line, events, depth)
        if node.size > MAX_NODES:
            raise self._stop(f"more than {MAX_NODES} values after expanding aliases", line)
        if event.anchor:
            self._open.discard(event.anchor)
            self._anchors[event.anchor] = node
        return node

    def _alias(self, anchor: str, line: int) -> Node:
        if anchor in self._open:
            raise self._stop(f"alias *{anchor} contains itself", line)
        if anchor not in self._anchors:
            raise self._stop(f"alias *{anchor} has no anchor &{anchor} before it", line)
        return self._anchors[anchor]

    def _sequence(self, line: int, events: Iterator[yaml.Event], depth: int) -> Node:
        items: list[Node] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, events, depth + 1))
        return Node(items, line, size=1 + sum(item.size for item in items))

    def _mapping(self, line: int, events: Iterator[yaml.Event], depth: int) -> Node:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            at = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise self._stop("a key must be a single word, not a list or a mapping", at)
            key = event.value
            value = self._node(next(events), events, depth + 1)
            if key in entries:
                self.problems.append(Problem(f"the key stands here twice, first on line {lines[key]}",
                                             self.file, at, key))
                continue
            entries[key], lines[key] = value, at
        return Node(entries, line, lines, 1 + sum(entry.size for entry in entries.values()))


def _scalar(event: yaml.ScalarEvent) -> Scalar:
    """A quoted scalar is always text; a plain one may be a number, a truth value or nothing."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text
