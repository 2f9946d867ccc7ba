"""One adapter for all capabilities, trained on the emitted environments in turn."""

from __future__ import annotations

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.lab import Lab, Settings
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.mixture_env import MixtureEnv
from trace_trainers.baselines.single_training import agent_within
from trace_trainers.evaluation.agent import Agent

NAME = "mixture"


def make_agent(lab: Lab, settings: Settings, share: int, params: SamplingParams) -> Agent:
    """Trains one adapter on all emitted environments, with what mining leaves of the budget.

    Args:
        lab: The place of work.
        settings: `learning_rate`.
        share: The share of the budget.
        params: How the agent samples.
    """
    if lab.mined.reason:
        return lab.base_as(NAME, lab.mining_cost(share), lab.mined.reason)

    def make() -> MixtureEnv:
        return MixtureEnv([lab.make_emitted(name) for name in lab.mined.envs])

    return agent_within(lab, NAME, make, settings, share, params, already=lab.mining_cost())


METHOD = Method(
    NAME,
    "one adapter on the mixture of the emitted environments",
    make_agent,
    {"learning_rate": 0.0},
    needs_mining=True,
)
