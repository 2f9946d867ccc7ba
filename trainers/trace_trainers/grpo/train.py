"""Trains one LoRA adapter on one environment; resumes from its last whole checkpoint."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PrinterCallback, set_seed

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
from trl import GRPOConfig

from trace_gym.env.task_indices import TaskIndices
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import read_json, write_json
from trace_trainers.engine.hf.backend import HFBackend
from trace_trainers.grpo.callbacks import MarkWhole, ShowProgress, StopEarly
from trace_trainers.grpo.checkpoints import claim, last_whole, settle, step_of
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.early_stopping import is_finished
from trace_trainers.grpo.rollouts import GroupRollouts, env_reward
from trace_trainers.grpo.trainer import SharedPrefixGRPOTrainer
from trace_trainers.grpo.training_log import TrainingLog
from trace_trainers.policies.chat_policy import ChatPolicy
from trace_trainers.policies.loading import fingerprint, load_model, load_tokenizer

SCHEMA = "trace-gym/adapter"
VERSION = 2
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
"""What LoRA adapts (TRACE, arXiv 2604.05336, training details: all seven projections)."""
_FULL_DISK = 2**22
"""Bytes of free space below which a failure is put down to a full disk."""


def train_adapter(
    base: str,
    make_env: Callable[[], ToolEnv],
    env_id: str,
    out: Path,
    config: TrainConfig,
    *,
    seed: int = 0,
    name: str = "",
    dtype: str = "auto",
) -> dict[str, Any]:
    """Trains an adapter and saves it as an ordinary PEFT folder.

    Args:
        base: `tiny`, a local folder, or a Hugging Face model id.
        make_env: Makes the environment, on its train split.
        env_id: Its id, for the records.
        out: The adapter folder; training state lives in its `checkpoints/` until done.
        config: The settings.
        seed: Seeds tasks, sampling and initialization.
        name: Shown while training.
        dtype: As in `load_model`.

    Returns:
        The content of `trace_adapter.json`. When that file is there already, nothing is trained.

    Raises:
        UserError: If the base cannot be loaded, `out` holds another training, or the disk is full.
    """
    tokenizer = load_tokenizer(base)
    model = load_model(base, dtype)
    job = {
        "schema": SCHEMA,
        "version": VERSION,
        "env_id": env_id,
        "base": base,
        "base_fingerprint": fingerprint(model),
        "seed": seed,
        "config": asdict(config),
    }
    claim(out, job)

    done = out / "trace_adapter.json"
    training = _Training(model, tokenizer, make_env, env_id, out, config, seed, name)
    if not done.exists():
        settle(training.run(), out, base)
        write_json(done, {**job, **training.log.summary(config.groups)})
    shutil.rmtree(training.checkpoints, ignore_errors=True)
    record: dict[str, Any] = read_json(done)
    return record


@dataclass
class _Training:
    """One training, from the last whole checkpoint to the end."""

    model: Any
    tokenizer: Any
    make_env: Callable[[], ToolEnv]
    env_id: str
    out: Path
    config: TrainConfig
    seed: int
    name: str

    def __post_init__(self) -> None:
        self.log = TrainingLog(self.out / "train_log.jsonl")
        self.checkpoints = self.out / "checkpoints"

    def run(self) -> Path:
        """Trains what is left and returns the last checkpoint; every step leaves one."""
        set_seed(self.seed)
        checkpoint = last_whole(self.checkpoints)
        self.log.trim(step_of(checkpoint))

        has_steps_left = step_of(checkpoint) < self.config.steps
        if has_steps_left and not is_finished(self.log.rewards, self.config):
            self._fit(checkpoint)
            checkpoint = last_whole(self.checkpoints)
        assert checkpoint is not None
        return checkpoint

    def _fit(self, checkpoint: Path | None) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._trainer().train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        except Exception as error:
            if shutil.disk_usage(self.out).free > _FULL_DISK:
                raise
            reason = str(error).splitlines()[0][:120]
            raise UserError(
                f"{self.out}: the disk is full ({reason}); finished steps are kept, make room and repeat the command."
            ) from None

    def _trainer(self) -> Any:
        """Puts TRL's trainer together: its model, our rollouts, our callbacks."""
        config = self.config
        backend = HFBackend(self.model, self.tokenizer, config.sampling)
        trainer = SharedPrefixGRPOTrainer(
            model=self.model,
            args=self._arguments(),
            reward_funcs=env_reward,
            train_dataset=self._places(),
            processing_class=self.tokenizer,
            peft_config=LoraConfig(
                r=config.rank, lora_alpha=config.alpha, target_modules=PROJECTIONS, task_type="CAUSAL_LM"
            ),
            rollout_func=self._rollouts(backend),
            callbacks=[
                ShowProgress(self.log, config.steps, self.name),
                StopEarly(self.log, config),
                MarkWhole(),
            ],
        )
        trainer.remove_callback(PrinterCallback)
        # TRL wraps the model in PEFT's; rollouts must come from the one being trained
        backend.model = trainer.model
        return trainer

    def _rollouts(self, backend: HFBackend) -> GroupRollouts:
        config = self.config
        envs = [self.make_env() for _ in range(config.rollouts_per_step)]
        policy = ChatPolicy(backend, self.tokenizer, config.sampling, policy_id=self.name)
        return GroupRollouts(
            envs,
            policy,
            TaskIndices.of(envs[0], seed=self.seed),
            self.log,
            env_id=self.env_id,
            seed=self.seed,
            group_size=config.group_size,
            resample_rounds=config.resample_rounds,
        )

    def _places(self) -> Dataset:
        """A data set of the groups' places, in order; `TaskIndices` says which task a place stands for."""
        places = range(self.config.steps * self.config.groups)
        return Dataset.from_dict({"prompt": [str(place) for place in places]})

    def _arguments(self) -> GRPOConfig:
        config = self.config
        rollouts = config.rollouts_per_step
        return GRPOConfig(
            output_dir=str(self.checkpoints),
            max_steps=config.steps,
            per_device_train_batch_size=min(config.micro_batch, rollouts),
            gradient_accumulation_steps=max(1, rollouts // config.micro_batch),
            num_generations=config.group_size,
            max_completion_length=4096,
            temperature=config.temperature,
            learning_rate=config.learning_rate,
            lr_scheduler_type="constant",
            beta=config.kl,
            seed=self.seed,
            # places must come in order: the log, resuming and the task indices rely on it
            shuffle_dataset=False,
            save_strategy="steps",
            save_steps=1,
            save_total_limit=2,
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=not torch.cuda.is_available(),
            bf16=False,
            gradient_checkpointing=False,
            remove_unused_columns=False,
        )
