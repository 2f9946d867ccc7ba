"""`trace-gym train`: what it refuses before a model is loaded, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trace_trainers.grpo import train as training
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.summary import ended, kept, summary

from trace_gym.cli.main import main

RECORD = {"steps": 3, "rollouts": 208, "first_reward": 0.2, "last_reward": 0.224, "zero_variance_groups": 0.5}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Trainings that were asked for; none is run."""
    asked: list[dict[str, Any]] = []

    def train_adapter(base: str, make_env: Any, env_id: str, out: Path, config: TrainConfig, **more: Any) -> Any:
        asked.append({"base": base, "env": make_env(), "env_id": env_id, "out": out, "config": config, **more})
        return {**RECORD, "zero_variance_groups": float(len(asked) == 2)}

    monkeypatch.setattr(training, "train_adapter", train_adapter)
    return asked


def train(tmp_path: Path, *more: str, env: str = "trace/ServiceDesk-v0") -> int:
    return main(["train", "--env", env, "--out", str(tmp_path / "desk"), *more])


def test_settings_reach_the_training(calls: list[dict[str, Any]], tmp_path: Path) -> None:
    assert train(tmp_path, "--set", "steps=3", "--set", "difficulty=2", "--seed", "4", "--dtype", "float32") == 0

    call = calls[0]
    assert (call["config"].steps, call["config"].difficulty) == (3, 2)
    assert (call["base"], call["name"], call["seed"], call["dtype"]) == ("tiny", "desk", 4, "float32")
    assert (call["env"].split, call["env"].difficulty) == ("train", 2)


def test_a_training_that_learned_nothing_says_so(
    calls: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(tmp_path, "--set", "steps=3")
    assert "nothing was learned" not in capsys.readouterr().out

    assert train(tmp_path, "--set", "steps=3") == 0
    assert "No group differed in reward, so nothing was learned" in capsys.readouterr().out


@pytest.mark.parametrize("setting", ["step=3", "steps=0", "group_size=1", "steps"])
def test_bad_settings_are_refused(
    calls: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    assert train(tmp_path, "--set", setting) != 0

    assert calls == []
    assert setting.partition("=")[0] in capsys.readouterr().err


def test_an_unknown_environment_is_refused_before_anything_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(*_: Any, **__: Any) -> None:
        pytest.fail("the model would have been loaded")

    monkeypatch.setattr(training, "train_adapter", load)
    assert train(tmp_path, env="trace/Nowhere-v0") != 0
    assert "Nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "3 steps, 208 rollouts, mean reward 0.20 -> 0.22"),
        (
            {"tasks": 9, "repeats": 35.56},
            "3 steps, 208 rollouts, mean reward 0.20 -> 0.22; 9 tasks, each drawn 35.6 times on average",
        ),
    ],
)
def test_the_summary_is_one_line(more: dict[str, Any], expected: str) -> None:
    assert summary({**RECORD, **more}) == expected


def test_which_adapter_was_kept_and_why_it_ended_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validated = {
        "validations": 4,
        "best_step": 10,
        "best_reward": 0.72,
        "untrained_reward": 0.1,
        "last_validation_reward": 0.41,
    }
    sentence = "ended at step 12, as its loss is not a finite number; the update of that step is not kept"
    record = {**RECORD, **validated, "ended_sentence": sentence}
    monkeypatch.setattr(training, "train_adapter", lambda *_, **__: record)

    assert train(tmp_path) == 0, "a training that was stopped is a result, not a failure"
    out = capsys.readouterr().out
    assert "kept the adapter of step 10: 0.72 in validation, the best of 4 (untrained 0.10, last 0.41)\n" in out
    assert f"{sentence}\n" in out


def test_the_untrained_adapter_is_named_as_such() -> None:
    record = {"validations": 2, "best_step": 0, "best_reward": 0.5, "untrained_reward": 0.5}
    assert kept({**record, "last_validation_reward": 0.2}).startswith("kept the untrained adapter: 0.50")
    assert kept({"validations": 0}) == kept({}) == ended({}) == ""
