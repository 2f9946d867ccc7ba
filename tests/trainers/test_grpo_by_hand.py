"""One step of GRPO, computed by hand: advantages, losses, importance ratios, and which tokens take part."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from trace_trainers.engine.hf.backend import HFBackend
from trace_trainers.engine.sequence import TokenSequence
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.rollouts import GroupRollouts
from trace_trainers.grpo.train import train_adapter
from trace_trainers.grpo.trainer import SharedPrefixGRPOTrainer
from trl import GRPOTrainer

from trace_gym.env.registration import make_env

DESK = "trace/ServiceDesk-v0"
REWARDS = [1.0, 0.0, 0.0, 1.0, 0.5, 0.5, 0.5, 0.5]
"""Two groups of four; the second is constant."""
SAMPLED = [3, 2, 4, 1, 2, 2, 3, 3]
"""How many tokens of each rollout were sampled."""
HEARD = [1, 0, 2, 0, 5, 0, 0, 0]
"""How many tokens the environment added after the first sampled one."""
ADVANTAGE = 0.5 / (math.sqrt(4 * 0.25 / 3) + 1e-4)
"""Distance from the group's mean 0.5 over its standard deviation, with Bessel's correction and TRL's 1e-4."""


class Watched:
    """What TRL's trainer is given and returns, micro-batch by micro-batch."""

    def __init__(self) -> None:
        self.inputs: list[dict[str, Any]] = []
        self.losses: list[float] = []
        self.logprobs: list[torch.Tensor] = []

    def rows(self) -> list[dict[str, Any]]:
        """The rollouts of the step, one dictionary each."""
        rows = []
        for batch in self.inputs:
            for number in range(len(batch["advantages"])):
                rows.append(
                    {key: value[number] for key, value in batch.items() if torch.is_tensor(value) and value.dim()}
                )
        return rows


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    seen = Watched()
    compute = SharedPrefixGRPOTrainer._compute_loss

    def loss(trainer: Any, model: Any, inputs: Any) -> torch.Tensor:
        seen.inputs.append(inputs)
        value = compute(trainer, model, inputs)
        seen.losses.append(value.item())
        trainer._scored = None
        with torch.no_grad():
            ids = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], dim=1)
            attention = torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], dim=1)
            width = inputs["completion_ids"].shape[1]
            # TRL's own scoring, as a second opinion on ours
            scored = GRPOTrainer._get_per_token_logps_and_entropies(trainer, model, ids, attention, width)
            seen.logprobs.append(scored[0])
        return value

    monkeypatch.setattr(SharedPrefixGRPOTrainer, "_compute_loss", loss)
    return seen


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rollouts that are given instead of played."""

    def fields(rollouts: Any, prompts: list[str], trainer: Any) -> dict[str, list[Any]]:
        given: dict[str, list[Any]] = {
            name: [] for name in ("prompt_ids", "completion_ids", "logprobs", "env_mask", "env_reward")
        }
        for number, (sampled, heard, reward) in enumerate(zip(SAMPLED, HEARD, REWARDS, strict=True)):
            mask = [1] + [0] * heard + [1] * (sampled - 1)
            given["prompt_ids"].append([5, 300, 301])
            given["completion_ids"].append([310 + (7 * number + place) % 50 for place in range(len(mask))])
            given["logprobs"].append([-1.0] * len(mask))
            given["env_mask"].append(mask)
            given["env_reward"].append(reward)
        play(rollouts, prompts, trainer)
        return given

    play = GroupRollouts.__call__
    monkeypatch.setattr(GroupRollouts, "__call__", fields)


def train(out: Path, **settings: Any) -> dict[str, Any]:
    config = TrainConfig(
        **{
            "steps": 1,
            "groups": 2,
            "group_size": 4,
            "learning_rate": 3e-3,
            "max_new_tokens": 64,
            "max_context": 320,
            "resample_rounds": 0,
            "validation_every": 0,
            **settings,
        }
    )
    return train_adapter("tiny", lambda: make_env(DESK, split="train"), DESK, out, config, name="hand")


def test_the_advantages_are_those_computed_by_hand(fixed: None, watched: Watched, tmp_path: Path) -> None:
    train(tmp_path / "hand")

    by_reward = {1.0: ADVANTAGE, 0.0: -ADVANTAGE}
    wanted = sorted(by_reward.get(reward, 0.0) for reward in REWARDS)
    assert sorted(row["advantages"].item() for row in watched.rows()) == pytest.approx(wanted, abs=1e-6)


def dapo() -> float:
    """At a ratio of 1 a token's loss is minus its advantage; the sum is over all sampled tokens of the step."""
    total = sum(-signed(reward) * tokens for reward, tokens in zip(REWARDS, SAMPLED, strict=True))
    return total / sum(SAMPLED)


