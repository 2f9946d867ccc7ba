"""Groups for TRL, with policies that need no model: which tasks are drawn, what is resampled, what is recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import pytest
from trace_trainers.engine.sequence import TokenSequence
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.ledger import Ledger
from trace_trainers.grpo.rollouts import GroupRollouts, env_reward, has_zero_variance
from trace_trainers.grpo.training_log import TrainingLog

from trace_gym.env.registration import make_env
from trace_gym.env.task_indices import TaskIndices
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.targets.service_desk.env import ServiceDesk

DESK = "trace/ServiceDesk-v0"
SIZE = 4


class FewTasks(ServiceDesk):
    """A finite split of three tasks."""

    task_count = 3


class ScriptedTokenPolicy:
    """Solves the attempts whose number is in `solving`, counted within their group; keeps one token per turn."""

    policy_id = "scripted"

    def __init__(self, solving: Sequence[int]) -> None:
        self.transcripts: dict[int, TokenSequence] = {}
        self.played: list[tuple[int, float]] = []
        self._solving = solving

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        if all(request.env.episode.turns == 0 for request in requests):
            self.transcripts = {request.key: TokenSequence([request.env.index]) for request in requests}
            self.played += [(request.env.index, float(request.rng.random())) for request in requests]
        turns = []
        for request in requests:
            self.transcripts[request.key].add_sampled(7, -0.5)
            gold = request.env.oracle()
            solves = request.key % SIZE in self._solving
            turns.append(gold[request.env.episode.turns] if solves else "Done.")
        return turns

    def adapter_of(self, key: int) -> str:
        return ""

    def finish(self, keys: Sequence[int]) -> None:
        pass


def rollouts(tmp_path: Path, policy: ScriptedTokenPolicy, *, count: int | None = None, rounds: int = 1) -> Any:
    envs = [FewTasks() if count else make_env(DESK) for _ in range(2 * SIZE)]
    return GroupRollouts(
        envs,
        policy,
        TaskIndices(count),
        TrainingLog(tmp_path / "log.jsonl"),
        env_id=DESK,
        seed=0,
        group_size=SIZE,
        resample_rounds=rounds,
    )


def step(play: GroupRollouts, number: int, groups: int = 2) -> dict[str, list[Any]]:
    places = range(number * groups, (number + 1) * groups)
    prompts = [str(place) for place in places for _ in range(SIZE)]
    fields = play(prompts, SimpleNamespace(state=SimpleNamespace(global_step=number)))
    play._log.close_step({})
    return fields


def lines(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]


def test_every_field_has_a_value_per_rollout(tmp_path: Path) -> None:
    fields = step(rollouts(tmp_path, ScriptedTokenPolicy([0, 1])), 0)

    assert {name: len(values) for name, values in fields.items()} == dict.fromkeys(fields, 2 * SIZE)
    assert fields["env_reward"] == [1.0, 1.0, 0.0, 0.0] * 2
    for completion, mask, logprobs in zip(
        fields["completion_ids"], fields["env_mask"], fields["logprobs"], strict=True
    ):
        assert len(completion) == len(mask) == len(logprobs) >= 1


def test_a_group_shares_its_task_and_groups_do_not(tmp_path: Path) -> None:
    fields = step(rollouts(tmp_path, ScriptedTokenPolicy([0])), 3)

    indices = [prompt[0] for prompt in fields["prompt_ids"]]
    assert indices == [6] * SIZE + [7] * SIZE


def test_groups_with_variance_are_not_resampled(tmp_path: Path) -> None:
    policy = ScriptedTokenPolicy([0])
    step(rollouts(tmp_path, policy), 0)

    assert len(policy.played) == 2 * SIZE
    assert lines(tmp_path) == [
        {
            "schema": "trace-gym/training-step",
            "version": 1,
            "step": 0,
            "reward": 0.25,
            "rollouts": 8,
            "reward_sd": 0.433013,
            "rollouts_total": 8,
            "zero_variance_groups": 0,
            "zero_variance_groups_after_resampling": 0,
            "zero_variance_share": 0.0,
        }
    ]


@pytest.mark.parametrize(("rounds", "rollouts_played"), [(0, 8), (1, 16), (2, 24)])
def test_zero_variance_groups_are_resampled_round_by_round(tmp_path: Path, rounds: int, rollouts_played: int) -> None:
    policy = ScriptedTokenPolicy([])
    step(rollouts(tmp_path, policy, rounds=rounds), 0)

    assert len(policy.played) == lines(tmp_path)[0]["rollouts"] == rollouts_played
    drawn = {index for index, _ in policy.played}
    assert len(drawn) == rollouts_played // SIZE
    assert lines(tmp_path)[0]["zero_variance_groups_after_resampling"] == 2


@pytest.mark.parametrize(("most", "rollouts_played"), [(8, 8), (11, 8), (12, 12), (15, 12), (16, 16), (99, 24)])
def test_groups_are_replaced_as_far_as_the_budget_allows(tmp_path: Path, most: int, rollouts_played: int) -> None:
    policy = ScriptedTokenPolicy([])
    config = TrainConfig(groups=2, group_size=SIZE, max_rollouts=most, validation_every=0)
    play = rollouts(tmp_path, policy, rounds=2)
    play._ledger = Ledger(config, play._log)
    step(play, 0)

    assert len(policy.played) == lines(tmp_path)[0]["rollouts"] == lines(tmp_path)[0]["rollouts_total"]
    assert len(policy.played) == rollouts_played


def test_a_group_is_replaced_only_by_one_with_variance(tmp_path: Path) -> None:
    class FlatAtFirst(ScriptedTokenPolicy):
        def act(self, requests: Sequence[TurnRequest]) -> list[str]:
            self._solving = [0] if requests[0].env.index >= 1_000_000 else []
            return super().act(requests)

    play = rollouts(tmp_path, FlatAtFirst([]))
    fields = step(play, 0)

    assert all(prompt[0] >= 1_000_000 for prompt in fields["prompt_ids"])
    assert sum(fields["env_reward"]) == 2
    record = lines(tmp_path)[0]
    assert (record["zero_variance_groups"], record["zero_variance_groups_after_resampling"]) == (2, 0)
    assert record["reward"] == 0.0, "the mean of the first rollouts, before replacing"


def test_a_group_stays_if_its_replacement_has_no_variance_either(tmp_path: Path) -> None:
    fields = step(rollouts(tmp_path, ScriptedTokenPolicy([]), rounds=2), 0)

    assert [prompt[0] for prompt in fields["prompt_ids"]] == [0] * SIZE + [1] * SIZE


def test_rounds_of_resampling_avoid_what_earlier_rounds_drew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FewTasks, "task_count", 6)
    policy = ScriptedTokenPolicy([])
    play = rollouts(tmp_path, policy, count=6, rounds=2)
    for number in range(4):
        policy.played.clear()
        step(play, number)
        assert {index for index, _ in policy.played} == set(range(6))


def test_a_finite_split_is_never_left_and_its_repeats_are_told(tmp_path: Path) -> None:
    policy = ScriptedTokenPolicy([])
    play = rollouts(tmp_path, policy, count=3)
    for number in range(6):
        step(play, number)

    assert {index for index, _ in policy.played} == {0, 1, 2}
    records = lines(tmp_path)
    assert [record["tasks"] for record in records] == [3] * 6
    assert records[-1]["repeats"] == pytest.approx(sum(record["rollouts"] for record in records) / SIZE / 3, abs=0.01)


def test_a_task_drawn_again_samples_from_streams_of_its_own(tmp_path: Path) -> None:
    policy = ScriptedTokenPolicy([])
    play = rollouts(tmp_path, policy, count=3)
    for number in range(4):
        step(play, number)

    assert len(set(policy.played)) == len(policy.played)


def test_a_resumed_training_draws_the_same(tmp_path: Path) -> None:
    whole = ScriptedTokenPolicy([])
    play = rollouts(tmp_path / "whole", whole, count=3)
    for number in range(3):
        step(play, number)

    resumed = ScriptedTokenPolicy([])
    play = rollouts(tmp_path / "resumed", resumed, count=3)
    step(play, 2)
    assert resumed.played == whole.played[-len(resumed.played) :]


def test_the_same_seed_gives_the_same_streams(tmp_path: Path) -> None:
    first, second = ScriptedTokenPolicy([0]), ScriptedTokenPolicy([0])
    step(rollouts(tmp_path / "a", first), 0)
    step(rollouts(tmp_path / "b", second), 0)

    assert first.played == second.played


def test_variance_is_judged_up_to_rounding() -> None:
    def group(*rewards: float) -> Any:
        return [(SimpleNamespace(reward=reward), None) for reward in rewards]

    assert has_zero_variance(group(0.3, 0.1 + 0.2))
    assert not has_zero_variance(group(0.3, 0.31))


def test_the_reward_function_hands_over_what_was_paid() -> None:
    assert env_reward(["p"], ["c"], [0.25], other=1) == [0.25]


def test_few_tasks_is_a_gymnasium_environment() -> None:
    assert isinstance(FewTasks(), gym.Env)
