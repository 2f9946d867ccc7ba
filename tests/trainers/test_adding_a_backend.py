"""A sampling backend of one's own: one file and one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator
from trace_trainers.engine import backends
from trace_trainers.engine.sequence import TokenSequence
from trace_trainers.grpo.rollouts import GroupRollouts
from trace_trainers.grpo.training_log import TrainingLog
from trace_trainers.policies.adapters import BASE, AdapterBank, AdapterPolicy, fixed

from trace_gym.env.registration import make_env
from trace_gym.env.task_indices import TaskIndices
from trace_gym.errors import UserError
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.sampling_params import SamplingParams

DESK = "trace/ServiceDesk-v0"

# ---- what an author would write, in a file of their own


class DiceBackend:
    """Rolls dice over the vocabulary, by each conversation's own generator."""

    def __init__(self, model: Any, tokenizer: Any, params: SamplingParams) -> None:
        self.eos = frozenset({tokenizer.eos_token_id})
        self.released = 0
        self._vocabulary = len(tokenizer)

    def sample(
        self, sequences: Sequence[TokenSequence], generators: Sequence[Generator], max_new_tokens: Sequence[int]
    ) -> list[list[int]]:
        turns = []
        for sequence, generator, most in zip(sequences, generators, max_new_tokens, strict=True):
            turn = generator.integers(10, self._vocabulary, size=min(3, most)).tolist()
            for token in turn:
                sequence.add_sampled(token, -float(np.log(self._vocabulary)))
            turns.append(turn)
        return turns

    def release(self) -> None:
        self.released += 1


# ----


@pytest.fixture
def bank(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> AdapterBank:
    monkeypatch.setitem(backends.BACKENDS, "dice", DiceBackend)
    return AdapterBank(*tiny)


def test_one_line_makes_it_drive_a_policy(bank: AdapterBank) -> None:
    policy = AdapterPolicy(bank, fixed(BASE), SamplingParams(backend="dice"), policy_id="dice")
    envs = [make_env(DESK) for _ in range(3)]
    jobs = [Job(index) for index in range(3)]

    first = play_batch(envs, policy, jobs, seed=0, env_id=DESK)
    again = play_batch(envs, policy, jobs, seed=0, env_id=DESK)
    assert [trajectory.to_json() for trajectory in first] == [trajectory.to_json() for trajectory in again]
    assert {trajectory.policy for trajectory in first} == {"dice"}


def test_it_serves_groups_for_training(bank: AdapterBank, tmp_path: Path) -> None:
    policy = bank.make_policy(SamplingParams(backend="dice"), policy_id="dice")
    play = GroupRollouts(
        [make_env(DESK) for _ in range(8)],
        policy,
        TaskIndices(None),
        TrainingLog(tmp_path / "log.jsonl"),
        env_id=DESK,
        seed=0,
        group_size=4,
        resample_rounds=0,
    )
    prompts = [str(place) for place in (0, 1) for _ in range(4)]
    fields = play(prompts, SimpleNamespace(state=SimpleNamespace(global_step=0)))

    for ids, mask, logprobs in zip(fields["completion_ids"], fields["env_mask"], fields["logprobs"], strict=True):
        assert len(ids) == len(mask) == len(logprobs)
        assert sum(mask) == 3 * sum(1 for a, b in zip([0, *mask], mask, strict=False) if (a, b) == (0, 1))


def test_a_backend_that_is_not_there_is_named(tiny: Any) -> None:
    with pytest.raises(UserError, match="Unknown sampling backend 'vllm'; expected one of hf"):
        AdapterBank(*tiny).make_policy(SamplingParams(backend="vllm"), policy_id="x")
