"""The embedded target: solvable by its oracle, by nobody who does nothing, splits disjoint."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest
from trace_gym.targets.service_desk.clauses import CLAUSES

from trace_gym import SPLITS, ToolEnv
from trace_gym.env.parsing import render_call
from trace_gym.rollouts.scripted import OraclePolicy, RandomPolicy, SilentPolicy

from ..helpers import call, desk, rewards

COUNT = 150
LEVELS = (1, 2, 3)
each_split_and_level = pytest.mark.parametrize(("split", "level"), [(s, n) for s in SPLITS for n in LEVELS])


@cache
def tasks(split: str, level: int) -> list[Any]:
    """The first tasks of a split."""
    env = desk(split=split, difficulty=level)
    found = []
    for index in range(COUNT):
        env.reset(options={"index": index})
        found.append(env.episode.task)
    return found


@each_split_and_level
def test_the_oracle_solves_every_task(split: str, level: int) -> None:
    paid = rewards(desk(split=split, difficulty=level), OraclePolicy(), range(COUNT))
    assert [index for index, reward in enumerate(paid) if reward != 1.0] == []


@each_split_and_level
@pytest.mark.parametrize("policy", [SilentPolicy(), RandomPolicy()], ids=["silent", "random"])
def test_who_does_nothing_of_use_earns_nothing(split: str, level: int, policy: Any) -> None:
    paid = rewards(desk(split=split, difficulty=level), policy, range(COUNT))
    assert sum(paid) / COUNT < 0.05


@each_split_and_level
def test_every_task_needs_one_to_three_capabilities(split: str, level: int) -> None:
    needs = [task.needs for task in tasks(split, level)]
    assert all(1 <= len(set(need)) == len(need) <= 3 for need in needs)
    assert {name for need in needs for name in need} == set(CLAUSES)


def test_there_are_six_capabilities() -> None:
    assert sorted(CLAUSES) == [
        "argument_grounding",
        "error_recovery",
        "multi_step_completion",
        "precondition_verification",
        "result_reporting",
        "structured_selection",
    ]


def test_tools_read_and_write() -> None:
    kinds = Counter(tool.kind for tool in desk().tools.values())
    assert sum(kinds.values()) >= 8
    assert min(kinds["read"], kinds["write"]) >= 1


def test_every_tool_and_argument_is_described() -> None:
    for tool in desk().tools.values():
        assert tool.description
        assert tool.parameters["properties"]
        assert all(schema.get("description") for schema in tool.parameters["properties"].values()), tool.name


def test_identifiers_of_splits_are_disjoint() -> None:
    found = {
        split: {i for n in LEVELS for task in tasks(split, n) for i in re.findall(r"W\d{4}", json.dumps(task.state))}
        for split in SPLITS
    }
    assert all(len(identifiers) > 300 for identifiers in found.values())
    assert len(set.union(*found.values())) == sum(map(len, found.values()))


def test_requests_of_splits_are_disjoint() -> None:
    found = [{task.request + json.dumps(task.state) for task in tasks(split, 1)} for split in SPLITS]
    assert len(set.union(*found)) == len(SPLITS) * COUNT


def test_reads_change_nothing() -> None:
    env = desk()
    env.reset(options={"index": 0})
    before = json.dumps(env.episode.state)
    state = env.episode.state
    env.step(render_call(call("get_order", order_id=next(iter(state["orders"])))))
    for kind in {item["kind"] for item in state["items"].values()}:
        env.step(render_call(call("list_items", kind=kind)))
    assert json.dumps(env.episode.state) == before


def started_with(needs: str, withheld: bool | None = None) -> ToolEnv:
    """A desk at the start of a task that needs exactly one capability."""
    env = desk()
    for index in range(2000):
        env.reset(options={"index": index})
        task = env.episode.task
        if task.needs == (needs,) and withheld in (None, bool(task.answers)):
            return env
    raise AssertionError(f"no task needs only {needs}")


def played(env: ToolEnv, *actions: Any) -> float:
    """The reward of some turns."""
    for action in actions:
        _, reward, *_ = env.step(action if isinstance(action, str) else render_call(action))
    return reward


def test_a_withheld_order_is_told_when_asked() -> None:
    env = started_with("multi_step_completion")
    assert not env.episode.task.answers
    env = started_with("result_reporting", withheld=True)
    order = env.episode.task.gold_calls[0].arguments["order_id"]
    assert order not in env.episode.task.request
    observation, _, terminated, *_ = env.step("Which order is it?")
    assert (observation, terminated) == (f"It is {order}.", False)


def test_stopping_after_the_first_of_several_orders_earns_nothing() -> None:
    env = started_with("multi_step_completion")
    assert played(env, env.episode.task.gold_calls[0], "All done.") == 0.0


def test_a_refused_call_is_not_the_end() -> None:
    env = started_with("error_recovery", withheld=False)
    first, second = env.episode.task.gold_calls
    observation, *_ = env.step(render_call(first))
    assert observation.startswith("Error: no express slot for")
    assert "priority" in observation
    assert played(env, second, "Done.") == 1.0


def test_the_wrong_item_earns_nothing() -> None:
    env = started_with("structured_selection")
    search, write = env.episode.task.gold_calls
    wrong = next(item for item in env.episode.state["items"] if item != write.arguments["item_id"])
    arguments = {**write.arguments, "item_id": wrong}
    assert played(env, search, call("exchange_item", **arguments), "Done.") == 0.0


def test_a_result_that_is_not_told_earns_nothing() -> None:
    env = started_with("result_reporting", withheld=False)
    assert played(env, env.episode.task.gold_calls[0], "I have looked it up.") == 0.0


def test_damage_elsewhere_cannot_be_made_up_for() -> None:
    env = started_with("multi_step_completion")
    asked = {c.arguments["order_id"] for c in env.episode.task.gold_calls}
    other = next(order for order in env.episode.state["orders"] if order not in asked)
    turns = [call("return_order", order_id=other), *env.oracle()]
    assert played(env, *turns) == 0.0


def test_an_invented_payment_is_refused() -> None:
    env = started_with("argument_grounding")
    write = env.episode.task.gold_calls[-1]
    observation, *_ = env.step(render_call(call("refund_order", **{**write.arguments, "payment_id": "P1"})))
    assert observation == "Error: no payment P1."


def test_harder_tasks_ask_for_more() -> None:
    lengths = [sum(len(task.gold) for task in tasks("train", level)) for level in LEVELS]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[2]
