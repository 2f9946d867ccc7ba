"""Reading JSON piece by piece: as `json.loads` reads it, wherever the pieces end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.trajectories.episode_error import EpisodeError
from trace_gym.trajectories.json_stream import JsonStream

PATH = Path("t.json")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
LAYOUTS = st.fixed_dictionaries({"indent": st.sampled_from([None, 1, 30]), "ensure_ascii": st.booleans()})


def pieces(text: str, size: int) -> Iterator[str]:
    """A text in pieces of one size; an empty piece says nothing about the end."""
    for start in range(0, len(text), size):
        yield text[start : start + size]
        yield ""


def stream(text: str, size: int) -> JsonStream:
    return JsonStream(PATH, pieces(text, size))


def whole(text: str, size: int) -> Any:
    """Reads a text that is one value."""
    reader = stream(text, size)
    value = reader.value()
    reader.finish()
    return value


def by_element(text: str, size: int) -> list[Any]:
    """Reads an array element by element."""
    reader = stream(text, size)
    found = list(reader.elements())
    reader.finish()
    return found


def by_member(text: str, size: int) -> dict[str, Any]:
    """Reads an object member by member."""
    reader = stream(text, size)
    found = {key: reader.value() for key in reader.members()}
    reader.finish()
    return found


def place(error: EpisodeError) -> tuple[int, int]:
    """Line and column an error names."""
    line, column = error.where.removeprefix("line ").split(", column ")
    return int(line), int(column)


EXACT = [
    "[1.5, -1.25e+10, 2E-3, 0.0, -0]",
    "[true, false, null, NaN, Infinity, -Infinity]",
    r'["\ud83d\ude00", "\ud83d", "\u00e9\"\\\/\n"]',
    '["😀 \u2028 é", ""]',
    "[" + "9" * 400 + ", 1e999, -" + "3" * 60 + "." + "1" * 60 + "]",
    '[\n\t{"a": [{}, [], {"b": [[]]}]},\r\n  "x" ]  \n',
    "[]",
    " [ ] ",
    "[" + " " * 90 + "1" + " " * 90 + "," + " " * 90 + "2" + " " * 90 + "]",
]


@pytest.mark.parametrize("text", EXACT)
def test_chunks_may_end_anywhere(text: str) -> None:
    for size in range(1, len(text) + 1):
        assert repr(by_element(text, size)) == repr(whole(text, size)) == repr(json.loads(text))
        # the same, behind a key
        assert repr(by_member(f'{{"k": {text}}}', size)) == repr({"k": json.loads(text)})


@given(st.lists(VALUES, max_size=4), LAYOUTS, st.integers(1, 40))
def test_arrays_are_read_as_json_reads_them(value: list[Any], layout: dict[str, Any], size: int) -> None:
    text = json.dumps(value, **layout)
    assert by_element(text, size) == value
    skipping = stream(text + "7", size)
    skipping.skip()
    assert skipping.value() == 7


@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=4), LAYOUTS, st.integers(1, 40))
def test_objects_are_read_as_json_reads_them(value: dict[str, Any], layout: dict[str, Any], size: int) -> None:
    assert by_member(json.dumps(value, **layout), size) == value


@given(VALUES, LAYOUTS, st.integers(1, 40), st.data())
def test_faults_are_where_json_finds_them(value: Any, layout: dict[str, Any], size: int, data: st.DataObject) -> None:
    text = json.dumps(value, **layout)
    at = data.draw(st.integers(0, len(text)))
    # cut off, or with a foreign character
    broken = data.draw(st.sampled_from([text[:at], text[:at] + "?" + text[at:], text[:at] + "\n\x01" + text[at:]]))
    fault: json.JSONDecodeError | None = None
    expected = None
    try:
        expected = json.loads(broken)
    except json.JSONDecodeError as error:
        fault = error
    if fault is None:
        assert whole(broken, size) == expected
        return
    with pytest.raises(EpisodeError, match="perhaps cut off") as caught:
        whole(broken, size)
    assert place(caught.value) == (fault.lineno, fault.colno)


IN_LISTS = [
    '[1, 2\n, {"a": tru}]',
    '[1,\n "two',
    "[1 2]",
    "[1\n",
    "",
    " \n ",
    "[1]\n]",
    '[{"a"\n 1}]',
    '["a\nb"]',
    '["\\q"]',
]
IN_OBJECTS = ['{"a": 1 "b": 2}', '{"a" 1}', "{3: 4}", '{"a": 1,\n', '{"a": -', '{"a": "\\u12']


@pytest.mark.parametrize(
    ("text", "parts"), [*((text, by_element) for text in IN_LISTS), *((text, by_member) for text in IN_OBJECTS)]
)
def test_faults_between_parts_are_where_json_finds_them(text: str, parts: Callable[[str, int], Any]) -> None:
    with pytest.raises(json.JSONDecodeError) as expected:
        json.loads(text)
    for size in range(1, len(text) + 2):
        with pytest.raises(EpisodeError) as caught:
            parts(text, size)
        assert place(caught.value) == (expected.value.lineno, expected.value.colno)


def test_elements_before_a_fault_are_given_out() -> None:
    found: list[Any] = []
    with pytest.raises(EpisodeError, match="line 2, column 6"):
        found.extend(stream('[{"a": 1},\n{},[3', 4).elements())
    reader = stream('[{"a": 1},\n{"b": 2}, {"c"', 4).elements()
    assert [next(reader), next(reader)] == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(("text", "wanted"), [('{"a": 1}', "a list"), ("3", "a list"), ('"x"', "a list")])
def test_another_value_than_wanted_is_no_bad_json(text: str, wanted: str) -> None:
    with pytest.raises(EpisodeError, match=f"line 1, column 1: expected {wanted}, got .*another format") as caught:
        by_element(text, 5)
    assert "not valid JSON" not in str(caught.value)


def test_endless_nesting_and_endless_numbers_are_one_sentence() -> None:
    with pytest.raises(EpisodeError, match="nested too deeply"):
        whole("[" * 200_000, 1000)
    with pytest.raises(EpisodeError, match=r"line 2, column 1: .*digits"):
        whole("\n" + "9" * 20_000, 1000)


def test_no_more_than_a_value_and_a_chunk_is_held() -> None:
    given_out = 0

    def chunks() -> Iterator[str]:
        nonlocal given_out
        yield "["
        for _ in range(1000):
            given_out += 1
            yield '"' + "x" * 98 + '",'
        yield "0]"

    elements = JsonStream(PATH, chunks()).elements()
    for number in range(1, 500):
        next(elements)
        assert given_out <= number + 1


def test_a_long_value_is_not_parsed_once_for_each_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0
    decoder = json.JSONDecoder()

    class Counting:
        def raw_decode(self, text: str, at: int) -> tuple[Any, int]:
            nonlocal tries
            tries += 1
            return decoder.raw_decode(text, at)

    monkeypatch.setattr("trace_gym.trajectories.json_stream._DECODER", Counting())
    text = json.dumps(list(range(20_000)))
    assert whole(text, 100) == list(range(20_000))
    assert tries < 20
