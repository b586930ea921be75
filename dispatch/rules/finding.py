"""Collects the faults of the cross checks with their line and key. Owns the names a file may refer to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dispatch.domain.clock import ALWAYS_KEY
from dispatch.errors import Problem
from dispatch.rules.document import Node
from dispatch.rules.shape import Path, key_of, line_of, nearest


@dataclass(frozen=True, slots=True)
class Names:
    """Every name the file defines, taken from its keys even where the entry itself is faulty:
    a bad telephone number must not make an agency unknown everywhere else."""

    agencies: tuple[str, ...]
    types: dict[str, tuple[str, ...]]
    """Type -> its subtypes."""
    calendars: tuple[str, ...]
    holidays: tuple[str, ...]
    districts: dict[str, str]
    routes: tuple[str, ...]
    centre: str
    policies: tuple[str, ...] = ()
    rosters: tuple[str, ...] = ()


def names_of(root: Node) -> Names:
    types = {code: _keys(node, "subtypes") for code, node in _entries(root, "types").items()}
    districts = _entries(_entries(root, "centre").get("districts", Node({}, 0)))
    routes = root.value.get("routes") if isinstance(root.value, dict) else None
    listed = routes.value if routes is not None and isinstance(routes.value, list) else []
    names = (_entries(route).get("name") for route in listed)
    reaching = root.value.get("reaching") if isinstance(root.value, dict) else None
    policies = reaching.value if reaching is not None and isinstance(reaching.value, list) else []
    called = (_entries(policy).get("name") for policy in policies)
    centre = _entries(root, "centre").get("code")
    return Names(
        agencies=_keys(root, "agencies"),
        types=types,
        calendars=(ALWAYS_KEY, *_keys(root, "calendars")),
        holidays=_keys(root, "holidays"),
        districts={code: node.value for code, node in districts.items() if isinstance(node.value, str)},
        routes=tuple(n.value for n in names if n is not None and isinstance(n.value, str)),
        policies=tuple(n.value for n in called if n is not None and isinstance(n.value, str)),
        rosters=_keys(root, "rosters"),
        centre=centre.value if centre is not None and isinstance(centre.value, str) else "",
    )


def _entries(node: Node, section: str = "") -> dict[str, Node]:
    value = node.value if isinstance(node.value, dict) else {}
    if not section:
        return value
    child = value.get(section)
    return child.value if child is not None and isinstance(child.value, dict) else {}


def _keys(node: Node, section: str) -> tuple[str, ...]:
    return tuple(_entries(node, section))


class Findings:
    """The faults found so far in one file."""

    def __init__(self, root: Node, file: str, names: Names) -> None:
        self._root = root
        self._file = file
        self.names = names
        self.problems: list[Problem] = []

    def fault(self, path: Path, message: str, near: str = "") -> None:
        self.problems.append(Problem(message, self._file, line_of(self._root, path), key_of(self._root, path), near))

    def line(self, path: Path) -> int:
        return line_of(self._root, path)

    def refer(self, path: Path, word: str | None, known: Collection[str], what: str) -> None:
        """A reference must name something that exists."""
        if word is not None and word not in known:
            self.fault(path, f"unknown {what} '{word}'", nearest(word, known))

    def refer_all(self, path: Path, words: Iterable[str] | None, known: Collection[str], what: str) -> None:
        """The same for a list, which must not name anything twice either."""
        seen: set[str] = set()
        for index, word in enumerate(words or ()):
            self.refer((*path, index), word, known, what)
            if word in seen:
                self.fault((*path, index), f"{what} '{word}' is named twice")
            seen.add(word)

    def unique(self, base: Path, names: Iterable[str]) -> None:
        """No two entries of a list share a name: the name is what the log and the screens show."""
        first: dict[str, int] = {}
        for index, name in enumerate(names):
            if name in first:
                line = self.line((*base, first[name]))
                self.fault((*base, index, "name"), f"the name '{name}' is already used on line {line}")
            first.setdefault(name, index)
