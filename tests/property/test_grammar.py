"""Properties of the command language: disjoint shapes, and writing is the inverse of reading."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.errors import Invalid
from dispatch.grammar import CURRENT, EMPTY, VERBS, Vocabulary, complete, format, names_of, parse, sentence, to_args
from dispatch.grammar.verb import Verb
from tests.unit.grammar.small_centre import VOCABULARY

CALL_SIGNS = st.from_regex(r"[ABDHLPRSUabdhlprsu]\d\d", fullmatch=True)
SPANS = st.from_regex(r"[1-9]\d{0,2}(m|j|hr)", fullmatch=True)
SHAPED = st.one_of(
    CALL_SIGNS,
    st.lists(CALL_SIGNS, min_size=2, max_size=3).map("+".join),
    st.from_regex(r"\d{1,7}", fullmatch=True),
    st.from_regex(r"[1-9][ABDHLPRSUabdhlprsu]", fullmatch=True),
    st.from_regex(r"[pP]?\d", fullmatch=True),
    st.from_regex(r"\d{4}>(\d{4})?", fullmatch=True),
    st.from_regex(r"[-#>]\d{1,5}", fullmatch=True),
    st.from_regex(r"\d{1,2}:\d\d", fullmatch=True),
    st.from_regex(r"@(\d{1,2}/\d{1,2}-)?\d{1,2}:\d\d", fullmatch=True),
    st.from_regex(r"[mM]-\d{1,8}", fullmatch=True),
    SPANS,
    SPANS.map(">{}".format),
    st.from_regex(r"(kru|crew)\d{1,2}", fullmatch=True),
    st.sampled_from([CURRENT, "SLW", "slw", "kbk", "KBK-rmh", "fire", "fire.land", "med-henti", "pln", "damkar",
                     "sls", "palsu", "@spv", "@adi.s", "sedia", "ghost", "darurat", "slawi", "listrik"]),
)
WORDS = st.one_of(SHAPED, st.text(min_size=1, max_size=8), st.sampled_from(["api", "rumah", "1500", "dekat", "rsud"]))
NAMES = [name for verb in VERBS for name in names_of(verb)]
REASONS = st.one_of(st.just(""), st.text(alphabet="abc def", min_size=5, max_size=20).map(" !{}".format))
VOCABULARIES = st.sampled_from([EMPTY, VOCABULARY])


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Lines that mostly mean something."""
    name = draw(st.sampled_from(NAMES))
    words = draw(st.lists(WORDS, max_size=5))
    return draw(st.sampled_from(["", "?"])) + " ".join([name, *words]) + draw(REASONS)


@settings(deadline=None)
@given(st.sampled_from(VERBS), SHAPED, VOCABULARIES)
def test_no_word_fits_two_shapes_of_one_verb(verb: Verb, word: str, vocabulary: Vocabulary) -> None:
    readings = []
    for shape in verb.shapes:
        try:
            read = shape.read(word, vocabulary)
        except Invalid:
            read = {}
        if read is not None:
            readings.append(shape.keys)
    assert len(readings) <= 1, (verb.name, word, readings)


@settings(deadline=None)
@given(lines(), VOCABULARIES)
def test_writing_is_the_inverse_of_reading(line: str, vocabulary: Vocabulary) -> None:
    try:
        commands = parse(line, vocabulary)
    except Invalid:
        return
    for command in commands:
        assert parse(format(command, vocabulary), vocabulary) == [command]


@settings(deadline=None)
@given(lines(), VOCABULARIES, st.one_of(st.none(), st.integers(1000, 9999)))
def test_a_completed_command_has_numbers_a_sentence_and_json(
    line: str, vocabulary: Vocabulary, current: int | None
) -> None:
    try:
        commands = [complete(c, current) for c in parse(line, vocabulary)]
    except Invalid:
        return
    for command in commands:
        assert CURRENT not in [command.args.get("incident"), command.args.get("to_incident")]
        assert parse(format(command, vocabulary), vocabulary) == [command]
        assert json.loads(json.dumps(to_args(command))) == to_args(command)
        assert sentence(command, "id", None, vocabulary)


@settings(deadline=None)
@given(st.text(max_size=60), VOCABULARIES)
def test_no_line_crashes_the_parser(line: str, vocabulary: Vocabulary) -> None:
    try:
        commands = parse(line, vocabulary)
    except Invalid as refused:
        commands, code = [], refused.code
    else:
        code = ""
    assert code.startswith("grammar_") or 1 <= len(commands) <= 4


@settings(deadline=None)
@given(st.text(max_size=40))
def test_the_text_of_a_remark_is_never_run(text: str) -> None:
    try:
        commands = parse("r " + text)
    except Invalid:
        return
    assert [command.verb for command in commands] in (["remark"], ["help"])
