"""The YAML of dossiers: text stays text, every value has its line, and nothing makes it grow or crash."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.imports import yaml
from ledger.imports.yaml import Items, Members, Nothing, Words, parse_yaml


def members(text: str) -> Members:
    found = parse_yaml(text)
    assert isinstance(found, Members)
    return found


@pytest.mark.parametrize(
    "word", ["NO", "yes", "true", "off", "2022", "2025-04-28", "0x10", "1_000", "012", "1e3", ".inf", "=", "12:30:45"]
)
def test_a_plain_word_stays_text(word: str) -> None:
    assert members(f"a: {word}") == {"a": word}


@pytest.mark.parametrize("empty", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_told_from_text(empty: str) -> None:
    assert isinstance(members(f"a: {empty}")["a"], Nothing)
    assert members(f"a: '{empty}'") == {"a": empty}


def test_every_value_knows_its_line() -> None:
    root = members("a: x\nb:\n  - y\n  - {c: z,\n     d: w}\n")
    listed = root["b"]
    assert isinstance(listed, Items)
    last = listed[1]
    assert isinstance(last, Members)
    assert (root.lines, [item.line for item in listed], last.lines) == ({"a": 1, "b": 2}, [3, 4], {"c": 4, "d": 5})


def test_text_is_composed_so_that_one_word_has_one_spelling() -> None:
    assert members("a: \u1112\u1161\u11ab") == {"a": "\ud55c"}


def test_a_block_of_text_ends_without_a_line_break() -> None:
    assert members("a: |\n  one\n  two\nb: x") == {"a": "one\ntwo", "b": "x"}


def test_an_anchor_may_be_used_again() -> None:
    assert members("a: &x [1]\nb: *x") == {"a": ["1"], "b": ["1"]}


BAD = {
    "a member twice": ("a: 1\nb: 2\na: 3", "line 3: member 'a' is there twice, first on line 1"),
    "a tag": ("a: !!python/object:os.system x", "line 1: found the tag"),
    "a tag on a list": ("a: 1\nb: !x []", "line 2: found the tag '!x'"),
    "an alias before its anchor": ("a: *x", "line 1: found the alias 'x'"),
    "an anchor inside itself": ("a: &x [*x]", "line 1: found the alias 'x'"),
    "two documents": ("a: 1\n---\nb: 2", "line 2: found a second document"),
    "no document": ("# nothing\n", "line 1: found nothing"),
    "a list as a name": ("[a]: 1", "line 1: found a list as the name of a member"),
    "an open bracket": ("a: [1,\nb: ]{", "not YAML"),
    "half a surrogate": ("a: \ud800", "half a surrogate"),
    "a control character": ("a: \x01", "not YAML"),
    "deep nesting": ("[" * 60, "line 1: nested deeper than"),
}


@pytest.mark.parametrize("text, complaint", BAD.values(), ids=BAD)
def test_what_is_not_plain_yaml_is_refused_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(FormatError) as error:
        parse_yaml(text)
    assert complaint in error.value.message


def test_a_few_lines_do_not_grow_into_a_billion_laughs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "MAX_NODES", 10_000)
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"{name}: &{name} [{','.join(['*' + before] * 10)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)]
    with pytest.raises(FormatError, match="line 4: more than 10000 values"):
        parse_yaml("\n".join(lines))


def test_anchors_are_counted() -> None:
    with pytest.raises(FormatError, match="more than 1000 anchors"):
        parse_yaml("\n".join(f"- &a{number} x" for number in range(1_001)))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!|>'\"# \n\t%@,?~", max_size=80).map(str.encode))
def test_any_bytes_give_a_value_or_a_format_error(data: bytes) -> None:
    try:
        found = parse_yaml(data)
    except FormatError:
        return
    assert isinstance(found, Words | Nothing | Items | Members)
