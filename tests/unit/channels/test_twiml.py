"""What a call is told to do, as Twilio reads it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from dispatch.channels.twiml import FIRST_PROMPT_S, NOTHING, OFFER_S, Script

SCRIPT = Script("https://112.example.id")


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
    assert response.find(".//Gather") is None


@pytest.mark.parametrize("waited", [0, 5, FIRST_PROMPT_S, 20, OFFER_S, 300])
def test_waiting_listens_to_keys_and_goes_round(waited: int) -> None:
    response = read(SCRIPT.wait(7, waited))
    assert [child.tag for child in response] == ["Gather", "Redirect"]
    assert bool(said(response)) is (waited >= FIRST_PROMPT_S)
    assert ("tekan 5" in said(response)) is (waited >= OFFER_S)


def test_the_prompt_is_indonesian_first_then_javanese() -> None:
    prompts = [say.text for say in read(SCRIPT.wait(7, FIRST_PROMPT_S)).iter("Say")]
    assert prompts[0] == "Anda terhubung dengan 112. Jangan tutup telepon. Petugas segera menjawab."
    assert "Aja ditutup" in (prompts[1] or "")


def test_the_operator_is_connected_to_the_callers_own_queue() -> None:
    queue = read(SCRIPT.connect_operator(7, "kentongan-7")).find("Dial/Queue")
    assert queue is not None
    assert (queue.text, queue.attrib["url"]) == ("kentongan-7", "https://112.example.id/twilio/voice/bridged?call=7")


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
