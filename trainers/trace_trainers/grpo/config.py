"""Settings of GRPO training; defaults follow TRACE (arXiv 2604.05336, training details) and TRL."""

from __future__ import annotations

from dataclasses import dataclass

from trace_gym.ranges import require_positive
from trace_gym.rollouts.sampling_params import SamplingParams

_AT_LEAST_ONE = (
    "steps",
    "groups",
    "rank",
    "max_new_tokens",
    "max_context",
    "max_completion_length",
    "micro_batch",
    "stop_window",
    "validation_tasks",
    "difficulty",
)
LOSS_TYPES = ("grpo", "dr_grpo", "dapo", "bnpo", "cispo", "sapo", "luspo", "vespo")
"""The losses of TRL."""
SCALE_REWARDS = ("group", "batch", "none")
"""By what TRL divides advantages: the group's standard deviation, that of the whole step, or nothing."""
TRACKERS = (
    "azure_ml",
    "clearml",
    "codecarbon",
    "comet_ml",
    "dagshub",
    "dvclive",
    "flyte",
    "kubeflow",
    "mlflow",
    "neptune",
    "swanlab",
    "tensorboard",
    "trackio",
    "wandb",
)
"""What transformers can report to."""


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
    max_new_tokens: int = 128
    """Tokens of the longest turn."""
    max_context: int = 4096
    """Tokens at which a conversation is ended; a long rollout pads and slows its whole micro-batch."""
    micro_batch: int = 16
    """Most rollouts per forward pass; smaller needs less memory."""
    resample_rounds: int = 1
    """Rounds in which zero-variance groups, which carry no gradient, are replaced by groups of other tasks."""
    max_rollouts: int = 0
    """Most rollouts of a training, replaced and validation ones included; it ends before the step that would exceed
    them; 0: no limit."""
    validation_every: int = 5
    """Steps between validations; the adapter that is kept is the best validated one; 0: never, the last is kept."""
    validation_tasks: int = 32
    """Tasks of a validation, played once each at temperature 0; a finite split gives at most a quarter of its own."""
    stop_reward: float = 0.95
    """Training ends early once each of the last `stop_window` steps has reached this mean reward."""
    stop_window: int = 3
    """How many of the last steps decide whether training ends early."""
    patience: int = 12
    """Training also ends once the mean over `stop_window` steps has not risen by 0.05 for this many steps; 0: never."""
    fall_patience: int = 6
    """Or has been below that at the start, by 0.05 and two standard errors, for so many steps in a row; 0: never."""
    dead_patience: int = 5
    """Or if no group of this many steps in a row had any variance, so that there is nothing to learn; 0: never."""
    stop_grad_norm: float = 1000.0
    """Training ends, without the step's update, at a gradient norm above this, before clipping; 0: never."""
    beta: float = 0.0
    """TRL: weight of the KL penalty against the base."""
    epsilon: float = 0.2
    """TRL: how far an importance ratio may fall below 1 before it is clipped."""
    epsilon_high: float | None = None
    """TRL: how far it may rise above 1; unset: as `epsilon`."""
    loss_type: str = "dapo"
    """TRL: `grpo`, `dr_grpo`, `dapo`, `bnpo`, `cispo`, `sapo`, `luspo` or `vespo`."""
    scale_rewards: str = "group"
    """TRL: what advantages are divided by: the standard deviation in the `group`, in the `batch`, or `none`."""
    max_grad_norm: float = 1.0
    """TRL: the gradient is clipped to this norm; 0: never."""
    max_completion_length: int = 4096
    """TRL: what `loss_type = "dr_grpo"` divides by; rollouts are limited by `max_new_tokens` and `max_context`."""
    mask_truncated_completions: bool = False
    """TRL: leave rollouts whose last turn was cut off out of the loss."""
    report_to: str = "none"
    """TRL: trackers that get each step's metrics, such as `wandb` or `tensorboard,mlflow`."""
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
        self._check_names()
        for name, value in (("epsilon", self.epsilon), ("epsilon_high", self.epsilon_high)):
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be > 0, got {value}.")

        # TRL fills whole micro-batches only, so a remainder would be rollouts that it never asks for
        rollouts = self.rollouts_per_step
        if rollouts > self.micro_batch and rollouts % self.micro_batch:
            raise ValueError(
                f"micro_batch must divide groups * group_size = {rollouts}, got {self.micro_batch}; take a divisor."
            )
        self._check_budget()

    @property
    def rollouts_per_step(self) -> int:
        """Rollouts that a step learns from."""
        return self.groups * self.group_size

    @property
    def sampling(self) -> SamplingParams:
        """How the rollouts are sampled."""
        return SamplingParams(self.temperature, self.max_new_tokens, self.max_context)

    @property
    def validation_sampling(self) -> SamplingParams:
        """How the episodes of a validation are sampled."""
        return SamplingParams(0.0, self.max_new_tokens, self.max_context)

    @property
    def validation_rollouts(self) -> int:
        """Most episodes of a validation; 0 where there are none."""
        if self.validation_every == 0:
            return 0
        return self.validation_tasks

    @property
    def trackers(self) -> list[str]:
        """The trackers of `report_to`."""
        names = [name.strip() for name in self.report_to.split(",")]
        return [name for name in names if name not in ("", "none")]

    def _check_names(self) -> None:
        """Checks the settings that are one of several words."""
        for setting, known in (("loss_type", LOSS_TYPES), ("scale_rewards", SCALE_REWARDS)):
            value = getattr(self, setting)
            if value not in known:
                raise ValueError(f"{setting} is {value!r}, expected one of {', '.join(known)}.")
        for name in self.trackers:
            if name not in TRACKERS:
                raise ValueError(f"report_to names {name!r}, expected none or some of {', '.join(TRACKERS)}.")

    def _check_budget(self) -> None:
        """Checks that one step fits into `max_rollouts`, with the validations before and after it."""
        validation = 2 * self.validation_rollouts
        least = self.rollouts_per_step + validation
        if 0 < self.max_rollouts < least:
            raise ValueError(
                f"max_rollouts must be 0 or >= {least}, got {self.max_rollouts}: a step takes {self.rollouts_per_step} "
                f"rollouts, and the validations before and after it {validation}."
            )
