"""The wallboard's questions over HTTP."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from dispatch.storage.backup import note_backup
from tests.support.centre import START, Centre

API = "/api/v1"


@pytest.mark.parametrize(("query", "status"), [
    ("/stats?kecamatan=Slawi&agency=fire&type=fire", 200), ("/stats?kecamatan=-", 200), ("/stats/load", 200),
    ("/stats?kecamatan=%00", 400), ("/stats?type=a%25", 400), (f"/stats?agency={'x' * 61}", 400),
    ("/stats/cases?figure=calls.within_15", 200), ("/stats/cases?figure=no.such", 400), ("/stats/cases", 400),
])
async def test_names_are_names(web: httpx.AsyncClient, dispatcher: dict[str, str], query: str, status: int) -> None:
    answer = await web.get(API + query, headers=dispatcher)
    assert answer.status_code == status, answer.text
    assert (await web.get(API + query)).status_code == 401


async def test_the_worst_seat_is_shown_and_forgotten(
    web: httpx.AsyncClient, dispatcher: dict[str, str], centre: Centre
) -> None:
    assert (await web.get(f"{API}/stats", headers=dispatcher)).json()["console_seats"] == 0
    told = {"echo": {"n": 9, "p50": 8, "p95": 44.5, "max": 1e300}, "result": {"n": -4, "p95": -1}}
    kept = await web.post(f"{API}/latency", json=told, headers=dispatcher)
    assert kept.json()["result"] == {"n": 0, "p50": 0.0, "p95": 0.0, "max": 0.0}
    assert kept.json()["echo"]["max"] < 1e8
    stats = (await web.get(f"{API}/stats", headers=dispatcher)).json()
    assert (stats["console_seats"], stats["consoles"]["echo"]["p95"]) == (1, 44.5)
    centre.pass_time(181)
    assert (await web.get(f"{API}/stats", headers=dispatcher)).json()["console_seats"] == 0
    for body in (b'{"echo": {"p95": NaN}}', b"[]", b'{"echo": 5}'):
        assert (await web.post(f"{API}/latency", content=body, headers=dispatcher)).status_code == 400


async def test_the_last_backup_is_told(web: httpx.AsyncClient, dispatcher: dict[str, str], centre: Centre) -> None:
    assert (await web.get(f"{API}/stats", headers=dispatcher)).json()["backup_at"] is None
    note_backup(centre.edge.settings.data_dir, START - timedelta(hours=3))
    told = (await web.get(f"{API}/stats", headers=dispatcher)).json()["backup_at"]
    assert told == "2026-01-12T04:00:00Z"
