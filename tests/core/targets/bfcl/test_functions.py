"""The functions an entry offers, and whether they read or write."""

from __future__ import annotations

import json

import numpy as np

from trace_gym.targets.bfcl import functions, upstream
from trace_gym.targets.bfcl.entries import entries
from trace_gym.targets.bfcl.kinds import WRITES

from .playing import drawn, make, start


def test_functions_held_out_come_with_the_turn_that_offers_them() -> None:
    env = make(category="miss_func")
    entry = start(env, "multi_turn_miss_func_2")
    ((turn, names),) = entry.held.items()
    assert not set(names) & env.tools.keys()
    for _ in range(turn):
        observation, _, _, _, info = env.step("I cannot do that.")
    assert set(names) < env.tools.keys()
    assert [tool["function"]["name"] for tool in info["tools"]][-len(names) :] == list(names)
    bodies, _, rest = observation.partition("\n")
    assert [body["name"] for body in json.loads(bodies)] == list(names)
    assert rest == upstream.module("constants.default_prompts").DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC
    for name in names:
        assert env.all_tools()[name].description.startswith(env.tools[name].description)
    start(env, "multi_turn_miss_func_2")
    assert not set(names) & env.tools.keys()


def test_functions_marked_as_excluded_are_left_out_unless_wanted() -> None:
    name = next(name for name, entry in entries("base").items() if entry.excluded)
    env, all_offered = make(), make(offer_excluded=True)
    entry = start(env, name)
    start(all_offered, name)
    assert all_offered.tools.keys() - env.tools.keys() == set(entry.excluded)
    used = {call.name for entry in entries("base").values() for calls in entry.gold for call in calls}
    assert used < env.all_tools().keys()


def test_functions_are_the_benchmarks_with_openais_types() -> None:
    env = make()
    assert len(env.schemas) == 128
    start(env, "multi_turn_base_0")
    entry = entries("base")["multi_turn_base_0"]
    named = [body["name"] for owner in entry.classes for body in functions._documents(owner)]
    assert list(env.tools) == [name for name in named if name not in entry.excluded]
    speed = env.all_tools()["setCruiseControl"].parameters["properties"]["speed"]
    assert (speed["type"], speed["format"]) == ("number", "float")
    assert {tool.parameters["type"] for tool in env.all_tools().values()} == {"object"}


def test_functions_that_read_never_change_anything_and_writers_do() -> None:
    env, rng = make(), np.random.default_rng(0)
    changed: set[str] = set()
    assert env.all_tools().keys() > WRITES
    for index in range(0, 800, 3):
        entry = start(env, env.task_names[index])
        for call in [*(c for calls in entry.gold for c in calls), *(drawn(name, rng) for name in list(env.tools)[::9])]:
            before = env.snapshot()
            env.run_call(env.episode, call)
            if env.snapshot() != before:
                changed.add(call.name)
    assert changed <= WRITES
    assert len(WRITES - changed) < 10  # those that nothing here gets to succeed
