"""Registering and making environments."""

from __future__ import annotations

import gymnasium as gym
import pytest

from trace_gym import UserError, make_env, register_env
from trace_gym.targets.service_desk.env import ServiceDesk

from ..helpers import DESK

ENTRY = "trace_gym.targets.service_desk.env:ServiceDesk"


def test_the_bare_environment_is_made() -> None:
    env = make_env(DESK, split="mine", difficulty=2)
    assert type(env) is ServiceDesk
    assert (env.split, env.difficulty) == ("mine", 2)


def test_gym_make_gives_the_same_environment() -> None:
    assert type(gym.make(DESK).unwrapped) is ServiceDesk


def test_registering_again_changes_nothing() -> None:
    register_env("trace/Again-v0", ENTRY, split="mine")
    spec = gym.spec("trace/Again-v0")
    register_env("trace/Again-v0", ENTRY, split="mine")
    assert gym.spec("trace/Again-v0") is spec


def test_registering_differently_replaces() -> None:
    register_env("trace/Again-v0", ENTRY, split="mine")
    register_env("trace/Again-v0", ENTRY, split="demo")
    assert make_env("trace/Again-v0").split == "demo"


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(UserError, match=r"Unknown environment id 'trace/ServiceDsk-v0'; did you mean 'trace/Service"):
        make_env("trace/ServiceDsk-v0")


def test_far_from_everything_the_known_ids_are_listed() -> None:
    with pytest.raises(UserError, match=r"known ids: .*trace/ServiceDesk-v0"):
        make_env("zzz")


def test_a_foreign_environment_is_refused() -> None:
    with pytest.raises(UserError, match=r"not a trace_gym\.ToolEnv"):
        make_env("CartPole-v1")
