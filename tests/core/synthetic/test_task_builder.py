"""Drawing a task's values and building its state."""

from __future__ import annotations

import numpy as np
import pytest

from trace_gym.env.seeding import numbers_of_split
from trace_gym.synthetic.task_builder import Part, TaskBuilder

from ..helpers import call
from .blueprints import BLUEPRINT, GET_ORDER


def builder(seed: int = 0, split: str = "train") -> TaskBuilder:
    return TaskBuilder(BLUEPRINT, np.random.default_rng(seed), split)


def test_the_state_starts_empty() -> None:
    assert builder().state == {"tables": {}, "ledger": {}, "refusals": {}}


def test_every_choice_is_picked_sooner_or_later() -> None:
    world = builder()
    assert {world.pick("abc") for _ in range(60)} == set("abc")


def test_identifiers_of_a_task_differ_while_there_are_any_left() -> None:
    world = builder()
    drawn = [world.argument("get_order", "order_id") for _ in range(12)]
    assert len(set(drawn)) == 12


def test_an_identifier_inside_a_record_is_not_drawn_again() -> None:
    identifiers = [f"W{number}" for number in numbers_of_split(2, "train")]
    free, taken = identifiers[:6], identifiers[6:]
    for seed in range(20):
        world = builder(seed)
        world.state["tables"]["notes"] = {"1": [f"It is about {identifier}." for identifier in taken]}
        assert world.argument("get_order", "order_id") in free


def test_a_repeated_identifier_is_better_than_no_task() -> None:
    world = builder()
    count = len(numbers_of_split(2, "train")) + 1
    drawn = [world.argument("get_order", "order_id") for _ in range(count)]
    assert len(drawn) == count


def test_drawn_identifiers_leave_no_trace_in_the_state() -> None:
    world = builder()
    world.argument("get_order", "order_id")
    assert world.state == {"tables": {}, "ledger": {}, "refusals": {}}


def test_arguments_are_completed_in_the_order_of_the_schema() -> None:
    arguments = builder().arguments("set_status", {"status": "shipped"})
    assert list(arguments) == ["order_id", "status"]
    assert arguments["status"] == "shipped"


def test_an_optional_argument_is_there_only_if_it_is_given() -> None:
    assert "reason" not in builder().arguments("set_status", {})
    assert builder().arguments("set_status", {"reason": "late"})["reason"] == "late"


def test_given_arguments_draw_nothing() -> None:
    one, other = builder(), builder()
    one.arguments("set_status", {"order_id": "W12", "status": "shipped"})
    assert one.rng.random() == other.rng.random()


def test_a_record_is_stored_under_its_arguments_and_edited_in_place() -> None:
    world = builder()
    record = world.add_record("get_order", {"order_id": "W12"})
    record["status"] = "lost"
    assert world.state["tables"]["get_order"]["W12"]["status"] == "lost"


def test_editing_a_record_does_not_reach_the_blueprint() -> None:
    record = builder().add_record("get_order", {"order_id": "W12"})
    record["notes"].append("fragile")
    assert GET_ORDER["result"]["fields"]["notes"]["value"] == []


@pytest.mark.parametrize("once", [True, False])
def test_a_refusal_is_entered_for_exactly_one_call(once: bool) -> None:
    world = builder()
    world.refuse(call("send_mail", text="Hi"), "no connection.", once=once)
    assert world.state["refusals"] == {"send_mail(Hi)": {"message": "no connection.", "once": once}}


def test_the_same_generator_builds_the_same_task() -> None:
    def build(seed: int) -> object:
        world = builder(seed)
        return world.add_record("get_order", world.arguments("get_order", {})), world.state

    assert build(3) == build(3)
    assert build(3) != build(4)


def test_a_part_needs_no_facts() -> None:
    assert Part("Hello?", (), "Hello.").facts == ()
