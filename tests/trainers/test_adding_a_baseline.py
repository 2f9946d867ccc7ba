"""A baseline of one's own: one file and one line, and it stands in the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trace_trainers import baselines
from trace_trainers.baselines.contest import Contest
from trace_trainers.baselines.oracle_routed import choose_by_need
from trace_trainers.evaluation.agent import Agent
from trace_trainers.evaluation.budget import Budget
from trace_trainers.evaluation.evaluate import EvaluationSettings, evaluate
from trace_trainers.policies.adapters import BASE, AdapterBank, fixed

from trace_gym.env.registration import make_env
from trace_gym.report.evaluation import render_evaluation
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.rollouts.scripted import OraclePolicy

DESK = "trace/ServiceDesk-v0"

# ---- what an author would write, in a file of their own


def prompted_agents(contest: Contest) -> list[Agent]:
    """A policy that knows the solutions, bought for 300 rollouts."""
    return [Agent("prompted", lambda played: OraclePolicy(), contest.mining.plus("prompt", 300))]


# ----


@pytest.fixture
def contest(tiny: Any) -> Contest:
    params = SamplingParams(temperature=0.0, max_new_tokens=4)
    return Contest(AdapterBank(*tiny), params, mining=Budget({"mine": 100}))


def test_one_line_puts_it_into_the_table(contest: Contest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "BASELINES", (*baselines.BASELINES, prompted_agents))
    agents = baselines.agents_of(contest)
    evaluation = evaluate(
        agents, lambda: make_env(DESK, split="evaluate"), tmp_path, EvaluationSettings(env_id=DESK, tasks=3)
    )

    assert list(evaluation["agents"]) == ["base", "prompted"]
    assert evaluation["agents"]["prompted"]["rollouts"]["total"] == 400
    assert "prompted" in render_evaluation(evaluation)


def test_without_adapters_the_base_alone_takes_part(contest: Contest) -> None:
    assert [agent.name for agent in baselines.agents_of(contest)] == ["base"]


def test_an_agent_has_cost_the_adapters_it_is_made_of(tiny: Any) -> None:
    bank = AdapterBank(*tiny)
    bank.names = ["a", "b"]
    training = {"a": Budget({"train a": 10}), "b": Budget({"train b": 20})}
    contest = Contest(bank, SamplingParams(), fixed("a"), Budget({"mine": 5}), training)

    costs = {agent.name: agent.budget.total for agent in baselines.agents_of(contest)}
    assert costs == {"base": 0, "adapter:a": 15, "adapter:b": 25, "routed": 35, "oracle-routed": 35}


def test_the_oracle_chooses_by_the_tasks_private_needs() -> None:
    env = make_env(DESK, split="evaluate")
    choose = choose_by_need(["error_recovery"])
    for index in range(30):
        _, info = env.reset(options={"index": index})
        request = TurnRequest(0, info["messages"], info["tools"], env.np_random, env)
        expected = "error_recovery" if "error_recovery" in env.episode.task.needs else BASE
        assert choose([request]) == [expected]
