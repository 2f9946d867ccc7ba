"""GRPO on the pool's own target tasks: no mining, no environments, one adapter."""

from __future__ import annotations

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.lab import Lab, Settings
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.single_training import agent_within
from trace_trainers.evaluation.agent import Agent
from trace_trainers.evaluation.budget import Budget

NAME = "target_grpo"


def make_agent(lab: Lab, settings: Settings, share: int, params: SamplingParams) -> Agent:
    """Trains one adapter on the pool's tasks.

    Args:
        lab: The place of work.
        settings: `learning_rate`.
        share: The share of the budget.
        params: How the agent samples.
    """
    return agent_within(lab, NAME, lab.make_pool, settings, share, params, already=Budget())


METHOD = Method(NAME, "GRPO on the pool's target tasks", make_agent, {"learning_rate": 0.0})
