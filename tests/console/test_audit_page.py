"""AUDIT at the console: filters as they are typed, before and after, the chain, older lines, refusals."""

from __future__ import annotations

import ast
import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.audit.kinds import refusal_words
from console.audit.query import read_order, read_query
from console.client import Rejected
from console.view.event import NAME_CELLS, event_name
from dispatch.errors import Invalid
from dispatch.texts import catalogue as server_words
from dispatch.wire import AuditPage, ChainState, Changes, LogLine, ProblemDetails
from tests.console.night import NOW, Night
from tests.console.test_banners import look
from tests.console.test_map import page
from tests.console.test_workspace import console, line, lines_of, prompt, type_text, until

DISPATCH = Path(__file__).parents[2] / "dispatch"
KIND = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)*")
TODAY = date(2026, 1, 12)
ID = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]


@pytest.mark.parametrize(("words", "params"), [
    ("", {}),
    ("op:adi", {"actor": "adi"}),
    ("who:adi act:merge", {"actor": "adi", "kind": "incident.merged"}),
    ("aksi:G ins:1048", {"kind": "incident.merged", "incident": "1048"}),
    ("aksi:prioritas", {"kind": "incident.severity_changed"}), ("aksi:p", {"kind": "incident.severity_changed"}),
    ("aksi:tiba", {"kind": "assignment.moved"}), ("aksi:signed", {"kind": "signed"}),
    ("aksi:incident.mer", {"kind": "incident.mer"}), ("aksi:newer.kind", {"kind": "newer.kind"}),
    ("aksi:Prioritas diubah op:adi", {"kind": "incident.severity_changed", "actor": "adi"}),
    ("act:priority_changed", {"kind": "incident.severity_changed"}), ("aksi:digabung", {"kind": "incident.merged"}),
    ("aksi:sandi", {"kind": "operator.password_changed"}),
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


def test_a_word_of_several_events_comes_back_with_their_names() -> None:
    with pytest.raises(Invalid) as refused:
        read_query("aksi:rekaman op:adi", TODAY, ID)
    said = refusal_words(refused.value, look("id"))
    assert said.startswith("rekaman bisa berarti: ")
    assert "rekaman dihapus, " in said
    with pytest.raises(Invalid):
        read_query("aksi:rekaman hilang", TODAY, ID)


def _kinds() -> set[str]:
    """Every event the server can write: what its log has a sentence for, and what stands in its code as a kind."""
    code = {node.value for path in DISPATCH.rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    sentences = {key.removeprefix("log.").replace("_", ".", 1) for key in server_words("id") if key.count(".") == 1
                 and key.startswith("log.")}
    kinds = {kind for kind in sentences if KIND.fullmatch(kind) and not kind.startswith("by.")}
    families = {kind.partition(".")[0] for kind in kinds}
    return kinds | {word for word in code if KIND.fullmatch(word) and word.partition(".")[0] in families
                    and word not in server_words("id")}


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_event_the_server_can_write_has_its_own_name_that_fits_and_can_be_typed(lang: str) -> None:
    kinds, names = _kinds(), {kind: event_name(kind, look(lang)) for kind in _kinds()}
    assert len(kinds) > 130
    assert not [kind for kind in kinds if names[kind] == kind or len(names[kind]) > NAME_CELLS]
    assert len(set(names.values())) == len(kinds)
    typed = {kind: read_order(f"aksi:{name}", TODAY, ID) for kind, name in names.items()}
    assert not [kind for kind, order in typed.items() if not order.query or order.query.kind != kind]


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
        for words in ("P3>P1", "MED-P1-02", ">1048", "command.undone", "perintah diurungkan", "D02",
                      "5 dibaca, masih ada"):
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


async def test_a_question_mark_tells_how_a_filter_is_written_and_what_events_are_called() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "audit ?")
        await pilot.press("enter")
        await until(pilot, lambda: "alarm diakui          alarm.acknowledged" in page(app))
        assert "prioritas diubah), kode" in page(app)
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
