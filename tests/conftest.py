"""Fixtures of every suite: the shared folder, and trajectories of an agent with planted gaps."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from trace_gym import make_env
from trace_gym.rollouts.play import Job, trajectory_of
from trace_gym.trajectories.record import Trajectory

DESK = "trace/ServiceDesk-v0"

settings.register_profile("suite", deadline=None, database=None, derandomize=True, max_examples=60)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared folder with the real trajectory files."""
    named = os.environ.get("TRACE_GYM_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[1].parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"{folder}: no shared folder; set TRACE_GYM_SHARED to the one with data/trajectories")
    return folder


@pytest.fixture(scope="session")
def desk_trajectories() -> list[Trajectory]:
    """400 attempts at the service desk by a policy that mostly lacks `testbed.planted.DEFICITS`; treat as frozen."""
    from trace_gym.testbed.planted import demonstrate

    env = make_env(DESK, split="demo")
    found = []
    for index in range(400):
        demonstrate(env, index)
        terms = env.terms(env.episode)
        reward = env.reward_rule.total(terms)
        trajectory = trajectory_of(env, Job(index), reward, terms, reward >= 1)
        trajectory.env_id = DESK
        found.append(trajectory)
    return found
