"""Quick trainings on two arms, and what they write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.train import train_adapter
from two_arms import TwoArms

QUICK: dict[str, Any] = {
    "steps": 4,
    "groups": 2,
    "group_size": 8,
    "learning_rate": 3e-3,
    "max_new_tokens": 24,
    "max_context": 320,
    "resample_rounds": 0,
    "validation_every": 0,
    "stop_reward": 2.0,
}


def train(out: Path, make: Callable[[], TwoArms] = TwoArms, **settings: Any) -> dict[str, Any]:
    return train_adapter("tiny", make, "two/Arms-v0", out, TrainConfig(**{**QUICK, **settings}), name="arms")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def weights(out: Path) -> bytes:
    return (out / "adapter_model.safetensors").read_bytes()


def rewards_of(out: Path) -> list[float]:
    return [line["reward"] for line in lines(out / "train_log.jsonl")]
