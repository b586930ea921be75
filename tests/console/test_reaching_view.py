"""The delivery clock on the incident's page and in line mode: seconds of every message, and what is due next."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from console.plain import Plain
from console.view.facts import Facts
from console.view.look import Look
from console.view.tabs import tab_lines
from dispatch.wire import AssignmentRow, IncidentDetail, IncidentRow, ReachRow, ToldRow
from tests.console.night import CENTRE, NOW


def sec(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def step(
    who: str, channel: str, state: str, fired: float | None, *told: ToldRow, due: float = 0, **more: int
) -> ReachRow:
    return ReachRow(
        subject="D01", assignment=7, policy="darurat", round=1, who=who, channel=channel, state=state, due_at=sec(due),
        fired_at=None if fired is None else sec(fired), told=list(told), **more,  # type: ignore[arg-type]
    )


def told(name: str, channel: str, queued: float, sent: float, arrived: float | None, outcome: str = "",
         answered: float | None = None) -> ToldRow:
    return ToldRow(
        name=name, to="0811-***-101", channel=channel, status="delivered" if arrived is not None else "accepted",
        outcome=outcome, queued_at=sec(queued), accepted_at=sec(sent),
        delivered_at=None if arrived is None else sec(arrived),
        answered_at=None if answered is None else sec(answered),
    )


STEPS = [
    step("unit", "own", "fired", -40, told("D01", "sms", -40, -39, -37)),
    step("unit", "voice", "fired", -25, told("D01", "voice", -25, -24, None, "machine", -19), lateness_ms=1400),
    step("contact", "mail", "nobody", -19),
    step("contact", "own", "waiting", None, due=14),
]


def detail(steps: list[ReachRow], **at: datetime) -> IncidentDetail:
    item = AssignmentRow(id=7, unit="D01", agency="fire", status="notified", at={"assigned": sec(-40), **at})
    row = IncidentRow(
        number=1048, id=1, type="fire", status="dispatched", severity="critical", opened_at=sec(-90),
        updated_at=NOW, version=3, assignments=[item],
    )
    return IncidentDetail(incident=row, reaching=steps)


def page(found: IncidentDetail, lang: str = "id") -> str:
    look = Look(CENTRE, NOW, lang)
    lines = tab_lines(2, Facts(found.incident, found), look, 160)
    return "\n".join("".join(part.text for part in line.segments) for line in lines)


def test_each_message_shows_its_seconds_and_the_next_step_its_countdown() -> None:
    shown = page(detail(STEPS))
    assert "antre 0 dtk, terkirim 1 dtk, sampai 3 dtk" in shown
    assert "telepon" in shown
    assert "antre 15 dtk, terkirim 16 dtk, sampai -  MESIN PENJAWAB 21 dtk" in shown
    assert "terlambat 1400 ms" in shown
    assert "piket surel: tidak ada orangnya" in shown
    assert "berikut: piket" in shown
    assert "(00:14)" in shown


def test_the_answer_shows_how_long_it_took_and_english_is_whole() -> None:
    shown = page(detail(STEPS[:1], acknowledged=sec(1)), "en")
    assert "ANSWERED after 41 s" in shown
    assert "queued 0 s, sent 1 s, arrived 3 s" in shown


def test_quiet_hours_and_the_end_of_a_round() -> None:
    shown = page(detail([step("again", "own", "fired", -5), step("contact", "own", "held", None, due=3600)]))
    assert "putaran 1 habis tanpa jawaban" in shown
    assert "piket dalam jam tenang" in shown


def test_nobody_reached_for_shows_nothing() -> None:
    assert "MENGHUBUNGI" not in page(detail([]))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_line_mode_says_the_same(lang: str) -> None:
    said = list(Plain(CENTRE, lang).detail(detail(STEPS)))
    mine = [line for line in said if line.startswith(("Menghubungi", "Reaching"))]
    assert len(mine) == len(STEPS)
    assert "0811-***-101" in mine[0]
    assert {"id": "MESIN PENJAWAB", "en": "ANSWERING MACHINE"}[lang] in mine[1]
    assert {"id": "berikutnya", "en": "next"}[lang] in mine[3]
