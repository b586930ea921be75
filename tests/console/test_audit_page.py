"""AUDIT at the console: filters as they are typed, before and after, the chain, older lines, refusals."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.audit.query import read_order, read_query
from console.client import Rejected
from dispatch.errors import Invalid
from dispatch.wire import AuditPage, ChainState, Changes, LogLine, ProblemDetails
from tests.console.night import NOW, Night
from tests.console.test_map import page
from tests.console.test_workspace import console, line, lines_of, prompt, type_text, until

TODAY = date(2026, 1, 12)
ID = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]


@pytest.mark.parametrize(("words", "params"), [
    ("", {}),
    ("op:adi", {"actor": "adi"}),
    ("who:adi act:merge", {"actor": "adi", "kind": "incident.merged"}),
    ("aksi:G ins:1048", {"kind": "incident.merged", "incident": "1048"}),
    ("aksi:prioritas", {"kind": "incident.severity_changed"}), ("aksi:p", {"kind": "incident.severity_changed"}),
    ("aksi:tiba", {"kind": "assignment.moved"}), ("aksi:signed", {"kind": "signed"}),
    ("ins:L-1048", {"incident": "1048"}),
    ("tgl:09jan", {"day": "2026-01-09"}), ("tgl:9/1", {"day": "2026-01-09"}), ("tgl:13/1", {"day": "2025-01-13"}),
    ("tgl:31des", {"day": "2025-12-31"}), ("tgl:5/3/2024", {"day": "2024-03-05"}),
    ("date:2026-01-02", {"day": "2026-01-02"}),
])
def test_filters_are_read(words: str, params: dict[str, str]) -> None:
    assert read_query(words, TODAY, ID).params(0) == params


@pytest.mark.parametrize(
    "words", ["adi", "op:", "x:1", "ins:abc", "tgl:kemarin", "tgl:32/1", "tgl:09xyz", "tgl:29/2/2025"]
)
def test_what_is_no_filter_is_named(words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_query(f"op:adi {words}", TODAY, ID)
    assert refused.value.params["word"]


@given(st.text(max_size=60))
def test_any_words_are_read_or_refused(words: str) -> None:
    try:
        query = read_query(words, TODAY, ID)
    except Invalid:
        return
    assert all(isinstance(value, str) for value in query.params(1).values())


async def test_it_says_who_did_what_before_and_after_and_goes_on_with_older_lines() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "audit op:rina aksi:g tgl:12jan")
        assert "Audit" in line(app, "=>")
        await pilot.press("enter")
        await until(pilot, lambda: "JALAN>LOKASI" in page(app))
        assert night.audits == [{"actor": "rina", "kind": "incident.merged", "day": "2026-01-12"}]
        for words in ("P3>P1", "MED-P1-02", ">1048", "command.undone", "D02", "5 dibaca, masih ada"):
            assert words in page(app)
        assert any("AUDIT op:rina aksi:g tgl:12jan  rantai OK s/d #120" in text for text in lines_of(app))
        await pilot.press("pagedown")
        await until(pilot, lambda: "7 dibaca, ini semuanya" in page(app))
        assert night.audits[1]["before"] == "102"
        assert "BCN>KBK" in page(app)
        assert not night.sent, "looking sends no command"
        await pilot.press("escape")
        assert not app.workspace.covered_by_text


async def test_a_broken_chain_cannot_be_overlooked() -> None:
    night = Night()
    night.chain = ChainState(ok=False, checked=44, head=120, broken_at=45, reason="content does not match its hash")
    async with console(night, (80, 24)) as (app, pilot):
        await type_text(pilot, "audit")
        await pilot.press("enter")
        await until(pilot, lambda: "RANTAI PUTUS di #45" in page(app))


async def test_a_word_that_is_no_filter_comes_back() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "audit adi")
        await pilot.press("enter")
        await until(pilot, lambda: "bukan saringan: adi" in line(app, "GAGAL"))
        assert prompt(app) == "audit adi"
        assert not night.audits


class Refusing(Night):
    async def audit(self, params: dict[str, str]) -> AuditPage:
        raise Rejected(ProblemDetails(status=403, detail="peran Anda tidak boleh"))


async def test_a_refusal_of_the_server_stands_on_the_page() -> None:
    async with console(Refusing()) as (app, pilot):
        await type_text(pilot, "audit")
        await pilot.press("enter")
        await until(pilot, lambda: "TIDAK TERBACA" in page(app) and "tidak boleh" in page(app))


@pytest.mark.parametrize(("words", "act", "params"), [
    ("", "", {}), ("lagi", "more", None), ("simpan", "save", None), ("op:adi CSV", "save", {"actor": "adi"}),
    ("save who:adi", "save", {"actor": "adi"}), ("op:lagi", "", {"actor": "lagi"}),
])
def test_what_is_to_be_done_may_stand_beside_the_filters(words: str, act: str, params: dict[str, str] | None) -> None:
    order = read_order(words, TODAY, ID)
    assert (order.act, order.query.params(0) if order.query else None) == (act, params)


@pytest.mark.parametrize("words", ["lagi op:adi", "simpan lagi", "simpan adi"])
def test_what_cannot_be_done_together_is_named(words: str) -> None:
    with pytest.raises(Invalid):
        read_order(words, TODAY, ID)


async def test_the_page_does_not_ask_again_because_of_its_own_event() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "audit")
        await pilot.press("enter")
        await until(pilot, lambda: "5 dibaca" in page(app))
        for seq in (101, 102):
            read = LogLine(seq=seq, at=NOW, actor="rina", kind="audit.read", data={"asked": "-"})
            night.push(Changes(seq=seq, now=NOW, log=[read]))
            await until(pilot, lambda seq=seq: app.store.seq == seq)
        assert len(night.audits) == 1


async def test_simpan_writes_what_fits_into_a_file_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "audit aksi:g")
        await pilot.press("enter")
        await until(pilot, lambda: "5 dibaca" in page(app))
        await type_text(pilot, "simpan")
        assert "berkas CSV" in line(app, "=>")
        await pilot.press("enter")
        await until(pilot, lambda: "7 baris di" in page(app))
        [file] = tmp_path.glob("*.csv")
        rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
        assert [row["record"] for row in rows] == ["event"] * 7 + ["chain"]
        assert rows[0]["change"] == "JALAN>LOKASI"
        assert [asked.get("for") for asked in night.audits] == [None, "export", "export"]
        await type_text(pilot, "audit op:rina simpan")
        await pilot.press("enter")
        await until(pilot, lambda: len(list(tmp_path.glob("*.csv"))) == 2)
        assert {"actor": "rina", "for": "export"} in night.audits


async def test_lagi_goes_on_like_page_down() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "audit")
        await pilot.press("enter")
        await until(pilot, lambda: "5 dibaca" in page(app))
        await type_text(pilot, "lagi")
        await pilot.press("enter")
        await until(pilot, lambda: "7 dibaca, ini semuanya" in page(app))
        assert not app.workspace.prompt.value


def test_words_of_other_commands_are_not_taken_for_ours() -> None:
    from console.desk import local_word

    assert local_word("audit op:adi") == ("audit", "op:adi")
    assert local_word("  AUDIT ") == ("audit", "")
    assert local_word("kartu 1051") is None
    found: Any = local_word("tema")
    assert found == ("theme", "")
