"""What an episode has communicated, and the goal it is measured by."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym import Fact, Task
from trace_gym.env.episode import Episode, goal_state
from trace_gym.env.user import ScriptedUser

from ..helpers import call, desk


def episode(said: list[str], *facts: Fact) -> Episode:
    task = Task(request="", state={}, gold=(), facts=facts)
    return Episode(task, {}, {}, ScriptedUser(()), [], said=said)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["W1 is shipped. W2 is pending."], 1.0),
        (["W1 is shipped."], 0.0),
        (["W1 is shipped.", "W2 is pending."], 1.0),
        (["W1 is pending. W2 is shipped."], 0.0),
        (["W1 is shipped. Is W2 pending?"], 0.0),
        (["Is W1 shipped?", "Is W2 pending?"], 0.0),
        (["W1 and W2 are shipped, pending, delivered."], 0.0),
        ([], 0.0),
    ],
)
def test_every_fact_must_be_stated(said: list[str], told: float) -> None:
    others = {"shipped", "pending", "delivered"}
    facts = [
        Fact("shipped", tuple(sorted(others - {"shipped"})), "W1"),
        Fact("pending", tuple(sorted(others - {"pending"})), "W2"),
    ]
    assert episode(said, *facts).communicated() == told


def test_without_facts_all_is_communicated() -> None:
    assert episode([]).communicated() == 1.0


def test_naming_every_number_is_no_answer() -> None:
    """A question about a total cannot be answered by enumerating all totals."""
    env = desk()
    everything = " ".join(str(number) for number in range(100))
    paid = {}
    for index in range(200):
        env.reset(options={"index": index})
        if any(fact.value.isdigit() for fact in env.episode.task.facts):
            _, paid[index], *_ = env.step(f"The total is {everything}.")
    assert paid
    assert sum(paid.values()) == 0.0


def test_goal_state_replays_the_gold_calls_on_a_copy() -> None:
    env = desk()
    orders: dict[str, Any] = {"W1": {"order_id": "W1", "shipping": "standard"}}
    state = {"orders": orders, "users": {}, "items": {}, "refusals": {"W1 express": "full, use priority."}}
    gold = tuple(call("set_shipping", order_id="W1", speed=speed) for speed in ("express", "priority"))
    goal = goal_state(Task(request="", state=state, gold=gold), env.tools)
    assert goal["orders"]["W1"]["shipping"] == "priority"
    assert orders["W1"]["shipping"] == "standard"
