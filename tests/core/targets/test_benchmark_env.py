"""The base class of benchmark targets, on a benchmark of ten lamps."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym import ToolCall
from trace_gym.env.parsing import render_call
from trace_gym.env.task import Task
from trace_gym.env.tools import Tool
from trace_gym.env.user import User
from trace_gym.errors import ToolError
from trace_gym.targets.benchmark_env import OUR_SPLITS, BenchmarkEnv, World, split_tasks

SCHEMA: dict[str, Any] = {
    "type": "function",
    "function": {"name": "switch", "description": "Switch it.", "parameters": {"type": "object", "properties": {}}},
}
SWITCH = render_call(ToolCall("switch", {}))


class Lamp:
    """A world that knows one call."""

    def __init__(self) -> None:
        self.lit = False

    def call(self, call: ToolCall) -> tuple[str, bool]:
        if call.name != "switch":
            return f"No function {call.name} here.", True
        self.lit = True
        return "It is on.", False

    def snapshot(self) -> Any:
        return {"lit": True} if self.lit else {}

    def terms(self, episode: Any) -> dict[str, float]:
        return {"lit": float(self.lit)}


class Silent:
    def reply(self, message: str) -> tuple[str, bool]:
        return "", True


class Patient:
    def reply(self, message: str) -> tuple[str, bool]:
        return "Go on.", False


class Lamps(BenchmarkEnv):
    """Ten lamps to switch on, three of them for tests."""

    names_of_tests: Sequence[str] = ("cellar", "attic", "hall")

    def official(self) -> Mapping[str, Sequence[str]]:
        return {"train": [f"lamp_{number}" for number in range(10)], "test": self.names_of_tests}

    def all_tools(self) -> dict[str, Tool]:
        return {"switch": self.benchmark_tool(SCHEMA, "write")}

    def load_task(self, name: str) -> Task:
        return Task(f"Light {name}.", {}, (ToolCall("switch", {}), "Done."), name=name)

    def open_world(self, task: Task) -> Lamp:
        return Lamp()

    def user_of(self, task: Task, world: World) -> User:
        return Silent()


class Undivided(Lamps):
    """The same lamps without an official split."""

    names_of_tests = ()


class Endless(Lamps):
    """A user who never leaves."""

    max_turns = 2

    def user_of(self, task: Task, world: World) -> User:
        return Patient()


class Lenient(Endless):
    """A benchmark that judges what was reached by the turn limit."""

    late_is_failed = False


@given(st.integers(0, 300))
def test_our_splits_divide_any_list_without_a_rest(count: int) -> None:
    names = [str(number) for number in range(count)]
    parts = [split_tasks(names, split) for split in OUR_SPLITS]
    assert sorted(itertools.chain.from_iterable(parts), key=int) == names
    for chosen in parts:
        assert chosen == sorted(chosen, key=int)


def test_our_splits_have_their_shares() -> None:
    names = [str(number) for number in range(100)]
    assert [len(split_tasks(names, split)) for split in OUR_SPLITS] == [40, 30, 30]


def test_our_splits_depend_on_the_number_of_tasks_only() -> None:
    letters = list("abcdefghij")
    digits = list("0123456789")
    for split in OUR_SPLITS:
        places = [letters.index(letter) for letter in split_tasks(letters, split)]
        assert [digits[place] for place in places] == split_tasks(digits, split)


def test_official_splits_keep_the_benchmarks_order() -> None:
    assert Lamps(split="test").task_names == ["cellar", "attic", "hall"]
    assert Lamps(split="official_train").task_names == [f"lamp_{number}" for number in range(10)]
    assert Lamps(split="all").task_names == Lamps(split="official_train").task_names + Lamps(split="test").task_names


def test_a_benchmark_without_official_tests_says_which_splits_it_has() -> None:
    with pytest.raises(
        ValueError, match=r"^Undivided has no official 'test' tasks; use one of mine, train, evaluate\.$"
    ):
        Undivided(split="test")
    assert Undivided(split="all").task_count == 10


def test_a_task_can_be_named_whatever_its_split() -> None:
    env = Lamps(split="train", task_id="cellar")
    assert env.task_count == 1
    assert env.reset(options={"index": 0})[0] == "Light cellar."
    with pytest.raises(
        ValueError, match=r"^Unknown task 'roof'; expected one of lamp_0, lamp_1, lamp_2 \.\.\. hall\.$"
    ):
        Lamps(task_id="roof")


@pytest.mark.parametrize("limit", [0, -1, True, 2.0, "3"])
def test_a_turn_limit_that_is_not_a_positive_integer_is_refused(limit: Any) -> None:
    with pytest.raises(ValueError, match=f"^max_turns must be an integer >= 1, got {limit!r}"):
        Lamps(max_turns=limit)


def test_tasks_are_listed_by_index_and_drawn_by_a_generator() -> None:
    env = Lamps(split="test")
    assert [env.draw_task(index, 1).name for index in range(3)] == ["cellar", "attic", "hall"]
    drawn = {env.make_task(np.random.default_rng(seed), "test", 1).name for seed in range(30)}
    assert drawn == {"cellar", "attic", "hall"}


def test_the_solution_scores_one_and_is_gone_after_a_reset() -> None:
    env = Lamps(split="test")
    env.reset(options={"index": 1})
    assert env.snapshot() == {}
    for turn in env.oracle():
        _, reward, terminated, truncated, info = env.step(turn)
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["reward_terms"] == {"lit": 1.0, "in_time": 1.0}
    assert env.snapshot() == {"lit": True}
    env.reset(options={"index": 1})
    assert env.snapshot() == {}


def test_calls_of_unknown_tools_reach_the_benchmark() -> None:
    env = Lamps(split="test")
    env.reset(options={"index": 0})
    assert env.step(render_call(ToolCall("fly", {"high": True})))[0] == "No function fly here."
    assert (env.episode.calls[-1].error, env.episode.calls[-1].kind) == (True, "unknown")
    env.step(SWITCH)
    assert (env.episode.calls[-1].error, env.episode.calls[-1].kind) == (False, "write")


def test_text_that_is_no_call_never_reaches_the_benchmark() -> None:
    env = Lamps(split="test")
    env.reset(options={"index": 0})
    assert env.step("<tool_call>{</tool_call>")[0].startswith("Error: ")
    assert env.episode.calls[-1].call.name == "invalid"
    assert env.snapshot() == {}


@pytest.mark.parametrize(("env_class", "reward"), [(Endless, 0.0), (Lenient, 1.0)])
def test_the_benchmark_decides_whether_the_turn_limit_fails_an_episode(env_class: type[Lamps], reward: float) -> None:
    env = env_class(split="test")
    env.reset(options={"index": 0})
    env.step(SWITCH)
    _, paid, terminated, truncated, info = env.step("Anything else?")
    assert (paid, terminated, truncated) == (reward, False, True)
    assert info["reward_terms"] == {"lit": 1.0, "in_time": reward}


def test_a_tool_by_itself_runs_in_the_current_world() -> None:
    env = Lamps(split="test")
    env.reset(options={"index": 0})
    assert env.tools["switch"]({}, {}) == "It is on."
    assert env.snapshot() == {"lit": True}
    fly = env.benchmark_tool({"function": {**SCHEMA["function"], "name": "fly"}}, "think")
    assert (fly.kind, fly.description) == ("read", "Switch it.")
    with pytest.raises(ToolError, match="No function fly here"):
        fly({}, {})


def test_a_tools_schema_is_a_copy_of_the_benchmarks() -> None:
    tool = Lamps().benchmark_tool(SCHEMA, "read")
    assert tool.parameters == SCHEMA["function"]["parameters"]
    assert tool.parameters is not SCHEMA["function"]["parameters"]
