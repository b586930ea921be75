"""Over which state of an incident a line is typed: what a colleague changes meanwhile is not overwritten unseen."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dispatch.wire import IncidentRow


class TypedOver:
    """The version of each incident as it was when the line first spoke of it."""

    def __init__(self) -> None:
        self._versions: dict[int, int] = {}

    def note(self, rows: Iterable[IncidentRow]) -> None:
        """The line speaks of these; what it spoke of before keeps the version it had then."""
        for row in rows:
            self._versions.setdefault(row.number, row.version)

    def clear(self) -> None:
        """The line is empty again."""
        self._versions.clear()

    def forget(self, number: int) -> None:
        """The operator has been shown the newer state."""
        self._versions.pop(number, None)

    def version(self, row: IncidentRow, me: str, people: Collection[str]) -> int:
        """What to claim as seen: the state typed over where a colleague has changed it since, else the newest.

        What the system or the caller adds meanwhile (a delivery report, another text) is no decision to overwrite.
        """
        changed_by_colleague = row.last_actor != me and row.last_actor in people
        return self._versions.get(row.number, row.version) if changed_by_colleague else row.version
