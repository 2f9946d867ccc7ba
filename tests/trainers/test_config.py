from __future__ import annotations

import gymnasium as gym
import pytest
from trace_trainers.commands.run import parse_settings
from trace_trainers.pipeline.config import read_config
from trace_trainers.pipeline.run import run
from trace_trainers.pipeline.run_folder import RunFolder

from trace_gym.errors import UserError
from trace_gym.targets.service_desk.env import ServiceDesk


def test_defaults_are_the_main_job():
    config = read_config(None)
    assert (config.target, config.model, config.train.learning_rate) == ("trace/ServiceDesk-v0", "tiny", 1e-3)


def test_other_models_get_the_papers_learning_rate():
    assert read_config(None, {"model": "some/model"}).train.learning_rate == 1e-5


@pytest.mark.parametrize("name", ["run.toml", "run.yaml"])
def test_file_and_overrides(tmp_path, name):
    path = tmp_path / name
    path.write_text("seed = 3\n[train]\nsteps = 7\n" if name.endswith("toml") else "seed: 3\ntrain:\n  steps: 7\n")
    config = read_config(path, {"train.groups": 2})
    assert (config.seed, config.train.steps, config.train.groups) == (3, 7, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seeed = 1", "unknown key 'seeed'; did you mean 'seed'"),
        ("[train]\nstep = 1", "unknown key 'step'; did you mean 'steps'"),
        ("[train]\nsteps = 'many'", "steps is 'many', expected int"),
        ("[train]\nsteps = -1", "steps must be >= 1, got -1"),
        ("train = 3", "expected a table of settings"),
        ("[train\n", "not a valid configuration file"),
        ("[evaluate]\nsplit = 'mine'", "agents are compared on tasks never mined or trained on: evaluate or test"),
        ("target_args = 3", "target_args is 3, expected a table of arguments"),
        ("[target_args]\nsplit = 'test'", "target_args.split cannot be set here; the run sets it"),
        ("[target_args]\nday = 2024-05-15", "target_args holds a value that is not JSON"),
    ],
)
def test_bad_configuration_is_one_sentence(tmp_path, text, message):
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        read_config(path)


def test_arguments_of_the_target_reach_it(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("[target_args]\nmax_turns = 3\n[evaluate]\nsplit = 'test'\n")
    config = read_config(path, {"target_args.user_model": "m"})
    assert config.target_args == {"max_turns": 3, "user_model": "m"}
    assert config.to_json()["evaluate"]["split"] == "test"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"rollout.tasks": 5},
            "rollout.tasks is 5, but trace/Few-v0 has 4 tasks in its split 'mine'; ask for 4 or fewer",
        ),
        ({"evaluate.tasks": 5}, "evaluate.tasks is 5, but trace/Few-v0 has 4 tasks in its split 'evaluate'"),
        ({"evaluate.split": "test"}, "Unknown split 'test'; expected one of mine, train, evaluate, demo"),
        ({"target_args.wings": 2}, "wings"),
    ],
)
def test_a_run_looks_for_its_tasks_before_it_begins(tmp_path, settings, message):
    class Few(ServiceDesk):
        task_count = 4

    gym.register("trace/Few-v0", entry_point=lambda **kwargs: Few(**kwargs))
    try:
        config = read_config(None, {"target": "trace/Few-v0", "rollout.tasks": 4, "evaluate.tasks": 4, **settings})
        with pytest.raises((UserError, TypeError), match=message):
            run(config, tmp_path / "run")
    finally:
        del gym.registry["trace/Few-v0"]
    assert not (tmp_path / "run").exists()


def test_settings_are_read_as_toml():
    assert parse_settings(["a=1", "b.c=x/y", "d=[1, 2]"]) == {"a": 1, "b.c": "x/y", "d": [1, 2]}
    with pytest.raises(UserError, match="expected KEY=VALUE"):
        parse_settings(["a"])


def test_run_folder_refuses_other_runs(tmp_path):
    RunFolder(tmp_path / "run", read_config(None))
    with pytest.raises(UserError, match=r"another configuration \(train.steps 60, now 5\)"):
        RunFolder(tmp_path / "run", read_config(None, {"train.steps": 5}))
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("mine")
    with pytest.raises(UserError, match="is not empty and holds no run"):
        RunFolder(other, read_config(None))
    assert (other / "file").read_text() == "mine"


def test_run_folder_of_another_version_is_refused(tmp_path):
    RunFolder(tmp_path, read_config(None))
    config = tmp_path / "config.json"
    config.write_text(config.read_text().replace('"version": 2', '"version": 99'))
    with pytest.raises(UserError, match="version 99"):
        RunFolder(tmp_path, read_config(None))
