"""Adapters kept at marks: they are those that a shorter training would have given."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from trace_trainers.grpo import train as training
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.snapshots import snapshot_at, steps_within
from trace_trainers.grpo.train import train_adapter

from trace_gym.env.registration import make_env

DESK = "trace/ServiceDesk-v0"
SMALL = {
    "groups": 2,
    "group_size": 4,
    "learning_rate": 3e-3,
    "max_new_tokens": 32,
    "max_context": 320,
    "resample_rounds": 0,
    "patience": 0,
    "validation_every": 0,
}


@pytest.mark.parametrize(("mark", "steps"), [(0, 0), (63, 0), (64, 1), (159, 1), (160, 2), (500, 3)])
def test_steps_within_a_mark(mark: int, steps: int) -> None:
    assert steps_within([64, 96, 64], mark) == steps


def weights(folder: Path) -> str:
    return hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()


def train(out: Path, steps: int, marks: tuple[int, ...] = ()) -> None:
    config = TrainConfig(steps=steps, **SMALL)  # type: ignore[arg-type]
    train_adapter("tiny", lambda: make_env(DESK, split="train"), DESK, out, config, name=out.name, marks=marks)


@pytest.mark.slow
def test_a_snapshot_is_the_adapter_of_a_shorter_training(tmp_path: Path) -> None:
    train(tmp_path / "long", 3, marks=(8, 17))
    train(tmp_path / "short", 2)

    folder, spent = snapshot_at(tmp_path / "long", 17)
    assert folder is not None
    assert spent == 16
    assert weights(folder) == weights(tmp_path / "short")
    assert snapshot_at(tmp_path / "long", 24) == (tmp_path / "long", 24)
    assert snapshot_at(tmp_path / "long", 7) == (None, 0)
    assert not (tmp_path / "long" / "checkpoints").exists()


@pytest.mark.slow
def test_a_training_that_breaks_off_behind_a_mark_keeps_it_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tmp_path / "whole", 3, marks=(8,))
    keep = training.KeepSnapshots.on_save

    def killed(self: object, args: object, state: object, control: object, **_: object) -> None:
        if state.global_step == 2:  # type: ignore[attr-defined]
            raise KeyboardInterrupt

    monkeypatch.setattr(training.KeepSnapshots, "on_save", killed)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "killed", 3, marks=(8,))
    monkeypatch.setattr(training.KeepSnapshots, "on_save", keep)
    train(tmp_path / "killed", 3, marks=(8,))

    kept, whole = snapshot_at(tmp_path / "killed", 8)[0], snapshot_at(tmp_path / "whole", 8)[0]
    assert kept is not None
    assert whole is not None
    assert weights(kept) == weights(whole)


@pytest.mark.slow
def test_the_step_before_a_broken_one_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(tmp_path / "short", 2)
    judge = training.Judge.fault
    monkeypatch.setattr(
        training.Judge, "fault", lambda self, step, model: "loss" if step.step == 2 else judge(self, step, model)
    )
    train(tmp_path / "broken", 4, marks=(16,))

    folder, spent = snapshot_at(tmp_path / "broken", 16)
    assert folder is not None
    assert (folder.name, spent) == ("step-2", 16)
    assert weights(folder) == weights(tmp_path / "short")
