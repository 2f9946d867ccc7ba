"""Playing BFCL entries: gold, and corrupted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.bfcl_official import Steps
from trace_gym import ToolCall, make_env
from trace_gym.env.parsing import render_call
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.targets.bfcl import IDS, functions
from trace_gym.targets.bfcl.entries import Entry
from trace_gym.targets.bfcl.env import BFCLMultiTurnEnv

(ENV_ID,) = IDS
WEIRD: tuple[Any, ...] = (
    "",
    "x",
    "Hello (world)",
    "call ls (x)",
    None,
    True,
    -1,
    3,
    1e308,
    [],
    {"zz": 1},
    "é🙂",
    "economy",
)


def make(**kwargs: Any) -> BFCLMultiTurnEnv:
    env = make_env(ENV_ID, **{"split": "all", **kwargs})
    assert isinstance(env, BFCLMultiTurnEnv)
    return env


def start(env: BFCLMultiTurnEnv, name: str) -> Entry:
    """Resets to an entry."""
    env.reset(options={"index": env.task_names.index(name)})
    return env.world.entry  # type: ignore[attr-defined, no-any-return]


def act(env: BFCLMultiTurnEnv, turns: Sequence[Steps]) -> tuple[dict[str, Any], list[Steps]]:
    """Makes the calls, a message after each turn's; returns the last info with the reward, and the calls made."""
    made: list[Steps] = []
    for steps in turns:
        made.append([])
        for step in steps:
            made[-1].append(step)
            _, reward, terminated, _, info = env.step("".join(map(render_call, step)))
            if terminated:
                return {**info, "reward": reward}, made
        _, reward, terminated, _, info = env.step("ok")
    assert terminated
    return {**info, "reward": reward}, made


def corrupted(entry: Entry, rng: np.random.Generator) -> list[Steps]:
    """The gold calls; in most cases with some left out, moved, changed, or others put in between."""
    known = [
        name for name, schema in functions.schemas().items() if name in functions.offer_of(entry, excluded=True)[0]
    ]
    style, found = int(rng.integers(5)), []
    for gold in entry.gold:
        calls = [call for call in gold if style != 1 or rng.random() < 0.85]
        if style == 2 and len(calls) > 1:
            calls = [calls[i] for i in rng.permutation(len(calls))]
        if style == 3:
            calls = [altered(call, rng) if rng.random() < 0.2 else call for call in calls]
        for _ in range(int(rng.integers(4)) if style == 4 else 0):
            calls.insert(int(rng.integers(len(calls) + 1)), drawn(known[int(rng.integers(len(known)))], rng))
        size = int(rng.integers(1, 4))
        found.append([calls[i : i + size] for i in range(0, len(calls), size)])
    return found


def altered(call: ToolCall, rng: np.random.Generator) -> ToolCall:
    """A call with another value in each place."""
    return ToolCall(call.name, {key: WEIRD[int(rng.integers(len(WEIRD)))] for key in call.arguments})


def drawn(name: str, rng: np.random.Generator) -> ToolCall:
    """A call of a function, valid or not."""
    parameters = functions.schemas()[name]["function"]["parameters"]
    if rng.random() < 0.5:
        return ToolCall(name, sample_value(parameters, rng))
    if rng.random() < 0.1:
        return ToolCall("no_such" if rng.random() < 0.5 else name, {"no such": 1})
    return altered(ToolCall(name, dict.fromkeys(parameters["properties"])), rng)
