"""Reading a damaged file: what is kept, and the one sentence said of each bad episode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trace_gym.trajectories.readers import iter_episodes
from trace_gym.trajectories.record import Trajectory


def read(path: Path, **more: Any) -> tuple[list[Trajectory], list[str]]:
    """The good episodes, and what is said of each bad one behind the file's name."""
    good: list[Trajectory] = []
    bad: list[str] = []
    for episode in iter_episodes(path, **more):
        if isinstance(episode, Trajectory):
            good.append(episode)
            continue
        said = str(episode)
        assert "\n" not in said
        assert said.startswith(f"{path}: ")
        assert said.endswith(".")
        assert not said.endswith("..")
        assert len(said.replace(str(path.parent), "")) < 420
        bad.append(said.removeprefix(f"{path}: "))
    return good, bad


def refused(path: Path, **more: Any) -> str:
    """The one sentence where nothing is good."""
    good, bad = read(path, **more)
    assert not good
    (said,) = bad
    return said
