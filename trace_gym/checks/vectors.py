"""Vector environments must show what single environments show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium as gym

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject

_COPIES = 2
_SEED = 5
_STEPS = 24


def vectors(subject: Subject) -> Iterator[Finding]:
    """Checks that sync and async vector environments (shared memory on) equal single ones, step by step.

    Yields:
        `gymnasium.vector`, at most once a mode.
    """
    modes: list[tuple[str, dict[str, Any]]] = [("sync", {})]
    if subject.starts_processes:
        # spawned, as forking a process that runs threads can deadlock
        modes.append(("async", {"shared_memory": True, "context": "spawn"}))

    expected = _single_steps(subject)
    for mode, options in modes:
        steps = _vector_steps(subject, mode, options)
        for number, (shown, wanted) in enumerate(zip(steps, expected, strict=True)):
            if shown != wanted:
                yield Finding(
                    "gymnasium.vector", f"In {mode} mode step {number} shows something else than single environments."
                )
                break


def _vector_steps(subject: Subject, mode: str, options: dict[str, Any]) -> list[list[object]]:
    """What a vector environment shows at `reset`, then at each step."""
    env = gym.make_vec(subject.env_id, _COPIES, vectorization_mode=mode, vector_kwargs=options, **subject.kwargs)
    try:
        env.action_space.seed(0)
        steps: list[list[object]] = [list(env.reset(seed=_SEED)[0])]
        for _ in range(_STEPS):
            observations, rewards, *_ = env.step(env.action_space.sample())
            steps.append([*observations, *map(float, rewards)])
    finally:
        env.close()
    return steps


def _single_steps(subject: Subject) -> list[list[object]]:
    """What single environments show in the same episodes."""
    envs = [gym.make(subject.env_id, disable_env_checker=True, **subject.kwargs) for _ in range(_COPIES)]
    requests = [env.reset(seed=_SEED + place)[0] for place, env in enumerate(envs)]
    steps: list[list[object]] = [requests]

    over = [False] * _COPIES
    for actions in _sampled_actions(subject):
        observations: list[object] = []
        rewards: list[object] = []
        for place, env in enumerate(envs):
            if over[place]:
                # Gymnasium's default autoreset resets at the step after the end, and ignores the action
                observation, reward = env.reset()[0], 0.0
                over[place] = False
            else:
                observation, paid, terminated, truncated, _ = env.step(actions[place])
                reward = float(paid)
                over[place] = bool(terminated or truncated)
            observations.append(observation)
            rewards.append(reward)
        steps.append([*observations, *rewards])
    return steps


def _sampled_actions(subject: Subject) -> list[Any]:
    """The actions that a vector environment's own space samples, which single ones are then given."""
    twin = gym.make_vec(subject.env_id, _COPIES, vectorization_mode="sync", **subject.kwargs)
    twin.action_space.seed(0)
    actions = [twin.action_space.sample() for _ in range(_STEPS)]
    twin.close()
    return actions
