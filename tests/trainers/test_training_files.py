"""What a training leaves in its folder: the log, checkpoints, and whose folder it is."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from trace_trainers.grpo.callbacks import MarkWhole, ShowProgress
from trace_trainers.grpo.checkpoints import WHOLE, claim, last_whole, settle, step_of
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.early_stopping import is_mastered, is_stalled
from trace_trainers.grpo.training_log import StepRecord, TrainingLog
from trace_trainers.tiny_agent import CHECKPOINT

from trace_gym.errors import UserError

JOB = {"version": 2, "env_id": "a", "seed": 0, "config": {"steps": 20, "rank": 16}}


def record(step: int, reward: float = 0.5, **more: Any) -> StepRecord:
    return StepRecord(step=step, reward=reward, rollouts=64, **more)


def log_of(path: Path, rewards: list[float]) -> TrainingLog:
    log = TrainingLog(path)
    for step, reward in enumerate(rewards):
        log.append(record(step, reward))
    return log


class TestLog:
    def test_what_is_appended_is_read_back(self, tmp_path: Path) -> None:
        log = log_of(tmp_path / "new" / "log.jsonl", [0.1, 0.2])

        assert TrainingLog(log.path).steps == log.steps
        assert TrainingLog(log.path).rewards == [0.1, 0.2]

    def test_a_finite_split_is_written_and_an_endless_one_is_not(self, tmp_path: Path) -> None:
        log = TrainingLog(tmp_path / "log.jsonl")
        log.append(record(0))
        log.append(record(1, tasks=9, repeats=1.78))

        first, second = map(json.loads, log.path.read_text().splitlines())
        assert "tasks" not in first
        assert (second["tasks"], second["repeats"]) == (9, 1.78)

    def test_trimming_drops_steps_without_a_checkpoint(self, tmp_path: Path) -> None:
        log = log_of(tmp_path / "log.jsonl", [0.1, 0.2, 0.3])
        log.trim(2)

        assert log.rewards == TrainingLog(log.path).rewards == [0.1, 0.2]

    def test_trimming_drops_a_line_that_a_kill_cut_off(self, tmp_path: Path) -> None:
        log = log_of(tmp_path / "log.jsonl", [0.1, 0.2])
        whole = log.path.read_bytes()
        log.path.write_bytes(whole + b'{"step": 2, "rew')
        log = TrainingLog(log.path)
        log.trim(2)

        assert log.path.read_bytes() == whole

    def test_trimming_without_a_file_does_nothing(self, tmp_path: Path) -> None:
        TrainingLog(tmp_path / "log.jsonl").trim(3)

        assert not (tmp_path / "log.jsonl").exists()

    def test_the_summary_adds_the_steps_up(self, tmp_path: Path) -> None:
        log = TrainingLog(tmp_path / "log.jsonl")
        log.append(record(0, 0.2, zero_variance_groups=3, zero_variance_groups_after_resampling=2))
        log.append(record(1, 0.6, tasks=9, repeats=1.8))

        assert log.summary(groups=4) == {
            "steps": 2,
            "rollouts": 128,
            "zero_variance_groups": 0.25,
            "first_reward": 0.2,
            "last_reward": 0.6,
            "tasks": 9,
            "repeats": 1.8,
        }


class TestFolder:
    def test_a_new_folder_is_claimed(self, tmp_path: Path) -> None:
        claim(tmp_path / "out", JOB)

        assert json.loads((tmp_path / "out" / "training.json").read_text()) == JOB

    def test_the_same_training_may_go_on(self, tmp_path: Path) -> None:
        claim(tmp_path / "out", JOB)
        claim(tmp_path / "out", JOB)

    def test_a_training_of_an_earlier_version_is_refused(self, tmp_path: Path) -> None:
        claim(tmp_path / "out", {**JOB, "version": 1})

        with pytest.raises(UserError, match=r"holds a training of version 1, this program continues version 2; choose"):
            claim(tmp_path / "out", JOB)

    def test_what_differs_is_named(self, tmp_path: Path) -> None:
        claim(tmp_path / "out", JOB)

        with pytest.raises(UserError, match=r"another training \(env_id 'a', now 'b'; rank 16, now 8\)"):
            claim(tmp_path / "out", {**JOB, "env_id": "b", "config": {"steps": 20, "rank": 8}})

    def test_a_folder_with_other_files_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")

        with pytest.raises(UserError, match="is not empty and holds no training"):
            claim(tmp_path, JOB)
        assert [path.name for path in tmp_path.iterdir()] == ["file"]


class TestCheckpoints:
    def test_there_may_be_none(self, tmp_path: Path) -> None:
        assert last_whole(tmp_path / "none") is None
        assert step_of(None) == 0

    def test_the_newest_whole_one_counts_by_number(self, tmp_path: Path) -> None:
        for step in (2, 9, 10):
            (tmp_path / f"checkpoint-{step}").mkdir()
            (tmp_path / f"checkpoint-{step}" / WHOLE).touch()

        newest = last_whole(tmp_path)
        assert step_of(newest) == 10

    def test_one_that_a_kill_cut_off_is_removed(self, tmp_path: Path) -> None:
        (tmp_path / "checkpoint-1").mkdir()
        (tmp_path / "checkpoint-1" / WHOLE).touch()
        (tmp_path / "checkpoint-2").mkdir()

        assert step_of(last_whole(tmp_path)) == 1
        assert not (tmp_path / "checkpoint-2").exists()

    def test_the_adapter_is_settled_with_a_fixed_order(self, tmp_path: Path) -> None:
        checkpoint = tmp_path / "checkpoint-3"
        checkpoint.mkdir()
        (checkpoint / "adapter_model.safetensors").write_bytes(b"weights")
        (checkpoint / "adapter_config.json").write_text(json.dumps({"target_modules": ["v_proj", "k_proj"]}))
        out = tmp_path / "out"
        out.mkdir()
        settle(checkpoint, out, "tiny")

        config = json.loads((out / "adapter_config.json").read_text())
        assert config == {"target_modules": ["k_proj", "v_proj"], "base_model_name_or_path": str(CHECKPOINT)}
        assert (out / "adapter_model.safetensors").read_bytes() == b"weights"


class TestCallbacks:
    def test_a_saved_checkpoint_is_marked(self, tmp_path: Path) -> None:
        (tmp_path / "checkpoint-4").mkdir()
        MarkWhole().on_save(SimpleNamespace(output_dir=str(tmp_path)), SimpleNamespace(global_step=4), None)

        assert (tmp_path / "checkpoint-4" / WHOLE).exists()

    def test_progress_of_a_resumed_training_starts_where_it_was(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        log = log_of(tmp_path / "log.jsonl", [0.25])
        ShowProgress(log, 40, "desk").on_log(None, SimpleNamespace(global_step=20), None, {"loss": 0.1})

        shown = capsys.readouterr().err
        assert "train desk" in shown
        assert "reward 0.25" in shown
        assert "20/40" in shown


@pytest.mark.parametrize(
    ("rewards", "mastered", "stalled"),
    [
        ([], False, False),
        ([0.96, 0.96], False, False),
        ([0.96, 0.94, 0.96], False, False),
        ([0.95, 0.95, 0.95], True, False),
        ([0.5] * 14, False, False),
        ([0.5] * 15, False, True),
        ([0.0] * 5 + [0.6] * 5 + [0.6] * 12, False, True),
        ([0.06 * step for step in range(15)], False, False),
    ],
)
def test_the_two_reasons_to_end_early(rewards: list[float], mastered: bool, stalled: bool) -> None:
    assert is_mastered(rewards, TrainConfig()) is mastered
    assert is_stalled(rewards, TrainConfig()) is stalled


def test_patience_of_zero_never_stalls() -> None:
    assert not is_stalled([0.1] * 100, TrainConfig(patience=0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"group_size": 1}, "one rollout has no group to compare with"),
        ({"steps": 0}, "steps must be >= 1, got 0"),
        ({"max_context": 0}, "max_context must be >= 1, got 0"),
        ({"groups": 3, "group_size": 5, "micro_batch": 4}, "micro_batch must divide groups"),
    ],
)
def test_settings_out_of_range_are_named(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainConfig(**settings)


def test_the_sampling_settings_are_those_of_the_training() -> None:
    params = TrainConfig(temperature=0.5, max_new_tokens=7, max_context=99).sampling

    assert (params.temperature, params.max_new_tokens, params.max_context) == (0.5, 7, 99)
