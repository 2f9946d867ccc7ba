"""The router's choice of one adapter per conversation."""

from __future__ import annotations

from collections.abc import Sequence

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.trajectories.record import Trajectory
from trace_trainers.baselines.contest import Contest
from trace_trainers.baselines.lab import Lab, Settings
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.single_adapter import agent_name
from trace_trainers.baselines.training import trained_or_base
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.evaluation.comparison import BASE_AGENT, ROUTED_AGENT
from trace_trainers.evaluation.recorded import RecordedPolicy
from trace_trainers.policies.adapters import BASE, AdapterBank, AdapterPolicy, Chooser
from trace_trainers.routing.build import RouterPlan, load_or_build
from trace_trainers.routing.router import chooser


def agents(contest: Contest) -> list[Agent]:
    """Returns the routed agent, if there is a router.

    Args:
        contest: Provides the router and the adapters.
    """
    if contest.routed is None:
        return []
    return [choosing_agent(contest, ROUTED_AGENT, contest.routed)]


def choosing_agent(contest: Contest, name: str, choose: Chooser) -> Agent:
    """Returns an agent that chooses an adapter per conversation and repeats what that adapter's agent played.

    Args:
        contest: Provides the adapters; the agent's budget includes the training of all of them.
        name: The agent's name.
        choose: Names an adapter for each conversation.
    """
    adapters = contest.adapters

    def make_policy(played: Played) -> RecordedPolicy:
        recorded: dict[str, Sequence[Trajectory]] = {BASE: played[BASE_AGENT]}
        for adapter in adapters:
            # single adapters play before any agent that chooses, by the order of BASELINES
            recorded[adapter] = played[agent_name(adapter)]
        return RecordedPolicy(choose, recorded, policy_id=name)

    return Agent(name, make_policy, contest.budget_of(*adapters))


def make_agent(lab: Lab, settings: Settings, share: int, params: SamplingParams) -> Agent:
    """Mines, identifies, synthesizes, trains an adapter for each capability, and routes.

    Args:
        lab: The place of work.
        settings: `learning_rate`.
        share: The share of the budget.
        params: How the agent samples.
    """
    trained = trained_or_base(lab, settings, share, ROUTED_AGENT)
    if isinstance(trained, Agent):
        return trained

    def make_policy(played: Played) -> AdapterPolicy:
        bank = lab.bank()
        choose = _router(lab, bank, list(trained.folders))
        for name, folder in trained.folders.items():
            bank.load(name, folder)
        return AdapterPolicy(bank, choose, params, policy_id=ROUTED_AGENT)

    return Agent(ROUTED_AGENT, make_policy, trained.budget)


def _router(lab: Lab, bank: AdapterBank, available: Sequence[str]) -> Chooser:
    """Builds the router, or loads it; it learns from prompts alone, which no agent has to play."""
    envs = {name: lab.make_emitted(name) for name in lab.mined.envs}
    plan = RouterPlan(envs, lab.mined.descriptions, lab.rules.prompts)
    router, _ = load_or_build(bank, plan, lab.folder / "router.json")
    # of a small share, an adapter may not have had its first step
    names = [name if name in available else BASE for name in lab.mined.envs]
    return chooser(bank, router, names)


METHOD = Method(
    ROUTED_AGENT,
    "mined, identified, synthesized, an adapter for each capability, routed",
    make_agent,
    {"learning_rate": 0.0},
    needs_mining=True,
    needs_adapters=True,
)
