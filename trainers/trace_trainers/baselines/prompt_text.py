"""The capabilities as texts in the system message; nothing is trained."""

from __future__ import annotations

from pathlib import Path

import jinja2

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.lab import Lab, Settings, base_policy
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.prompted import PromptedPolicy
from trace_trainers.evaluation.agent import Agent, Played

NAME = "prompt_text"
_TEXT = jinja2.Template((Path(__file__).parent / "prompt_text.jinja").read_text(encoding="utf-8"), autoescape=False)


def make_agent(lab: Lab, settings: Settings, share: int, params: SamplingParams) -> Agent:
    """Tells the agent which capabilities it lacks.

    Args:
        lab: The place of work.
        settings: None.
        share: The share of the budget.
        params: How the agent samples.
    """
    spent, budget = lab.mining_cost(share), lab.mining_cost()
    if lab.mined.reason:
        return lab.base_as(NAME, spent, lab.mined.reason)
    if budget.total > spent.total:
        note = f"{share} % of the budget are {spent.total} rollouts, less than mining takes"
        return lab.base_as(NAME, spent, note)
    text = _TEXT.render(descriptions=[lab.mined.descriptions[name] for name in lab.mined.envs]).strip()

    def make_policy(played: Played) -> PromptedPolicy:
        return PromptedPolicy(base_policy(lab.bank(), params, NAME), text)

    return Agent(NAME, make_policy, budget)


METHOD = Method(NAME, "the capability texts in the system prompt", make_agent, needs_mining=True, reads_prompts=True)
