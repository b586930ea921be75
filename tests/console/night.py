"""A quiet night in Kabupaten Tegal: the board every console test looks at, at one frozen instant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from dispatch.wire import (
    AlarmRow,
    AssignmentRow,
    AuditPage,
    Board,
    CallRow,
    CandidateRow,
    CentreRow,
    ChainState,
    Changes,
    ClockRow,
    Command,
    CommandResult,
    DuplicateRow,
    EarlierRow,
    EntryAdvice,
    EntryWords,
    HandoverSigned,
    Heartbeat,
    IncidentDetail,
    IncidentRow,
    LogLine,
    OperatorRow,
    PlaceRow,
    ProblemDetails,
    ReportRow,
    SearchHit,
    SearchResult,
    Session,
    TypeLabel,
    UnitRow,
)
from tests.console.english import said

NOW = datetime(2026, 1, 12, 7, 32, 7, tzinfo=UTC)
"""14:32:07 in Slawi."""

DISTRICTS = {
    "SLW": "Slawi",
    "ADW": "Adiwerna",
    "KDB": "Kedungbanteng",
    "BJG": "Bojong",
    "TLG": "Talang",
    "PKH": "Pangkah",
    "KRM": "Kramat",
    "LBS": "Lebaksiu",
    "BMJ": "Bumijawa",
    "DTR": "Dukuhturi",
    "WRJ": "Warureja",
    "SRD": "Suradadi",
    "TRB": "Tarub",
    "DKW": "Dukuhwaru",
    "PGB": "Pagerbarang",
    "JTN": "Jatinegara",
    "MGS": "Margasari",
    "BLP": "Balapulang",
}
SKETCH = """
. . . . DTR TLG KRM SRD WRJ
. . . ADW . . TRB . .
. DKW . . SLW PKH . KDB .
. PGB LBS . . . JTN . .
MGS . BLP . . . . . .
. . . BMJ . BJG . . .
"""
"""North is up; a step is a twentieth of a degree."""
POINTS = {
    code: (-6.9 - row / 20, 109.0 + column / 20)
    for row, line in enumerate(SKETCH.strip().splitlines()) for column, code in enumerate(line.split()) if code != "."
}
NAMES = {name.upper(): name for name in DISTRICTS.values()}


def _types() -> dict[str, TypeLabel]:
    def kind(short: str, id_: str, en: str, **sub: tuple[str, str]) -> TypeLabel:
        return TypeLabel(
            short=short, labels={"id": id_, "en": en}, subtypes={k: {"id": a, "en": b} for k, (a, b) in sub.items()}
        )

    return {
        "medical": kind(
            "MED", "Medis", "Medical", cardiac=("Henti jantung", "Cardiac arrest"), breath=("Sesak", "Breathing")
        ),
        "traffic_accident": kind(
            "KLL", "Kecelakaan", "Traffic accident", trapped=("Terjepit", "Trapped"), hurt=("Luka", "Injury")
        ),
        "fire": kind("KBK", "Kebakaran", "Fire", land=("Lahan", "Land"), building=("Rumah", "Building")),
        "disaster": kind("BCN", "Bencana", "Disaster", fallen_tree=("Pohon tumbang", "Fallen tree")),
        "crime": kind("KJH", "Kejahatan", "Crime", theft=("Pencurian", "Theft")),
        "animal_rescue": kind("EVK", "Evakuasi hewan", "Animal rescue", snake=("Ular", "Snake")),
        "power": kind("LIS", "Listrik", "Power", live_wire=("Kabel jatuh", "Live wire")),
        "information_request": kind("INF", "Informasi", "Information"),
    }


CENTRE = CentreRow(
    code="3328",
    name="Kab Tegal",
    timezone="Asia/Jakarta",
    mode="live",
    drivers={"sms": "twilio", "voice": "twilio"},
    types=_types(),
    districts=DISTRICTS,
    district_points=POINTS,
    agencies={
        "health": {"id": "PSC 119", "en": "Ambulance", "short": "PSC"},
        "fire": {"id": "Damkar", "en": "Fire", "short": "DMK"},
        "police": {"id": "Polres", "en": "Police", "short": "POL"},
        "bpbd": {"id": "BPBD", "en": "BPBD", "short": "BPB"},
        "pln": {"id": "PLN", "en": "Power", "short": "PLN"},
        "waste": {"id": "DLH", "en": "Parks", "short": "DLH"},
    },
    dispositions={"sls": {"id": "selesai", "en": "done"}, "palsu": {"id": "laporan palsu", "en": "false report"}},
    rules_version="2026.01.3",
)


def ago(minutes: float = 0, seconds: float = 0) -> datetime:
    return NOW - timedelta(minutes=minutes, seconds=seconds)


def clock(phase: str, started: datetime, limit_s: float, subject: str = "incident", state: str = "running") -> ClockRow:
    limit = timedelta(seconds=limit_s)
    return ClockRow(
        phase=phase,
        subject=subject,
        started_at=started,
        due_at=started + limit,
        warn_at=started + limit * 0.75,
        state=state,
    )


def incident(
    number: int, kind: str, subtype: str, severity: str | None, kecamatan: str, opened: datetime, **more: Any
) -> IncidentRow:
    place = more.pop("place", None) or PlaceRow(
        kecamatan=DISTRICTS[kecamatan],
        desa=more.pop("desa", ""),
        landmark=more.pop("landmark", ""),
        verified=more.pop("verified", False),
    )
    values: dict[str, Any] = {
        "number": number,
        "id": number,
        "type": kind,
        "subtype": subtype,
        "severity": severity,
        "status": "triaged",
        "place": place,
        "opened_at": opened,
        "updated_at": opened,
        "version": 3,
        "channel": "call",
        **more,
    }
    return IncidentRow(**values)


def sent(id_: int, unit: str | None, agency: str, status: str, at: datetime) -> AssignmentRow:
    return AssignmentRow(id=id_, unit=unit, agency=agency, status=status, at={status: at})


def incidents() -> list[IncidentRow]:
    return [
        incident(
            1051,
            "medical",
            "cardiac",
            "critical",
            "SLW",
            ago(0, 48),
            desa="Dukuhsalam",
            landmark="RT2/1",
            verified=True,
            life_threat=True,
            caller="0812-***-771",
            agencies=["health", "police"],
            seen_by="rina",
            clocks=[clock("dispatch", ago(0, 48), 60), clock("resolve", ago(0, 48), 7200)],
            summary="suami jatuh tidak sadar, tidak napas",
        ),
        incident(
            1052,
            "traffic_accident",
            "trapped",
            "critical",
            "ADW",
            ago(0, 20),
            landmark="Jl Raya Tegal-Slawi 9",
            channel="sms",
            unsure=True,
            agencies=["police", "health", "fire"],
            clocks=[clock("answer", ago(0, 20), 60)],
            summary="mobil tabrakan sopir kejepit",
        ),
        incident(
            1049,
            "fire",
            "land",
            "high",
            "KDB",
            ago(2, 5),
            desa="Kebandingan",
            channel="whatsapp",
            agencies=["fire"],
            clocks=[clock("dispatch", ago(2, 5), 300)],
            duplicates=[DuplicateRow(number=1048, score=0.4, reason="near_and_alike", params={"where": "900 m"})],
        ),
        incident(
            1046,
            "disaster",
            "fallen_tree",
            "low",
            "BJG",
            ago(9, 40),
            landmark="Jl Raya Bojong",
            channel="web",
            agencies=["bpbd"],
            clocks=[clock("dispatch", ago(9, 40), 720)],
        ),
        incident(
            1048,
            "fire",
            "building",
            "high",
            "TLG",
            ago(14),
            desa="Pesayangan",
            status="on_scene",
            agencies=["fire", "health"],
            seen_by="adi",
            reports=3,
            assignments=[
                sent(1, "D02", "fire", "on_scene", ago(6, 12)),
                sent(2, "D05", "fire", "en_route", ago(0, 27)),
                sent(3, "A04", "health", "en_route", ago(0, 7)),
            ],
            clocks=[clock("resolve", ago(14), 43200)],
        ),
        incident(
            1047,
            "traffic_accident",
            "hurt",
            "high",
            "SLW",
            ago(11),
            landmark="Jl Ahmad Yani",
            status="dispatched",
            agencies=["police", "health"],
            seen_by="rina",
            assignments=[
                sent(4, "A02", "health", "en_route", ago(3, 31)),
                sent(5, "P11", "police", "acknowledged", ago(3, 2)),
            ],
            clocks=[clock("travel", ago(3, 31), 600, "A02")],
        ),
        incident(
            1045,
            "medical",
            "breath",
            "medium",
            "ADW",
            ago(38),
            desa="Harjosari Kidul",
            status="on_scene",
            assignments=[sent(6, "A06", "health", "transporting", ago(18, 20))],
        ),
        incident(
            1044,
            "crime",
            "theft",
            "medium",
            "SLW",
            ago(40),
            landmark="Ps Trayeman",
            status="on_scene",
            assignments=[sent(7, "P07", "police", "on_scene", ago(11, 2))],
        ),
        incident(
            1041,
            "animal_rescue",
            "snake",
            "low",
            "SLW",
            ago(50),
            desa="Kalisapu",
            status="dispatched",
            assignments=[sent(8, "D07", "fire", "en_route", ago(14, 55))],
            clocks=[clock("travel", ago(14, 55), 600, "D07", "breached")],
        ),
        incident(
            1039,
            "power",
            "live_wire",
            "low",
            "PKH",
            ago(75),
            desa="Balamoa",
            status="on_scene",
            channel="sms",
            assignments=[sent(9, "L01", "pln", "on_scene", ago(22, 10))],
        ),
        incident(
            1036,
            "information_request",
            "",
            None,
            "KRM",
            ago(180),
            desa="Mejasem Timur",
            status="dispatched",
            assignments=[sent(10, None, "waste", "notified", ago(31))],
        ),
    ]


def units() -> list[UnitRow]:
    def unit(
        sign: str,
        agency: str,
        status: str,
        since: datetime,
        district: str,
        number: int | None = None,
        note: str = "",
        base: str = "",
    ) -> UnitRow:
        return UnitRow(
            call_sign=sign,
            agency=agency,
            name=f"Regu {sign}",
            status=status,
            since=since,
            base=base,
            kecamatan=DISTRICTS[district],
            crew=3,
            incident=number,
            note=note,
            version=1,
        )

    return [
        unit("A01", "health", "available", ago(41, 10), "SLW", base="RSUD Soeselo"),
        unit("A02", "health", "en_route", ago(3, 31), "SLW", 1047, "eta 4m"),
        unit("A03", "health", "available", ago(12, 2), "ADW", base="Pusk Adiwerna"),
        unit("A04", "health", "on_scene", ago(0, 7), "TLG", 1048),
        unit("A06", "health", "transporting", ago(4, 2), "ADW", 1045, "> RSUD Suradadi"),
        unit("A07", "health", "out_of_service", ago(55), "LBS", note="ban s/d 15:10"),
        unit("B01", "bpbd", "available", ago(90), "SLW", base="BPBD rescue"),
        unit("B02", "bpbd", "no_contact", ago(7, 12), "BMJ", base="BPBD"),
        unit("D01", "fire", "available", ago(88, 10), "SLW", base="Pos Slawi"),
        unit("D02", "fire", "on_scene", ago(2, 5), "TLG", 1048, "air 40%"),
        unit("D05", "fire", "on_scene", ago(0, 27), "TLG", 1048),
        unit("D07", "fire", "en_route", ago(14, 55), "SLW", 1041, "cek"),
        unit("L01", "pln", "on_scene", ago(21, 30), "PKH", 1039, base="PLN"),
        unit("P07", "police", "on_scene", ago(11, 2), "SLW", 1044),
        unit("P11", "police", "dispatched", ago(3, 2), "SLW", 1047),
        unit("P12", "police", "available", ago(8, 45), "ADW", base="Polsek Adiwerna"),
        unit("P13", "police", "available", ago(200), "SLW", base="Polres"),
        unit("P14", "police", "available", ago(300), "TLG", base="Polsek Talang"),
        unit("P15", "police", "available", ago(66), "KRM", base="Polsek Kramat"),
        unit("S01", "police", "available", ago(120), "SLW", base="Satpol PP"),
    ]


def board(**more: Any) -> Board:
    values: dict[str, Any] = {
        "seq": 100,
        "now": NOW,
        "centre": CENTRE,
        "incidents": incidents(),
        "units": units(),
        "calls": [
            CallRow(
                id=213,
                caller="0812-***-771",
                status="answered",
                rang_at=ago(1, 9),
                answered_at=ago(1, 5),
                operator="rina",
                incident=1051,
            ),
            CallRow(id=214, caller="0857-***-120", status="ringing", rang_at=ago(0, 9), repeat=2),
            CallRow(id=215, caller="0813-***-002", status="ringing", rang_at=ago(0, 4)),
            CallRow(id=216, caller="", status="queued", rang_at=ago(0, 6)),
        ],
        "operators": [
            OperatorRow(name="rina", role="dispatcher", state="on_call", since=ago(1), viewing=1051),
            OperatorRow(name="adi", role="dispatcher", state="ready", since=ago(30), viewing=1048),
        ],
        "alarms": [
            AlarmRow(
                id=7,
                level=1,
                kind="clock_warned",
                text="P1 HENTI JANTUNG belum dikirim",
                at=ago(0, 3),
                incident=1051,
                phase="dispatch",
                subject="incident",
            ),
            AlarmRow(
                id=5,
                level=2,
                kind="clock_breached",
                text="D07 belum tiba",
                at=ago(4, 55),
                incident=1041,
                phase="travel",
                subject="D07",
            ),
        ],
        **more,
    }
    return Board(**values)


def detail(number: int, rows: list[IncidentRow] | None = None) -> IncidentDetail:
    row = next(r for r in rows or incidents() if r.number == number)
    said = "rumah cat hijau, belakang Mushola Al-Ikhlas, suami saya jatuh tidak sadar tidak napas tolong cepat"
    lines = [
        (58, "rina", "kartu MED-09 langkah 2 dibacakan: tekan dada 100-120 kali/menit"),
        (30, "system", "prioritas 3 -> 1 aturan MED-P1-02 (tidak sadar + tidak napas)"),
        (19, "system", "insiden dibuat dari telp #213; lokasi cocok gazetir 0.97"),
        (2, "rina", "telp diangkat (dering 4 dtk)"),
    ]
    timeline = [
        LogLine(seq=90 - i, at=NOW.replace(minute=31, second=s), actor=who, kind="note", incident=number, text=text)
        for i, (s, who, text) in enumerate(lines)
    ]
    advice = [
        {
            "unit": "A01", "agency": "health", "distance_km": 3.1, "eta_min": 6, "why": "nearest",
            "others": [{"unit": "A03", "distance_km": 5.8}],
        },
        {"unit": "P12", "agency": "police", "distance_km": 2.2, "eta_min": 5, "why": "AED"},
    ]
    return IncidentDetail(
        incident=row,
        timeline=timeline if number == 1051 else [],
        recommendation=advice if number == 1051 else [],
        reports=[
            ReportRow(
                id=1, channel=row.channel, received_at=row.opened_at, text=said if number == 1051 else row.summary
            )
        ],
    )


YES_NO = [
    {"key": "yes", "text": {"id": "ya", "en": "yes"}, "severity": None, "adds": ""},
    {"key": "no", "text": {"id": "tidak", "en": "no"}, "severity": "critical", "adds": ""},
    {"key": "unknown", "text": {"id": "tidak tahu", "en": "not known"}, "severity": None, "adds": ""},
]
CARD: dict[str, Any] = {
    "code": "MED-09", "title": {"id": "Henti jantung", "en": "Cardiac arrest"}, "sample": True, "approved_by": "",
    "questions": [
        {"key": "awake", "text": {"id": "Apakah orangnya sadar dan bisa menjawab?",
                                  "en": "Is the person awake and able to answer?"}, "answers": YES_NO},
        {"key": "breathing", "text": {"id": "Apakah napasnya biasa?", "en": "Is the breathing normal?"},
         "answers": YES_NO},
        {"key": "age", "text": {"id": "Berapa kira-kira umurnya?", "en": "About how old?"}, "answers": []},
    ],
    "instructions": {
        "id": ["Bantuan sedang disiapkan. Saya pandu.", "Taruh telapak di tengah dada, tekan kuat dan cepat."],
        "en": ["Help is being arranged. I will guide you.", "Palm on the middle of the chest, push hard and fast."],
    },
}


def entry_advice(words: EntryWords) -> EntryAdvice:
    """A server that knows one village twice, a heart that stopped, and one caller."""
    place = PlaceRow(text=words.place)
    if "kalisapu" in words.place.casefold():
        twins = [CandidateRow(code=str(i), desa="Kalisapu", kecamatan=k) for i, k in enumerate(("Slawi", "Talang"))]
        sure = bool(words.district)
        place = PlaceRow(desa="Kalisapu", kecamatan=words.district, ambiguous=not sure,
                         candidates=[] if sure else twins)
    elif "dukuhsa" in words.place.casefold():
        place = PlaceRow(desa="Dukuhsalam", kecamatan="Slawi")
    heart = "sadar" in words.text or words.type == "medical"
    earlier = [EarlierRow(incident=1044, at=ago(1500), type="crime", status="closed", severity="medium",
                          disposition="sls", text="motor saya hilang di pasar")]
    here = [EarlierRow(incident=1041, at=ago(50), type="animal_rescue", status="dispatched", severity="low",
                       text="ular di kandang"),
            EarlierRow(incident=988, at=ago(40_000), type="medical", status="closed", severity="high",
                       disposition="sls", text="sesak napas")]
    return EntryAdvice(
        here=here if place.desa and not place.ambiguous else [],
        type="medical" if heart else words.type or "information_request", subtype="cardiac" if heart else words.subtype,
        severity="high" if heart else None, agencies=["health"] if heart else [], place=place,
        life_threat=heart, unsure=heart, cards=[CARD] if heart else [], earlier=earlier if words.incident else [],
        question={"key": "breathing", "text": {"id": "Masih bernapas?", "en": "Still breathing?"}} if heart else {},
    )


class Night:
    """A server that answers at once and does what the test tells it to. Records what it was asked."""

    def __init__(self, start: Board | None = None) -> None:
        self.start = start or board()
        self.rows = {row.number: row for row in self.start.incidents}
        self.sent: list[Command] = []
        self.sign_ins: list[tuple[str, str]] = []
        self.answers: list[Any] = []
        self.audits: list[dict[str, str]] = []
        self.chain = ChainState(ok=True, checked=120, head=120)
        self.details: dict[int, IncidentDetail] = {}
        self.asked: list[EntryWords] = []
        self.advice: Any = entry_advice
        self.lang = "id"
        """Of the reader: what the server writes itself comes in it."""
        self._feed: asyncio.Queue[Any] = asyncio.Queue()
        self.away = False

    async def board(self) -> Board:
        if self.away:
            from console.client import ServerAway

            raise ServerAway("gone")
        return said(self.start, self.lang)

    async def events(self, after: int) -> AsyncIterator[Changes | Heartbeat]:
        while True:
            item = await self._feed.get()
            if isinstance(item, Exception):
                raise item
            yield said(item, self.lang)

    def push(self, item: Any) -> None:
        """A change, a heartbeat, or an error that breaks the feed."""
        self._feed.put_nowait(item)

    async def incident(self, number: int) -> IncidentDetail:
        if number not in self.details and number not in self.rows:
            from console.client import Rejected

            raise Rejected(ProblemDetails(status=404, code="no_incident", detail=f"tidak ada insiden {number}"))
        told: IncidentDetail = self.details.get(number) or detail(number, list(self.rows.values()))
        return said(told, self.lang)

    async def session(self) -> Session:
        return Session(token="", role="dispatcher", seat="3", username="rina", expires_at=NOW + timedelta(hours=12))

    async def login(self, username: str, password: str, phone: str = "") -> Session:
        from console.client import Rejected

        self.sign_ins.append((username, password))
        if password != "benar":
            raise Rejected(ProblemDetails(status=401, detail="nama atau sandi salah"))
        return Session(token="t", role="supervisor", seat="7", username=username, expires_at=NOW)

    async def sign_over(self, username: str, password: str) -> HandoverSigned:
        session = await self.login(username, password)
        return HandoverSigned(session=session, lines=["SERAH TERIMA SIF", f"Penyerah: rina   Penerima: {username}"])

    async def stats(self, since: datetime | None = None, until: datetime | None = None, by: str = "") -> Any:
        return stats()

    async def advise(self, words: EntryWords) -> EntryAdvice:
        self.asked.append(words)
        if self.away:
            from console.client import ServerAway

            raise ServerAway("gone")
        advice: EntryAdvice = self.advice(words)
        return advice

    async def audit(self, params: dict[str, str]) -> AuditPage:
        """Seven lines; asked on from one, those below it, five at a time."""
        self.audits.append(params)
        before = int(params.get("before", 1000))
        lines = [line for line in audit_lines() if line.seq < before]
        return AuditPage(lines=lines[:5], next=lines[4].seq if len(lines) > 5 else 0, chain=self.chain)

    async def search(self, query: str) -> SearchResult:
        return SearchResult(query=query, hits=[SearchHit(kind="incident", key="0871", title=f"[/] {query}", at=NOW)])

    async def command(self, command: Command) -> CommandResult:
        self.sent.append(command)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            answer = None
        if isinstance(answer, Exception):
            raise answer
        done: CommandResult = answer or CommandResult(ok=True, seq=101, message="A02 -> LOKASI 1047", undo_s=52)
        return said(done, self.lang)


def audit_lines() -> list[LogLine]:
    """Newest first: a status, a priority, a merge, an undo, a sign-on."""
    said: list[tuple[int, str, str, int | None, dict[str, Any]]] = [
        (120, "rina", "assignment.moved", 1047, {"before": "en_route", "status": "on_scene", "unit": "A02"}),
        (119, "system", "incident.severity_changed", 1051, {"before": "medium", "severity": "critical",
                                                            "reason": "MED-P1-02"}),
        (111, "adi", "incident.merged", 1053, {"into": 1048}),
        (105, "crew:D02", "assignment.moved", 1048, {"before": "acknowledged", "status": "en_route", "unit": "D02"}),
        (102, "rina", "command.undone", 1048, {"command": "dispatch"}),
        (90, "adi", "incident.type_changed", 1048, {"before": "disaster", "type": "fire"}),
        (12, "rina", "operator.signed_on", None, {"role": "dispatcher", "seat": "3"}),
    ]
    return [
        LogLine(seq=seq, at=ago(0, 130 - seq if seq > 20 else 90_000), actor=who, kind=kind, incident=number, data=data)
        for seq, who, kind, number, data in said
    ]


def replaced(row: Any, **values: Any) -> Any:
    return msgspec.structs.replace(row, **values)


def stats() -> Any:
    """A day's numbers; the last phases have too few cases to be trusted."""
    from dispatch.wire import PhaseStat, Stats

    def phase(name: str, n: int, p50: float, p90: float, p95: float, target: float | None, met: float) -> PhaseStat:
        return PhaseStat(phase=name, n=n, p50=p50, p90=p90, p95=p95, target_s=target, met_share=met)

    return Stats(
        from_=ago(60),
        to=NOW,
        calls={
            "offered": 135,
            "answered": 38,
            "abandoned": 1,
            "noise": 96,
            "answered_15s": 36,
            "answered_15s_share": 0.947,
            "answer_p50_s": 5.0,
            "answer_p90_s": 11.0,
            "noise_share": 0.71,
        },
        phases=[
            phase("answer", 412, 5, 11, 16, 15, 0.94),
            phase("triage", 58, 31, 58, 90, 60, 0.91),
            phase("dispatch", 58, 62, 104, 139, 90, 0.84),
            phase("acknowledge", 55, 22, 55, 80, None, 0.93),
            phase("turnout", 55, 48, 91, 120, None, 0.88),
            phase("travel", 49, 402, 804, 1010, 900, 0.92),
            phase("resolve", 9, 41000, 65500, 65500, None, 0.77),
        ],
        types={
            "fire": 6,
            "medical": 14,
            "traffic_accident": 9,
            "crime": 4,
            "disaster": 3,
            "power": 2,
            "animal_rescue": 2,
        },
        districts={
            "Slawi": 14,
            "Adiwerna": 9,
            "Talang": 6,
            "Kramat": 5,
            "Dukuhturi": 4,
            "Bumijawa": 2,
            "Bojong": 2,
            "-": 1,
        },
        hours={
            "2026-01-12 09": 4,
            "2026-01-12 10": 8,
            "2026-01-12 11": 11,
            "2026-01-12 12": 14,
            "2026-01-12 13": 11,
            "2026-01-12 14": 6,
        },
        lateness_ms={"n": 236, "p50": 1, "p99": 4, "max": 612},
    )
