"""What Gymnasium itself asks for: its checker, specs that round-trip, vector environments that equal single ones."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject

_STEPS = 24


def checker(subject: Subject) -> Iterator[Finding]:
    """gymnasium.check_env: Gymnasium's checker, with warnings as errors."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check_env(subject.make())
    except (Exception, Warning) as error:
        yield Finding("gymnasium.check_env", f"Gymnasium's check_env says: {_line(error)}.")


def spec(subject: Subject) -> Iterator[Finding]:
    """gymnasium.spec: a spec that survives JSON and makes the same environment."""
    registered = gym.registry[subject.env_id]
    if not isinstance(registered.entry_point, str):
        yield Finding(
            "gymnasium.spec",
            f"The entry point is {registered.entry_point!r}, expected text 'module:Class'; use register_env.",
        )
        return
    env = gym.make(subject.env_id, **subject.kwargs)
    try:
        again = gym.make(EnvSpec.from_json(env.spec.to_json())) if env.spec else None
    except (TypeError, ValueError, gym.error.Error) as error:
        yield Finding("gymnasium.spec", f"The spec does not survive JSON ({_line(error)}); use JSON-able kwargs.")
        return
    if again is None or again.reset(seed=1)[0] != env.reset(seed=1)[0]:
        yield Finding("gymnasium.spec", "The spec read back from JSON makes an environment that shows something else.")


def info(subject: Subject) -> Iterator[Finding]:
    """gymnasium.info: infos are JSON-able and hold no None, which vector environments cannot batch."""
    env = subject.make()
    _, found = env.reset(options={"index": 0})
    infos = [found, *(env.step(turn)[4] for turn in env.oracle())]
    for entry in infos:
        empty = [key for key, value in entry.items() if value is None]
        if empty:
            yield Finding("gymnasium.info", f"info[{empty[0]!r}] is None; leave the key out instead.")
            return
        try:
            json.dumps(entry, allow_nan=False)
        except (TypeError, ValueError) as error:
            yield Finding("gymnasium.info", f"info is not JSON-able ({_line(error)}); put plain values there.")
            return


def vectors(subject: Subject) -> Iterator[Finding]:
    """gymnasium.vector: sync and async (shared memory on) show what single environments show."""
    expected = _singles(subject)
    modes: list[tuple[str, dict[str, Any]]] = [("sync", {})]
    if subject.starts_processes:
        modes.append(("async", {"shared_memory": True, "context": "spawn"}))
    for mode, options in modes:
        env = gym.make_vec(subject.env_id, 2, vectorization_mode=mode, vector_kwargs=options, **{**subject.kwargs})
        try:
            env.action_space.seed(0)
            shown = [list(env.reset(seed=5)[0])]
            for _ in range(_STEPS):
                observations, rewards, *_ = env.step(env.action_space.sample())
                shown.append([*observations, *map(float, rewards)])
        finally:
            env.close()
        if shown != expected:
            step = next(i for i, (a, b) in enumerate(zip(shown, expected, strict=True)) if a != b)
            yield Finding(
                "gymnasium.vector", f"In {mode} mode step {step} shows something else than single environments."
            )


def _singles(subject: Subject) -> list[list[object]]:
    """The same episodes, environment by environment."""
    twin = gym.make_vec(subject.env_id, 2, vectorization_mode="sync", **{**subject.kwargs})
    twin.action_space.seed(0)
    actions = [twin.action_space.sample() for _ in range(_STEPS)]
    twin.close()
    envs = [gym.make(subject.env_id, disable_env_checker=True, **subject.kwargs) for _ in range(2)]
    shown: list[list[object]] = [[env.reset(seed=5 + i)[0] for i, env in enumerate(envs)]]
    over = [False, False]
    for step in actions:
        observations, rewards = [], []
        for i, env in enumerate(envs):
            if over[i]:  # Gymnasium resets at the step after the end
                observation, reward, over[i] = env.reset()[0], 0.0, False
            else:
                observation, paid, terminated, truncated, _ = env.step(step[i])
                reward, over[i] = float(paid), bool(terminated or truncated)
            observations.append(observation)
            rewards.append(reward)
        shown.append([*observations, *rewards])
    return shown


def _line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
