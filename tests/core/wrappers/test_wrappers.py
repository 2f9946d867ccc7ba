"""The wrappers, alone and as parts of a spec."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

from trace_gym.env.parsing import render_call
from trace_gym.wrappers import (
    ByteText,
    CallFormatAction,
    CandidateActions,
    HashedText,
    KeepInfo,
    MessageHistory,
    StructuredActions,
)

from ..helpers import DESK, call, desk

LOOK = render_call(call("get_order", order_id="W0"))
WRAPPED: dict[str, Any] = {
    "bytes": lambda env: ByteText(env, 64, keep="start"),
    "hashed": lambda env: HashedText(env, 128, ngrams=3),
    "history": lambda env: MessageHistory(env, 3),
    "candidates": lambda env: CandidateActions(env, 80),
    "structured": StructuredActions,
    "json": lambda env: CallFormatAction(env, "json"),
    "pythonic": lambda env: CallFormatAction(env, "pythonic"),
    "kept": lambda env: KeepInfo(env, ["split", "nothing"]),
    "agent": lambda env: CandidateActions(HashedText(MessageHistory(env, 2), 256), 64),
}


def play(env: gym.Env[Any, Any], seed: int) -> list[Any]:
    """A short random episode as plain values."""
    env.action_space.seed(seed)
    observation, _ = env.reset(seed=seed)
    seen = [np.asarray(observation).tolist()]
    for _ in range(20):
        observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        seen.append([np.asarray(observation).tolist(), reward, terminated, truncated])
        if terminated or truncated:
            break
    return seen


@pytest.mark.parametrize("name", WRAPPED)
def test_wrapped_environments_pass_gymnasium_s_check(name: str) -> None:
    check_env(WRAPPED[name](gym.make(DESK)).unwrapped, skip_render_check=True)
    env = WRAPPED[name](gym.make(DESK, disable_env_checker=True))
    observation, _ = env.reset(seed=1)
    assert observation in env.observation_space
    for _ in range(30):
        action = env.action_space.sample()
        assert action in env.action_space
        observation, _, terminated, truncated, _ = env.step(action)
        assert observation in env.observation_space
        if terminated or truncated:
            env.reset()


@pytest.mark.parametrize("name", WRAPPED)
def test_specs_round_trip(name: str) -> None:
    env = WRAPPED[name](gym.make(DESK))
    spec = EnvSpec.from_json(env.spec.to_json())
    again = gym.make(spec)
    assert [w.name for w in again.spec.additional_wrappers] == [w.name for w in env.spec.additional_wrappers]
    assert again.action_space == env.action_space
    assert play(again, 5) == play(env, 5)


def test_specs_mean_the_same_in_a_fresh_process() -> None:
    env = WRAPPED["agent"](gym.make(DESK))
    code = (
        "import json, sys, gymnasium as gym, numpy as np, trace_gym\n"
        "from gymnasium.envs.registration import EnvSpec\n"
        "env = gym.make(EnvSpec.from_json(sys.argv[1]))\n"
        "observation, info = env.reset(seed=3)\n"
        "print(json.dumps([observation.tolist(), info['action_mask'].tolist()]))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, env.spec.to_json()],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PATH": ""},
    )
    observation, info = env.reset(seed=3)
    assert json.loads(found.stdout) == [observation.tolist(), info["action_mask"].tolist()]


# --- observations ----------------------------------------------------------------------------------------------------


def test_bytes_are_cut_and_padded() -> None:
    env = desk()
    assert bytes(ByteText(env, 6).observation("né")) == b"n\xc3\xa9\0\0\0"
    assert bytes(ByteText(env, 3).observation("abcdef")) == b"def"
    assert bytes(ByteText(env, 3, keep="start").observation("abcdef")) == b"abc"


def test_hashing_tells_texts_apart_and_ignores_case() -> None:
    env = HashedText(desk(), 512)
    one, other = env.observation("Cancel order W12."), env.observation("Return order W12.")
    assert np.isclose(np.linalg.norm(one), 1.0)
    assert np.array_equal(one, env.observation("cancel ORDER w12."))
    assert 0.1 < float(one @ other) < 0.9
    assert not env.observation("").any()
    assert not np.array_equal(HashedText(desk(), 512, ngrams=1).observation("a b"), env.observation("a b"))


def test_history_shows_the_last_turns() -> None:
    env = MessageHistory(desk(), 2)
    first, info = env.reset(seed=0)
    request = info["messages"][1]["content"]
    assert first == f"user: {request}"
    for k in range(4):
        text, *_ = env.step(render_call(call("get_order", order_id=f"W{k}")))
    lines = text.split("\n")
    assert lines[0] == first
    assert [line.split(":")[0] for line in lines[1:]] == ["assistant", "tool", "assistant", "tool"]
    assert '"W2"' in lines[1]
    assert lines[-1] == "tool: Error: no order W3."
    assert MessageHistory(desk(), 1, system=True).reset(seed=0)[0].startswith("system: ")


# --- candidates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(40))
def test_the_solution_is_among_the_candidates_and_unmasked_in_time(index: int) -> None:
    env = CandidateActions(desk(), 96)
    _, info = env.reset(options={"index": index})
    done = False
    for turn in env.unwrapped.oracle():
        number = info["candidates"].index(turn)
        assert info["action_mask"][number] == 1, turn
        assert env.action_masks()[number]
        *_, terminated, truncated, info = env.step(np.int64(number))
        done = terminated or truncated
    assert done
    assert info["success"]


def test_what_has_not_been_named_is_masked() -> None:
    env = CandidateActions(desk(), 96)
    hidden = 0
    for index in range(20):
        _, info = env.reset(options={"index": index})
        assert not info["action_mask"][len(info["candidates"]) :].any()
        hidden += sum(not allowed for allowed in info["action_mask"][: len(info["candidates"])])
    assert hidden > 20


def test_a_number_without_a_candidate_is_an_empty_turn() -> None:
    env = CandidateActions(desk(), 96)
    env.reset(seed=0)
    *_, terminated, _, info = env.step(95)
    assert terminated
    assert not info["success"]


def test_infos_keep_what_is_named() -> None:
    env = KeepInfo(CandidateActions(gym.make(DESK)), keys=("action_mask", "success"))
    _, info = env.reset(seed=0)
    assert set(info) == {"action_mask"}
    over = False
    while not over:
        *_, terminated, truncated, info = env.step(env.action_space.n - 1)
        over = terminated or truncated
    assert set(info) == {"action_mask", "success"}


def test_too_few_actions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"candidates, more than the 3 actions; raise size"):
        CandidateActions(desk(), 3).reset(seed=0)


# --- structured actions ----------------------------------------------------------------------------------------------


def test_objects_are_calls_and_say_speaks() -> None:
    env = StructuredActions(desk())
    env.reset(seed=0)
    assert env.step({"name": "get_order", "arguments": {"order_id": "W0"}})[0] == "Error: no order W0."
    assert env.step({"name": "fly", "arguments": {}})[0].startswith("Error: there is no tool 'fly'")
    assert env.step({"name": "say", "arguments": {"message": "Done."}})[2]


@pytest.mark.parametrize(
    "action", [None, "x", {}, {"name": "a"}, {"name": 3, "arguments": {}}, {"name": "a", "arguments": []}]
)
def test_what_is_no_object_of_that_form_is_a_type_error(action: Any) -> None:
    env = StructuredActions(desk())
    env.reset(seed=0)
    with pytest.raises(TypeError, match="An action must be"):
        env.step(action)


def test_say_must_not_be_a_tool() -> None:
    with pytest.raises(ValueError, match="already has a tool named 'get_order'"):
        StructuredActions(desk(), say="get_order")


# --- call formats ----------------------------------------------------------------------------------------------------

SAME_CALL = {
    "hermes": LOOK,
    "json": '{"name": "get_order", "arguments": {"order_id": "W0"}}',
    "pythonic": '[get_order(order_id="W0")]',
}


@pytest.mark.parametrize(("name", "turn"), SAME_CALL.items())
def test_every_format_makes_the_same_call(name: str, turn: str) -> None:
    env = CallFormatAction(desk(), name)
    env.reset(seed=0)
    assert env.step(turn)[0] == "Error: no order W0."
    assert env.step("Done.")[2]


@pytest.mark.parametrize("name", SAME_CALL)
def test_samples_are_written_in_the_format(name: str) -> None:
    env = CallFormatAction(desk(), name)
    env.action_space.seed(0)
    env.reset(seed=0)
    samples = [env.action_space.sample() for _ in range(60)]
    turns = [env.action(sample) for sample in samples]
    assert sum("<tool_call>" in turn for turn in turns) > 30
    assert not any("is not valid" in turn for turn in turns)
    assert all(
        ("<tool_call>" in sample) == (name == "hermes" and "<tool_call>" in turn)
        for sample, turn in zip(samples, turns, strict=True)
    )


def test_unknown_formats_are_named() -> None:
    with pytest.raises(ValueError, match="Unknown call format 'xml'; expected one of hermes, json, pythonic"):
        CallFormatAction(desk(), "xml")


@pytest.mark.parametrize(
    "arguments",
    [(ByteText, 0), (ByteText, 3, "middle"), (HashedText, 0), (MessageHistory, 0), (CandidateActions, 0)],
)
def test_arguments_out_of_range_are_refused(arguments: Any) -> None:
    cls, *rest = arguments
    with pytest.raises(ValueError, match="must be >= 1"):
        cls(desk(), *rest)
