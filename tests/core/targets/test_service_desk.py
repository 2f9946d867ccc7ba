"""The embedded target: solvable by its oracle, by nobody who does nothing, splits disjoint."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from trace_gym import SPLITS
from trace_gym.env.parsing import render_call
from trace_gym.rollouts.scripted import RandomPolicy, SilentPolicy
from trace_gym.targets.service_desk.capabilities import CAPABILITIES
from trace_gym.testbed.planted import PlantedPolicy, planted

from ..helpers import call, desk, play_oracle, rewards
from .service_desk.playing import LEVELS, needing, played, started

COUNT = 150
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
    env = desk(split=split, difficulty=level)
    unsolved = []
    for index in range(COUNT):
        reward, terminated, truncated, info = play_oracle(env, index)
        if not (reward == 1.0 and terminated and not truncated and info["success"]):
            unsolved.append(index)
    assert unsolved == []


@each_split_and_level
def test_a_solution_leaves_room_for_a_mistake(split: str, level: int) -> None:
    assert max(len(task.gold) for task in tasks(split, level)) < desk().max_turns


@each_split_and_level
@pytest.mark.parametrize("policy", [SilentPolicy(), RandomPolicy()], ids=["silent", "random"])
def test_who_does_nothing_of_use_earns_nothing(split: str, level: int, policy: Any) -> None:
    paid = rewards(desk(split=split, difficulty=level), policy, range(COUNT))
    assert sum(paid) / COUNT < 0.05


@each_split_and_level
def test_every_task_needs_one_to_four_capabilities(split: str, level: int) -> None:
    needs = [task.needs for task in tasks(split, level)]
    assert all(1 <= len(set(need)) == len(need) <= 4 for need in needs)
    assert {name for need in needs for name in need} == set(CAPABILITIES)


def test_there_are_six_capabilities() -> None:
    assert sorted(CAPABILITIES) == [
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


def test_stopping_after_the_first_of_several_orders_earns_nothing() -> None:
    env, _ = needing("multi_step_completion")
    first = env.episode.task.gold_calls[0].arguments["order_id"]
    served = [turn for turn in env.episode.task.gold_calls if turn.arguments["order_id"] == first]
    assert played(env, *served, "All done.") == 0.0


def test_a_refused_call_is_not_the_end() -> None:
    env, _ = needing("error_recovery")
    *before, remedy = env.episode.task.gold_calls
    assert played(env, *before) == 0.0
    assert env.episode.calls[-1].error
    assert env.episode.calls[-1].result.startswith("Error: ")
    assert str(remedy.arguments["speed"]) in env.episode.calls[-1].result
    assert played(env, remedy, "Done.") == 1.0


def test_the_wrong_item_earns_nothing() -> None:
    for is_right in (True, False):
        env, _ = needing("structured_selection")
        *looks, write = env.episode.task.gold_calls
        wrong = next(item for item in env.episode.state["items"] if item != write.arguments["item_id"])
        arguments = {**write.arguments}
        if not is_right:
            arguments["item_id"] = wrong
        assert played(env, *looks, call("exchange_item", **arguments), "Done.") == float(is_right)


def test_a_closed_payment_earns_nothing() -> None:
    env, _ = needing("argument_grounding")
    *looks, write = env.episode.task.gold_calls
    [user] = env.episode.state["users"].values()
    closed = next(row["payment_id"] for row in user["payments"] if row["state"] == "closed")
    assert played(env, *looks, call("refund_order", **{**write.arguments, "payment_id": closed}), "Done.") == 0.0


def test_a_result_that_is_not_told_earns_nothing() -> None:
    env, _ = needing("result_reporting")
    assert played(env, *env.episode.task.gold_calls, "I have looked it up.") == 0.0


def test_a_whole_record_read_out_earns_nothing() -> None:
    env, visit = needing("result_reporting", errand="ask")
    [order] = [job.order for errand in visit.errands for job in errand.jobs]
    said = f"{order['order_id']}: {order['status']}, {order['region']}, {order['net']}, {order['gross']}."
    assert played(env, *env.episode.task.gold_calls, said) == 0.0
    assert env.terms(env.episode)["communicated"] == 1.0


def test_who_changes_an_order_before_looking_it_up_earns_nothing() -> None:
    for is_turned in (False, True):
        env, _ = started(lambda task, visit: task.needs == ("precondition_verification",) and len(task.gold_calls) == 2)
        *question, look, write, closing = env.episode.task.gold
        turns = [*question, look, write, closing]
        if is_turned:
            turns = [*question, write, look, closing]
        assert played(env, *turns) == float(not is_turned)
        assert env.terms(env.episode)["outcome"] == 1.0


def test_a_status_that_forbids_has_to_be_named() -> None:
    for sentence, paid in (("so I cannot.", 0.0), ("it is {}, so I cannot.", 1.0)):
        env, visit = started(
            lambda task, visit: task.needs == ("precondition_verification",) and len(task.gold_calls) == 1
        )
        [job] = visit.errands[0].jobs
        said = f"{job.order_id}: " + sentence.format(job.order["status"])
        assert played(env, *env.episode.task.gold[:-1], said) == paid


def test_damage_elsewhere_cannot_be_made_up_for() -> None:
    env, _ = needing("multi_step_completion")
    asked = {c.arguments["order_id"] for c in env.episode.task.gold_calls}
    other = next(order for order in env.episode.state["orders"] if order not in asked)
    turns = [call("get_order", order_id=other), call("return_order", order_id=other), *env.episode.task.gold]
    assert played(env, *turns) == 0.0


def test_an_invented_payment_is_refused() -> None:
    env, _ = needing("argument_grounding")
    write = env.episode.task.gold_calls[-1]
    observation, *_ = env.step(render_call(call("refund_order", **{**write.arguments, "payment_id": "P1"})))
    assert observation == "Error: no payment P1."


def test_harder_tasks_ask_for_more() -> None:
    lengths = [sum(len(task.gold) for task in tasks("train", level)) for level in LEVELS]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[2]


def test_levels_are_harder_for_an_agent_with_planted_deficits() -> None:
    shares = []
    for level in LEVELS:
        paid = rewards(desk(difficulty=level), PlantedPolicy(planted(0.5)), range(400))
        shares.append(sum(paid) / len(paid))
    assert shares[0] > shares[1] > shares[2]
    assert shares[0] - shares[2] > 0.1
