"""What a citizen sees: a form that never loses a word, a receipt, a status in public words."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from dispatch.domain.transitions import IncidentStatus
from dispatch.errors import StorageUnavailable
from dispatch.storage.statement import Statement
from dispatch.storage.tables import incident, report
from dispatch.texts import text
from dispatch.web.citizen import PUBLIC_STATUS
from tests.support.centre import Centre

REPORTS = Statement(select(report).where(report.c.centre == bindparam("centre")).order_by(report.c.id))


def field(page: str, name: str) -> str:
    """The value the form carries for a field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no field {name}"
    return unescape(found.group(1))


async def send(web: httpx.AsyncClient, **typed: str) -> httpx.Response:
    return await web.post("/lapor", data={"token": "a" * 24, **typed})


async def test_the_form_is_small_has_no_script_and_names_112_first(web: httpx.AsyncClient) -> None:
    page = await web.get("/")
    assert page.status_code == 200
    assert len(page.content) < 30_000
    assert "<script" not in page.text
    assert page.text.index("Darurat? Telepon 112 (gratis)") < page.text.index("<h1>")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    for name in re.findall(r'<(?:input|textarea|select) id="(\w+)"', page.text):
        assert f'<label for="{name}">' in page.text, "every field has a label"


async def test_a_wrong_method_is_told_the_right_one(web: httpx.AsyncClient) -> None:
    for path, allowed in (("/", "GET"), ("/healthz", "GET")):
        answer = await web.put(path)
        assert answer.status_code == 405
        assert allowed in answer.headers["allow"]


async def test_the_form_carries_a_new_token_each_time(web: httpx.AsyncClient) -> None:
    first, second = [field((await web.get("/")).text, "token") for _ in range(2)]
    assert first != second
    assert len(first) >= 20


async def test_the_same_token_is_the_same_report(centre: Centre, web: httpx.AsyncClient) -> None:
    answer = await send(web, text="kebakaran rumah", kecamatan="Slawi", place="Ds Dukuhsalam", phone="0812 3456 7771")
    again = await send(web, text="kebakaran rumah", kecamatan="Slawi")
    assert answer.status_code == again.status_code == 303
    assert answer.headers["location"] == again.headers["location"]
    assert re.fullmatch(r"/lapor/[2-9A-HJ-NP-Z]{6}\?lang=id", answer.headers["location"])
    [stored] = await centre.edge.reader.all(REPORTS)
    assert (stored["channel"], stored["external_id"], stored["sender"]) == ("web", "a" * 24, "+6281234567771")
    assert "kebakaran rumah" in stored["text"]
    assert "Dukuhsalam" in stored["text"]


async def test_the_receipt_shows_kecamatan_and_time_and_nothing_private(web: httpx.AsyncClient) -> None:
    answer = await send(
        web, text="kebakaran rumah pak Rahasia", kecamatan="Slawi", place="Gg Mawar", name="Siti", phone="081234567771"
    )
    page = await web.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Diterima" in page.text
    assert "Slawi" in page.text
    assert "12-01-2026 14:00" in page.text
    for private in ("Rahasia", "Mawar", "Siti", "7771"):
        assert private not in page.text
    assert answer.headers["location"].split("/")[-1][:6] in page.text


@pytest.mark.parametrize("status", list(IncidentStatus))
async def test_every_status_has_a_public_word(centre: Centre, web: httpx.AsyncClient, status: IncidentStatus) -> None:
    answer = await send(web, text="kebakaran")
    await centre.run(lambda tx: tx.update(incident, {}, status=status.value))
    for lang in ("id", "en"):
        page = await web.get(answer.headers["location"].split("?")[0], params={"lang": lang})
        assert text(f"web.status_{PUBLIC_STATUS[status.value]}", lang) in page.text


async def test_what_was_no_emergency_is_said_to_be_referred(centre: Centre, web: httpx.AsyncClient) -> None:
    answer = await send(web, text="info KTP")
    await centre.run(lambda tx: tx.update(incident, {}, status="closed"))
    assert "Bukan darurat (diteruskan)" in (await web.get(answer.headers["location"])).text


async def test_a_code_is_read_as_people_copy_it(web: httpx.AsyncClient) -> None:
    answer = await send(web, text="kebakaran")
    code = answer.headers["location"].split("/")[-1][:6]
    assert (await web.get(f"/lapor/{code.lower()}")).status_code == 200


async def test_an_unknown_code_says_so_in_the_readers_language(web: httpx.AsyncClient) -> None:
    page = await web.get("/lapor/ZZZZZZ", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert page.status_code == 404
    assert "There is no report with this code" in page.text
    assert "text/html" in page.headers["content-type"]


async def test_an_empty_form_keeps_what_was_typed_and_its_token(web: httpx.AsyncClient) -> None:
    page = await send(web, text="  ", name='Siti "Ibu" <b>', phone="0812", kecamatan="Adiwerna")
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert field(page.text, "name") == 'Siti "Ibu" <b>'
    assert field(page.text, "phone") == "0812"
    assert field(page.text, "token") == "a" * 24
    assert "<option selected>Adiwerna" in page.text


async def test_a_place_alone_is_enough(web: httpx.AsyncClient) -> None:
    assert (await send(web, place="depan pasar")).status_code == 303


async def test_a_report_that_is_not_stored_says_so_and_keeps_the_words(
    centre: Centre, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*args: Any, **kw: Any) -> Any:
        raise StorageUnavailable("storage_unavailable", "disk full")

    monkeypatch.setattr(centre.edge.committer, "run", refuse)
    page = await send(web, text="kebakaran <di> dapur")
    assert page.status_code == 503
    assert "BELUM tersimpan" in page.text
    assert "kebakaran &lt;di&gt; dapur" in page.text
    assert field(page.text, "token") == "a" * 24


async def test_reloading_the_submit_address_leads_back_to_the_form(web: httpx.AsyncClient) -> None:
    answer = await web.get("/lapor", params={"lang": "en"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=en")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=80), name=st.text(max_size=40))
async def test_whatever_is_typed_never_becomes_markup(web: httpx.AsyncClient, words: str, name: str) -> None:
    words, name = (part.encode("utf-8", "replace").decode() for part in (words, name))
    hostile = f"<script>alert(1)</script>\x1b[31m{words}"
    page = await web.post("/lapor", data={"token": "x" * 300, "name": f"{hostile}{name}", "text": ""})
    assert page.status_code == 422
    assert "<script" not in page.text
    answer = await web.post("/lapor", data={"token": f"t{abs(hash((words, name)))}".ljust(12, "x"), "text": hostile})
    assert answer.status_code == 303


@pytest.mark.parametrize(("body", "kind"), [
    (b"text=%ff%fe%00kebakaran&token=bbbbbbbbbbbb", "application/x-www-form-urlencoded"),
    (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"{}", "application/json"),
    (b"", "text/plain"),
])
async def test_a_broken_body_is_a_clear_answer(web: httpx.AsyncClient, body: bytes, kind: str) -> None:
    answer = await web.post("/lapor", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (303, 400, 422)
