"""What citizens, crews and the provider can rely on, over real HTTP against a real process."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.outside import Outside
from tests.support.server import TOKEN, Server, server_in

NEXT = "next-token-of-the-tests"
S1 = (
    "112 Kab. Tegal: pesan Anda diterima. Di mana lokasi kejadian? Balas desa, RT/RW, jalan atau patokan. "
    "Bila bisa bicara dengan aman, telepon 112."
)
S1_EN = (
    "112 Tegal: message received. Where is the emergency? Reply village, street or landmark. "
    "If you can speak safely, call 112."
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_in(tmp_path_factory.mktemp("channels"), TWILIO_AUTH_TOKEN_NEXT=NEXT) as running:
        yield running.start()


@pytest.fixture
def centre(server: Server) -> Iterator[Outside]:
    with Outside(server) as outside:
        yield outside


@pytest.fixture
def phone() -> str:
    return f"+62857{uuid.uuid4().int % 10**8:08d}"


def phone_of(server: Server, unit: str) -> str:
    return str(server.rows("SELECT phone FROM unit WHERE call_sign = ?", (unit,))[0][0])


# health


def test_alive_ready_and_measured(centre: Outside) -> None:
    assert centre.http.get("/healthz").status_code == 200
    ready = centre.http.get("/readyz").json()
    assert {name: ready[name] for name in ("ready", "missing", "degraded")} == {
        "ready": True, "missing": [], "degraded": []
    }
    metrics = centre.http.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(r"^kentongan_ready 1$", metrics.text, re.M)


# texts


@pytest.mark.parametrize(("token", "status"), [(TOKEN, 200), (NEXT, 200), ("another", 403), (None, 403)])
def test_both_tokens_and_no_other_are_taken(centre: Outside, phone: str, token: str | None, status: int) -> None:
    words = f"jalan berlubang di Tarub {uuid.uuid4().hex}"
    answer = centre.sms(words, phone, token=token)
    assert answer.status_code == status
    stored = centre.server.rows("SELECT COUNT(*) FROM report WHERE text = ?", (words,))[0][0]
    assert stored == (1 if status == 200 else 0)
    if status == 200:
        assert answer.headers["content-type"].startswith("text/xml")
        assert "<Response" in answer.text


def test_without_any_token_every_webhook_is_refused(tmp_path: Path) -> None:
    with server_in(tmp_path, TWILIO_AUTH_TOKEN="") as closed, Outside(closed.start()) as centre:
        for token in (None, "", TOKEN):
            assert centre.sms("tolong", "+6285712345678", token=token).status_code == 403
        assert closed.rows("SELECT COUNT(*) FROM report") == [(0,)]


def test_the_same_message_is_one_report(centre: Outside, phone: str) -> None:
    sid, words = f"SM{uuid.uuid4().hex}", f"banjir di Suradadi {uuid.uuid4().hex}"
    assert {centre.sms(words, phone, sid=sid).status_code for _ in range(3)} == {200}
    assert centre.server.rows("SELECT COUNT(*) FROM report WHERE text = ?", (words,)) == [(1,)]
    assert centre.incident_about(words)["reports"] == 1


def test_whatsapp_keeps_place_and_picture_and_is_answered_there(centre: Outside, phone: str) -> None:
    words = f"pohon tumbang {uuid.uuid4().hex}"
    answer = centre.sms(
        words, f"whatsapp:{phone}", Latitude="-6.98", Longitude="109.14", NumMedia="1",
        MediaUrl0="https://api.twilio.com/picture", MediaContentType0="image/jpeg", ProfileName="Bu Sri",
    )
    assert answer.status_code == 200
    row = centre.incident_about(words)
    assert (row["channel"], row["place"]["lat"], row["place"]["lon"]) == ("whatsapp", -6.98, 109.14)
    report = centre.detail(row["number"])["reports"][0]
    assert report["sender_name"] == "Bu Sri"
    assert report["attachments"][0]["url"] == "https://api.twilio.com/picture"
    assert centre.eventually(lambda: centre.texts_of(row["number"], "receipt"), "the receipt")


@pytest.mark.parametrize(("words", "receipt"), [
    ("tolong ada kebakaran, cepat", S1), ("help, there is a fire, please hurry", S1_EN),
])
def test_the_first_text_is_received_and_asked_where(centre: Outside, phone: str, words: str, receipt: str) -> None:
    words = f"{words} {uuid.uuid4().hex[:6]}"
    centre.sms(words, phone)
    number = centre.incident_about(words)["number"]
    assert centre.eventually(lambda: centre.texts_of(number, "receipt"), "S1") == [receipt]


def test_a_crew_moves_its_assignment_and_the_citizen_is_told(centre: Outside, phone: str) -> None:
    words = "kebakaran rumah di Desa Pesayangan Talang, ada orang terjebak di dalam"
    centre.sms(words, phone)
    number = centre.incident_about(words)["number"]
    assert centre.texts_of(number, "sent") == [], "nothing is promised before somebody was sent"
    centre.done(f"d d05 a04 d07 {number}")
    centre.eventually(lambda: len(centre.texts_of(number, "assignment")) == 3, "three crews told")
    [sent] = centre.eventually(lambda: centre.texts_of(number, "sent"), "S4")
    assert re.fullmatch(f"Bantuan DIKIRIM ke .*Pesayangan.* Nomor laporan {number}\\..*", sent)
    assert centre.texts_of(number, "arrived") == []

    def says(unit: str, answer: str) -> str:
        assert centre.sms(answer, phone_of(centre.server, unit)).status_code == 200
        rows = centre.detail(number)["incident"]["assignments"]
        return next(row["status"] for row in rows if row["unit"] == unit)

    assert [says("D05", digit) for digit in "123"] == ["acknowledged", "en_route", "on_scene"]
    arrived = centre.eventually(lambda: centre.texts_of(number, "arrived"), "S5")
    assert says("D05", "4") == "cleared", "and the others are still under way"
    assert [says("A04", word) for word in ("siap", "otw", "tiba")] == ["acknowledged", "en_route", "on_scene"]
    assert says("A04", "2 korban luka") == "on_scene", "words that may mean something else move nothing"
    assert says("D07", "0") == "declined"
    [refusal] = [row for row in centre.board()["alarms"] if row["kind"] == "declined" and row["incident"] == number]
    assert refusal["text"].startswith(f"D07 MENOLAK tugas {number}: kirim pengganti.")
    centre.done(f"akui {refusal['id']}")
    assert refusal["id"] not in [row["id"] for row in centre.board()["alarms"]], "seen, and over"
    assert arrived == centre.texts_of(number, "arrived") == [
        f"Petugas TIBA di lokasi. Laporan {number}. Bila Anda tidak melihat petugas, balas TIDAK ADA. Terima kasih."
    ]
    assert centre.texts_of(number, "sent") == [sent], "told once"


@pytest.mark.parametrize(("words", "sent", "arrived"), [
    ("help, there is a house fire in Talang", "Help has been SENT", "The team has ARRIVED"),
    ("tulung kobongan umah nang desa Pener wis gedhe genine", "Bantuan wis MANGKAT", "Petugas wis TEKA"),
], ids=["en", "jv"])
def test_the_citizen_is_told_in_their_own_language(
    centre: Outside, phone: str, words: str, sent: str, arrived: str
) -> None:
    centre.sms(words, phone)
    number = centre.incident_about(words)["number"]
    centre.done(f"d d06 {number} !juga yang ini")
    assert centre.eventually(lambda: centre.texts_of(number, "sent"), "S4")[0].startswith(sent)
    centre.done(f"a d06 {number}")
    assert centre.eventually(lambda: centre.texts_of(number, "arrived"), "S5")[0].startswith(arrived)
    centre.done(f"c d06 {number}")


# calls


def test_a_call_from_first_ring_to_answer_and_end(centre: Outside, phone: str) -> None:
    sid = f"CA{uuid.uuid4().hex}"

    def on_board() -> list[str]:
        return [row["status"] for row in centre.board()["calls"] if row["id"] == call]

    twiml = centre.call(sid, phone)
    assert centre.call(sid, phone) == twiml, "a repeat is the same call"
    assert re.search(r"<Say[^>]*>112 Kabupaten Tegal\.</Say><Enqueue", twiml)
    paths = centre.next_paths(twiml)
    call = int(paths["wait"].rpartition("=")[2])
    assert on_board() == ["ringing"]
    centre.call(sid, phone, paths["wait"], "in-progress", QueueTime="0")
    assert on_board() == ["queued"]
    later = centre.call(sid, phone, paths["wait"], "in-progress", QueueTime="32")
    assert re.search("Jangan tutup telepon.*tekan 5 dua kali", later)
    centre.call(sid, phone, centre.next_paths(later)["keys"], "in-progress", Digits="55")
    number = centre.done(f"jawab {call}")["incident"]
    assert on_board() == ["answered"]
    assert centre.command(f"jawab {call}").status_code == 200, "answering again changes nothing"
    assert "55 (tidak bisa bicara)" in " ".join(line["text"] for line in centre.detail(number)["timeline"])
    centre.call(sid, phone, "/twilio/status/call", "completed", CallDuration="40")
    centre.done(f"tutuptelp {call}")
    assert on_board() == []
    kinds = [line["kind"] for line in centre.detail(number)["timeline"]]
    assert {"call.answered", "call.ended"} <= set(kinds)


def test_a_caller_who_gives_up_becomes_a_call_back(centre: Outside, phone: str) -> None:
    sid = f"CA{uuid.uuid4().hex}"
    paths = centre.next_paths(centre.call(sid, phone))
    centre.call(sid, phone, paths["wait"], "in-progress", QueueTime="0")
    before = {row["number"] for row in centre.board()["incidents"]}
    for _ in range(2):
        centre.call(sid, phone, paths["left"], "completed", QueueResult="hangup", QueueTime="33")
        centre.call(sid, phone, "/twilio/status/call", "completed", CallDuration="35")
    [row] = [row for row in centre.board()["incidents"] if row["number"] not in before]
    assert (row["channel"], row["callback_due"], row["reports"]) == ("call", True, 1)
    assert "call.abandoned" in [line["kind"] for line in centre.detail(row["number"])["timeline"]]
    assert centre.eventually(lambda: centre.texts_of(row["number"], "probe"), "the question by SMS")


def test_nobody_answers_and_the_voice_message_is_kept(centre: Outside, phone: str) -> None:
    sid = f"CA{uuid.uuid4().hex}"
    paths = centre.next_paths(centre.call(sid, phone))
    centre.call(sid, phone, paths["wait"], "in-progress", QueueTime="5")
    assert "<Leave" in centre.call(sid, phone, paths["wait"], "in-progress", QueueTime="121")
    recording = centre.call(sid, phone, paths["left"], "in-progress", QueueResult="leave", QueueTime="121")
    assert "<Record" in recording
    for path in centre.next_paths(recording).values():
        centre.call(
            sid, phone, path, "in-progress", RecordingSid=f"RE{uuid.uuid4().hex[:2] * 16}", RecordingDuration="7",
            RecordingUrl="https://api.twilio.com/recording", RecordingStatus="completed",
        )
    found = centre.server.rows("SELECT i.number FROM call c JOIN incident i ON i.id = c.incident_id "
                               "WHERE c.external_id = ?", (sid,))
    detail = centre.detail(found[0][0])
    assert detail["incident"]["callback_due"] is True
    assert any(a["url"].startswith("https://api.twilio.com/recording")
               for report in detail["reports"] for a in report["attachments"])


# the web form


def test_the_form_sent_twice_is_one_report_with_a_public_status(centre: Outside) -> None:
    page = centre.http.get("/").text
    assert "<script" not in page
    assert "Telepon 112" in page
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    words = f"lampu jalan mati <script>alert(1)</script> {uuid.uuid4().hex}"
    fields = {"token": token, "text": words, "kecamatan": "Bojong", "name": "Sri Rahasia", "phone": "0812 3456 7899"}
    first, second = (centre.http.post("/lapor", data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert centre.incident_about(words[-32:])["reports"] == 1
    status = centre.http.get(first.headers["location"])
    assert status.status_code == 200
    assert re.search("Diterima.*Bojong", status.text)
    assert not re.search("Sri|lampu|3456", status.text)
    english = centre.http.get(first.headers["location"].partition("?")[0], params={"lang": "en"}).text
    assert "Received" in english
    assert centre.http.get("/lapor/ZZZZZZ").status_code == 404
