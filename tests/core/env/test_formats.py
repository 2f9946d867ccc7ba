"""Call formats: the same call however it is written, faults told, nothing evaluated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.env.formats import CALL_FORMATS
from trace_gym.env.parsing import BadCall
from trace_gym.env.types import ToolCall

PYTHONIC = CALL_FORMATS["pythonic"]
CALLS = [
    ToolCall("look", {"id": "W1", "n": 2, "deep": {"a": [1, None, True]}, "text": "quote \" and ' and \n, ü"}),
    ToolCall("set", {}),
]


@pytest.mark.parametrize("name", CALL_FORMATS)
@pytest.mark.parametrize("count", [1, 2])
def test_what_is_rendered_is_read_back(name: str, count: int) -> None:
    turn = CALL_FORMATS[name].parse(CALL_FORMATS[name].render(CALLS[:count]))
    assert turn.calls == tuple(CALLS[:count])
    assert turn.message == ""


@pytest.mark.parametrize("name", CALL_FORMATS)
@pytest.mark.parametrize("text", ["Done.", "It costs 4 (four) dollars.", "", "Shall I call look?", "[1, 2]"])
def test_plain_text_is_a_message(name: str, text: str) -> None:
    turn = CALL_FORMATS[name].parse(text)
    assert turn.calls == ()
    assert turn.message == text


@pytest.mark.parametrize(
    "text",
    [
        "look(id='W1')",
        "[look(id='W1')]",
        "```python\nlook(id='W1')\n```",
        "```tool_code\n[look(id='W1')]\n```",
        " look( id = 'W1' ) ",
    ],
)
def test_pythonic_calls_are_found(text: str) -> None:
    assert PYTHONIC.parse(text).calls == (ToolCall("look", {"id": "W1"}),)


def test_pythonic_statements_are_several_calls() -> None:
    assert [c.name for c in PYTHONIC.parse("a.look(x=1)\nset(y=-2)").calls if isinstance(c, ToolCall)] == [
        "a.look",
        "set",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("look('W1')", "must be given by name"),
        ("look(**{'a': 1})", "must be given by name"),
        ("look(a=__import__('os'))", "must be plain values"),
        ("look(a=x)", "must be plain values"),
        ("look(a=b'x')", "must be plain values"),
        ("look(a={1, 2})", "must be plain values"),
        ("look(a=1e999)", "Infinity"),
        ("look(a='\\ud800')", "lone surrogate"),
        ("look(a=1", "not valid Python"),
        ("look(a=1, a=2)", "repeats an argument"),
        ("look(a=" + "[" * 500 + "]" * 500 + ")", ""),
    ],
)
def test_pythonic_faults_are_told(text: str, reason: str) -> None:
    (found,) = PYTHONIC.parse(text).calls
    assert isinstance(found, BadCall)
    assert reason in found.reason


@given(st.text(alphabet="look(a=1')[]{},:\"\\n `\n\0é*_.", max_size=60))
@pytest.mark.parametrize("name", CALL_FORMATS)
def test_no_text_breaks_a_format(name: str, text: str) -> None:
    CALL_FORMATS[name].parse(text)
