"""Comparing agents, with policies that need no model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.evaluation.budget import Budget
from trace_trainers.evaluation.comparison import by_need, compare
from trace_trainers.evaluation.evaluate import EvaluationSettings, evaluate
from trace_trainers.evaluation.recorded import RecordedPolicy

from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.report.evaluation import render_evaluation
from trace_gym.rollouts.policy import Policy, TurnRequest
from trace_gym.rollouts.scripted import OraclePolicy, SilentPolicy
from trace_gym.targets.service_desk.env import ServiceDesk
from trace_gym.trajectories.record import Trajectory

DESK = "trace/ServiceDesk-v0"
TASKS = 12
SETTINGS = EvaluationSettings(env_id=DESK, tasks=TASKS)


class EverySecond(OraclePolicy):
    """Solves the tasks with an even index."""

    policy_id = "every-second"

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        turns = super().act(requests)
        return [turn if request.env.index % 2 == 0 else "" for request, turn in zip(requests, turns, strict=True)]


def desk() -> ToolEnv:
    return make_env(DESK, split="evaluate")


def agent(name: str, policy: type[Policy], budget: Budget | None = None) -> Agent:
    return Agent(name, lambda played: policy(), budget or Budget())


@pytest.fixture
def agents() -> list[Agent]:
    return [
        agent("base", SilentPolicy),
        agent("half", EverySecond, Budget({"mine": 640, "train half": 1000})),
        agent("routed", OraclePolicy, Budget({"mine": 640})),
    ]


def test_every_agent_plays_the_same_tasks(agents: list[Agent], tmp_path: Path) -> None:
    evaluation = evaluate(agents, desk, tmp_path, SETTINGS)

    rates = {name: row["success_rate"] for name, row in evaluation["agents"].items()}
    assert rates == {"base": 0.0, "half": 0.5, "routed": 1.0}
    for name in rates:
        lines = (tmp_path / f"{name}.jsonl").read_text().splitlines()
        assert [json.loads(line)["task_id"] for line in lines] == [f"evaluate/{index}" for index in range(TASKS)]


def test_it_says_what_the_agents_cost_and_what_comparing_them_cost(agents: list[Agent], tmp_path: Path) -> None:
    row = evaluate(agents, desk, tmp_path, SETTINGS)["agents"]["half"]

    assert row["rollouts"] == {"total": 1640, "by_stage": {"mine": 640, "train half": 1000}}
    assert row["evaluation_rollouts"] == TASKS


def test_the_base_is_compared_with_all_and_the_routed_agent_too(agents: list[Agent], tmp_path: Path) -> None:
    pairs = evaluate(agents, desk, tmp_path, SETTINGS)["pairs"]

    assert [(pair["first"], pair["second"]) for pair in pairs] == [
        ("base", "half"),
        ("base", "routed"),
        ("half", "routed"),
    ]
    assert pairs[1]["difference"] == 1.0
    assert pairs[1]["p"] == pytest.approx(2 / 2**TASKS)
    low, high = pairs[0]["interval"]
    assert low < 0.5 < high


def test_an_evaluation_that_was_cut_off_continues(agents: list[Agent], tmp_path: Path) -> None:
    whole = evaluate(agents, desk, tmp_path / "whole", SETTINGS)
    evaluate(agents[:1], desk, tmp_path / "cut", SETTINGS)
    path = tmp_path / "cut" / "base.jsonl"
    path.write_bytes(path.read_bytes()[:-20])

    assert evaluate(agents, desk, tmp_path / "cut", SETTINGS) == whole


def test_two_agents_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Two agents are named 'base'; give each a name of its own"):
        evaluate([agent("base", SilentPolicy), agent("base", OraclePolicy)], desk, tmp_path, SETTINGS)
    assert not list(tmp_path.iterdir())


def test_more_tasks_than_there_are_are_refused(tmp_path: Path) -> None:
    class Few(ServiceDesk):
        task_count = 5

    with pytest.raises(UserError, match="has 5 tasks, and 12 were asked for"):
        evaluate([agent("base", SilentPolicy)], lambda: Few(split="evaluate"), tmp_path, SETTINGS)


def test_an_agent_may_repeat_those_before_it(tmp_path: Path) -> None:
    def make_policy(played: Played) -> Policy:
        def choose(requests: Sequence[TurnRequest]) -> list[str]:
            return ["best" if request.env.index < 6 else "" for request in requests]

        return RecordedPolicy(choose, {"": played["base"], "best": played["best"]}, policy_id="mixed")

    agents = [agent("base", SilentPolicy), agent("best", OraclePolicy), Agent("mixed", make_policy)]
    evaluation = evaluate(agents, desk, tmp_path, SETTINGS)

    assert evaluation["agents"]["mixed"]["success_rate"] == 0.5
    assert evaluation["agents"]["mixed"]["adapters_used"] == {"base": 6, "best": 6}


def test_success_is_broken_down_by_what_a_task_needs() -> None:
    env = desk()
    indices = range(40)
    solved = [index % 2 == 0 for index in indices]
    rows = by_need(env, {"a": solved, "b": [True] * 40}, indices)

    assert sum(row["n"] for row in rows.values()) == 40
    assert {row["b"] for row in rows.values()} == {1.0}
    assert "several" in rows
    total = sum(row["a"] * row["n"] for row in rows.values())
    assert total == pytest.approx(sum(solved))


def test_tasks_that_record_no_needs_are_counted_as_unknown() -> None:
    rows = by_need(make_env("trace/Meetings-v0"), {"a": [True, False]}, range(2))

    assert rows == {"unknown": {"n": 2, "a": 0.5}}


def episodes(*solved: bool) -> list[Trajectory]:
    return [
        Trajectory(DESK, str(number), [], float(success), success, adapter="x", error="" if success else "broken")
        for number, success in enumerate(solved)
    ]


def test_a_comparison_counts_adapters_and_errors() -> None:
    played = {"base": episodes(True, False, False)}
    row = compare([agent("base", SilentPolicy)], played, seed=0)["agents"]["base"]

    assert row["adapters_used"] == {"x": 3}
    assert (row["errors"], row["successes"], row["n"]) == (2, 1, 3)
    low, high = row["interval"]
    assert 0 <= low < 1 / 3 < high <= 1


def test_without_a_base_or_a_router_there_are_no_pairs() -> None:
    played = {"a": episodes(True), "b": episodes(False)}

    assert compare([agent("a", SilentPolicy), agent("b", SilentPolicy)], played, seed=0)["pairs"] == []


def test_the_table_has_a_line_per_agent(agents: list[Agent], tmp_path: Path) -> None:
    lines = render_evaluation(evaluate(agents, desk, tmp_path, SETTINGS)).splitlines()

    assert [line.split()[0] for line in lines[2:]] == ["base", "half", "routed"]
    assert "1,640" in lines[3]
    assert "50.0 %" in lines[3]
    assert "+100.0 [+100.0, +100.0]" in lines[4]


class TestBudget:
    def test_stages_add_up(self) -> None:
        budget = Budget({"mine": 10}).plus("train a", 5).plus("mine", 2)

        assert budget.rollouts == {"mine": 12, "train a": 5}
        assert budget.total == 17

    def test_budgets_add_up_stage_by_stage(self) -> None:
        assert (Budget({"a": 1, "b": 2}) + Budget({"b": 3, "c": 4})).rollouts == {"a": 1, "b": 5, "c": 4}

    def test_a_budget_is_not_changed_by_adding_to_it(self) -> None:
        budget = Budget({"a": 1})
        budget.plus("a", 5)

        assert budget.total == 1

    def test_a_negative_count_is_refused(self) -> None:
        with pytest.raises(ValueError, match="'mine' has -1 rollouts"):
            Budget({"mine": -1})

    def test_json_has_the_total(self) -> None:
        value: dict[str, Any] = Budget({"a": 1, "b": 2}).to_json()

        assert value == {"total": 3, "by_stage": {"a": 1, "b": 2}}
