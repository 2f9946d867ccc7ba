"""Playing AgentDojo tasks: ground truths, and corrupted ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.agentdojo_official import Turn
from trace_gym import ToolCall, make_env
from trace_gym.env.parsing import render_call
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.targets.agentdojo import IDS
from trace_gym.targets.agentdojo.env import AgentDojoEnv

SUITES = {str(kwargs["suite"]): env_id for env_id, (_, kwargs) in IDS.items()}
TASKS = {"workspace": 40, "travel": 20, "banking": 16, "slack": 21}
WEIRD: tuple[Any, ...] = (
    "",
    "x",
    "[1, 2]",
    "['a']",
    None,
    True,
    -1,
    1e308,
    [],
    {},
    {"a": 1},
    "é🙂",
    "2024-05-15",
    5,
    "5",
)


def make(suite: str, **kwargs: Any) -> AgentDojoEnv:
    env = make_env(SUITES[suite], **{"split": "all", **kwargs})
    assert isinstance(env, AgentDojoEnv)
    return env


def act(env: AgentDojoEnv, turns: Sequence[Turn]) -> dict[str, Any]:
    """Takes turns up to the end; returns the last info with the reward."""
    for turn in turns:
        action = turn if isinstance(turn, str) else "".join(map(render_call, turn))
        _, reward, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            return {**info, "reward": reward}
    raise AssertionError("the episode goes on")


def gold(env: AgentDojoEnv) -> tuple[list[list[ToolCall]], str]:
    """The solution's calls, two a turn, and its message."""
    calls, message = list(env.episode.task.gold_calls), str(env.episode.task.gold[-1])
    return [calls[i : i + 2] for i in range(0, len(calls), 2)], message


def corrupted(env: AgentDojoEnv, rng: np.random.Generator) -> list[Turn]:
    """The solution with calls left out, changed, and put in between."""
    calls = [call for call in env.episode.task.gold_calls if rng.random() < 0.85]
    for _ in range(int(rng.integers(5))):
        name = list(env.tools)[int(rng.integers(len(env.tools)))]
        arguments = sample_value(env.tools[name].parameters, rng)
        if rng.random() < 0.6:
            names = env.tools[name].parameters.get("properties", {})
            arguments = {key: WEIRD[int(rng.integers(len(WEIRD)))] for key in names}
        calls.insert(int(rng.integers(len(calls) + 1)), ToolCall(name if rng.random() < 0.95 else "no_such", arguments))
    message = str(env.episode.task.gold[-1])
    return [*([call] for call in calls), message if rng.random() < 0.7 else ""]
