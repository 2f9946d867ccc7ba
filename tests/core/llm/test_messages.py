"""Conversations as the chat API wants them, and its answers as actions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trace_gym.env.parsing import parse_turn
from trace_gym.env.types import ToolCall
from trace_gym.llm.messages import action_of, chat_messages

from ..helpers import desk


def answer(arguments: Any, content: str | None = None, name: str = "get_order") -> dict[str, Any]:
    call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": content, "tool_calls": [call]}


def test_keys_of_our_own_are_left_out() -> None:
    message = {"role": "tool", "tool_call_id": "c1", "name": "get", "content": "no", "error": True, "requestor": "user"}
    assert chat_messages([message]) == [{"role": "tool", "content": "no", "tool_call_id": "c1", "name": "get"}]


def test_arguments_are_sent_as_json_text() -> None:
    sent = chat_messages([answer({"order_id": "W1"})])[0]["tool_calls"][0]
    assert json.loads(sent["function"]["arguments"]) == {"order_id": "W1"}
    assert (sent["id"], sent["type"]) == ("c1", "function")


def test_the_conversation_itself_is_not_changed() -> None:
    message = answer({"order_id": "W1"})
    chat_messages([message])
    assert message == answer({"order_id": "W1"})


def test_a_real_conversation_can_be_sent() -> None:
    env = desk()
    _, info = env.reset(options={"index": 0})
    for action in env.oracle():
        _, _, _, _, info = env.step(action)

    sent = chat_messages(info["messages"])
    assert [message["role"] for message in sent] == [message["role"] for message in info["messages"]]
    assert {key for message in sent for key in message} <= {"role", "content", "tool_calls", "tool_call_id", "name"}
    for message in sent:
        for call in message.get("tool_calls", []):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)


def test_an_answer_of_text_is_the_text() -> None:
    assert action_of({"role": "assistant", "content": "Which one?"}) == "Which one?"


@pytest.mark.parametrize("empty", [{}, {"content": None}, {"content": None, "tool_calls": None}])
def test_an_empty_answer_is_an_empty_turn(empty: dict[str, Any]) -> None:
    assert action_of(empty) == ""


@pytest.mark.parametrize("arguments", ['{"order_id": "W1"}', {"order_id": "W1"}], ids=["text", "object"])
def test_a_native_call_is_read_back_by_the_environment(arguments: Any) -> None:
    turn = parse_turn(action_of(answer(arguments, "One moment.")))
    assert list(turn.calls) == [ToolCall("get_order", {"order_id": "W1"})]
    assert turn.message.strip() == "One moment."


@pytest.mark.parametrize("arguments", ["", None], ids=["empty", "absent"])
def test_a_call_without_arguments_has_none(arguments: Any) -> None:
    assert list(parse_turn(action_of(answer(arguments))).calls) == [ToolCall("get_order", {})]


@pytest.mark.parametrize("arguments", ["{half", "[1]", '"text"', [1]])
def test_arguments_that_are_no_object_reach_the_environment_as_a_faulty_call(arguments: Any) -> None:
    env = desk()
    env.reset(options={"index": 0})
    observation, *_ = env.step(action_of(answer(arguments)))
    assert observation.startswith("Error")


def test_a_message_of_the_openai_package_is_read_like_a_dict() -> None:
    completions = pytest.importorskip("openai.types.chat")
    message = answer('{"order_id": "W1"}', "One moment.")
    assert action_of(completions.ChatCompletionMessage(**message)) == action_of(message)
