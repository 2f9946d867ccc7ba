"""Base, each single adapter, routed and oracle-routed agents on the same held-out tasks, compared in pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from trace_gym.console.table import table
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json
from trace_gym.rollouts.collect import collect
from trace_gym.rollouts.play import Job
from trace_gym.rollouts.policy import Policy, TurnRequest
from trace_gym.trajectories.record import Trajectory
from trace_trainers.evaluation.recorded import RecordedPolicy
from trace_trainers.evaluation.statistics import mcnemar, paired_interval, wilson
from trace_trainers.policies.adapters import BASE, AdapterBank, AdapterPolicy, Chooser, fixed

SCHEMA = "trace-gym/evaluation"
VERSION = 1


Agent = str | Chooser
"""An adapter's name, or what chooses one per conversation."""


def agents_of(bank: AdapterBank, routed: Chooser | None) -> dict[str, Agent]:
    """Names the agents to compare: `base`, `adapter:<capability>`, `routed`, `oracle-routed`."""
    agents: dict[str, Agent] = {"base": BASE}
    agents.update({f"adapter:{name}": name for name in bank.names})
    if routed is not None:
        agents["routed"] = routed
    if bank.names:
        agents["oracle-routed"] = _oracle(bank.names)
    return agents


def _oracle(names: Sequence[str]) -> Chooser:
    """Takes the adapter of the first capability the task privately needs that has one, else the base."""

    def choose(requests: Sequence[TurnRequest]) -> list[str]:
        needs = [request.env.episode.task.needs for request in requests]
        return [next((name for name in need if name in names), BASE) for need in needs]

    return choose


def evaluate(
    bank: AdapterBank,
    agents: Mapping[str, Agent],
    make_env: Callable[[], ToolEnv],
    folder: Path,
    *,
    env_id: str,
    tasks: int,
    seed: int,
    temperature: float = 0.0,
    max_new_tokens: int = 128,
    batch_size: int = 64,
    recorded: Mapping[str, Json] | None = None,
) -> dict[str, Any]:
    """Plays every agent on tasks 0 to `tasks` - 1 of the environment's split and compares them.

    Args:
        bank: base and adapters.
        agents: as `agents_of` names them; one that chooses is put together from the episodes of those it chooses
            among, which come before it.
        make_env: makes the environment on the held-out split.
        folder: one JSONL of trajectories per agent goes there; a run that was cut off continues.
        env_id, seed: written into the records.
        tasks: how many, >= 1.
        temperature, max_new_tokens: of the agents.
        batch_size: episodes played in step.
        recorded: more of the settings, to be written into the records.

    Returns:
        The content of `evaluation.json`.
    """
    played: dict[str, list[Trajectory]] = {}
    for name, agent in agents.items():
        policy: Policy
        if isinstance(agent, str):
            policy = AdapterPolicy(
                bank, fixed(agent), policy_id=name, temperature=temperature, max_new_tokens=max_new_tokens
            )
        else:
            episodes = {other: played[label] for label, other in agents.items() if isinstance(other, str)}
            policy = RecordedPolicy(agent, episodes, policy_id=name)
        played[name] = collect(
            folder / f"{name.replace(':', '.')}.jsonl",
            make_env,
            policy,
            [Job(i) for i in range(tasks)],
            env_id=env_id,
            seed=seed,
            batch_size=batch_size,
            settings={"temperature": temperature, "max_new_tokens": max_new_tokens, **(recorded or {})},
            label=f"evaluate {name}",
        )
    passes = {name: [t.success for t in trajectories] for name, trajectories in played.items()}
    env = make_env()
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "env_id": env_id,
        "split": env.split,
        "seed": seed,
        "n": tasks,
        "temperature": temperature,
        "agents": {name: _agent(passes[name], played[name]) for name in played},
        "pairs": _pairs(passes, seed),
        "by_need": _by_need(env, passes, tasks),
    }


def _agent(passes: Sequence[bool], trajectories: Sequence[Trajectory]) -> dict[str, Any]:
    chosen = [t.adapter for t in trajectories]
    return {
        "success_rate": sum(passes) / len(passes),
        "n": len(passes),
        "successes": sum(passes),
        "interval": list(wilson(sum(passes), len(passes))),
        "adapters_used": {name or "base": chosen.count(name) for name in sorted(set(chosen))},
        "errors": sum(bool(t.error) for t in trajectories),
    }


def _pairs(passes: Mapping[str, Sequence[bool]], seed: int) -> list[dict[str, Any]]:
    """Every other agent against the base, and the routed agent against every other."""
    names = [name for name in passes if name != "base"]
    pairs = [("base", name) for name in names]
    if "routed" in passes:
        pairs += [(name, "routed") for name in names if name != "routed"]
    return [
        {
            "first": first,
            "second": second,
            "difference": (sum(passes[second]) - sum(passes[first])) / len(passes[first]),
            "interval": list(paired_interval(passes[first], passes[second], seed=seed)),
            "p": mcnemar(passes[first], passes[second]),
            "test": "exact McNemar, two-sided",
        }
        for first, second in pairs
    ]


def _by_need(env: ToolEnv, passes: Mapping[str, Sequence[bool]], tasks: int) -> dict[str, Any]:
    """Success on the tasks that need one capability alone, and on those that need several, by private labels."""
    rows: dict[str, list[int]] = {}
    for index in range(tasks):
        env.reset(options={"index": index})
        needs = env.episode.task.needs
        rows.setdefault({0: "unknown", 1: "".join(needs[:1])}.get(len(needs), "several"), []).append(index)
    return {
        need: {"n": len(indices), **{name: sum(p[i] for i in indices) / len(indices) for name, p in passes.items()}}
        for need, indices in sorted(rows.items())
    }


def render(evaluation: Mapping[str, Any]) -> str:
    """Lays out the final table."""
    against_base = {pair["second"]: pair for pair in evaluation["pairs"] if pair["first"] == "base"}
    rows = []
    for name, agent in evaluation["agents"].items():
        low, high = agent["interval"]
        pair = against_base.get(name)
        gain = (
            f"{100 * pair['difference']:+.1f} [{100 * pair['interval'][0]:+.1f}, {100 * pair['interval'][1]:+.1f}]"
            if pair
            else ""
        )
        p = "" if pair is None else "<0.0001" if pair["p"] < 1e-4 else f"{pair['p']:.4f}"
        rows.append(
            (name, f"{100 * agent['success_rate']:.1f} %", f"[{100 * low:.1f}, {100 * high:.1f}]", agent["n"], gain, p)
        )
    return table(("agent", "success", "95 % interval", "n", "against base, points", "McNemar p"), rows)
