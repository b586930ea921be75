"""What ``rules explain`` says: the decision's own steps, both sides of what failed, in both languages."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.domain.place import Place
from dispatch.domain.report import Reason, Triage
from dispatch.domain.routing import Decision, Facts, Step, decide
from dispatch.domain.severity import Severity
from dispatch.rules import explain
from dispatch.rules.explain import render_decision, render_folding, render_triage
from dispatch.rules.load import load_rules
from dispatch.texts import text
from tests.rules.small_rules import changed, parsed, wib

RULES = parsed(
    changed(("when: {types: [fire], life_threat: true}", "when: {types: [fire], life_threat: true, places: [SLW]}"))
)
FIRE = Facts(
    "fire", wib("2026-01-12T10:00"), Severity.HIGH, subtype="building", place=Place(kecamatan="Kramat"), channel="call"
)


def lines(facts: Facts, lang: str = "id") -> list[str]:
    return render_decision(RULES, facts, decide(RULES, facts), lang)


def test_the_whole_explanation_of_a_fire() -> None:
    route = {r.name: r.line for r in RULES.routes}
    assert lines(FIRE)[1:] == [
        "Jenis     KBK Kebakaran (rumah)",
        "Prioritas P2 MENDESAK",
        "Instansi  Damkar",
        "Aturan    api",
        "--- jalur untuk KBK Kebakaran",
        f"  - api_jiwa:{route['api_jiwa']} tidak: ancaman jiwa diminta ya, ada tidak",
        f"  * api:{route['api']} COCOK -> Damkar",
        "--- batas waktu bila mulai sekarang",
        "  dijawab sampai 10:02:00",
        "  ditriase sampai 10:02:00",
        "  dikirim sampai 10:05:00",
        "  diterima petugas sampai 10:02:00",
        "  berangkat sampai 10:05:00",
        "  tiba sampai 10:25:00",
        "  selesai sampai 22:00:00",
    ]


def test_the_same_in_english() -> None:
    said = lines(FIRE, "en")
    assert said[1:5] == ["Type     KBK Fire (building)", "Priority P2 HIGH", "Agencies Fire", "Rules    api"]
    assert any("no: life threat asked yes, is no" in line for line in said)


def test_both_sides_of_a_failed_part_are_shown() -> None:
    threat = replace(FIRE, life_threat=True)
    assert any("tempat diminta Slawi, ada Kramat" in line for line in lines(threat))
    road = Facts("road", wib("2026-01-12T10:00"), Severity.LOW)
    said = "\n".join(lines(road))
    assert "jam diminta 22:00-05:00, ada 10:00" in said
    assert "jam kerja diminta office -, ada 2026-01-12 10:00" in said
    assert "(2 aturan jenis lain dilewati)" in said


def test_a_raised_severity_and_every_type_are_shown() -> None:
    both = replace(FIRE, also_types=("road",), life_threat=True, place=Place(kecamatan="Slawi"))
    said = lines(both)
    assert "Prioritas P1 DARURAT (dinaikkan dari P2 MENDESAK)" in said
    assert "--- jalur untuk JLN Jalan" in said


def test_a_report_without_severity_has_no_limits() -> None:
    assert lines(Facts("not_a_report", wib("2026-01-12T10:00"), None))[-1] == "--- tanpa batas waktu"


def test_it_prints_the_decision_it_is_given_even_a_wrong_one() -> None:
    """The explainer must not decide again: a decision made elsewhere, or under older rules, is shown as made."""
    made = Decision(("works",), Severity.LOW, ("jalan",), (Step("fire", "jalan", True),))
    said = "\n".join(render_decision(RULES, FIRE, made))
    assert "Instansi  DPUPR" in said
    assert "COCOK -> DPUPR" in said
    assert "api" not in said.split("Aturan", 1)[1].split("---")[0]


def test_it_contains_no_matching_code() -> None:
    names = {node.id for node in ast.walk(ast.parse(Path(explain.__file__).read_text())) if isinstance(node, ast.Name)}
    assert names.isdisjoint({"decide", "first_failure"})


def test_times_are_the_centre_s_whatever_zone_the_caller_counts_in() -> None:
    from datetime import UTC

    assert lines(replace(FIRE, at=FIRE.at.astimezone(UTC))) == lines(FIRE)


def test_the_reasons_of_triage_are_shown_with_their_words() -> None:
    triage = Triage(
        "fire", Severity.HIGH, confidence=0.5, reasons=(Reason("type", "fire", "building_fire", ("rumah", "terbakar")),)
    )
    assert render_triage(triage) == [
        "--- kata-kata (keyakinan 0.50)",
        '  type = fire: "rumah terbakar" (building_fire)',
    ]


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("part", explain.SIDES)
def test_every_part_of_a_condition_has_a_name(part: str, lang: str) -> None:
    assert text(f"rules.part.{part}", lang)


def test_when_it_joins_and_what_a_rush_changes_is_explained() -> None:
    shipped = load_rules(Path(__file__).parents[2] / "routing_rules.yaml")
    fire, flood = replace(FIRE, life_threat=False), replace(FIRE, type="disaster", subtype="flood")
    said = render_folding(shipped, fire, "en")
    assert "up to 20m after the first report, if the village is the same; suggested up to 30m" in said[1]
    assert "more than 10 new incidents within 10m" in said[2]
    assert "up to 40m only if the very spot is the same; suggested up to 1h" in said[2]
    assert "up to 4h only if the village is the same" in render_folding(shipped, flood, "en")[2]
    threat = render_folding(shipped, replace(fire, life_threat=True), "en")
    assert "only if" not in threat[2]
    assert threat[3] == "  a life in danger: never joined because of a rush, only suggested"
    question = render_folding(shipped, replace(fire, type="information_request"), "en")
    assert question[1].startswith("  this type never joins by itself")
    calm = replace(shipped, folding=replace(shipped.folding, rush=None))
    assert len(render_folding(calm, fire)) == 2
