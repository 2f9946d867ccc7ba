"""Calls and results find each other, with ids and without."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.messages import call_of
from trace_gym.trajectories.readers.pairing import paired


def calling(*identifiers: str) -> dict[str, Any]:
    calls = [call_of(identifier, "look", {}) for identifier in identifiers]
    return {"role": "assistant", "content": "", "tool_calls": calls}


def result(identifier: str, content: str = "ok") -> dict[str, Any]:
    return {"role": "tool", "content": content, "tool_call_id": identifier}


def ids(messages: list[dict[str, Any]]) -> list[list[str]]:
    """The ids of the calls of each turn that has some, then those of the results."""
    calls = [[call["id"] for call in message["tool_calls"]] for message in messages if "tool_calls" in message]
    return [*calls, [message["tool_call_id"] for message in messages if message["role"] == "tool"]]


def test_calls_without_ids_are_numbered_through_the_conversation() -> None:
    messages = paired([calling("", ""), result(""), result(""), calling(""), result("")])
    assert ids(messages) == [["call_1", "call_2"], ["call_3"], ["call_1", "call_2", "call_3"]]


def test_a_call_without_an_id_takes_that_of_its_result() -> None:
    assert ids(paired([calling(""), result("r7")])) == [["r7"], ["r7"]]


def test_a_result_without_an_id_answers_the_first_call_that_waits() -> None:
    assert ids(paired([calling("a", "b"), result("a"), result("")])) == [["a", "b"], ["a", "b"]]


def test_equal_calls_are_answered_one_by_one() -> None:
    messages = paired([calling("same", "same"), result("same"), result("same")])
    assert ids(messages) == [["same", "same"], ["same", "same"]]


def test_a_result_answers_only_the_turn_before_it() -> None:
    with pytest.raises(UserError, match=r"the tool result 'a' \(message 3\) answers no call"):
        paired([calling("a"), result("a"), calling("b"), result("a")])


def test_the_calls_of_an_aborted_conversation_may_wait() -> None:
    messages = [{"role": "user", "content": "Hi"}, calling("a", "b"), result("a")]
    assert ids(paired(messages)) == [["a", "b"], ["a"]]


def test_a_user_who_calls_a_tool_leaves_no_call_unanswered() -> None:
    tapped = calling("u") | {"role": "user"}
    assert ids(paired([tapped, result("u")])) == [["u"], ["u"]]
    with pytest.raises(UserError, match="the call 'u' of look has no result before message 1"):
        paired([tapped | {"tool_calls": calling("u")["tool_calls"]}, {"role": "assistant", "content": "Hi"}])


@given(st.permutations(["a", "b", "c", "d"]))
def test_results_may_come_in_any_order(order: list[str]) -> None:
    messages = paired([calling("a", "b", "c", "d"), *(result(identifier, f"of {identifier}") for identifier in order)])
    assert [message["tool_call_id"] for message in messages[1:]] == order
    assert all(message["content"] == f"of {message['tool_call_id']}" for message in messages[1:])
