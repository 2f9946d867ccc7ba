"""The one adapter that does best on the pool's validation tasks."""

from __future__ import annotations

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.lab import Lab, Settings
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.training import label_of, trained_or_base
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.policies.adapters import AdapterPolicy, fixed

NAME = "best_single"


def make_agent(lab: Lab, settings: Settings, share: int, params: SamplingParams) -> Agent:
    """Plays every capability's adapter on validation tasks and keeps the best; that is paid from the budget.

    Args:
        lab: The place of work.
        settings: `learning_rate`.
        share: The share of the budget.
        params: How the agent samples.
    """
    trained = trained_or_base(lab, settings, share, NAME, chosen_from=True)
    if isinstance(trained, Agent):
        return trained

    solved = {}
    budget = trained.budget
    place = lab.folder / "choice" / f"{label_of(settings)}-{share}"
    for name, folder in trained.folders.items():
        bank = lab.bank()
        bank.load(name, folder)
        policy = AdapterPolicy(bank, fixed(name), lab.rules.choosing, policy_id=name)
        played = lab.validate(policy, place / f"{name}.jsonl")
        solved[name] = sum(episode.success for episode in played)
        budget = budget + lab.spending.episodes(f"choose {name}", place / f"{name}.jsonl")
    # of equals the first, which has the strongest contrast
    best = max(solved, key=lambda name: solved[name])

    def make_policy(played: Played) -> AdapterPolicy:
        bank = lab.bank()
        bank.load(best, trained.folders[best])
        return AdapterPolicy(bank, fixed(best), params, policy_id=NAME)

    return Agent(NAME, make_policy, budget)


METHOD = Method(
    NAME,
    "the best adapter alone, chosen on validation tasks of the pool",
    make_agent,
    {"learning_rate": 0.0},
    needs_mining=True,
    needs_adapters=True,
)
