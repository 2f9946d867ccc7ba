"""An episode driven call by call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.integrations.conversation import OVER, Conversation

from ..helpers import desk


def test_a_conversation_plays_the_solution() -> None:
    conversation = Conversation(desk())
    conversation.begin(index=3)
    for turn in conversation.env.oracle():
        conversation.say(turn)
    assert conversation.over
    assert conversation.finish() == 1.0
    assert conversation.info["success"]


def test_calls_equal_turns_that_hold_them() -> None:
    calling, saying = Conversation(desk()), Conversation(desk())
    assert calling.begin(index=1) == saying.begin(index=1)
    text = '<tool_call>{"name": "get_order", "arguments": {"order_id": "W</tool_call>"}}</tool_call>'
    result = calling.call("get_order", {"order_id": "W</tool_call>"})
    assert "W</tool_call>" in result
    assert saying.say(text) != result  # a tag inside a value ends the call where it is not escaped
    assert calling.env.episode.calls[0].call.arguments == {"order_id": "W</tool_call>"}


def test_nothing_counts_after_the_end() -> None:
    conversation = Conversation(desk())
    assert conversation.call("get_order", {"order_id": "W1"}) == OVER  # none has begun
    conversation.begin(index=0)
    reward = conversation.finish()
    turns, messages = conversation.env.episode.turns, len(conversation.info["messages"])
    assert conversation.say("Done.") == OVER
    assert conversation.call("get_order", {"order_id": "W1"}) == OVER
    assert (conversation.env.episode.turns, len(conversation.info["messages"])) == (turns, messages)
    assert conversation.finish() == reward


def test_one_seed_is_one_task() -> None:
    first, second = Conversation(desk()), Conversation(desk())
    assert first.begin(seed=11) == second.begin(seed=11)
    assert first.begin(seed=12) != second.begin(seed=11)


def test_what_is_not_json_is_answered_not_raised() -> None:
    conversation = Conversation(desk())
    conversation.begin(index=0)
    assert "Error" in conversation.call("get_order", {"order_id": float("nan")})
    assert "Error" in conversation.call("get_order", {"order_id": object()})
    assert "Error" in conversation.call("get_order", {})
    assert "Error" in conversation.call("nonsense", {"a": 1})


def test_the_reward_is_the_sum_of_what_the_steps_paid_and_starts_anew() -> None:
    conversation = Conversation(desk())
    for index in (3, 4):
        conversation.begin(index=index)
        assert conversation.reward == 0.0
        for turn in conversation.env.oracle():
            conversation.say(turn)
        assert conversation.reward == 1.0


@pytest.mark.parametrize("kind", [int, np.int64, np.int32, np.uint8])
def test_numbers_of_a_dataset_choose_the_same_task_as_plain_ones(kind: Any) -> None:
    conversation = Conversation(desk())
    by_index, by_seed = conversation.begin(index=kind(7)), conversation.begin(seed=kind(7))
    assert by_index == conversation.begin(index=7)
    assert by_seed == conversation.begin(seed=7)
    # the index wins where a row has both
    assert conversation.begin(seed=7, index=kind(3)) == conversation.begin(index=3)


def test_silence_ends_every_conversation_and_costs_as_many_turns_as_are_left() -> None:
    conversation = Conversation(desk())
    for index in range(5):
        conversation.begin(index=index)
        conversation.finish()
        assert conversation.over
        assert conversation.env.episode.turns <= conversation.env.max_turns


ARGUMENTS = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(st.characters(codec="utf-8"), max_size=20),
    max_size=4,
)


@given(st.sampled_from(["get_order", "fly", "</tool_call>"]), ARGUMENTS)
def test_any_arguments_reach_the_environment_as_they_are(name: str, arguments: dict[str, Any]) -> None:
    conversation = Conversation(desk())
    conversation.begin(index=0)
    conversation.call(name, arguments)
    (record,) = conversation.env.episode.calls
    assert (record.call.name, dict(record.call.arguments)) == (name, arguments)
