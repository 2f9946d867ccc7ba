"""Registering and making emitted environments."""

from __future__ import annotations

import shutil
from pathlib import Path

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec

from trace_gym import UserError, make_env, register_folder
from trace_gym.synthesis.load import import_env

from ..conftest import Emitted


@pytest.fixture
def root(emitted: dict[str, Emitted], tmp_path: Path) -> Path:
    """A folder of two emitted environments."""
    for name in ("error_recovery", "result_reporting"):
        shutil.copytree(emitted[name].folder, tmp_path / "envs" / emitted[name].folder.name)
    return tmp_path / "envs"


IDS = ["trace/ServiceDeskErrorRecovery-v0", "trace/ServiceDeskResultReporting-v0"]


def test_a_folder_of_folders_registers_all(root: Path) -> None:
    assert register_folder(root) == IDS
    assert register_folder(str(root)) == IDS
    assert all(make_env(env_id).reset(seed=0) for env_id in IDS)


def test_a_single_folder_registers_itself(root: Path) -> None:
    assert register_folder(root / "service_desk_error_recovery") == IDS[:1]


def test_the_spec_travels_as_json(root: Path) -> None:
    register_folder(root)
    spec = gym.make(IDS[0], split="mine").spec
    assert spec is not None
    again = gym.make(EnvSpec.from_json(spec.to_json())).unwrapped
    assert again.reset(seed=1)[0] == make_env(IDS[0], split="mine").reset(seed=1)[0]


def test_the_same_content_is_imported_once(root: Path) -> None:
    folder = root / "service_desk_error_recovery"
    assert import_env(folder) is import_env(folder)


def test_a_folder_without_a_verdict_is_refused(root: Path) -> None:
    register_folder(root)
    (root / "service_desk_error_recovery" / "gate.json").unlink()
    with pytest.raises(UserError, match="synthesize --check"):
        make_env(IDS[0])


def test_a_folder_that_is_gone_is_one_sentence(root: Path) -> None:
    register_folder(root)
    shutil.rmtree(root)
    with pytest.raises(UserError, match="no emitted environment is there"):
        make_env(IDS[0])


def test_a_place_without_environments_is_one_sentence(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(UserError, match="holds no emitted environment"):
            register_folder(place)


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"env_id": 3}'])
def test_a_damaged_manifest_is_one_sentence(root: Path, text: str) -> None:
    (root / "service_desk_error_recovery" / "manifest.json").write_text(text)
    with pytest.raises(UserError, match=r"service_desk_error_recovery"):
        register_folder(root)
