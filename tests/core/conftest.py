"""Fixtures of the core suite."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.synthesis.mine import mine_blueprint
from trace_gym.synthesis.synthesizers.rendering import draft_of
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


@pytest.fixture
def local_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets clients reach a server of this machine, with the key `key`."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", "key")


@pytest.fixture(scope="session")
def corpus(desk_trajectories: list[Trajectory]) -> Corpus:
    """The desk's trajectories, prepared."""
    return Corpus.from_trajectories(desk_trajectories)


@pytest.fixture(scope="session")
def tables(corpus: Corpus) -> dict[str, LabelTable]:
    """Their labels, by capability."""
    return {table.capability.name: table for table in label_corpus(corpus)}


@pytest.fixture(scope="session")
def found(corpus: Corpus, tables: dict[str, LabelTable]) -> dict[str, Any]:
    """The `capabilities.json` of the desk's trajectories."""
    return identify(corpus, list(tables.values()))


@pytest.fixture(scope="session")
def mined(corpus: Corpus, tables: dict[str, LabelTable]) -> dict[str, dict[str, Any]]:
    """A blueprint per capability, by name; copy before editing (`blueprint` does)."""
    return {name: mine_blueprint(table, corpus) for name, table in tables.items() if table.capability.archetype}


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
        folder = emit(draft_of(plan), root)
        made[name] = Emitted(folder, plan, check_folder(folder))
    return made
