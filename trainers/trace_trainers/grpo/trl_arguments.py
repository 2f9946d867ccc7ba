"""Translates our settings into TRL's."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from transformers.integrations.integration_utils import get_reporting_integration_callbacks

# otherwise TRL warns that `rollout_func` is experimental
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
from trl import GRPOConfig

from trace_gym.errors import UserError
from trace_trainers.grpo.config import TrainConfig


def trl_arguments(config: TrainConfig, folder: Path, seed: int) -> GRPOConfig:
    """Returns the arguments of TRL's trainer.

    Args:
        config: The settings; those that say so are TRL's own and are passed on as they are.
        folder: Where checkpoints are saved.
        seed: Seeds the trainer.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     trl_arguments(TrainConfig(beta=0.1), Path("checkpoints"), seed=0).beta
        0.1
    """
    rollouts = config.rollouts_per_step

    return GRPOConfig(
        output_dir=str(folder),
        max_steps=config.steps,
        per_device_train_batch_size=min(config.micro_batch, rollouts),
        gradient_accumulation_steps=max(1, rollouts // config.micro_batch),
        num_generations=config.group_size,
        temperature=config.temperature,
        learning_rate=config.learning_rate,
        lr_scheduler_type="constant",
        beta=config.beta,
        epsilon=config.epsilon,
        epsilon_high=config.epsilon_high,
        loss_type=config.loss_type,
        scale_rewards=config.scale_rewards,
        max_grad_norm=config.max_grad_norm,
        max_completion_length=config.max_completion_length,
        mask_truncated_completions=config.mask_truncated_completions,
        report_to=config.trackers,
        seed=seed,
        # places must come in order: the log, resuming and the task indices rely on it
        shuffle_dataset=False,
        # at every step, as a killed training loses what came after its last checkpoint
        save_strategy="steps",
        save_steps=1,
        # two, as a kill may cut off the newest
        save_total_limit=2,
        logging_strategy="steps",
        logging_steps=1,
        # a loss that is no number must be seen, not replaced by the mean of those before
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
        bf16=False,
        gradient_checkpointing=False,
        remove_unused_columns=False,
    )


def check_trackers(config: TrainConfig) -> None:
    """Checks that the trackers of `report_to` are installed, before a model is loaded.

    Args:
        config: The settings.

    Raises:
        UserError: If one is not.

    Example:
        >>> check_trackers(TrainConfig(report_to="none"))
    """
    for name, callback in zip(config.trackers, get_reporting_integration_callbacks(config.trackers), strict=True):
        try:
            callback()
        # their constructors say what is missing, by either class
        except (RuntimeError, ImportError) as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise UserError(f"report_to names {name!r}, which cannot be used here: {reason}.") from None
