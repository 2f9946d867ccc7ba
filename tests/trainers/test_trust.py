"""Trainings that go wrong end with one sentence and their best adapter; the quick ones are on two arms."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch
from arm_trainings import lines, rewards_of, train, weights
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from trace_trainers.grpo import validation
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.early_stopping import ending, fault, has_fallen
from trace_trainers.grpo.ledger import Ledger
from trace_trainers.grpo.rollouts import GroupRollouts
from trace_trainers.grpo.trainer import SharedPrefixGRPOTrainer
from trace_trainers.grpo.training_log import StepRecord, TrainingLog
from trace_trainers.grpo.validation_log import ValidationLog, ValidationRecord
from two_arms import TwoArms


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], bytes]:
    """The adapter after some steps of an undisturbed training."""
    trained: dict[int, bytes] = {}

    def adapter(steps: int) -> bytes:
        if steps not in trained:
            out = tmp_path_factory.mktemp("after") / str(steps)
            train(out, steps=steps)
            trained[steps] = weights(out)
        return trained[steps]

    return adapter


class TestBest:
    @pytest.fixture
    def scripted(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Validations whose rewards are given."""

        def script(*rewards: float) -> None:
            left: Iterator[float] = iter(rewards)

            def play(envs: Any, policy: Any, jobs: list[Any], **_: Any) -> list[Any]:
                reward = next(left)
                return [SimpleNamespace(reward=reward) for _ in jobs]

            monkeypatch.setattr(validation, "play_batch", play)

        return script

    def test_the_best_step_is_kept_and_not_the_last(
        self, scripted: Callable[..., None], after: Callable[[int], bytes], tmp_path: Path
    ) -> None:
        scripted(0.2, 0.72, 0.41)
        record = train(tmp_path / "arms", validation_every=2, validation_tasks=4)

        assert (record["best_step"], record["best_reward"]) == (2, 0.72)
        assert (record["untrained_reward"], record["last_validation_reward"]) == (0.2, 0.41)
        assert weights(tmp_path / "arms") == after(2) != after(4)
        assert not (tmp_path / "arms" / "checkpoints").exists()

    def test_a_training_that_only_does_harm_leaves_the_base(
        self, scripted: Callable[..., None], tmp_path: Path
    ) -> None:
        scripted(0.5, 0.4, 0.3)
        record = train(tmp_path / "arms", validation_every=2, validation_tasks=4)

        assert record["best_step"] == 0
        adapter = load_file(tmp_path / "arms" / "adapter_model.safetensors")
        assert all(not value.any() for name, value in adapter.items() if "lora_B" in name)

    def test_of_equals_the_later_is_kept(
        self, scripted: Callable[..., None], after: Callable[[int], bytes], tmp_path: Path
    ) -> None:
        scripted(0.5, 0.5, 0.5)
        assert train(tmp_path / "arms", validation_every=2, validation_tasks=4)["best_step"] == 4
        assert weights(tmp_path / "arms") == after(4)

    def test_validations_are_counted_and_change_nothing_in_the_training(
        self, after: Callable[[int], bytes], tmp_path: Path
    ) -> None:
        record = train(tmp_path / "arms", steps=4, validation_every=3, validation_tasks=5)

        assert [line["step"] for line in lines(tmp_path / "arms" / "validation.jsonl")] == [0, 3, 4]
        assert record["validation_rollouts"] == 15
        assert record["rollouts"] == 4 * 16 + 15
        totals = [line["rollouts_total"] for line in lines(tmp_path / "arms" / "train_log.jsonl")]
        assert totals == [16 + 5, 32 + 5, 48 + 5, 64 + 10]
        if record["best_step"] == 4:
            assert weights(tmp_path / "arms") == after(4)

    def test_validation_tasks_are_never_trained_on(self, tmp_path: Path) -> None:
        drawn: list[int] = []

        class Watched(TwoArms):
            def draw_task(self, index: int, difficulty: int) -> Any:
                drawn.append(index)
                return super().draw_task(index, difficulty)

        train(tmp_path / "arms", Watched, steps=2, resample_rounds=1, validation_every=1, validation_tasks=3)

        validated = {index for index in drawn if 750_000 <= index < 1_000_000}
        assert validated == {750_000, 750_001, 750_002}
        assert {0, 1, 2, 3} <= set(drawn) - validated

    def test_a_split_too_small_to_spare_a_task_is_trained_without(self, tmp_path: Path) -> None:
        class Three(TwoArms):
            task_count = 3

        record = train(tmp_path / "arms", Three, steps=1, validation_every=1)
        assert record["validations"] == 0
        assert record["rollouts"] == 16