def grpo() -> float:
    """The mean over rollouts of their mean token losses: 0, as the advantages of a group add up to 0."""
    return sum(-signed(reward) for reward in REWARDS) / len(REWARDS)


def dr_grpo() -> float:
    """As dapo, divided by the rollouts and a constant instead of the tokens."""
    return dapo() * sum(SAMPLED) / (len(REWARDS) * 4096)


def luspo() -> float:
    """The mean over rollouts of the sums of their token losses."""
    return dapo() * sum(SAMPLED) / len(REWARDS)


def signed(reward: float) -> float:
    return {1.0: ADVANTAGE, 0.0: -ADVANTAGE, 0.5: 0.0}[reward]


@pytest.mark.parametrize("micro_batch", [8, 2])
@pytest.mark.parametrize("by_hand", [dapo, grpo, dr_grpo, luspo])
def test_the_loss_is_that_computed_by_hand(
    fixed: None, watched: Watched, tmp_path: Path, by_hand: Callable[[], float], micro_batch: int
) -> None:
    train(tmp_path / "hand", loss_type=by_hand.__name__, micro_batch=micro_batch)

    assert sum(watched.losses) == pytest.approx(by_hand(), abs=1e-6)


@pytest.mark.parametrize("loss_type", ["dapo", "grpo", "dr_grpo", "bnpo", "luspo"])
def test_every_loss_has_trl_s_own_gradient(
    fixed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss_type: str
) -> None:
    norms = []
    for trainer in (SharedPrefixGRPOTrainer, GRPOTrainer):
        norms.append(gradient_norm(trainer, monkeypatch, tmp_path / trainer.__name__, loss_type))
    # rounded to six digits in the log
    assert norms[0] == pytest.approx(norms[1], rel=1e-3)
    assert norms[0] > 0


def gradient_norm(trainer: Any, monkeypatch: pytest.MonkeyPatch, out: Path, loss_type: str) -> float:
    monkeypatch.setattr("trace_trainers.grpo.train.SharedPrefixGRPOTrainer", trainer)
    norms: list[float] = []
    clip = trainer._clip_grad_norm

    def watched(self: Any, model: Any) -> Any:
        norm = clip(self, model)
        norms.append(float(norm))
        return norm

    monkeypatch.setattr(trainer, "_clip_grad_norm", watched)
    # one micro-batch: bnpo depends on how rollouts are dealt out, and TRL shuffles them
    train(out, loss_type=loss_type, micro_batch=8)
    return norms[0]


def test_a_constant_group_alone_has_no_loss(
    fixed: None, watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.REWARDS", [0.5] * 8)
    train(tmp_path / "hand")

    assert watched.losses == [0.0]


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[int]]:
    """What the backend sampled, turn after turn, by the conversation's identity."""
    sampled: dict[int, list[int]] = {}
    held: list[TokenSequence] = []
    sample = HFBackend.sample

    def watched(backend: Any, sequences: Any, *args: Any) -> Any:
        result = sample(backend, sequences, *args)
        for sequence, turn in zip(sequences, result, strict=True):
            # kept, as an identity may be used again once its object is gone
            held.append(sequence)
            sampled.setdefault(id(sequence), []).extend(turn)
        return result

    monkeypatch.setattr(HFBackend, "sample", watched)
    return sampled


def test_the_mask_covers_what_was_sampled_and_nothing_else(
    turns: dict[int, list[int]], watched: Watched, tmp_path: Path
) -> None:
    train(tmp_path / "played", groups=4, loss_type="bnpo")

    trained_on = []
    for row in watched.rows():
        mask = row["completion_mask"] * row["tool_mask"]
        trained_on.append(row["completion_ids"][mask.bool()].tolist())
    assert sorted(trained_on) == sorted(turns.values())
    heard = [(row["completion_mask"] * (1 - row["tool_mask"])).sum() for row in watched.rows()]
    assert sum(heard) > 0, "the environment said something in between"


@pytest.mark.parametrize("temperature", [1.0, 1.5])
def test_the_importance_ratio_is_one_at_the_first_step(watched: Watched, tmp_path: Path, temperature: float) -> None:
    train(tmp_path / "played", groups=4, temperature=temperature)

    ratios = []
    for batch, logprobs in zip(watched.inputs, watched.logprobs, strict=True):
        mask = (batch["completion_mask"] * batch["tool_mask"]).bool()
        ratios.append(torch.exp(logprobs - batch["sampling_per_token_logps"])[mask])
    ratio = torch.cat(ratios)
    assert len(ratio) > 100
    assert torch.allclose(ratio, torch.ones_like(ratio), atol=2e-3)
