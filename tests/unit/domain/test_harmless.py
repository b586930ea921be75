"""Words on their way out: an XML reader takes whatever a citizen wrote, and nothing readable is lost."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.channels.twiml_team import TeamScript
from dispatch.domain.harmless import harmless


@given(st.text(max_size=40))
@example("api \x1b[31m besar\x00\x0b\x85\ufffe\ud800")
def test_a_call_to_a_team_is_a_document_whatever_was_reported(words: str) -> None:
    said = TeamScript("https://112.example", "id").notice(7, words, supervisor=False)
    assert ElementTree.fromstring(said.encode()).tag == "Response"


@pytest.mark.parametrize(("words", "kept"), [
    ("Jl. Slawi\nRT 2", "Jl. Slawi\nRT 2"), ("🔥 kobongan, é 日本", "🔥 kobongan, é 日本"),
    ("\u202eabc\u2066", " abc "), ("a\x1b\x07b", "a b"), ("a\r\nb", "a \nb"),
])
def test_only_what_steers_is_taken_out(words: str, kept: str) -> None:
    assert harmless(words) == kept
