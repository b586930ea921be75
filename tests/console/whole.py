"""One incident with everything the server can say of it: for the pages that show all of it."""

from __future__ import annotations

from dispatch.wire import AssignmentRow, IncidentDetail, LogLine, ReportRow
from tests.console.night import NOW, Night, ago, board, clock, incidents, replaced

NUMBER = 1048


def _log(seq: int, minutes: float, actor: str, kind: str, text: str, **data: object) -> LogLine:
    return LogLine(seq=seq, at=ago(minutes), actor=actor, kind=kind, incident=NUMBER, text=text, data=dict(data))


def whole_detail() -> IncidentDetail:
    row = next(row for row in incidents() if row.number == NUMBER)
    done = replaced(clock("dispatch", ago(14), 90, state="met"), stopped_at=ago(13.2), lateness_ms=3)
    row = replaced(
        row, owner="adi", version=7, clocks=[*row.clocks, done],
        assignments=[
            AssignmentRow(id=1, unit="D02", agency="fire", status="on_scene", note="air 40%", at={
                "assigned": ago(13.4), "notified": ago(13.4), "acknowledged": ago(13), "en_route": ago(12.6),
                "on_scene": ago(6.2),
            }),
            AssignmentRow(id=2, unit="D05", agency="fire", status="en_route",
                          at={"assigned": ago(5), "en_route": ago(3)}),
        ],
    )
    return IncidentDetail(
        incident=row,
        reports=[
            ReportRow(id=1, channel="call", received_at=ago(14), sender="0812-***-771", sender_name="Bu Sri",
                      text="rumah kebakaran di Pesayangan, api besar, ada gardu PLN di sebelah",
                      triage={"type": "fire", "severity": "high"}, public_code="K7PQ2M"),
            ReportRow(id=2, channel="whatsapp", received_at=ago(11), sender="0857-***-120", text="",
                      attachments=[{"url": "https://api.example/media/ME1", "content_type": "image/jpeg"}]),
        ],
        timeline=[
            _log(84, 5, "adi", "assignment.created", "D05 ditugaskan", unit="D05"),
            _log(83, 6.2, "crew:D02", "assignment.moved", "D02: JALAN -> LOKASI", before="en_route", status="on_scene",
                 unit="D02"),
            _log(82, 12, "adi", "incident.severity_changed", "prioritas P3 -> P2 gardu PLN dekat api", before="medium",
                 severity="high", reason="gardu PLN dekat api"),
            _log(81, 14, "system", "incident.opened", "insiden 1048 dibuat: kebakaran P3", type="fire",
                 severity="medium"),
        ],
        decision={"version": "2026.01.3", "rules": ["fire.building"], "trace": [["fire", "fire.building", True, ""]],
                  "reasons": [["type", "fire", "KBK-01", ["kebakaran"]]]},
        messages=[
            {"id": 1, "purpose": "team", "channel": "sms", "to": "0811-***-113", "body": "112: KBK rumah",
             "status": "delivered", "attempts": 1, "error": "", "driver": "twilio", "created_at": ago(13.4)},
            {"id": 2, "purpose": "citizen", "channel": "sms", "to": "0857-***-120", "body": "Bantuan DIKIRIM",
             "status": "failed", "attempts": 3, "error": "30003 unreachable", "driver": "twilio",
             "created_at": ago(13)},
        ],
        recommendation=[{"unit": "D01", "agency": "fire", "why": "nearest", "distance_km": 6.1}],
        explanation={"lines": ["tanpa 'kebakaran': P3 gangguan umum", "Tanyakan: ada orang di dalam?"]},
    )


def whole_night() -> Night:
    """The night with that incident; its detail is text on the wire as it would be."""
    import msgspec

    night = Night(board(now=NOW))
    whole = msgspec.json.decode(msgspec.json.encode(whole_detail()), type=IncidentDetail)
    night.details[NUMBER] = whole
    night.start = replaced(night.start, incidents=[
        whole.incident if row.number == NUMBER else row for row in night.start.incidents
    ])
    night.rows[NUMBER] = whole.incident
    return night
