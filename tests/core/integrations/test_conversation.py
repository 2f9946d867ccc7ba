"""An episode driven call by call."""

from __future__ import annotations

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
