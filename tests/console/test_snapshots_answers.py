"""Pictures of what the server is asked for and what it answers: help, units, search, why, handover, review."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dispatch.texts import text
from dispatch.web.review import review_result
from dispatch.wire import CommandResult, ReviewList, ReviewRow, SearchHit, SearchResult
from tests.console.night import Night, ago
from tests.console.pictures import LANGS, Album, type_line
from tests.console.test_snapshots import workspace

WIB = ZoneInfo("Asia/Jakarta")


class Archive(Night):
    """Answers a search with one hit of nearly each kind."""

    async def search(self, query: str) -> SearchResult:
        en = self.lang == "en"
        hits = [
            SearchHit(kind="incident", key="incident:1048", incident=1048, at=ago(14), where="words", marks=[(0, 5)],
                      title="rumah kebakaran di Pesayangan, api besar, ada gardu PLN di sebelah",
                      detail="Building fire high on scene Pesayangan" if en
                      else "Kebakaran bangunan tinggi di lokasi Pesayangan"),
            SearchHit(kind="report", key="incident:1041", incident=1041, at=ago(90), where="name",
                      title="ada orang jatuh dari motor", detail="WhatsApp 0812-***-771 Rumah Makan Sri"),
            SearchHit(kind="call", key="call:213", incident=1051, at=ago(2), where="phone", title="0812-***-771",
                      detail="answered" if en else "diangkat"),
            SearchHit(kind="unit", key="unit:D02", at=ago(6), where="unit", title="D02 Damkar Pos Slawi",
                      detail="fire brigade on scene Slawi" if en else "damkar di lokasi Slawi"),
            SearchHit(kind="log", key="log:84", incident=1048, at=ago(5), where="log", marks=[(21, 26)],
                      title="gardu PLN dekat api, rumah sebelah dikosongkan", detail="adi"),
        ]
        return SearchResult(query=query, hits=hits, took_ms=3)


async def page(album: Album, app: Any, *keys: str, line: str = "") -> None:
    """Pictures of what a line or keys bring over the boards, once the answer is there."""
    async with album.of(app) as pilot:
        await type_line(pilot, line, *keys)
        await album.shoot(pilot, ready=lambda: app.workspace.has_class("covered"))


def answering(**data: Any) -> Night:
    """A server whose one answer is that."""
    night = Night()
    night.answers = [CommandResult(ok=True, seq=9, message=data.pop("message", ""), data=data)]
    return night


@LANGS
async def test_help(album: Album, lang: str) -> None:
    await page(album, workspace(lang), "f1")


@LANGS
async def test_units(album: Album, lang: str) -> None:
    await page(album, workspace(lang), "f4")


@LANGS
async def test_search(album: Album, lang: str) -> None:
    night = Archive()
    night.lang = lang
    await page(album, workspace(lang, night), "enter", line="f rumah")


@LANGS
async def test_why(album: Album, lang: str) -> None:
    decision = {
        "rules": ["medis_jiwa"], "version": "2026.01.3",
        "trace": [["medical", "perbatasan_medis", False, "outside"], ["medical", "medis_selatan", False, "places"],
                  ["medical", "medis_jiwa", True, ""]],
        "reasons": [["type", "medical", "faint", ["jatuh"]], ["type", "medical", "not_breathing", ["tidak napas"]],
                    ["life_threat", "critical", "not_breathing", ["tidak sadar tidak napas"]],
                    ["severity", "critical", "model", ["suami", "tidak napas"]],
                    ["place", "33.28.10.2005", "place", ["dukuhsalam"]]],
    }
    night = answering(decision=decision, lines=_without(lang))
    await page(album, workspace(lang, night), "enter", line="y")


def _without(lang: str) -> list[str]:
    """What the server says beside the decision, as long as it gets."""
    asked = text("explain.ask", lang, question=text("question.breathing", lang))
    return [text("explain.without", lang, words="tidak napas", result="P2"),
            f"{asked} {text('explain.answers', lang, yes=text('explain.same', lang), no='P1')}"]


def _handover(lang: str) -> dict[str, Any]:
    """Three items read out, one of them with a note, the first with a clock that is late."""
    late = text("handover.clock_late", lang, phase=text("phase.dispatch", lang), at="14:31")
    running = text("handover.incident", lang, number="1051", rank=1, type="medical" if lang == "en" else "medis",
                   place="Trayeman, Slawi", status=text("log.word.triaged", lang), units="-", clock=late, owner="")
    told = {
        1: [running],
        2: [text("handover.callback", lang, number="1041")],
        3: [text("handover.unit", lang, unit="D05", status=text("log.word.out_of_service", lang), at="11:20",
                 note="rem blong, di bengkel sampai besok pagi")],
        4: [text("handover.note", lang, text="Jalan Raya Adiwerna ditutup sampai pukul 05.00, lewat Ujungrusi")],
    }
    items = [{"number": n, "title": text(f"handover.item_{n}", lang, n=len(told.get(n, []))),
              "lines": told.get(n, []), "read": n in (2, 3, 4)} for n in range(1, 8)]
    return {"outgoing": "rina", "items": items, "unread": [1, 5, 6, 7], "lines": []}


@LANGS
async def test_handover(album: Album, lang: str) -> None:
    night = answering(message=text("result.handover", lang, missing="1, 5, 6, 7"), **_handover(lang))
    await page(album, workspace(lang, night), "ctrl+o")


@LANGS
async def test_review(album: Album, lang: str) -> None:
    junk = [(1033, "prank", "silent_keys", "bunyi tut tut, lalu diam, tidak ada jawaban sampai putus"),
            (1029, "dropped", "life_words", "pak tolong pak di Procot, anak saya tidak napas ... (putus)")]
    rows = [ReviewRow(number=number, disposition=kind, channel="call", caller="0812-***-771", text=said,
                      at=ago(33).astimezone(WIB), closed_at=ago(31), closed_by="adi", signs=[sign],
                      why=[text(f"review.{sign}", lang)])
            for number, kind, sign, said in junk]
    listed = ReviewList(disposed=31, reviewed=4, waiting=2, items=rows)
    night = Night()
    night.answers = [review_result(listed, lang, 9)]
    await page(album, workspace(lang, night), "enter", line="review" if lang == "en" else "tinjau")
