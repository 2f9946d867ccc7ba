"""Actions in other call formats."""

from __future__ import annotations

import pytest

from trace_gym.env.spaces import AssistantTurn, Utf8Text
from trace_gym.wrappers import CallFormatAction
from trace_gym.wrappers.call_format import FormattedTurn

from ..helpers import desk

SAME_CALL = {
    "hermes": '<tool_call>{"name": "get_order", "arguments": {"order_id": "W0"}}</tool_call>',
    "json": '{"name": "get_order", "arguments": {"order_id": "W0"}}',
    "pythonic": '[get_order(order_id="W0")]',
}


@pytest.mark.parametrize(("name", "turn"), SAME_CALL.items())
def test_every_format_makes_the_same_call(name: str, turn: str) -> None:
    env = CallFormatAction(desk(), name)
    env.reset(seed=0)
    assert env.step(turn)[0] == "Error: no order W0."
    assert env.step("Done.")[2]


@pytest.mark.parametrize("name", SAME_CALL)
def test_samples_are_written_in_the_format(name: str) -> None:
    env = CallFormatAction(desk(), name)
    env.action_space.seed(0)
    env.reset(seed=0)
    samples = [env.action_space.sample() for _ in range(60)]
    turns = [env.action(sample) for sample in samples]
    assert sum("<tool_call>" in turn for turn in turns) > 30
    assert not any("is not valid" in turn for turn in turns)
    assert all(
        ("<tool_call>" in sample) == (name == "hermes" and "<tool_call>" in turn)
        for sample, turn in zip(samples, turns, strict=True)
    )


def test_unknown_formats_are_named() -> None:
    with pytest.raises(ValueError, match="Unknown call format 'xml'; expected one of hermes, json, pythonic"):
        CallFormatAction(desk(), "xml")


@pytest.mark.parametrize("name", ["json", "pythonic"])
def test_a_call_that_cannot_be_read_is_answered_with_an_error(name: str) -> None:
    broken = {"json": '```json\n{"name": "get_order", "arguments": 3}\n```', "pythonic": "get_order('W0')"}
    env = CallFormatAction(desk(), name)
    env.reset(seed=0)
    observation, _, terminated, *_ = env.step(broken[name])
    assert observation.startswith("Error: ")
    assert not terminated


def test_several_calls_keep_their_order() -> None:
    env = CallFormatAction(desk(), "pythonic")
    env.reset(seed=0)
    observation, *_ = env.step("[get_order(order_id='W0'), get_order(order_id='W1')]")
    assert observation == "Error: no order W0.\nError: no order W1."


def test_messages_pass_through() -> None:
    env = CallFormatAction(desk(), "pythonic")
    assert env.action("Which order (the newest) is it?") == "Which order (the newest) is it?"


def test_another_action_space_is_left_alone() -> None:
    space = Utf8Text(10)
    env = desk()
    env.action_space = space
    assert CallFormatAction(env, "json").action_space is space


def test_spaces_of_different_formats_differ() -> None:
    schemas = desk().schemas
    assert FormattedTurn(schemas, "json") == FormattedTurn(schemas, "json")
    assert FormattedTurn(schemas, "json") != FormattedTurn(schemas, "pythonic")


def test_samples_are_drawn_as_the_unformatted_space_draws_them() -> None:
    schemas = desk().schemas
    formatted, plain = FormattedTurn(schemas, "hermes", seed=5), AssistantTurn(schemas, seed=5)
    assert [formatted.sample() for _ in range(20)] == [plain.sample() for _ in range(20)]
