"""The same seed must give the same bytes: twice, interleaved with others, at another time."""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import Callable, Iterator
from unittest import mock

import numpy as np

from trace_gym.checks.finding import Finding
from trace_gym.checks.playing import digest, play, random_turns, solve
from trace_gym.checks.subject import Subject, fingerprints
from trace_gym.env.tool_env import ToolEnv

INDICES = range(4)
"""Tasks played; faults of determinism show on any task, so a few are enough."""
_CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")


def repeats(subject: Subject) -> Iterator[Finding]:
    """Checks that equal episodes stay equal when repeated, at another time, and with other global generators.

    Yields:
        `determinism.same_seed`, `determinism.clock`, `determinism.global_rng`: what makes two episodes differ.
    """
    env = subject.make()
    expected = _shown(subject.make(), clock=1e6, seed=1)

    # twice on the same instance: the second time it has a history that the first instance lacks
    for _ in range(2):
        if _shown(env, clock=1e6, seed=1) != expected:
            yield Finding(
                "determinism.same_seed",
                "The same task played twice gives different observations, rewards or infos; draw everything from `rng` "
                "in make_task, and show no counter, set order or id().",
            )
            return

    if _shown(env, clock=2e6, seed=1) != expected:
        yield Finding("determinism.clock", "Observations or infos depend on the clock; leave times out of them.")
    if _shown(env, clock=1e6, seed=2) != expected:
        yield Finding(
            "determinism.global_rng",
            "Observations or infos depend on `random.seed` or `numpy.random.seed`; draw from the `rng` that make_task "
            "gets.",
        )


def interleaves(subject: Subject) -> Iterator[Finding]:
    """Checks that instances do not disturb each other, nor an episode the next one.

    Yields:
        `determinism.instances`.
    """
    alone = [digest(play(subject.make(), index, _turns(subject, index))) for index in (0, 1)]
    if _played_in_turns(subject) != alone:
        yield Finding(
            "determinism.instances",
            "Two instances played in turns disturb each other; keep state in the episode, not in the class or module.",
        )

    reused = subject.make()
    solve(reused, 0)
    if digest(solve(reused, 1)) != digest(solve(subject.make(), 1)):
        yield Finding(
            "determinism.instances",
            "A used instance behaves differently from a fresh one; let reset start from the task's state alone.",
        )


def seeds(subject: Subject) -> Iterator[Finding]:
    """Checks that `reset(seed=...)` chooses the task, and that nothing else does.

    Yields:
        `determinism.seed`.
    """
    env = subject.make()
    first_requests = _requests(env, subject.tasks)
    distinct_tasks = {_task_of_seed(env, seed) for seed in range(subject.tasks)}

    if _requests(env, subject.tasks) != first_requests:
        yield Finding(
            "determinism.seed", "reset(seed=s) called twice gives two different tasks; call super().reset(seed=seed)."
        )
    elif len(distinct_tasks) < _expected_distinct(subject.tasks, env.task_count) / 2:
        yield Finding(
            "determinism.seed",
            f"{subject.tasks} seeds give {len(distinct_tasks)} different tasks; draw the task from the `rng` that "
            "make_task gets.",
        )


def _shown(env: ToolEnv, *, clock: float, seed: int) -> list[str]:
    """Digests of what an environment shows while the clock stands still and the global generators are seeded."""
    with _frozen_clock(clock), _global_seed(seed):
        return list(fingerprints(env, INDICES))


def _turns(subject: Subject, index: int) -> list[str]:
    """Random turns drawn from a fresh instance, as a played one may offer other tools."""
    return random_turns(subject.make(), index)


def _played_in_turns(subject: Subject) -> list[str]:
    """Digests of two episodes that two instances play alternately, one turn each."""
    envs = [subject.make(), subject.make()]
    episodes = [play(env, index, []) for index, env in enumerate(envs)]
    scripts = [_turns(subject, index) for index in (0, 1)]

    for number in range(max(map(len, scripts))):
        for env, played, script in zip(envs, episodes, scripts, strict=True):
            if not played.over and number < len(script):
                played.add(env.step(script[number]))
    return [digest(played) for played in episodes]


def _requests(env: ToolEnv, seeds: int) -> list[str]:
    return [env.reset(seed=seed)[0] for seed in range(seeds)]


def _task_of_seed(env: ToolEnv, seed: int) -> str:
    env.reset(seed=seed)
    task = env.episode.task
    return json.dumps([task.name, task.request, task.state], sort_keys=True, default=repr)


def _expected_distinct(draws: int, tasks: int | None) -> float:
    """The expected number of different tasks in `draws` independent, uniform draws (the occupancy problem)."""
    if tasks is None:
        return draws
    return tasks * (1 - (1 - 1 / tasks) ** draws)


@contextlib.contextmanager
def _frozen_clock(now: float) -> Iterator[None]:
    # a module that did `from time import time` keeps the real clock; its episodes differ even without ours moving
    with contextlib.ExitStack() as stack:
        for name in _CLOCKS:
            value = int(now * 1e9) if name.endswith("_ns") else now
            stack.enter_context(mock.patch.object(time, name, _constant(value)))
        yield


def _constant(value: float) -> Callable[[], float]:
    return lambda: value


@contextlib.contextmanager
def _global_seed(seed: int) -> Iterator[None]:
    """Seeds the global generators, and restores them for whoever runs the checks."""
    python_state = random.getstate()
    numpy_state = np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)

    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
