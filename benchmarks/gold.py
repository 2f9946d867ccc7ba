"""References and doing nothing in AgentDojo and BFCL, by us and the benchmarks: `python -m benchmarks.gold`."""

from __future__ import annotations

from benchmarks import agentdojo_official, bfcl_official
from trace_gym import ToolEnv, make_env
from trace_gym.report.table import table
from trace_gym.targets import agentdojo
from trace_gym.targets.agentdojo.env import AgentDojoEnv
from trace_gym.targets.bfcl.env import BFCLMultiTurnEnv


def main() -> None:
    """Plays every task twice and prints one row an id."""
    rows = [_agentdojo(env_id) for env_id in agentdojo.IDS]
    rows += [_bfcl(category) for category in ("base", "miss_func", "miss_param", "long_context")]
    header = ("environment", "tasks", "reference solves", "doing nothing solves", "by the benchmark's own code")
    print(table(header, rows))


def _agentdojo(env_id: str) -> tuple[object, ...]:
    env = make_env(env_id, split="all")
    assert isinstance(env, AgentDojoEnv)
    gold, nothing, theirs = 0.0, 0.0, 0
    for index in range(len(env.names)):
        gold += _played(env, index)
        nothing += _played(env, index, ["Done."])
        theirs += agentdojo_official.run(env, ["Done."])[0]
    return env_id, len(env.names), f"{gold:g}", f"{nothing:g}", theirs


def _bfcl(category: str) -> tuple[object, ...]:
    env = make_env("trace/BFCLMultiTurn-v0", split="all", category=category)
    assert isinstance(env, BFCLMultiTurnEnv)
    code = bfcl_official.Benchmark()
    gold, nothing, theirs = 0.0, 0.0, 0
    for index in range(len(env.names)):
        gold += _played(env, index)
        env.reset(options={"index": index})
        entry = env.world.entry  # type: ignore[attr-defined]
        nothing += _played(env, index, [""] * len(entry.turns))
        theirs += code.valid(entry, [[] for _ in entry.turns])
    return f"trace/BFCLMultiTurn-v0, {category}", len(env.names), f"{gold:g}", f"{nothing:g}", theirs


def _played(env: ToolEnv, index: int, turns: list[str] | None = None) -> float:
    """Takes the turns, or the reference solution's; returns the reward."""
    env.reset(options={"index": index})
    reward = 0.0
    for turn in env.oracle() if turns is None else turns:
        reward = float(env.step(turn)[1])
    return reward


if __name__ == "__main__":
    main()
