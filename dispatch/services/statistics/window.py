"""Which part of the centre's history is meant: a span of time, and a district, an agency or a type of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, or_

from dispatch.domain.instant import to_ms
from dispatch.storage.tables import incident

ANY = "*"
"""No district, agency or type is called so."""


@dataclass(frozen=True, slots=True)
class Window:
    """[since, until). ``kecamatan`` is a name ('' = those without one), ``agency`` and ``type`` are codes."""

    since: datetime
    until: datetime
    kecamatan: str = ANY
    agency: str = ANY
    type: str = ANY

    @property
    def span(self) -> dict[str, int]:
        """Milliseconds, as statements take them."""
        return {"since": to_ms(self.since), "until": to_ms(self.until)}

    @property
    def given(self) -> dict[str, Any]:
        """All parameters of a statement that is narrowed by ``NARROW``."""
        return {
            **self.span, "kecamatan": self.kecamatan, "type": self.type,
            "agency": ANY if self.agency == ANY else f'%"{_escaped(self.agency)}"%',
        }


def _escaped(code: str) -> str:
    """A LIKE pattern that means the code itself."""
    return code.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _wanted(name: str) -> Any:
    return bindparam(name, type_=Text)


NARROW = (
    or_(_wanted("kecamatan") == ANY, incident.c.kecamatan == _wanted("kecamatan")),
    or_(_wanted("type") == ANY, incident.c.type == _wanted("type")),
    # A JSON list of codes: the quotes keep 'fire' from matching 'fire_post'.
    or_(_wanted("agency") == ANY, incident.c.agencies.like(_wanted("agency"), escape="\\")),
)
"""Conditions on the incident; a call that made none is part of everything as long as nothing is asked for."""
