"""Playing one environment alone, eight at once in threads, and eight at once in processes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gymnasium as gym

from trace_gym import ToolEnv, make_env

SIZE = 8


def solved(env: ToolEnv, indices: Sequence[int]) -> list[Any]:
    """All that the solutions of some tasks show."""
    seen: list[Any] = []
    for index in indices:
        seen.append(env.reset(options={"index": index})[0])
        seen += [env.step(turn)[:4] for turn in env.oracle()]
        seen.append(env.snapshot())
    return seen


def in_threads(env_id: str, indices: Sequence[int], **kwargs: Any) -> list[list[Any]]:
    """The same, by eight environments at once."""
    envs = [make_env(env_id, **kwargs) for _ in range(SIZE)]
    with ThreadPoolExecutor(SIZE) as pool:
        return list(pool.map(lambda env: solved(env, indices), envs))


def in_processes(env_id: str, seed: int, steps: int, **kwargs: Any) -> tuple[list[Any], list[Any]]:
    """What eight processes and what eight single environments show: solutions, and "Done." once these are over."""
    options = {"shared_memory": True, "context": "fork"}  # so that the benchmark is imported once
    vector = gym.make_vec(env_id, SIZE, vectorization_mode="async", vector_kwargs=options, **kwargs)
    singles = [make_env(env_id, **kwargs) for _ in range(SIZE)]
    try:
        shown = [list(vector.reset(seed=seed)[0])]
        expected = [[env.reset(seed=seed + number)[0] for number, env in enumerate(singles)]]
        scripts = [env.oracle() for env in singles]
        over = [False] * SIZE
        for step in range(steps):
            actions = [script[step] if step < len(script) else "Done." for script in scripts]
            observations, rewards, *_ = vector.step(actions)
            shown.append([*observations, *map(float, rewards)])
            rows = [_next(env, action, ended) for env, action, ended in zip(singles, actions, over, strict=True)]
            over = [row[2] for row in rows]
            expected.append([*(row[0] for row in rows), *(row[1] for row in rows)])
    finally:
        vector.close()
    return shown, expected


def _next(env: ToolEnv, action: str, ended: bool) -> tuple[str, float, bool]:
    """A step, or the reset that Gymnasium makes of the step after the end."""
    if ended:
        return env.reset()[0], 0.0, False
    observation, reward, terminated, truncated, _ = env.step(action)
    return observation, float(reward), terminated or truncated
