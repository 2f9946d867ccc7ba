"""How a step's cost grows with the state and with the history."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.orders import OrdersEnv, text_of
from benchmarks.timing import Contender, interleaved, microseconds, ratio, table
from trace_gym import Task


class GrownOrders(OrdersEnv):
    """Orders without end, and turns without end."""

    max_turns = 1_000_000
    orders = 50

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Asks for one order among many."""
        task = super().make_task(rng, split, difficulty)
        state: dict[str, Any] = {
            f"W{i}": {"status": "pending", "item": f"lamp {i}", "total": i} for i in range(self.orders)
        }
        return Task(task.request, {"orders": state}, task.gold)


def by_state(rounds: int) -> str:
    """Step and reset at 50 to 50,000 records."""
    sizes = (50, 500, 5_000, 50_000)
    steps = interleaved({str(size): _step(size) for size in sizes}, rounds)
    resets = interleaved({str(size): _reset(size) for size in sizes}, rounds)
    rows = [
        [
            f"{size:,}",
            microseconds(steps[str(size)]),
            ratio(steps[str(size)], steps["50"]),
            microseconds(resets[str(size)]),
        ]
        for size in sizes
    ]
    return table(["records in the state", "step, microseconds", "times 50 records", "reset, microseconds"], rows)


def by_history(rounds: int) -> str:
    """A step after 0 to 1,000 earlier turns."""
    turns = (0, 10, 100, 1_000)
    found = interleaved({str(count): _after(count) for count in turns}, rounds)
    rows = [[f"{count:,}", microseconds(found[str(count)]), ratio(found[str(count)], found["0"])] for count in turns]
    return table(["turns before", "step, microseconds", "times none"], rows)


def _env(orders: int) -> GrownOrders:
    env = GrownOrders()
    env.orders = orders
    env.reset(options={"index": 0})
    return env


def _steps(env: GrownOrders, kept: int) -> Contender:
    """A hundred steps, the history cut back to `kept` messages every ten."""

    def work(_: None) -> int:
        for number in range(100):
            if number % 10 == 0:
                env.episode.messages[kept:] = []
                env._told[kept:] = []
            env.step(text_of(number))
        return 100

    return Contender(work)


def _step(orders: int) -> Contender:
    return _steps(_env(orders), 2)


def _after(turns: int) -> Contender:
    env = _env(50)
    for number in range(turns):
        env.step(text_of(number))
    return _steps(env, len(env.episode.messages))


def _reset(orders: int) -> Contender:
    env = _env(orders)

    def work(_: None) -> int:
        env.reset(options={"index": 0})
        return 1

    return Contender(work)
