"""Fits a document to the schema and reports every fault with its line. Owns keys, types and patterns.

Driven by ``msgspec.inspect``, so the structs of schema.py stay the only description of the file.
Faulty parts are cut out of the answer, which lets the later checks run on what is sound. Must never
raise on any document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Any

import msgspec.inspect as inspect

from dispatch.errors import Problem
from dispatch.rules.document import Node

Path = tuple[str | int, ...]


@cache
def described(model: type) -> inspect.Type:
    """The type tree of a struct; costs 10 ms once."""
    return inspect.type_info(model)


def nearest(word: object, known: Iterable[str]) -> str:
    """The most similar known word, '' when none is similar."""
    if not isinstance(word, str):
        return ""
    choices = {choice.casefold(): choice for choice in known}
    found = get_close_matches(word.casefold()[:60], choices, n=1, cutoff=0.6)
    return choices[found[0]] if found else ""


def key_of(root: Node, path: Path) -> str:
    """The path as a person would say it: ``routes[rumah].to[0]``, a list entry by its name if it has one."""
    said, node = "", root
    for part in path:
        if isinstance(node.value, dict):
            said += f".{part}" if said else str(part)
            node = node.value.get(str(part), Node(None, node.line))
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            name = node.value.get("name") if isinstance(node.value, dict) else None
            said += f"[{name.value if name and isinstance(name.value, str) else part}]"
        else:
            return f"{said}.{part}"
    return said


def line_of(root: Node, path: Path) -> int:
    """The line of a key or list entry; the nearest enclosing one when it does not exist."""
    node, line = root, root.line
    for part in path:
        if isinstance(node.value, dict) and part in node.value:
            line = node.key_lines.get(str(part), line)
            node = node.value[str(part)]
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.line
        else:
            break
    return line


class Fitter:
    """Collects the faults of one document."""

    def __init__(self, root: Node, file: str) -> None:
        self._root = root
        self._file = file
        self.problems: list[Problem] = []
        self.faulty: set[str] = set()
        """Top-level sections with a fault in them."""

    def fit(self, node: Node, wanted: inspect.Type, path: Path = ()) -> Node | None:
        """The node without its faulty parts; None when nothing of it can be kept."""
        hint, kind = _unwrap(wanted)
        match kind:
            case inspect.AnyType():
                return node
            case inspect.UnionType(types=options):
                return self._union(node, options, path)
            case inspect.StructType():
                return self._struct(node, kind, path)
            case inspect.DictType():
                return self._dict(node, kind, path)
            case inspect.ListType():
                return self._list(node, kind, path)
            case _:
                complaint = _scalar_fault(node.value, kind, hint)
                if not complaint:
                    return node
                choices = [str(v) for v in kind.values] if isinstance(kind, inspect.LiteralType) else []
                return self._fault(complaint, path, nearest(node.value, choices))

    def _fault(self, message: str, path: Path, near: str = "") -> Node | None:
        """Notes the fault and answers None: nothing of the value can be kept."""
        self.problems.append(
            Problem(message, self._file, line_of(self._root, path), key_of(self._root, path), near)
        )
        self.faulty.add(str(path[0]) if path else "")
        return None

    def _union(self, node: Node, options: tuple[inspect.Type, ...], path: Path) -> Node | None:
        if node.value is None and any(isinstance(option, inspect.NoneType) for option in options):
            return node
        return self.fit(node, next(o for o in options if not isinstance(o, inspect.NoneType)), path)

    def _struct(self, node: Node, kind: inspect.StructType, path: Path) -> Node | None:
        if not isinstance(node.value, dict):
            return self._fault(f"expected a mapping, got {_said(node.value)}", path)
        fields = {field.encode_name: field for field in kind.fields}
        kept: dict[str, Node] = {}
        for key, child in node.value.items():
            if key not in fields:
                self._fault("unknown key", (*path, key), nearest(key, fields))
            elif (fitted := self.fit(child, fields[key].type, (*path, key))) is not None:
                kept[key] = fitted
        required = [name for name, field in fields.items() if field.required]
        for name in required:
            if name not in node.value:
                self._fault(f"missing key '{name}'", path)
        # The root keeps what is sound of it: other sections can still be checked.
        if path and any(name not in kept for name in required):
            return None
        return Node(kept, node.line, node.key_lines)

    def _dict(self, node: Node, kind: inspect.DictType, path: Path) -> Node | None:
        if not isinstance(node.value, dict):
            return self._fault(f"expected a mapping, got {_said(node.value)}", path)
        if len(node.value) < (kind.min_length or 0):
            return self._fault("must not be empty", path)
        kept: dict[str, Node] = {}
        for key, child in node.value.items():
            key_fits = self.fit(Node(key, node.line), kind.key_type, (*path, key))
            fitted = self.fit(child, kind.value_type, (*path, key))
            if key_fits is not None and fitted is not None:
                kept[key] = fitted
        if len(kept) < (kind.min_length or 0):
            return None
        return Node(kept, node.line, node.key_lines)

    def _list(self, node: Node, kind: inspect.ListType, path: Path) -> Node | None:
        if not isinstance(node.value, list):
            advice = f": write [{_said(node.value, bare=True)}]"
            return self._fault(f"expected a list, got {_said(node.value)}{advice}", path)
        if len(node.value) < (kind.min_length or 0):
            return self._fault("must not be empty", path)
        items = [self.fit(child, kind.item_type, (*path, index)) for index, child in enumerate(node.value)]
        kept = [item for item in items if item is not None]
        if len(kept) < (kind.min_length or 0):
            return None
        return Node(list(kept), node.line)


def _unwrap(wanted: inspect.Type) -> tuple[str, inspect.Type]:
    """The description of a pattern and the bare type."""
    if isinstance(wanted, inspect.Metadata):
        return str((wanted.extra_json_schema or {}).get("description", "")), wanted.type
    return "", wanted


def _said(value: object, *, bare: bool = False) -> str:
    """A value as the reader of a message should see it, short and printable."""
    if isinstance(value, dict):
        return "..." if bare else "a mapping"
    if isinstance(value, list):
        return "..." if bare else "a list"
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else repr(value)
    short = "".join(c if c.isprintable() else "?" for c in text[:60])
    return short if bare else f"'{short}'"


def _scalar_fault(value: object, kind: inspect.Type, hint: str) -> str:
    """What is wrong with a single value; '' when it fits."""
    match kind:
        case inspect.LiteralType(values=values):
            fits = any(value == v and type(value) is type(v) for v in values)
            return "" if fits else f"{_said(value)} is none of {', '.join(_choice(v) for v in values)}"
        case inspect.BoolType():
            return "" if isinstance(value, bool) else f"expected true or false, got {_said(value)}"
        case inspect.StrType():
            return _text_fault(value, kind, hint)
        case inspect.FloatType():
            return "" if _is_in_range(value, kind) else f"expected {hint}, got {_said(value)}"
        case inspect.NoneType():
            return "" if value is None else f"expected nothing, got {_said(value)}"
        case _:
            return f"expected {hint or type(kind).__name__}, got {_said(value)}"


def _is_in_range(value: object, kind: inspect.FloatType) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    above = (kind.gt is None or value > kind.gt) and (kind.ge is None or value >= kind.ge)
    return above and (kind.lt is None or value < kind.lt) and (kind.le is None or value <= kind.le)


def _choice(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text_fault(value: object, kind: inspect.StrType, hint: str) -> str:
    if not isinstance(value, str):
        would_fit = not isinstance(value, bool | list | dict | None) and _matches(str(value), kind)
        advice = ": put it in quotes" if would_fit else ""
        return f"expected {hint or 'text'}, got {_said(value)}{advice}"
    return "" if _matches(value, kind) else f"{_said(value)} is not {hint or 'allowed here'}"


def _matches(text: str, kind: inspect.StrType) -> bool:
    fits = (kind.min_length or 0) <= len(text) and (kind.max_length is None or len(text) <= kind.max_length)
    return fits and (kind.pattern is None or re.search(kind.pattern, text) is not None)
