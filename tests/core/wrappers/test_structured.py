"""Actions as objects."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym.wrappers import StructuredActions

from ..helpers import desk


def test_objects_are_calls_and_say_speaks() -> None:
    env = StructuredActions(desk())
    env.reset(seed=0)
    assert env.step({"name": "get_order", "arguments": {"order_id": "W0"}})[0] == "Error: no order W0."
    assert env.step({"name": "fly", "arguments": {}})[0].startswith("Error: there is no tool 'fly'")
    assert env.step({"name": "say", "arguments": {"message": "Done."}})[2]


@pytest.mark.parametrize(
    "action", [None, "x", {}, {"name": "a"}, {"name": 3, "arguments": {}}, {"name": "a", "arguments": []}]
)
def test_what_is_no_object_of_that_form_is_a_type_error(action: Any) -> None:
    env = StructuredActions(desk())
    env.reset(seed=0)
    with pytest.raises(TypeError, match="An action must be"):
        env.step(action)


def test_say_must_not_be_a_tool() -> None:
    with pytest.raises(ValueError, match="already has a tool named 'get_order'"):
        StructuredActions(desk(), say="get_order")


def test_say_may_have_another_name() -> None:
    env = StructuredActions(desk(), say="tell_user")
    env.reset(seed=0)
    assert "tell_user" in repr(env.action_space)
    assert env.step({"name": "say", "arguments": {"message": "Done."}})[0].startswith("Error: there is no tool 'say'")
    assert env.step({"name": "tell_user", "arguments": {"message": "Done."}})[2]


def test_saying_nothing_is_an_empty_message() -> None:
    assert StructuredActions(desk()).action({"name": "say", "arguments": {}}) == ""


def test_a_long_action_is_cut_in_the_message() -> None:
    with pytest.raises(TypeError) as caught:
        StructuredActions(desk()).action({"x": "y" * 500})
    assert len(str(caught.value)) < 160


def test_samples_are_calls_and_messages() -> None:
    env = StructuredActions(desk())
    env.action_space.seed(0)
    names = {env.action_space.sample()["name"] for _ in range(200)}
    assert names == {*desk().tools, "say"}
