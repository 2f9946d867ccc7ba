"""Calls and results that do not fit together are named, however their arguments are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .reading import read, refused
from .samples.chats import chat_call
from .samples.files import wrote_lines


def chat(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Hi"}, *messages], "reward": 1}


def calling(arguments: Any, identifier: str = "c1") -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": [chat_call(arguments, identifier)]}


RESULT = {"role": "tool", "tool_call_id": "c1", "content": "ok"}
SAYS = {"role": "assistant", "content": "Done."}


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([RESULT], "the tool result 'c1' (message 1) answers no call"),
        ([calling({}, "c2"), RESULT], "the tool result 'c1' (message 2) answers no call"),
        ([calling({}), RESULT, RESULT], "the tool result 'c1' (message 3) answers no call"),
        ([calling({}), SAYS], "the call 'c1' of look has no result before message 2"),
        ([calling({}), calling({})], "the call 'c1' of look has no result before message 2"),
        ([calling({}), {"role": "user", "content": "?"}], "the call 'c1' of look has no result before message 3"),
        ([calling("{")], "the arguments of a call of look are '{', expected a JSON object"),
        ([calling("[1]")], "the arguments of a call of look are '[1]', expected a JSON object"),
        ([calling([1])], "the arguments of a call of look are [1], expected a JSON object"),
        ([calling("[" * 100_000)], "the arguments of a call of look are '[[["),
        ([{**SAYS, "tool_calls": [{"id": "c", "function": {"name": 3}}]}], "a call's name is 3, expected text"),
        ([{**SAYS, "tool_calls": [{"id": "c", "function": {}}]}], "has no 'name'"),
        ([3], "messages is [{'role': 'user', 'content': 'Hi'}, 3], expected a list of objects"),
        ([{**SAYS, "tool_calls": {"id": "c"}}], "tool_calls is {'id': 'c'}, expected a list of objects"),
        ([{"content": "x"}], "has no 'role'"),
        ([{"role": 3, "content": "x"}], "a message's role is 3, expected text"),
        ([{"role": "user", "content": 3}], "a message's content is 3, expected text or a list of parts"),
        ([{"role": "user", "content": [3]}], "a part of a message is 3, expected text or an object"),
        ([calling({}), {**RESULT, "name": 3}], "the name of a tool message is 3, expected text"),
    ],
)
def test_calls_and_results_that_do_not_fit_are_named(messages: list[Any], said: str, tmp_path: Path) -> None:
    good, bad = read(wrote_lines(tmp_path / "c.jsonl", chat(*messages), chat(SAYS)))
    assert len(good) == 1
    assert bad[0].startswith(f"line 1: {said}")


@pytest.mark.parametrize("arguments", [{"a": 2}, '{"a": 2}', ' {"a":\n2} '])
def test_arguments_may_be_an_object_or_its_text(arguments: Any, tmp_path: Path) -> None:
    good, bad = read(wrote_lines(tmp_path / "c.jsonl", chat(calling(arguments), RESULT)))
    assert not bad
    assert good[0].messages[1]["tool_calls"][0]["function"] == {"name": "look", "arguments": {"a": 2}}


@pytest.mark.parametrize("arguments", [{}, "{}", "", None])
def test_no_arguments_are_an_empty_object(arguments: Any, tmp_path: Path) -> None:
    good, _ = read(wrote_lines(tmp_path / "c.jsonl", chat(calling(arguments), RESULT)))
    assert good[0].messages[1]["tool_calls"][0]["function"]["arguments"] == {}


@pytest.mark.parametrize("tools", ["{", "look", [3], {"look": 1}])
def test_tools_that_are_no_schemas_are_named(tools: Any, tmp_path: Path) -> None:
    said = refused(wrote_lines(tmp_path / "c.jsonl", chat(SAYS) | {"tools": tools}))
    assert said == f"line 1: tools are {tools!r}, expected a list of OpenAI function schemas."
