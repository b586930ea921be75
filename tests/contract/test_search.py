"""The search over both engines: what is found, in which order, and that nothing typed can break or steer it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dispatch import wire
from dispatch.domain.transitions import IncidentStatus
from dispatch.services.calls import ring_call
from dispatch.services.incidents import add_remark
from dispatch.services.search import search
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident, save_incident
from dispatch.storage.tables import report
from tests.support.centre import TZ, Centre, running_centre


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        yield running


async def found(centre: Centre, typed: str, lang: str = "id", *, full_phone: bool = False) -> list[wire.SearchHit]:
    knowledge = centre.edge.knowledge()
    result = await search(centre.edge.reader, typed, TZ, knowledge, lang=lang, full_phone=full_phone)
    return result.hits


async def keys(centre: Centre, typed: str) -> list[str]:
    return [hit.key for hit in await found(centre, typed)]


async def close(centre: Centre, incident_id: int) -> None:
    def work(tx):  # type: ignore[no-untyped-def]
        before = fetch_incident(tx, incident_id)
        save_incident(tx, before, "rina", status=IncidentStatus.CLOSED, disposition="sls")

    await centre.run(work)


async def test_every_word_must_occur_and_a_word_is_found_by_its_beginning(centre: Centre) -> None:
    number = (await centre.report("pohon 100% tumbang di jalan_raya slawi", "a", "+6281234567771")).number
    await centre.report("jalan berlubang", "b")
    await centre.add_unit("D01")
    for typed in ("TUMBANG Slawi", "100%", "jalan_raya", "pohon tumb", "pohon di slawi", "slawi, pohon!"):
        assert await keys(centre, typed) == [f"incident:{number}"], typed
    assert (await keys(centre, str(number)))[0] == f"incident:{number}"
    assert await keys(centre, "d01") == ["unit:D01"]
    for typed in ("77__%", "tumbang lubang", "umbang", "", "tu", "kalimantan"):
        assert await keys(centre, typed) == [], typed


@pytest.mark.parametrize("typed", [
    "081234567771", "+62 812-3456-7771", "0812 3456", "567771", "34567", "0812-***-771", "6281234567771",
    "0812***771", "081234***67771", "+62812*1234567771", "08123*771",
])
async def test_a_caller_is_found_by_any_part_of_the_number(centre: Centre, typed: str) -> None:
    number = (await centre.report("jalan berlubang", "a", "+6281234567771")).number
    await centre.report("jalan berlubang", "b", "+6281299998888")
    [hit] = await found(centre, typed)
    assert (hit.key, hit.where) == (f"incident:{number}", "phone")
    assert "0812-***-771" in hit.detail


async def test_both_ends_of_a_masked_number_stand_where_they_are_shown(centre: Centre) -> None:
    await centre.report("jalan berlubang", "a", "+6281277134568")
    for typed in ("0812-***-771", "0812-***-5678", "0813-***-568", "081278-***-568"):
        assert await keys(centre, typed) == [], typed
    assert len(await keys(centre, "0812-***-568")) == 1


async def test_a_ringing_call_is_found_by_its_number_and_keeps_it_masked(centre: Centre) -> None:
    await centre.run(lambda tx: ring_call(tx, external_id="CA1", caller="+6281234567771", called="112"))
    [hit] = await found(centre, "7771234 567771"[7:])
    assert (hit.kind, hit.title, hit.where) == ("call", "0812-***-771", "phone")


async def test_numbers_are_masked_for_whoever_takes_no_calls(centre: Centre) -> None:
    await centre.report("jalan berlubang", "a", "+6281234567771")
    [masked], [full] = await found(centre, "567771"), await found(centre, "567771", full_phone=True)
    assert "+6281234567771" in full.detail
    assert "4567" not in masked.detail


async def test_open_incidents_come_first_then_the_newest(centre: Centre) -> None:
    opened = []
    for key in "abcd":
        opened.append(await centre.report(f"pohon tumbang {key}", key))
        centre.pass_time(3600 * 24)
    await close(centre, opened[1].incident_id)
    await close(centre, opened[3].incident_id)
    wanted = [f"incident:{opened[index].number}" for index in (2, 0, 3, 1)]
    assert await keys(centre, "pohon") == wanted


async def test_an_open_incident_is_found_behind_many_newer_closed_ones(centre: Centre) -> None:
    old = await centre.report("pohon tumbang", "old")
    for index in range(25):
        centre.pass_time(3600 * 24)
        await close(centre, (await centre.report("pohon tumbang", f"k{index}")).incident_id)
    hits = await keys(centre, "pohon")
    assert (hits[0], len(hits)) == (f"incident:{old.number}", 20)


async def test_what_a_person_changes_is_found_at_once_and_what_was_is_not(centre: Centre) -> None:
    received = await centre.report("ada api kobong slawi", "a")

    def work(tx):  # type: ignore[no-untyped-def]
        save_incident(tx, fetch_incident(tx, received.incident_id), "rina", type="fire", summary="gudang mebel")

    assert await keys(centre, "kbk") == []
    await centre.run(work)
    assert await keys(centre, "kbk") == [f"incident:{received.number}"], "the type's short name"
    assert await keys(centre, "gudang mebel") == [f"incident:{received.number}"]
    assert [hit.kind for hit in await found(centre, "kobong")] == ["report"], "as it came"


async def test_remarks_are_found_in_the_log(centre: Centre) -> None:
    received = await centre.report("maling", "a")
    await centre.run(lambda tx: add_remark(
        tx, fetch_incident(tx, received.incident_id), 'pelaku "lari"\nke utara', actor="rina"
    ))
    [hit] = await found(centre, "lari utara")
    assert (hit.kind, hit.incident, hit.where, hit.detail) == ("log", received.number, "log", "rina")
    assert [hit.title[a:b] for a, b in hit.marks] == ["lari", "utara"]


async def test_the_name_of_a_caller_is_found(centre: Centre) -> None:
    received = await centre.report("maling", "a", "+6281234567771")
    await centre.run(lambda tx: tx.update(report, {"id": received.report_id}, sender_name="Wartini"))
    [hit] = await found(centre, "wartini")
    assert (hit.incident, hit.where) == (received.number, "name")


async def test_a_refused_command_leaves_no_word_behind(centre: Centre) -> None:
    received = await centre.report("maling", "a")

    def work(tx):  # type: ignore[no-untyped-def]
        save_incident(tx, fetch_incident(tx, received.incident_id), "rina", summary="perampokan toko")
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await centre.run(work)
    assert await keys(centre, "perampokan") == []
    assert await keys(centre, "maling") == [f"incident:{received.number}"]


async def test_a_hit_speaks_the_readers_language_and_shows_where_it_fits(centre: Centre) -> None:
    await centre.report("Kebakaran\x1b[31m gudang di pasar slawi", "a")
    [hit] = await found(centre, "gudang", "id")
    assert [hit.title[a:b] for a, b in hit.marks] == ["gudang"]
    assert "\x1b" not in hit.title
    assert (hit.type, hit.severity, hit.status, hit.kecamatan) == ("fire", "critical", "new", "Slawi")
    assert hit.where == "words"
    assert hit.detail == "Uji P1 BARU Slawi"
    [english] = await found(centre, "gudang", "en")
    assert english.detail == "Test P1 NEW Slawi"


async def test_a_word_at_the_end_of_a_long_text_is_shown(centre: Centre) -> None:
    await centre.report("jalan rusak " * 40 + "dekat jembatan", "a")
    [hit] = await found(centre, "jembatan")
    assert hit.title.startswith("...")
    assert [hit.title[a:b] for a, b in hit.marks] == ["jembatan"]


async def test_only_small_words_are_looked_for_as_they_are(centre: Centre) -> None:
    received = await centre.report("ada api di pasar", "a")
    assert await keys(centre, "di") == [f"incident:{received.number}"]
    assert await keys(centre, "yang ke") == []


@example('"')
@example("a' OR 1=1 --")
@example("NEAR(a b) AND NOT words:x* ^y")
@example("a & b | !c <-> d:*")
@example("\x00\x01\ud800pohon")
@example("pohon " * 2000)
@example("%_\\")
@example("٣ ² ½ 中文 ß İ")
@example("99999999999999999999")
@example("0812" + "9" * 5000)
@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_query_fails(centre: Centre, typed: str) -> None:
    hits = await found(centre, typed)
    assert all(hit.kind in {"incident", "report", "call", "unit", "log", "place"} for hit in hits)
