"""What a crew means by a short message: one digit, or a few words in Indonesian, Javanese or English. Pure.

Careful on purpose: a message that might mean something else moves nothing and is kept as a remark, for
a wrong 'arrived' hides a crew that is not there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from dispatch.domain.transitions import PROGRESS, AssignmentStatus

S = AssignmentStatus
DIGITS = {"1": S.ACKNOWLEDGED, "2": S.EN_ROUTE, "3": S.ON_SCENE, "4": S.CLEARED, "0": S.DECLINED}
MAX_WORDS = 8
CLEAR_WORDS = {
    S.ACKNOWLEDGED: "ok oke okay okey siap diterima laksanakan copy roger accept accepted",
    S.EN_ROUTE: "otw meluncur luncur berangkat menuju mangkat budal enroute",
    S.ON_SCENE: "tiba sampai sampe tekan teka arrived onscene",
    S.CLEARED: "selesai beres rampung tuntas kelar done cleared finished",
    S.DECLINED: "tolak menolak ditolak refuse refused decline declined cannot",
}
"""Words that say it alone, also at the head of a longer message."""
AMBIGUOUS_WORDS = {
    S.ACKNOWLEDGED: "terima ya iya inggih nggih yes",
    S.EN_ROUTE: "jalan",
    S.CLEARED: "clear",
}
"""Words that also mean something else ('jalan rusak', 'terima kasih'): only when nothing else is said."""
PHRASES = {
    "tidak bisa": S.DECLINED, "tdk bisa": S.DECLINED, "ga bisa": S.DECLINED, "gak bisa": S.DECLINED,
    "nggak bisa": S.DECLINED, "ora bisa": S.DECLINED, "belum bisa": S.DECLINED, "durung bisa": S.DECLINED,
    "can not": S.DECLINED, "can t": S.DECLINED, "on the way": S.EN_ROUTE, "en route": S.EN_ROUTE,
    "on scene": S.ON_SCENE, "di lokasi": S.ON_SCENE, "nang lokasi": S.ON_SCENE, "di tkp": S.ON_SCENE,
}
FILLER_WORDS = (
    "pak bu mas mbak ndan komandan 86 dan kami tim regu unit sudah sdh udah wis uwis sampun ke di nang maring lokasi "
    "tkp langsung segera gagian ya iya we are have the to at now"
)
BLOCKER_WORDS = (
    "belum blm durung tidak tdk ora ga gak nggak bukan jangan aja not no never akan nanti mengko mau arep sebentar "
    "bentar dilit lagi menit jam hampir meh almost soon will kalau kalo yen nek bila jika if when setelah after "
    "sebelum before tapi kasih kasihan suwun"
)
"""Words that turn a statement into something else: not yet, soon, if, thanks."""
NUMBER = re.compile(r"\d{4,7}")
CALL_SIGN = re.compile(r"[a-z]\d{2}")


def _table(words: dict[AssignmentStatus, str]) -> dict[str, AssignmentStatus]:
    return {word: status for status, line in words.items() for word in line.split()}


CLEAR, AMBIGUOUS = _table(CLEAR_WORDS), _table(AMBIGUOUS_WORDS)
FILLERS, BLOCKERS = frozenset(FILLER_WORDS.split()), frozenset(BLOCKER_WORDS.split())


@dataclass(frozen=True, slots=True)
class CrewAnswer:
    """``status`` None: no answer, keep the words. ``number`` is the incident it names, if any."""

    status: AssignmentStatus | None
    number: int | None = None


def read_crew_answer(text: str) -> CrewAnswer:
    """Read one message of a crew. Total: any text has an answer, mostly 'none'."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    number = next((int(word) for word in words if NUMBER.fullmatch(word)), None)
    words = [word for word in words if not NUMBER.fullmatch(word) and not CALL_SIGN.fullmatch(word)]
    if not words or len(words) > MAX_WORDS or "?" in text:
        return CrewAnswer(None, number)
    status = _of_digit(words) if words[0] in DIGITS else _of_words(words)
    return CrewAnswer(status, number)


def _of_digit(words: list[str]) -> AssignmentStatus | None:
    """'1', '1 siap', but not '2 korban luka'; a digit that its own words contradict is no answer."""
    meant = DIGITS[words[0]]
    rest, said = _take_phrases(words[1:])
    said |= {status for word in rest if (status := CLEAR.get(word) or AMBIGUOUS.get(word)) and word not in FILLERS}
    if any(word not in CLEAR and word not in AMBIGUOUS and word not in FILLERS for word in rest):
        return None
    return meant if said <= {meant} else None


def _of_words(words: list[str]) -> AssignmentStatus | None:
    rest, said = _take_phrases(words)
    if any(word in BLOCKERS for word in rest):
        return None
    only_known = all(word in CLEAR or word in AMBIGUOUS or word in FILLERS for word in rest)
    head = next((word for word in rest if word not in FILLERS), "")
    if not only_known and not said and head not in CLEAR:
        return None
    said |= {CLEAR[word] for word in rest if word in CLEAR}
    if only_known and not said:
        said = {AMBIGUOUS[word] for word in rest if word in AMBIGUOUS}
    return _furthest(said)


def _take_phrases(words: list[str]) -> tuple[list[str], set[AssignmentStatus]]:
    """The words without the phrases among them, and what those phrases say."""
    line, said = f" {' '.join(words)} ", set()
    for phrase, status in PHRASES.items():
        if f" {phrase} " in line:
            said.add(status)
            line = line.replace(f" {phrase} ", " ")
    return line.split(), said


def _furthest(said: set[AssignmentStatus]) -> AssignmentStatus | None:
    """'siap meluncur' is on the way; a refusal beside anything else is no clear answer."""
    if S.DECLINED in said:
        return S.DECLINED if said == {S.DECLINED} else None
    return max(said, key=PROGRESS.index, default=None)
