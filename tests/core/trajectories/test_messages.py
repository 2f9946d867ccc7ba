"""Messages of other formats become text, objects and flags."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.messages import call_of, chat_message, content_text, objects, set_error, thoughts


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("Hi", "Hi"),
        ([], ""),
        (["a", {"type": "text", "text": "b"}], "a\nb"),
        ([{"type": "output_text", "text": "b"}, {"type": "input_text", "text": "c"}], "b\nc"),
        ([{"content": "AgentDojo's"}], "AgentDojo's"),
        ([{"type": "image_url", "image_url": {"url": "x"}}], "[image_url]"),
        ([{"type": "reasoning", "reasoning": "Hmm."}, {"type": "text", "text": "Yes."}], "Yes."),
        ([{"type": "text", "text": 3}], "[text]"),
    ],
)
def test_content_becomes_text(content: Any, text: str) -> None:
    assert content_text(content) == text


@pytest.mark.parametrize(
    ("keys", "text"),
    [(("reasoning",), "a"), (("reasoning", "summary"), "a\nb"), (("summary", "reasoning"), "s\nb"), (("none",), "")],
)
def test_thoughts_are_found_under_the_first_key_that_is_set(keys: tuple[str, ...], text: str) -> None:
    content = [
        {"type": "reasoning", "reasoning": "a", "summary": "s"},
        {"type": "text", "text": "said aloud", "reasoning": "no part of it"},
        {"type": "thinking", "reasoning": "", "summary": "b"},
    ]
    assert thoughts(content, *keys) == text


def test_text_has_no_thoughts() -> None:
    assert thoughts("Hmm.", "reasoning") == ""


@pytest.mark.parametrize(
    ("failure", "marks"),
    [
        (None, {"content": "42", "error": False}),
        (False, {"content": "42", "error": False}),
        (True, {"content": "42", "error": True}),
        ("4", {"content": "42", "error": True}),
        ("no", {"content": "42", "error": True, "error_message": "no"}),
        ({"message": "no", "type": "x"}, {"content": "42", "error": True, "error_message": "no"}),
        ({"type": "x"}, {"content": "42", "error": True, "error_message": '{"type": "x"}'}),
    ],
)
def test_failures_are_flags_texts_or_objects(failure: Any, marks: dict[str, Any]) -> None:
    message = {"content": "42"}
    set_error(message, failure)
    assert message == marks


def test_a_failure_fills_an_empty_result() -> None:
    message = {"content": ""}
    set_error(message, "timed out")
    assert message == {"content": "timed out", "error": True}


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"content": "Error: no"}, True),
        ({"content": "Error: no", "error": False}, False),
        ({"content": "Error: no", "is_error": False}, False),
        ({"content": "ok", "is_error": True}, True),
        ({"content": "ok", "error": None, "is_error": None}, False),
        ({"content": "ok", "error": False, "is_error": True}, False),
    ],
)
def test_a_tool_message_says_whether_it_failed(row: dict[str, Any], error: bool) -> None:
    assert chat_message({"role": "tool", "tool_call_id": "a", **row})["error"] is error


def test_other_keys_are_kept_where_they_hold_something() -> None:
    message = chat_message({"role": "assistant", "content": "Hi", "refusal": None, "name": "bot", "weight": 0})
    assert message == {"role": "assistant", "content": "Hi", "name": "bot", "weight": 0}


def test_the_older_function_call_is_a_call() -> None:
    message = chat_message({"role": "assistant", "function_call": {"name": "look", "arguments": '{"a": 1}'}})
    assert message["tool_calls"] == [call_of(None, "look", {"a": 1})]
    assert "function_call" not in message


@pytest.mark.parametrize("call", [{"function": {"name": "look", "arguments": {}}}, {"name": "look"}])
def test_a_call_may_be_nested_or_flat(call: dict[str, Any]) -> None:
    message = chat_message({"role": "assistant", "tool_calls": [call]})
    assert message["tool_calls"] == [call_of("", "look", {})]


def test_json_null_is_no_arguments() -> None:
    assert call_of("a", "look", "null")["function"]["arguments"] == {}


@pytest.mark.parametrize("value", [None, "x", {}, [1], [[]], [{}, None]])
def test_what_is_no_list_of_objects_is_refused_by_its_name(value: Any) -> None:
    with pytest.raises(UserError, match=r"^traj is .*, expected a list of objects"):
        objects(value, "traj")
