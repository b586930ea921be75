"""What a citizen means by a short reply: a digit, a number or a few words in Indonesian, Javanese or English. Pure.

Careful on purpose: only a whole message counts as a word of command. 'Batal' inside a longer sentence is free text,
which is triaged like any report, so that nothing somebody says is ever taken away by a word in it.
"""

# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """TEXT is everything that is no word of command."""

    TEXT = "text"
    STOP = "stop"
    START = "start"
    CANCEL = "cancel"
    REOPEN = "reopen"
    NOT_HERE = "not_here"
    NEW = "new"
    SAME = "same"


WORDS = {
    Meaning.STOP: "stop|stop all|stopall|unsubscribe|berhenti|mandeg",
    Meaning.START: "start|unstop|mulai",
    Meaning.CANCEL: (
        "batal|batalkan|batalna|dibatalkan|cancel|cancelled|mistake|by mistake|salah kirim|salah pencet|salah sambung|"
        "tidak jadi|tdk jadi|ga jadi|gak jadi|nggak jadi|ora sida|ora sido|wurung"
    ),
    Meaning.REOPEN: "buka|bukak|buka lagi|bukalagi|open|reopen|open again",
    Meaning.NOT_HERE: (
        "tidak ada|tdk ada|ga ada|gak ada|nggak ada|belum ada|blm ada|ora ana|durung ana|not here|nobody here|"
        "no one here"
    ),
    Meaning.NEW: "baru|anyar|new",
    Meaning.SAME: "lanjut|lanjutan|lanjutane|sama|same|terusan",
}
PHRASES = {phrase: meaning for meaning, line in WORDS.items() for phrase in line.split("|")}
FILLERS = frozenset(
    "pak bu mas mbak kak ya yaa maaf laporan laporannya report no nomor nomer it nya tolong".split()
)
NUMBER = re.compile(r"\d{4,7}")
MAX_WORDS = 6
QUIET = re.compile(
    r"\b(?:senyap|(?:jangan|jgn|aja) (?:di)?(?:balas|bales|telepon|telpon|telp|sms|wa)|"
    r"do ?n[o ]?t (?:reply|call|text)|do not (?:reply|call|text) me)\b"
)
"""Who is in danger beside them must not be given away by a phone that rings."""
AUTOMATIC = re.compile(
    r"\b(?:balasan otomatis|pesan otomatis|auto ?reply|automatic reply|automated (?:message|response)|out of office|"
    r"autoresponder|no ?reply)\b"
)
OURS = re.compile(r"^\s*112(?: kab\.?)?(?: tegal)?:", re.IGNORECASE)
YES = frozenset("ya iya y yes aman safe ok inggih nggih iyo".split())
NO = frozenset("tidak tdk t ora gak ga nggak no belum durung bahaya".split())
NOBODY = re.compile(
    r"\b(?:tidak|tdk|ga|gak|nggak|ora|no)\s+(?:ada|ana|one|body)\b(?:\s+(?:yang|yg|sing|is))?(?:\s+\w+)?|\b(?:nobody|nihil)\b"
)
COUNTS = {
    word: count for count, words in enumerate((
        "nol", "satu siji one seorang", "dua loro two berdua", "tiga telu three", "empat papat four", "lima five",
        "enam nem six", "tujuh pitu seven", "delapan wolu eight", "sembilan sanga nine", "sepuluh ten",
    )) for word in words.split()
}
SHORT_ANSWER = 8
"""Words; what is longer says more than an answer and is left to triage."""


def plain(text: str) -> str:
    """Lower case, words parted by one space, without punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded))


@dataclass(frozen=True, slots=True)
class Reply:
    """``number``: the report named in it. ``quiet``: no text may come back. ``automatic``: a machine wrote it."""

    meaning: Meaning
    number: int | None = None
    quiet: bool = False
    automatic: bool = False


def read_reply(text: str) -> Reply:
    """What a message means whatever was asked."""
    words = plain(text).split()
    numbers = [int(word) for word in words if NUMBER.fullmatch(word)]
    kept = [word for word in words if not NUMBER.fullmatch(word) and word not in FILLERS]
    meaning = PHRASES.get(" ".join(kept), Meaning.TEXT) if len(words) <= MAX_WORDS else Meaning.TEXT
    said = " ".join(words)
    return Reply(
        meaning, numbers[0] if numbers else None, quiet=QUIET.search(said) is not None,
        automatic=OURS.match(text) is not None or AUTOMATIC.search(said) is not None,
    )


def read_digit(text: str, most: int) -> int | None:
    """A message that is one digit from 1 to ``most``, with or without words after it ('2 kebakaran')."""
    words = plain(text).split()
    if not words or len(words) > SHORT_ANSWER or not (words[0].isascii() and words[0].isdigit()):
        return None
    digit = int(words[0]) if len(words[0]) == 1 else 0
    return digit if 1 <= digit <= most else None


@dataclass(frozen=True, slots=True)
class Safety:
    """None: not said."""

    safe: bool | None = None
    hurt: int | None = None

    @property
    def is_answer(self) -> bool:
        return self.safe is not None or self.hurt is not None

    @property
    def in_danger(self) -> bool:
        return self.safe is False or bool(self.hurt)


def read_safety(text: str) -> Safety:
    """The answer to 'are you safe, how many are hurt': 'YA 0', 'TIDAK, 3', 'ora, loro', 'tidak ada yang luka'."""
    said = plain(text)
    if len(said.split()) > SHORT_ANSWER:
        return Safety()
    nobody = NOBODY.search(said) is not None
    words = NOBODY.sub(" ", said).split()
    told = [word in YES for word in words if word in YES or word in NO]
    counts = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) <= 3]
    counts += [COUNTS[word] for word in words if word in COUNTS]
    # 'Tidak aman' is no, whatever comes after it.
    safe = all(told) if told else None
    return Safety(safe, max(counts) if counts else (0 if nobody else None))


FEEDBACK = {
    1: "1|cepat|cepet|fast", 2: "2|terlambat|telat|lambat|late", 3: "3|tidak datang|ora teka|tdk datang|did not come",
}
FEEDBACK_OF = {phrase: digit for digit, line in FEEDBACK.items() for phrase in line.split("|")}


def read_feedback(text: str) -> int | None:
    """1 fast, 2 late, 3 did not come; None when it says anything else."""
    said = plain(text)
    bare = re.sub(r"^([123]) (?=\D)", "", said)
    known = FEEDBACK_OF.get(said)
    return known if known is not None else (FEEDBACK_OF.get(bare) if bare != said else None)
