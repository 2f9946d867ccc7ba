"""The same seed must mean the same bytes: twice, interleaved, in another process, at another time."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from unittest import mock

import gymnasium as gym
import numpy as np

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject, digest, fingerprints, play, random_turns, solve
from trace_gym.env.tool_env import ToolEnv

_INDICES = range(4)
_CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")


def repeats(subject: Subject) -> Iterator[Finding]:
    """determinism.same_seed, determinism.clock, determinism.global_rng: what makes two equal episodes differ."""
    env = subject.make()
    first = _shown(subject.make(), clock=1e6, seed=1)
    if any(_shown(other, clock=1e6, seed=1) != first for other in (env, env)):
        yield Finding(
            "determinism.same_seed",
            "The same task played twice gives different observations, rewards or infos; draw everything from `rng` in "
            "make_task, and keep no counter, set order or id() in what is shown.",
        )
        return
    if _shown(env, clock=2e6, seed=1) != first:
        yield Finding(
            "determinism.clock", "What is shown changes with the clock; leave times out of observations and infos."
        )
    if _shown(env, clock=1e6, seed=2) != first:
        yield Finding(
            "determinism.global_rng",
            "What is shown changes with `random.seed` or `numpy.random.seed`; use the `rng` that make_task gets.",
        )


def _shown(env: ToolEnv, *, clock: float, seed: int) -> list[str]:
    """All that an environment shows while the clock stands still and the global generators are seeded."""
    with _frozen_clock(clock), _global_seed(seed):
        return list(fingerprints(env, _INDICES))


def interleaves(subject: Subject) -> Iterator[Finding]:
    """determinism.instances: two environments played in turns must not disturb each other."""
    alone = [digest(play(subject.make(), index, random_turns(subject.make(), index))) for index in (0, 1)]
    envs = [subject.make(), subject.make()]
    played = [play(env, index, []) for index, env in enumerate(envs)]
    turns = [random_turns(subject.make(), index) for index in (0, 1)]  # of the same tools as alone
    for number in range(max(map(len, turns))):
        for env, record, script in zip(envs, played, turns, strict=True):
            if record.over or number >= len(script):
                continue
            observation, reward, terminated, truncated, info = env.step(script[number])
            record.observations.append(observation)
            record.rewards.append(float(reward))
            record.infos.append(info)
            record.over = bool(terminated or truncated)
    if [digest(record) for record in played] != alone:
        yield Finding(
            "determinism.instances",
            "Two instances played in turns disturb each other; keep state in the episode, not in the class or module.",
        )
    reused = subject.make()
    solve(reused, 0)
    if digest(solve(reused, 1)) != digest(solve(subject.make(), 1)):
        yield Finding(
            "determinism.instances",
            "A used instance plays differently from a fresh one; let reset start from the task's state alone.",
        )


def processes(subject: Subject) -> Iterator[Finding]:
    """determinism.process: another process with another PYTHONHASHSEED must show the same."""
    here = list(fingerprints(subject.make(), _INDICES))
    code = (
        "import json, sys\n"
        "sys.path[:] = json.loads(sys.argv[3])\n"
        "import importlib, trace_gym\n"
        "for module in json.loads(sys.argv[4]): importlib.import_module(module)\n"
        "from gymnasium.envs.registration import EnvSpec, registry\n"
        "spec = EnvSpec.from_json(sys.argv[1]); registry[spec.id] = spec\n"
        "from trace_gym.checks.subject import Subject, fingerprints\n"
        "kwargs = json.loads(sys.argv[2])\n"
        f"print(json.dumps(list(fingerprints(Subject(spec.id, kwargs=kwargs).make(), range({len(_INDICES)})))))\n"
    )
    spec = gym.registry[subject.env_id]
    modules = [spec.entry_point.split(":")[0]] if isinstance(spec.entry_point, str) else []
    done = subprocess.run(
        [sys.executable, "-c", code, spec.to_json(), *map(json.dumps, (subject.kwargs, sys.path, modules))],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "4242"},
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        yield Finding("determinism.process", f"A fresh process cannot make and play it: {reason}.")
    elif json.loads(done.stdout.splitlines()[-1]) != here:
        yield Finding(
            "determinism.process",
            "A fresh process with another PYTHONHASHSEED shows something else; sort sets, do not use hash() of texts.",
        )


def seeds(subject: Subject) -> Iterator[Finding]:
    """determinism.seed: reset(seed=...) must choose the task, and nothing else may."""
    env = subject.make()
    first = [env.reset(seed=seed)[0] for seed in range(subject.tasks)]
    states = []
    for seed in range(subject.tasks):
        env.reset(seed=seed)
        task = env.episode.task
        states.append(json.dumps([task.name, task.request, task.state], sort_keys=True, default=repr))
    if [env.reset(seed=seed)[0] for seed in range(subject.tasks)] != first:
        yield Finding("determinism.seed", "reset(seed=s) twice gives two tasks; call super().reset(seed=seed).")
    elif len(set(states)) < _drawn(subject.tasks, env.task_count) / 2:
        yield Finding(
            "determinism.seed",
            f"{subject.tasks} seeds give {len(set(states))} different tasks; draw the task from the `rng` that "
            "make_task gets.",
        )


def _drawn(draws: int, tasks: int | None) -> float:
    """How many different tasks are to be expected of so many draws."""
    return draws if tasks is None else tasks * (1 - (1 - 1 / tasks) ** draws)


@contextlib.contextmanager
def _frozen_clock(now: float) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for name in _CLOCKS:
            value = int(now * 1e9) if name.endswith("_ns") else now
            stack.enter_context(mock.patch.object(time, name, lambda value=value: value))
        yield


@contextlib.contextmanager
def _global_seed(seed: int) -> Iterator[None]:
    python, legacy = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)
