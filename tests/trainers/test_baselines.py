"""The agents of an evaluation: who takes part, what each cost, and which episodes the choosing ones repeat."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from trace_trainers.baselines import agents_of, base, oracle_routed, routed, single_adapter
from trace_trainers.baselines.contest import Contest
from trace_trainers.baselines.oracle_routed import choose_by_need
from trace_trainers.evaluation.budget import Budget
from trace_trainers.policies.adapters import BASE, AdapterPolicy

from trace_gym.env.registration import make_env
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.rollouts.scripted import OraclePolicy, SilentPolicy
from trace_gym.trajectories.record import Trajectory

DESK = "trace/ServiceDesk-v0"
MINING = Budget({"mine": 640})
TRAINING = {"multi_step": Budget({"train multi_step": 100}), "recovery": Budget({"train recovery": 30})}


def a_contest(*adapters: str, chooser: Any = None) -> Contest:
    """A contest whose bank holds nothing but names: what is tested here never samples."""
    bank: Any = SimpleNamespace(names=list(adapters))
    return Contest(bank, SamplingParams(), chooser, MINING, TRAINING)


def always(name: str) -> Any:
    return lambda requests: [name for _ in requests]


def needing(*needs: str) -> TurnRequest:
    task = SimpleNamespace(needs=needs)
    env: Any = SimpleNamespace(episode=SimpleNamespace(task=task))
    rng: Any = None
    return TurnRequest(0, [], [], rng, env)


def played_by(policy: Any, tasks: int) -> list[Trajectory]:
    envs = [make_env(DESK, split="evaluate") for _ in range(tasks)]
    return play_batch(envs, policy, [Job(index) for index in range(tasks)], seed=0, env_id=DESK)


def test_without_adapters_the_base_is_alone() -> None:
    assert [agent.name for agent in agents_of(a_contest())] == ["base"]


def test_the_order_is_that_of_the_table() -> None:
    names = [agent.name for agent in agents_of(a_contest("multi_step", "recovery", chooser=always(BASE)))]
    assert names == ["base", "adapter:multi_step", "adapter:recovery", "routed", "oracle-routed"]


def test_without_a_router_nobody_is_routed_but_the_oracle() -> None:
    names = [agent.name for agent in agents_of(a_contest("recovery"))]
    assert names == ["base", "adapter:recovery", "oracle-routed"]


def test_the_base_cost_nothing() -> None:
    [agent] = base.agents(a_contest("multi_step", "recovery"))
    assert agent.budget == Budget()


def test_an_adapter_costs_mining_and_its_own_training() -> None:
    budgets = {agent.name: agent.budget for agent in single_adapter.agents(a_contest("multi_step", "recovery"))}
    assert budgets["adapter:multi_step"].rollouts == {"mine": 640, "train multi_step": 100}
    assert budgets["adapter:recovery"].total == 670


def test_mining_is_paid_once_however_many_adapters_come_of_it() -> None:
    contest = a_contest("multi_step", "recovery", chooser=always(BASE))
    [by_router] = routed.agents(contest)
    [by_need] = oracle_routed.agents(contest)
    assert by_router.budget.total == 640 + 100 + 30
    assert by_router.budget == by_need.budget


def test_an_adapter_of_unknown_training_costs_at_least_mining() -> None:
    [agent] = single_adapter.agents(a_contest("from_elsewhere"))
    assert agent.budget == MINING


@pytest.mark.parametrize(("chosen", "solved"), [(BASE, 0), ("recovery", 4)])
def test_a_routed_conversation_is_the_one_that_the_chosen_agent_had(chosen: str, solved: int) -> None:
    played = {"base": played_by(SilentPolicy(), 4), "adapter:recovery": played_by(OraclePolicy(), 4)}
    [agent] = routed.agents(a_contest("recovery", chooser=always(chosen)))

    episodes = played_by(agent.make_policy(played), 4)
    assert sum(episode.success for episode in episodes) == solved
    expected = played["base"] if chosen == BASE else played["adapter:recovery"]
    assert [episode.messages for episode in episodes] == [episode.messages for episode in expected]
    assert {episode.policy for episode in episodes} == {"routed"}
    assert {episode.adapter for episode in episodes} == {chosen}


def test_a_routed_agent_needs_the_episodes_of_every_adapter() -> None:
    [agent] = routed.agents(a_contest("recovery", chooser=always(BASE)))
    with pytest.raises(KeyError, match="adapter:recovery"):
        agent.make_policy({"base": played_by(SilentPolicy(), 1)})


def test_the_oracle_takes_the_first_need_that_has_an_adapter() -> None:
    choose = choose_by_need(["recovery", "multi_step"])
    requests = [needing("recovery"), needing("reporting", "multi_step"), needing("reporting"), needing()]
    assert choose(requests) == ["recovery", "multi_step", BASE, BASE]


def test_the_oracle_keeps_the_order_of_the_task_not_of_the_adapters() -> None:
    assert choose_by_need(["multi_step", "recovery"])([needing("recovery", "multi_step")]) == ["recovery"]


def test_the_base_agent_samples_with_the_adapters_off(tiny: Any) -> None:
    from trace_trainers.policies.adapters import AdapterBank

    contest = Contest(AdapterBank(*tiny), SamplingParams(temperature=0.0, max_new_tokens=16))
    [agent] = base.agents(contest)
    policy = agent.make_policy({})
    assert isinstance(policy, AdapterPolicy)

    [episode] = played_by(policy, 1)
    assert episode.policy == "base"
    assert episode.adapter == BASE
    assert any(message["role"] == "assistant" for message in episode.messages)
