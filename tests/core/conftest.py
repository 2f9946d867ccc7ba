"""Fixtures of the core suite."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

from trace_gym.capabilities.identify import identify, label_all
from trace_gym.capabilities.labellers.rules import LABELLERS
from trace_gym.synthesis.blueprint import mine_blueprint
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.trajectories.record import Trajectory


@dataclass
class Emitted:
    """An environment emitted from the service desk's trajectories."""

    folder: Path
    blueprint: dict[str, Any]
    verdict: dict[str, Any]


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    """Forgets what a test registers."""
    before = dict(gym.registry)
    yield
    gym.registry.clear()
    gym.registry.update(before)


@pytest.fixture(scope="session")
def found(desk_trajectories: list[Trajectory]) -> dict[str, Any]:
    """The `capabilities.json` of the desk's trajectories."""
    return identify(desk_trajectories)


@pytest.fixture(scope="session")
def mined(desk_trajectories: list[Trajectory]) -> dict[str, dict[str, Any]]:
    """A blueprint per capability, by name; copy before editing (`blueprint` does)."""
    return {row["name"]: mine_blueprint(desk_trajectories, row) for row in capability_rows(desk_trajectories)}


@pytest.fixture
def blueprint(mined: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A blueprint that a test may edit."""
    return copy.deepcopy(mined["multi_step_completion"])


@pytest.fixture(scope="session")
def emitted(mined: dict[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Emitted]:
    """All six environments, through the gate; not to be edited (copy the folder)."""
    root = tmp_path_factory.mktemp("emitted")
    made = {}
    for name, plan in mined.items():
        folder = emit(plan, root)
        made[name] = Emitted(folder, plan, check_folder(folder))
    return made


def capability_rows(trajectories: list[Trajectory]) -> list[dict[str, Any]]:
    """What mining needs of `capabilities.json`, without the statistics."""
    return [
        {
            "name": labeller.NAME,
            "description": labeller.DESCRIPTION,
            "archetype": labeller.ARCHETYPE,
            "labels": "".join(label.value for label in label_all(trajectories, labeller)),
        }
        for labeller in LABELLERS
    ]
