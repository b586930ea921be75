"""Reading YAML: plain values by the 1.2 rules, the right line, and nothing that could hurt."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.document import MAX_BYTES, read_document


def plain(text: str) -> object:
    root, problems = read_document(text.encode(), "f")
    assert root is not None, problems
    assert problems == []
    return root.plain()


def only_problem(content: bytes) -> tuple[int, str]:
    _, problems = read_document(content, "f")
    assert len(problems) == 1, problems
    return problems[0].line, problems[0].message


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("07:30", "07:30"),
        ("no", "no"),
        ("on", "on"),
        ("2026-03-21", "2026-03-21"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0.5", 0.5),
        ("33.28", 33.28),
        ('"33.28"', "33.28"),
        ("'true'", "true"),
        ("0x1f", "0x1f"),
        (".nan", ".nan"),
        ("9" * 40, "9" * 40),
    ],
)
def test_scalars_follow_the_core_schema(written: str, meant: object) -> None:
    value = plain(f"key: {written}\n")
    assert value == {"key": meant}
    assert type(value["key"]) is type(meant)  # type: ignore[index]


def test_an_anchor_is_read_where_it_is_used() -> None:
    assert plain("a: &x [1, {b: 2}]\nc: *x\n") == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}


def test_every_duplicate_key_is_named_with_its_line_and_the_first_value_stays() -> None:
    root, problems = read_document(b"a: 1\nb:\n  c: 1\n  c: 2\na: 3\n", "f")
    assert root is not None
    assert root.plain() == {"a": 1, "b": {"c": 1}}
    assert [(p.line, p.key) for p in problems] == [(4, "c"), (5, "a")]
    assert "first on line 3" in problems[0].message


@pytest.mark.parametrize(
    ("content", "line", "part"),
    [
        (b"", 1, "empty"),
        (b"# only a comment\n", 1, "empty"),
        (b"a: 1\nb: [1, 2\n", 3, "not YAML"),
        (b"a: 1\n  b: 2\n", 2, "not YAML"),
        (b"a: 1\nb: \xff\xfe\n", 2, "UTF-8"),
        (b"a: \x00\n", 1, "not YAML"),
        (b"a: 1\n---\nb: 2\n", 3, "second document"),
        (b"a: !!python/object/apply:os.system ['true']\n", 1, "tags"),
        (b"a: 1\nb: !include x\n", 2, "tags"),
        (b"a: &x [*x]\n", 1, "contains itself"),
        (b"a: 1\nb: *nope\n", 2, "no anchor"),
        (b"[1, 2]: x\n", 1, "single word"),
        (b"a: " + b"[" * 100 + b"]" * 100, 1, "deeper"),
        (b"[" * 200_000, 1, "deeper"),
    ],
)
def test_what_cannot_be_read_is_one_problem_with_its_line(content: bytes, line: int, part: str) -> None:
    at, message = only_problem(content)
    assert part in message
    assert at == line


def test_a_huge_file_is_refused_unread() -> None:
    assert "larger than" in only_problem(b"a: 1\n" * (MAX_BYTES // 5 + 1))[1]


def test_aliases_cannot_be_multiplied_into_memory() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "after expanding aliases" in only_problem("\n".join(layers).encode())[1]


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_a_node_or_problems(content: bytes) -> None:
    root, problems = read_document(content, "f")
    assert root is not None or problems


YAML_WORDS = st.sampled_from(
    [
        "a",
        "b:",
        "- ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        ",",
        ": ",
        "&x ",
        "*x",
        "!t ",
        "'",
        '"',
        "|",
        ">",
        "---",
        "#",
        "? ",
        "%",
        "\t",
    ]
)


@given(st.lists(YAML_WORDS, max_size=40).map("".join))
def test_any_pile_of_yaml_signs_gives_a_node_or_problems(text: str) -> None:
    root, problems = read_document(text.encode(), "f")
    assert root is not None or problems


KEYS = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=5)
PRINTABLE = st.characters(exclude_categories=["C", "Zl", "Zp"])
"""YAML folds exotic line separators inside quotes, JSON does not: not what is asked here."""
VALUES = st.recursive(
    st.text(PRINTABLE, max_size=10) | st.integers(-(10**9), 10**9) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_what_json_writes_is_read_back_equal(value: dict[str, object]) -> None:
    """JSON is YAML: the reader loses and converts nothing."""
    assert plain(json.dumps(value, ensure_ascii=False)) == value
