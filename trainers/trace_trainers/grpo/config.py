"""Settings of GRPO training; defaults follow TRACE (arXiv 2604.05336, training details)."""

from __future__ import annotations

from dataclasses import dataclass

from trace_gym.ranges import require_positive
from trace_gym.rollouts.sampling_params import SamplingParams

_AT_LEAST_ONE = ("steps", "groups", "rank", "max_new_tokens", "max_context", "micro_batch", "stop_window", "difficulty")


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one adapter's training.

    Example:
        >>> TrainConfig(groups=4, group_size=8).rollouts_per_step
        32
    """

    steps: int = 40
    """Optimizer steps."""
    groups: int = 8
    """Tasks per step."""
    group_size: int = 8
    """Rollouts per task, K; they share the start."""
    learning_rate: float = 1e-5
    """Learning rate of AdamW, constant."""
    rank: int = 16
    """LoRA rank r."""
    alpha: int = 16
    """LoRA alpha."""
    temperature: float = 1.0
    """Sampling temperature of the rollouts."""
    kl: float = 0.0
    """Weight of the KL penalty against the base."""
    max_new_tokens: int = 128
    """Tokens of the longest turn."""
    max_context: int = 4096
    """Tokens at which a conversation is ended; a long rollout pads and slows its whole micro-batch."""
    micro_batch: int = 16
    """Most rollouts per forward pass; smaller needs less memory."""
    resample_rounds: int = 1
    """Rounds in which zero-variance groups, which carry no gradient, are replaced by groups of other tasks."""
    stop_reward: float = 0.95
    """Training ends early once each of the last `stop_window` steps has reached this mean reward."""
    stop_window: int = 3
    """How many of the last steps decide whether training ends early."""
    patience: int = 12
    """Training also ends once the mean over `stop_window` steps has not risen by 0.05 for this many steps; 0: never."""
    difficulty: int = 1
    """Difficulty of the environment."""

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
            ValueError: If a setting is out of range.
        """
        if self.group_size < 2:
            raise ValueError(
                f"group_size must be >= 2, got {self.group_size}: one rollout has no group to compare with."
            )
        require_positive(self, *_AT_LEAST_ONE)

        # TRL fills whole micro-batches only, so a remainder would be rollouts that it never asks for
        rollouts = self.rollouts_per_step
        if rollouts > self.micro_batch and rollouts % self.micro_batch:
            raise ValueError(
                f"micro_batch must divide groups * group_size = {rollouts}, got {self.micro_batch}; take a divisor."
            )

    @property
    def rollouts_per_step(self) -> int:
        """Rollouts that a step learns from."""
        return self.groups * self.group_size

    @property
    def sampling(self) -> SamplingParams:
        """How the rollouts are sampled."""
        return SamplingParams(self.temperature, self.max_new_tokens, self.max_context)
