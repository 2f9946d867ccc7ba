"""Methods that train one adapter on one environment."""

from __future__ import annotations

from collections.abc import Callable

from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.lab import Lab, Settings
from trace_trainers.baselines.training import label_of, train_within
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.evaluation.budget import Budget
from trace_trainers.grpo.snapshots import snapshot_at
from trace_trainers.policies.adapters import AdapterPolicy, fixed


def agent_within(
    lab: Lab,
    name: str,
    make: Callable[[], ToolEnv],
    settings: Settings,
    share: int,
    params: SamplingParams,
    *,
    already: Budget,
) -> Agent:
    """Trains one adapter with what is left of the budget, and returns its agent at a share of it.

    Args:
        lab: The place of work.
        name: The method's name.
        make: Makes the environment.
        settings: The method's settings.
        share: The share of the budget.
        params: How the agent samples.
        already: What was spent before the training.
    """
    rules = lab.rules
    marks = [max(0, rules.rollouts_at(each) - already.total) for each in rules.shares]
    out = lab.folder / "adapters" / label_of(settings)
    train_within(lab, make, name, out, settings, max(marks), marks)

    mark = max(0, rules.rollouts_at(share) - already.total)
    folder, _ = snapshot_at(out, mark)
    if folder is None:
        note = f"{share} % of the budget leave {mark} rollouts, less than one step of {rules.step_cost}"
        spent = Budget()
        if already.total:
            spent = lab.mining_cost(share)
        return lab.base_as(name, spent, note)

    def make_policy(played: Played) -> AdapterPolicy:
        bank = lab.bank()
        bank.load(name, folder)
        return AdapterPolicy(bank, fixed(name), params, policy_id=name)

    return Agent(name, make_policy, already + lab.spending.training(f"train {name}", out, mark))