class TestFaults:
    @pytest.fixture
    def spoil(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Changes the loss from some step on."""

        def change(step: int, how: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
            compute = SharedPrefixGRPOTrainer._compute_loss

            def spoiled(trainer: Any, model: Any, inputs: Any) -> torch.Tensor:
                loss = compute(trainer, model, inputs)
                weight = next(parameter for parameter in model.parameters() if parameter.requires_grad)
                return how(loss, weight) if trainer.state.global_step >= step else loss

            monkeypatch.setattr(SharedPrefixGRPOTrainer, "_compute_loss", spoiled)

        return change

    @pytest.mark.parametrize(
        ("how", "why", "sentence"),
        [
            (lambda loss, _: loss * float("nan"), "loss", "its loss is not a finite number"),
            (lambda loss, weight: loss + (weight * 0).sqrt().sum(), "gradient", "its gradient is not a finite number"),
            (lambda loss, weight: loss + 1e6 * weight.sum(), "gradient", "is above stop_grad_norm = 1000"),
        ],
    )
    def test_a_broken_step_ends_the_training_and_is_not_kept(
        self,
        spoil: Callable[..., None],
        after: Callable[[int], bytes],
        tmp_path: Path,
        how: Any,
        why: str,
        sentence: str,
    ) -> None:
        spoil(2, how)
        record = train(tmp_path / "arms")

        assert record["ended"] == why
        assert record["ended_sentence"].startswith("ended at step 3, as its ")
        assert sentence in record["ended_sentence"]
        assert (record["steps"], record["rollouts"]) == (3, 48), "its rollouts were played"
        assert weights(tmp_path / "arms") == after(2)

    def test_one_that_is_broken_from_the_start_keeps_the_untrained_adapter(
        self, spoil: Callable[..., None], tmp_path: Path
    ) -> None:
        spoil(0, lambda loss, _: loss * float("inf"))
        record = train(tmp_path / "arms")

        assert (record["ended"], record["steps"]) == ("loss", 1)
        adapter = load_file(tmp_path / "arms" / "adapter_model.safetensors")
        assert all(torch.isfinite(value).all() for value in adapter.values())
        assert all(not value.any() for name, value in adapter.items() if "lora_B" in name)
        assert "loss" not in lines(tmp_path / "arms" / "train_log.jsonl")[0], "JSON has no infinity"

    @pytest.mark.parametrize("learning_rate", [1e39, 1e20])
    def test_weights_that_overflow_now_or_in_the_next_rollouts_end_it(
        self, tmp_path: Path, learning_rate: float
    ) -> None:
        # hot enough that the first groups differ within, and the first step is taken
        record = train(tmp_path / "arms", learning_rate=learning_rate, temperature=1.5)

        assert (record["ended"], record["steps"]) == ("weights", 1)

    def test_the_thresholds(self) -> None:
        step = StepRecord(0, 0.5, 64, loss=0.1, grad_norm=1000.0)
        assert fault(step, TrainConfig()) == ""
        assert fault(step, TrainConfig(stop_grad_norm=999.0)) == "gradient"
        assert fault(step, TrainConfig(stop_grad_norm=0.0)) == ""


class TestEndings:
    @pytest.mark.parametrize(
        ("rewards", "fallen"),
        [
            ([0.7] * 20, False),
            ([0.7] * 3 + [0.4] * 5, False),
            ([0.7] * 3 + [0.4] * 6, True),
            ([0.7] * 3 + [0.4] * 6 + [0.9, 0.9], False),
            ([0.2] * 3 + [0.16] * 20, False),
            # one lucky step where rewards are rare is no height to fall from
            ([0.19] + [0.0] * 22, False),
            ([0.75, 0.68, 0.72, 0.5, 0.38, 0.42, 0.47, 0.36, 0.41, 0.44, 0.4], True),
        ],
    )
    def test_a_reward_that_stays_below_the_start_has_fallen(self, rewards: list[float], fallen: bool) -> None:
        assert has_fallen(rewards, TrainConfig()) is fallen
        assert not has_fallen(rewards, TrainConfig(fall_patience=0))

    def test_a_reward_that_is_mastered_is_not_dead(self) -> None:
        steps = [StepRecord(step, 1.0, 64, zero_variance_groups_after_resampling=8) for step in range(5)]
        assert ending(steps, TrainConfig()) == "mastered"

    def test_where_there_is_nothing_to_learn_training_ends(self, tmp_path: Path) -> None:
        class Dead(TwoArms):
            def step(self, action: str) -> Any:
                observation, _, *rest = super().step(action)
                return (observation, 0.0, *rest)

        record = train(tmp_path / "arms", Dead, steps=40, dead_patience=3)
        assert (record["ended"], record["steps"], record["rollouts"]) == ("nothing_to_learn", 3, 48)
        assert "there is nothing to learn here" in record["ended_sentence"]

    def test_a_finished_training_of_each_kind_ends_the_same_when_called_again(self, tmp_path: Path) -> None:
        first = train(tmp_path / "arms", steps=9, max_rollouts=60)
        assert first == train(tmp_path / "arms", steps=9, max_rollouts=60)


class TestBudget:
    @pytest.mark.parametrize("most", [16, 31, 32, 50, 63])
    def test_it_ends_before_the_budget_is_exceeded(self, tmp_path: Path, most: int) -> None:
        record = train(tmp_path / "arms", steps=9, max_rollouts=most, resample_rounds=2)

        assert record["ended"] == "budget"
        assert record["ended_sentence"] == f"ended before step 9, as another step would exceed max_rollouts = {most}"
        assert most - 16 < record["rollouts"] <= most

    def test_the_last_validation_is_part_of_it(self, tmp_path: Path) -> None:
        settings = {"steps": 9, "max_rollouts": 64, "validation_every": 2, "validation_tasks": 6}
        record = train(tmp_path / "arms", resample_rounds=2, **settings)

        assert record["ended"] == "budget"
        assert record["rollouts"] <= 64
        validated = [line["step"] for line in lines(tmp_path / "arms" / "validation.jsonl")]
        assert validated[-1] == record["steps"]

    @given(
        most=st.just(0) | st.integers(18, 400),
        steps=st.lists(st.integers(8, 24), max_size=12),
        validations=st.integers(0, 6),
        played=st.integers(8, 24),
    )
    def test_what_the_ledger_allows_fits(self, most: int, steps: list[int], validations: int, played: int) -> None:
        config = TrainConfig(groups=2, group_size=4, max_rollouts=most, validation_tasks=5)
        log = TrainingLog(Path("unused.jsonl"))
        log._steps = [StepRecord(step, 0.5, rollouts) for step, rollouts in enumerate(steps)]
        checked = ValidationLog(Path("unused.jsonl"))
        checked._records = [ValidationRecord(step, 0.5, 5) for step in range(validations)]
        ledger = Ledger(config, log, checked)

        assert ledger.spent == sum(steps) + 5 * validations
        allowed = ledger.groups_to_replace(played)
        if most == 0:
            assert allowed is None
            assert ledger.has_room(validations=2)
            return
        if allowed:
            assert ledger.spent + played + 4 * allowed + 5 <= most
        assert ledger.has_room(validations=1) is (ledger.spent + 8 + 5 <= most)


class TestLearning:
    """The whole trainer on a task whose answer is known."""

    LEARNING: ClassVar[dict[str, Any]] = {"steps": 10, "groups": 4, "patience": 0, "fall_patience": 0}

    def test_the_arm_that_pays_is_learnt(self, tmp_path: Path) -> None:
        record = train(tmp_path / "arms", **self.LEARNING, validation_every=5, validation_tasks=2)

        rewards = rewards_of(tmp_path / "arms")
        assert rewards[0] < 0.4
        assert min(rewards[-3:]) > 0.8
        assert record["untrained_reward"] == 0.0
        assert record["best_reward"] == 1.0

    def test_from_shuffled_rewards_nothing_is_learnt(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        play = GroupRollouts.__call__
        rng = random.Random(0)

        def shuffled(rollouts: GroupRollouts, *args: Any) -> dict[str, list[Any]]:
            fields = play(rollouts, *args)
            rng.shuffle(fields["env_reward"])
            return fields

        monkeypatch.setattr(GroupRollouts, "__call__", shuffled)
        record = train(tmp_path / "arms", **self.LEARNING, validation_every=5, validation_tasks=2)

        assert max(rewards_of(tmp_path / "arms")[-3:]) < 0.5
        assert record["best_reward"] == 0.0
