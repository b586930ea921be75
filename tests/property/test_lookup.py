"""Where words were found in a text: the quick way of plain letters says what the way of all letters says."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.domain.lookup import excerpt

WORDS = st.lists(st.sampled_from(["pohon", "poh", "po", "di", "jalan", "7", "771"]), max_size=4).map(tuple)
TEXTS = st.lists(
    st.sampled_from(["Pohon", "pohonnya", "poh", "di", "DI", "dia", "jalan_raya", "-", "x771", "77", "771a", "_di"]),
    max_size=12,
).map(" ".join)


@example("", ())
@example("pohon", ())
@given(TEXTS, WORDS)
def test_plain_letters_are_found_as_all_letters_are(text: str, words: tuple[str, ...]) -> None:
    plain, marks = excerpt(f"{text} |", words)
    accented, same = excerpt(f"{text} \u00a6", words)
    assert (plain[:-1], marks) == (accented[:-1], same)


def test_a_short_word_marks_only_itself_and_a_longer_one_what_begins_with_it() -> None:
    title, marks = excerpt("Di sana dia lihat pohonnya, bukan di_poh", ("di", "poh"))
    assert [title[a:b] for a, b in marks] == ["Di", "pohonnya", "di", "poh"]
