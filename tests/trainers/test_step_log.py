"""What each step of a training logs, where it is sent, and the settings that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from arm_trainings import lines, train
from trace_trainers.grpo.config import TRACKERS, TrainConfig
from trace_trainers.grpo.trainer import SharedPrefixGRPOTrainer
from trace_trainers.grpo.training_log import TrainingLog
from trace_trainers.grpo.trl_arguments import check_trackers
from transformers import TrainerCallback
from transformers.integrations import integration_utils

from trace_gym.errors import UserError


class TestLog:
    def test_a_line_has_every_metric_and_no_clock(self, tmp_path: Path) -> None:
        # hot enough that the first groups differ within: else there is nothing to learn in the first step
        train(tmp_path / "a", steps=2, beta=0.1, temperature=1.5)
        line = lines(tmp_path / "a" / "train_log.jsonl")[1]

        assert {"loss", "grad_norm", "kl", "entropy", "clip_ratio", "zero_variance_share", "rollouts_total"} <= set(
            line
        )
        assert {"completion_mean_length", "completion_max_length", "reward", "reward_sd"} <= set(line)
        assert (line["schema"], line["version"]) == ("trace-gym/training-step", 1)
        assert line["kl"] > 0
        assert 0 < line["completion_mean_length"] <= line["completion_max_length"]

        times = lines(tmp_path / "a" / "train_times.jsonl")
        assert [time["step"] for time in times] == [0, 1]
        assert min(times[0][phase] for phase in ("generate", "score", "backward")) > 0
        assert not {"generate", "score", "backward"} & set(line)

    def test_the_same_training_writes_the_same_bytes(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            train(tmp_path / name, steps=2, validation_every=1, validation_tasks=3)
        for file in ("train_log.jsonl", "validation.jsonl", "adapter_model.safetensors"):
            assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()

    def test_a_log_of_another_version_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "log.jsonl").write_text('{"step": 0, "reward": 0.5, "rollouts": 8}\n')
        with pytest.raises(UserError, match="a line of None, version None; this program continues"):
            TrainingLog(tmp_path / "log.jsonl")


class TestTrackers:
    def test_the_names_are_those_of_transformers(self) -> None:
        assert set(TRACKERS) == set(integration_utils.INTEGRATION_TO_CALLBACK)

    def test_a_tracker_gets_trl_s_metrics_and_ours(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        logged: list[dict[str, float]] = []

        class Tracker(TrainerCallback):
            def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
                logged.append(dict(logs))

        monkeypatch.setitem(integration_utils.INTEGRATION_TO_CALLBACK, "trackio", Tracker)
        train(tmp_path / "arms", steps=2, report_to="trackio", validation_every=2, validation_tasks=2, temperature=1.5)

        steps = [logs for logs in logged if "loss" in logs]
        assert [logs["rollouts_total"] for logs in steps] == [18, 34]
        assert {"grad_norm", "entropy", "completions/mean_length", "zero_variance_share"} <= set(steps[0])
        assert len([logs for logs in logged if "validation/reward" in logs]) == 2

    def test_one_that_is_not_installed_is_one_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Missing:
            def __init__(self) -> None:
                raise RuntimeError("MissingCallback requires missing to be installed. Run `pip install missing`.")

        monkeypatch.setitem(integration_utils.INTEGRATION_TO_CALLBACK, "mlflow", Missing)
        with pytest.raises(UserError, match="report_to names 'mlflow', which cannot be used here: MissingCallback"):
            check_trackers(TrainConfig(report_to="mlflow"))


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"loss_type": "ppo"}, "loss_type is 'ppo', expected one of grpo, dr_grpo, dapo, bnpo"),
            ({"scale_rewards": "yes"}, "scale_rewards is 'yes', expected one of group, batch, none"),
            ({"report_to": "wandb,me"}, "report_to names 'me', expected none or some of azure_ml"),
            ({"epsilon": 0.0}, "epsilon must be > 0, got 0.0"),
            ({"epsilon_high": 0.0}, "epsilon_high must be > 0, got 0.0"),
            ({"max_rollouts": 127}, "max_rollouts must be 0 or >= 128, got 127: a step takes 64 rollouts, and the val"),
            ({"validation_tasks": 0}, "validation_tasks must be >= 1, got 0"),
        ],
    )
    def test_wrong_values_are_one_sentence(self, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            TrainConfig(**settings)

    @pytest.mark.parametrize(
        "settings",
        [
            {"loss_type": "cispo", "epsilon_high": 5.0},
            {"loss_type": "luspo", "scale_rewards": "batch"},
            {"mask_truncated_completions": True, "max_grad_norm": 0.0},
        ],
    )
    def test_trl_s_own_settings_reach_it(
        self, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Any] = []
        compute = SharedPrefixGRPOTrainer._compute_loss

        def watched(trainer: Any, model: Any, inputs: Any) -> torch.Tensor:
            seen.append(trainer.args)
            return compute(trainer, model, inputs)

        monkeypatch.setattr(SharedPrefixGRPOTrainer, "_compute_loss", watched)
        train(tmp_path / "arms", steps=1, **settings)
        assert {name: getattr(seen[0], name) for name in settings} == settings
