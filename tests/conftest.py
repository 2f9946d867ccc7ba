"""Fixtures of every suite: the shared folder, and trajectories of an agent with planted gaps."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory

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
    """400 attempts at the first service desk by a policy that mostly lacks `testbed.planted.DEFICITS`; frozen.

    Its tasks were a clause or two each, which shows every archetype's material plainly. The desk that ships since needs
    several capabilities a task.
    """
    return read_trajectories(Path(__file__).parent / "data" / "first_desk.jsonl.gz")
