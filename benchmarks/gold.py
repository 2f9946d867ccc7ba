"""References and doing nothing: `python -m benchmarks.gold [tau2 agentdojo bfcl toolsandbox]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from benchmarks import agentdojo_official, bfcl_official, tau2_official
from trace_gym import ToolCall, ToolEnv, make_env
from trace_gym.console.table import table
from trace_gym.env.parsing import render_call
from trace_gym.targets import agentdojo, tau2
from trace_gym.targets.agentdojo.env import AgentDojoEnv
from trace_gym.targets.bfcl.env import BFCLMultiTurnEnv
from trace_gym.targets.tau2 import domains
from trace_gym.targets.tau2.env import Tau2Env

Row = tuple[object, ...]


def main() -> None:
    """Plays every task of the named benchmarks twice and prints one row an environment."""
    benchmarks: dict[str, Callable[[], Iterable[Row]]] = {
        "tau2": lambda: map(_tau2, tau2.IDS),
        "agentdojo": lambda: map(_agentdojo, agentdojo.IDS),
        "bfcl": lambda: map(_bfcl, ("base", "miss_func", "miss_param", "long_context")),
        "toolsandbox": lambda: map(_toolsandbox, ("offline", "base")),
    }
    chosen = sys.argv[1:] or ["tau2", "agentdojo", "bfcl"]
    if unknown := [name for name in chosen if name not in benchmarks]:
        sys.exit(f"Unknown benchmark {unknown[0]!r}; expected {', '.join(benchmarks)}.")
    header = ("environment", "tasks", "reference solves", "doing nothing solves", "by the benchmark's own code")
    print(table(header, [row for name in chosen for row in benchmarks[name]()]))


def _tau2(env_id: str) -> Row:
    env = make_env(env_id, split="all")
    assert isinstance(env, Tau2Env)
    bye = render_call(ToolCall("done", {})) if env.solo else "Goodbye."
    gold, nothing, theirs = 0.0, 0.0, 0.0
    with tau2_official.data_under_upstream_names():
        for index in range(env.task_count):
            gold += _played(env, index)
            nothing += _played(env, index, [bye])
            task = domains.task(env.domain, env.episode.task.name)
            theirs += tau2_official.reward(env.domain, task, ["Goodbye."], [], [], solo=env.solo)
    return env_id, env.task_count, f"{gold:g}", f"{nothing:g}", f"{theirs:g}"


def _agentdojo(env_id: str) -> Row:
    env = make_env(env_id, split="all")
    assert isinstance(env, AgentDojoEnv)
    gold, nothing, theirs = 0.0, 0.0, 0
    for index in range(len(env.task_names)):
        gold += _played(env, index)
        nothing += _played(env, index, ["Done."])
        theirs += agentdojo_official.run(env, ["Done."])[0]
    return env_id, len(env.task_names), f"{gold:g}", f"{nothing:g}", theirs


def _bfcl(category: str) -> Row:
    env = make_env("trace/BFCLMultiTurn-v0", split="all", category=category)
    assert isinstance(env, BFCLMultiTurnEnv)
    code = bfcl_official.Benchmark()
    gold, nothing, theirs = 0.0, 0.0, 0
    for index in range(len(env.task_names)):
        gold += _played(env, index)
        env.reset(options={"index": index})
        entry = env.world.entry  # type: ignore[attr-defined]
        nothing += _played(env, index, [""] * len(entry.turns))
        theirs += code.valid(entry, [[] for _ in entry.turns])
    return f"trace/BFCLMultiTurn-v0, {category}", len(env.task_names), f"{gold:g}", f"{nothing:g}", theirs


def _toolsandbox(scenarios: str) -> Row:
    """The reward is ToolSandbox's own similarity; its runner has no agent that says a given text, to compare with."""
    env = make_env("trace/ToolSandbox-v0", split="all", scenarios=scenarios)
    gold = nothing = 0.0
    for index in range(env.task_count):
        gold += _played(env, index)
        nothing += _played(env, index, ["Done."] * env.max_turns)
    env.close()
    return f"trace/ToolSandbox-v0, {scenarios}", env.task_count, f"{gold:g}", f"{nothing:g}", "-"


def _played(env: ToolEnv, index: int, turns: list[str] | None = None) -> float:
    """Takes the turns, or the reference solution's; returns the reward."""
    env.reset(options={"index": index})
    reward = 0.0
    for turn in env.oracle() if turns is None else turns:
        _, paid, terminated, truncated, _ = env.step(turn)
        reward = float(paid)
        if terminated or truncated:
            break
    return reward


if __name__ == "__main__":
    main()
