"""What a call is told to do, as Twilio reads it."""

from __future__ import annotations

import io
import wave
import xml.etree.ElementTree as ET

import pytest

from dispatch.channels.twiml import FIRST_PROMPT_S, NOTHING, OFFER_S, RING_S, Script
from dispatch.channels.twiml_talk import TalkScript, ring_tone
from dispatch.texts import catalogue

SCRIPT = Script("https://112.example.id")
TALK = TalkScript("https://112.example.id")


def read(twiml: str) -> ET.Element:
    return ET.fromstring(twiml)


def said(element: ET.Element) -> str:
    return " ".join(say.text or "" for say in element.iter("Say"))


def test_the_first_answer_greets_and_queues_without_a_menu() -> None:
    response = read(SCRIPT.enter_queue(7, "kentongan-7"))
    assert [child.tag for child in response] == ["Say", "Enqueue"]
    enqueue = response.find("Enqueue")
    assert enqueue is not None
    assert enqueue.text == "kentongan-7"
    assert enqueue.attrib["waitUrl"] == "https://112.example.id/twilio/voice/wait?call=7"
    assert enqueue.attrib["action"] == "https://112.example.id/twilio/voice/left?call=7"


def test_words_are_heard_in_indonesian_from_the_first_second_where_wanted() -> None:
    heard = read(SCRIPT.enter_queue(7, "kentongan-7", hear=True)).find("Start/Transcription")
    assert heard is not None
    assert (heard.attrib["languageCode"], heard.attrib["partialResults"]) == ("id-ID", "false")
    assert heard.attrib["statusCallbackUrl"] == "https://112.example.id/twilio/status/transcription?call=7"


@pytest.mark.parametrize("waited", [0, 5, FIRST_PROMPT_S, 20, OFFER_S, 300])
def test_waiting_rings_then_speaks_and_always_listens_to_keys(waited: int) -> None:
    response = read(SCRIPT.wait(7, waited))
    assert [child.tag for child in response] == ["Gather", "Redirect"]
    assert bool(said(response)) is (waited >= FIRST_PROMPT_S)
    assert ("tekan 5" in said(response)) is (waited >= OFFER_S)
    assert (response.find("Gather/Play") is not None) is (waited < FIRST_PROMPT_S or waited >= OFFER_S)


def test_the_prompt_is_indonesian_first_then_javanese() -> None:
    prompts = [say.text for say in read(SCRIPT.wait(7, FIRST_PROMPT_S)).iter("Say")]
    assert prompts[0] == "Anda terhubung dengan 112. Jangan tutup telepon. Petugas segera menjawab."
    assert "Aja ditutup" in (prompts[1] or "")


def test_caller_and_operator_meet_in_one_room_that_the_caller_ends() -> None:
    caller = read(TALK.join_caller(7, "room")).find("Dial/Conference")
    operator = read(TALK.join_operator(7, "room")).find("Dial/Conference")
    assert caller is not None
    assert operator is not None
    assert caller.text == operator.text == "room"
    assert (caller.attrib["endConferenceOnExit"], operator.attrib["endConferenceOnExit"]) == ("true", "false")
    assert caller.attrib["recordingStatusCallback"] == "https://112.example.id/twilio/status/recording?call=7"


def test_nothing_is_recorded_where_the_centre_does_not_want_it() -> None:
    quiet = TalkScript("https://112.example.id", record=False)
    for twiml in (quiet.join_caller(7, "room"), quiet.join_operator(7, "room"), quiet.join_other(7, "room", "seat")):
        room = read(twiml).find("Dial/Conference")
        assert room is not None
        assert "record" not in room.attrib


@pytest.mark.parametrize(
    ("role", "muted", "coach"), [("seat", "false", None), ("unit", "false", None), ("listen", "true", None),
                                 ("coach", "false", "CA9")],
)
def test_a_listener_is_muted_and_a_coach_is_heard_by_one(role: str, muted: str, coach: str | None) -> None:
    room = read(TALK.join_other(7, "room", role, "CA9")).find("Dial/Conference")
    assert room is not None
    assert (room.attrib["muted"], room.attrib.get("coach")) == (muted, coach)
    assert room.attrib["startConferenceOnEnter"] == room.attrib["endConferenceOnExit"] == "false"


def test_a_machine_that_presses_no_key_is_hung_up_on() -> None:
    asked = read(TALK.ask_to_join(7, 2, "ring"))
    assert [child.tag for child in asked] == ["Gather", "Hangup"]


def test_the_ring_tone_is_five_seconds_of_sound() -> None:
    with wave.open(io.BytesIO(ring_tone())) as file:
        assert file.getnframes() / file.getframerate() == RING_S
        frames = file.readframes(file.getnframes())
    assert any(frames[: file.getframerate()])
    assert not any(frames[-file.getframerate() :])


@pytest.mark.parametrize("lang", ["id", "en", "jv"])
def test_no_sentence_on_the_phone_is_longer_than_eight_seconds(lang: str) -> None:
    """Slow speech is about fourteen characters a second."""
    long = {key: line for key, line in catalogue(lang).items() if key.startswith("voice.") and len(line) > 8 * 14}
    assert set(long) <= {"voice.voicemail"}, "only what explains the voicemail may be longer"


def test_the_voicemail_tells_us_twice() -> None:
    record = read(SCRIPT.record(7)).find("Record")
    assert record is not None
    assert "/twilio/voice/recorded?call=7" in record.attrib["action"]
    assert "/twilio/status/recording?call=7" in record.attrib["recordingStatusCallback"]


def test_the_fallback_rings_somebody_or_tries_again_never_hangs_up() -> None:
    assert read(SCRIPT.fallback("+62811")).find("Dial") is not None
    assert read(SCRIPT.fallback("")).find("Redirect") is not None


def test_nothing_is_an_empty_response() -> None:
    assert list(read(NOTHING)) == []
