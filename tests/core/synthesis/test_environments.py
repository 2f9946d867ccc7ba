"""The environments emitted from the service desk's trajectories."""

from __future__ import annotations

import json
import warnings
from typing import Any

import gymnasium as gym
import pytest
from gymnasium.utils.env_checker import check_env

from trace_gym import ToolEnv, make_env, register_folder
from trace_gym.checks import CHECKS
from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall
from trace_gym.rollouts.scripted import OraclePolicy, RandomPolicy, SilentPolicy
from trace_gym.synthetic.env import at_path, enumerate_words, fill, key_of, put_at_path

from ..conftest import Emitted
from ..helpers import rewards
from .test_emitter import NAMES

each_name = pytest.mark.parametrize("name", NAMES)


def made(emitted: dict[str, Emitted], name: str, **kwargs: Any) -> ToolEnv:
    (env_id,) = register_folder(emitted[name].folder)
    return make_env(env_id, **kwargs)


@each_name
def test_the_gate_reports_what_it_saw(name: str, emitted: dict[str, Emitted]) -> None:
    verdict = emitted[name].verdict
    assert verdict["tasks"] == 16
    assert set(verdict["checks"]) == set(CHECKS)
    assert 0.0 < verdict["learnability"]["by_difficulty"]["1"] < 1.0
    assert json.loads((emitted[name].folder / "gate.json").read_text()) == verdict


@each_name
def test_gymnasium_makes_it_and_has_nothing_to_say(name: str, emitted: dict[str, Emitted]) -> None:
    (env_id,) = register_folder(emitted[name].folder)
    assert env_id == emitted[name].blueprint["env_id"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gym.make(env_id, disable_env_checker=True).unwrapped)
        gym.make(env_id).reset(seed=0)


@each_name
@pytest.mark.parametrize("level", [2, 3])
@pytest.mark.parametrize("split", ["train", "evaluate"])
def test_the_oracle_solves_harder_tasks(name: str, level: int, split: str, emitted: dict[str, Emitted]) -> None:
    paid = rewards(made(emitted, name, split=split, difficulty=level), OraclePolicy(), range(30))
    assert paid == [1.0] * 30


@each_name
@pytest.mark.parametrize("policy", [SilentPolicy(), RandomPolicy()], ids=["silent", "random"])
def test_who_does_nothing_of_use_stays_under_the_floor(name: str, policy: Any, emitted: dict[str, Emitted]) -> None:
    paid = rewards(made(emitted, name, split="evaluate"), policy, range(60))
    assert sum(paid) / 60 < 0.2


@each_name
def test_harder_tasks_ask_for_more(name: str, emitted: dict[str, Emitted]) -> None:
    env = made(emitted, name)

    def turns(level: int) -> int:
        found = 0
        for index in range(40):
            env.reset(options={"index": index, "difficulty": level})
            found += len(env.oracle())
        return found

    assert turns(1) < turns(2) < turns(3)


@each_name
def test_splits_share_no_request(name: str, emitted: dict[str, Emitted]) -> None:
    def requests(split: str) -> set[str]:
        env = made(emitted, name, split=split)
        return {env.reset(options={"index": index})[0] for index in range(100)}

    found = [requests(split) for split in ("mine", "train", "evaluate", "demo")]
    assert len(set.union(*found)) == sum(map(len, found))


@each_name
def test_the_answer_is_not_in_the_tools_or_the_prompt(name: str, emitted: dict[str, Emitted]) -> None:
    env = made(emitted, name)
    _, info = env.reset(seed=0)
    assert set(info) == {"messages", "tools", "split", "index"}
    assert not any(fact.value in info["messages"][1]["content"].split() for fact in env.episode.task.facts)


@each_name
def test_the_outcome_without_the_capability_is_not_enough(name: str, emitted: dict[str, Emitted]) -> None:
    """The closing words alone, or the first call alone, are worth at most the share for exercising."""
    env = made(emitted, name)
    for index in range(30):
        env.reset(options={"index": index})
        script = env.oracle()
        if len(script) > 2:
            env.step(script[0])
        _, reward, *_ = env.step("Done.")
        assert reward < 0.9


def test_damage_elsewhere_gates_the_reward(emitted: dict[str, Emitted]) -> None:
    env = made(emitted, "multi_step_completion")
    env.reset(options={"index": 0})
    call = env.episode.task.gold_calls[0]
    env.step(render_call(ToolCall(call.name, {**call.arguments, "order_id": "W9999"})))
    for action in env.oracle():
        _, reward, *_, info = env.step(action)
    assert reward == info["reward_terms"]["no_collateral"] == 0.0
    assert info["reward_terms"]["outcome"] == 1.0


def test_a_write_shows_in_later_lookups(emitted: dict[str, Emitted]) -> None:
    env = made(emitted, "precondition_verification")
    for index in range(50):
        env.reset(options={"index": index})
        look, *writes = env.episode.task.gold_calls
        if writes:
            break
    env.step(render_call(look))
    env.step(render_call(writes[0]))
    after, *_ = env.step(render_call(look))
    assert json.loads(after)["status"] in ("cancelled", "returned")


def test_an_unknown_record_is_refused_in_the_targets_words(emitted: dict[str, Emitted]) -> None:
    env = made(emitted, "precondition_verification")
    env.reset(seed=0)
    observation, *_ = env.step(render_call(ToolCall("get_order", {"order_id": "W0"})))
    assert observation.startswith("Error: no")
    assert "W0" in observation


def test_records_are_reached_by_path() -> None:
    value = {"a": [{"b": 1}]}
    assert at_path(value, ["a", 0, "b"]) == 1
    assert [at_path(value, path) for path in (["x"], ["a", 3], ["a", "b"], ["a", 0, "b", "c"])] == [None] * 4
    put_at_path(value, ["a", 0, "b"], 2)
    put_at_path(value, ["x", "y"], 3)
    assert value == {"a": [{"b": 2}]}


def test_small_texts() -> None:
    assert enumerate_words(["A"]) == "A"
    assert enumerate_words(["A", "B", "C"]) == "A, B and C"
    assert fill("{a}-{b}-{c}", {"a": "{x}", "b": 2}) == "{x}-2-{c}"
    assert key_of({"a": "x"}) == "x"
    assert key_of({"a": 1}) == "1"
    assert key_of({"b": 1, "a": "x"}) == key_of({"a": "x", "b": 1})
