"""What the fakes' server says in English: its own sentences. What callers and colleagues wrote stays as it is."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")

ENGLISH = {
    "P1 HENTI JANTUNG belum dikirim": "P1 CARDIAC ARREST not dispatched",
    "P1 TERJEPIT belum dikirim": "P1 TRAPPED not dispatched",
    "D07 belum tiba": "D07 not arrived",
    "D05 DARURAT": "D05 EMERGENCY",
    "WhatsApp: token ditolak Meta": "WhatsApp: token rejected by Meta",
    "PLN: nomor piket salah": "PLN: wrong duty number",
    "kartu MED-09 langkah 2 dibacakan: tekan dada 100-120 kali/menit":
        "card MED-09 step 2 read out: push the chest 100-120 times/min",
    "prioritas 3 -> 1 aturan MED-P1-02 (tidak sadar + tidak napas)":
        "priority 3 -> 1 by rule MED-P1-02 (unconscious + not breathing)",
    "insiden dibuat dari telp #213; lokasi cocok gazetir 0.97": "incident made of call #213; place matched 0.97",
    "telp diangkat (dering 4 dtk)": "call answered (rang for 4 s)",
    "A02 -> LOKASI 1047": "A02 -> SCENE 1047",
    "D05 ditugaskan": "D05 assigned",
    "D02: JALAN -> LOKASI": "D02: ENROUT -> SCENE",
    "prioritas P3 -> P2 gardu PLN dekat api": "priority P3 -> P2 gardu PLN dekat api",
    "insiden 1048 dibuat: kebakaran P3": "incident 1048 created: fire P3",
    "tanpa 'kebakaran': P3 gangguan umum": "without 'kebakaran': P3 nuisance",
    "Tanyakan: ada orang di dalam?": "Ask: is anybody inside?",
}
"""Whole sentences; a fake that says one more belongs here, and a picture shows when it is missing."""


def said(message: T, lang: str) -> T:
    """The same message as the server would word it for this reader."""
    if lang != "en":
        return message
    text = msgspec.json.encode(message).decode()
    for ours, theirs in ENGLISH.items():
        text = text.replace(msgspec.json.encode(ours).decode(), msgspec.json.encode(theirs).decode())
    return msgspec.json.decode(text, type=type(message))
