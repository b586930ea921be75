"""Units: their state is derived from their assignments, so that the two cannot contradict each other."""

from __future__ import annotations

import msgspec

from dispatch.domain.transitions import UnitStatus, unit_status_for
from dispatch.domain.unit import Unit
from dispatch.errors import NotFound, Refused
from dispatch.storage.assignments import live_assignments_of
from dispatch.storage.statement import Row
from dispatch.storage.tables import unit
from dispatch.storage.transaction import Tx
from dispatch.storage.units import find_unit


def require_unit(tx: Tx, call_sign: str) -> Row:
    """The unit's row. Raises NotFound."""
    row = find_unit(tx, call_sign)
    if row is None:
        raise NotFound("no_unit", f"no unit {call_sign}", unit=call_sign)
    return row


def refresh_unit(tx: Tx, call_sign: str) -> UnitStatus:
    """Derive the unit's state from its live assignments and its service flags, and store it."""
    row = require_unit(tx, call_sign)
    live = live_assignments_of(tx, call_sign)
    status = unit_status_for(bool(row["out_of_service"]), bool(row["no_contact"]), [item.status for item in live])
    incident_id = live[0].incident_id if live else None
    if status != row["status"] or incident_id != row["incident_id"]:
        tx.update(
            unit, {"call_sign": call_sign}, status=status.value, incident_id=incident_id, version=row["version"] + 1,
            since=tx.now_ms if status != row["status"] else row["since"],
        )
    return status


def set_service(
    tx: Tx, call_sign: str, *, in_service: bool, actor: str, note: str = "", crew: int | None = None
) -> UnitStatus:
    """Take a unit out of service or back. A unit on an incident is not taken off the board."""
    row = require_unit(tx, call_sign)
    if not in_service and live_assignments_of(tx, call_sign):
        raise Refused("unit_busy", f"{call_sign} is on an incident", unit=call_sign)
    tx.update(
        unit, {"call_sign": call_sign}, out_of_service=int(not in_service), note=note, no_contact=0,
        crew=row["crew"] if crew is None else crew, version=row["version"] + 1,
    )
    status = refresh_unit(tx, call_sign)
    tx.emit("unit.changed", actor, touched=[f"unit:{call_sign}"], unit=call_sign, status=status.value, note=note)
    return status


def import_units(tx: Tx, units: list[Unit]) -> int:
    """Take over units of a reference file: new ones are added, known ones keep their state."""
    for item in units:
        described = {
            "agency": item.agency, "name": item.name, "base": item.base, "kecamatan": item.kecamatan,
            "phone": item.phone, "capabilities": msgspec.json.encode(item.capabilities).decode(), "crew": item.crew,
            "lat": item.lat, "lon": item.lon,
        }
        if find_unit(tx, item.call_sign) is None:
            tx.insert(
                unit, call_sign=item.call_sign, status=UnitStatus.AVAILABLE.value, since=tx.now_ms, **described
            )
        else:
            # How many are on board today is the shift's word, not the file's.
            tx.update(unit, {"call_sign": item.call_sign}, **{k: v for k, v in described.items() if k != "crew"})
    if units:
        tx.emit("units.imported", "system", touched=[f"unit:{item.call_sign}" for item in units], count=len(units))
    return len(units)
