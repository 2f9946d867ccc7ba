"""Vectorised steps a second, and what a reset, a check and an environment cost."""

from __future__ import annotations

import statistics
import time
import tracemalloc

import gymnasium as gym

from benchmarks.timing import Contender, interleaved, table
from trace_gym.checks.conformance import check

ENV = "trace/ServiceDesk-v0"
TURN = '<tool_call>{"name": "get_order", "arguments": {"order_id": "W1234"}}</tool_call>'
SIZES = (1, 2, 4, 8, 16, 32, 64)


def throughput(rounds: int, steps: int = 100) -> str:
    """Steps a second of the service desk under `make_vec`, shared memory on."""
    rows = []
    for size in SIZES:
        envs = {mode: gym.make_vec(ENV, num_envs=size, vectorization_mode=mode) for mode in ("sync", "async")}
        for env in envs.values():
            env.reset(seed=0)
        found = interleaved({mode: _stepping(env, size, steps) for mode, env in envs.items()}, rounds)
        for env in envs.values():
            env.close()
        rows.append([str(size), *(f"{1 / statistics.median(found[mode]):,.0f}" for mode in ("sync", "async"))])
    return table(["environments", "sync, steps/s", "async, steps/s"], rows)


def _stepping(env: gym.vector.VectorEnv, size: int, steps: int) -> Contender:
    actions = (TURN,) * size

    def work(_: None) -> int:
        for _ in range(steps):
            env.step(actions)
        return steps * size

    return Contender(work)


def costs(env_ids: list[str]) -> str:
    """Reset, memory and checking time of every environment."""
    rows = []
    for env_id in env_ids:
        env = gym.make(env_id, disable_env_checker=True)
        env.reset(seed=0)
        tasks = env.get_wrapper_attr("task_count") or 200
        started = time.perf_counter()
        for index in range(200):
            env.reset(options={"index": index % tasks})
        reset = (time.perf_counter() - started) / 200
        tracemalloc.start()
        made = [gym.make(env_id, disable_env_checker=True) for _ in range(20)]
        for one in made:
            one.reset(seed=0)
        memory = tracemalloc.get_traced_memory()[0] / 20
        tracemalloc.stop()
        started = time.perf_counter()
        findings = check(env_id).findings
        seconds = time.perf_counter() - started
        rows.append([f"`{env_id}`", f"{1e6 * reset:.0f}", f"{memory / 1024:.0f}", f"{seconds:.1f}", str(len(findings))])
    return table(["environment", "reset, microseconds", "memory, KiB", "`check`, seconds", "findings"], rows)
