"""What the call entry form is told while words are typed."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from dispatch import wire
from dispatch.domain.roles import TAKE, Role
from tests.support.centre import Centre
from tests.unit.web.conftest import sign_on

ENTRY = "/api/v1/entry"
CALLER = "+6281234567771"


async def advice(web: httpx.AsyncClient, headers: dict[str, str], **asked: Any) -> wire.EntryAdvice:
    answer = await web.post(ENTRY, json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=wire.EntryAdvice)


async def test_words_are_judged_and_nothing_is_stored(
    centre: Centre, web: httpx.AsyncClient, dispatcher: dict[str, str]
) -> None:
    before = centre.edge.feed.newest
    told = await advice(web, dispatcher, text="kebakaran rumah", place="slawi")
    assert (told.severity, told.life_threat, told.place.kecamatan) == ("critical", True, "Slawi")
    assert told.agencies
    assert centre.edge.feed.newest == before


async def test_what_the_operator_set_goes_first(web: httpx.AsyncClient, dispatcher: dict[str, str]) -> None:
    told = await advice(web, dispatcher, text="lubang di jalan", type="fire")
    assert told.type == "fire"
    assert "road_damage" in told.also_types


@pytest.mark.parametrize("asked", [{"caller": "0812-3456-7771"}, {"caller": CALLER}])
async def test_earlier_reports_of_the_number(
    centre: Centre, web: httpx.AsyncClient, dispatcher: dict[str, str], asked: dict[str, str]
) -> None:
    first = await centre.report("info jam buka", "a", sender=CALLER)
    told = await advice(web, dispatcher, text="kebakaran", **asked)
    assert [(row.incident, row.text) for row in told.earlier] == [(first.number, "info jam buka")]
    assert (await advice(web, dispatcher, text="kebakaran", caller="0812-0000-0000")).earlier == []
    assert (await advice(web, dispatcher, incident=first.number)).earlier == [], "the incident itself is not earlier"


async def test_the_chronology_leaves_no_gap_for_what_a_report_does_not_say(
    centre: Centre, web: httpx.AsyncClient, dispatcher: dict[str, str]
) -> None:
    made = await centre.report("info jam buka", "a", sender=CALLER)
    answer = await web.get(f"/api/v1/incidents/{made.number}", headers=dispatcher)
    detail = msgspec.json.decode(answer.content, type=wire.IncidentDetail)
    texts = [line.text for line in detail.timeline if line.kind == "report.received"]
    assert texts
    assert not any(text.endswith("?") for text in texts), texts


async def test_an_empty_form_is_advised_too(web: httpx.AsyncClient, dispatcher: dict[str, str]) -> None:
    assert (await advice(web, dispatcher)).type


@pytest.mark.parametrize("role", list(Role))
async def test_only_who_takes_calls_is_told_who_rang_before(
    centre: Centre, web: httpx.AsyncClient, role: Role
) -> None:
    answer = await web.post(ENTRY, json={"text": "x"}, headers=await sign_on(centre, role))
    assert answer.status_code == (200 if role in TAKE else 403)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"text": 1}', b'{"incident": "x"}', b'{"text": "\\u0000"}'])
async def test_what_cannot_be_read_is_refused(
    web: httpx.AsyncClient, dispatcher: dict[str, str], body: bytes
) -> None:
    assert (await web.post(ENTRY, content=body, headers=dispatcher)).status_code == 400
