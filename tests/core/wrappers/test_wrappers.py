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

from trace_gym.wrappers import (
    ByteText,
    CallFormatAction,
    CandidateActions,
    HashedText,
    KeepInfo,
    MessageHistory,
    StructuredActions,
)

from ..helpers import DESK, desk

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


@pytest.mark.parametrize(
    "arguments",
    [(ByteText, 0), (ByteText, 3, "middle"), (HashedText, 0), (MessageHistory, 0), (CandidateActions, 0)],
)
def test_arguments_out_of_range_are_refused(arguments: Any) -> None:
    cls, *rest = arguments
    with pytest.raises(ValueError, match="must be >= 1"):
        cls(desk(), *rest)
