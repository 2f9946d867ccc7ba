"""Trains one LoRA adapter on one environment, and resumes from its last complete checkpoint."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PrinterCallback, set_seed

# otherwise TRL warns that `rollout_func` is experimental
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
from trl import GRPOConfig

from trace_gym.env.task_indices import TaskIndices
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import read_json, write_json
from trace_trainers.engine.hf.backend import HFBackend
from trace_trainers.engine.hf.grouped_attention import use_grouped_attention
from trace_trainers.grpo.callbacks import MarkWhole, ShowProgress, StopEarly
from trace_trainers.grpo.checkpoints import claim, last_whole, settle, step_of
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.early_stopping import is_finished
from trace_trainers.grpo.rollouts import GroupRollouts, env_reward
from trace_trainers.grpo.snapshots import KeepSnapshots
from trace_trainers.grpo.stopwatch import Stopwatch
from trace_trainers.grpo.trainer import SharedPrefixGRPOTrainer
from trace_trainers.grpo.training_log import TrainingLog
from trace_trainers.policies.chat_policy import ChatPolicy
from trace_trainers.policies.loading import fingerprint, load_model, load_tokenizer

SCHEMA = "trace-gym/adapter"
"""Names the schema of `trace_adapter.json` and `training.json`."""
VERSION = 2
"""The version of both."""
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
"""The layers that LoRA adapts (TRACE, arXiv 2604.05336, training details: all seven projections)."""
_FULL_DISK = 2**22
"""With less free space than this, in bytes, a failure is blamed on a full disk."""


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
    marks: Sequence[int] = (),
) -> dict[str, Any]:
    """Trains an adapter and saves it as an ordinary PEFT folder.

    Args:
        base: `tiny`, a local folder, or a Hugging Face model id.
        make_env: Makes the environment on its train split.
        env_id: The environment's id, for the records.
        out: The adapter folder; checkpoints are kept in its `checkpoints/` until the training is done.
        config: The settings.
        seed: Seeds tasks, sampling and initialization.
        name: The adapter's name, shown while training.
        dtype: Passed to `load_model`.
        marks: Numbers of rollouts at which the adapter is kept too, as `snapshot_at` finds it.

    Returns:
        The content of `trace_adapter.json`. If that file exists already, nothing is trained.

    Raises:
        UserError: If the base cannot be loaded, `out` belongs to another training, or the disk is full.
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

    record_path = out / "trace_adapter.json"
    training = _Training(model, tokenizer, make_env, env_id, out, config, seed, name, base, tuple(marks))
    if not record_path.exists():
        # written last: its presence says that the adapter is complete
        settle(training.run(), out, base)
        write_json(record_path, {**job, **training.log.summary(config.groups)})

    # also when nothing was trained: a kill may have come after the record and before this
    shutil.rmtree(training.checkpoints, ignore_errors=True)
    record: dict[str, Any] = read_json(record_path)
    return record


@dataclass
class _Training:
    """One training, from its last complete checkpoint to the end."""

    model: Any
    tokenizer: Any
    make_env: Callable[[], ToolEnv]
    env_id: str
    out: Path
    config: TrainConfig
    seed: int
    name: str
    base: str = ""
    marks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.log = TrainingLog(self.out / "train_log.jsonl")
        self.checkpoints = self.out / "checkpoints"
        self.stopwatch = Stopwatch()
        self.snapshots = KeepSnapshots(self.out, self.log, self.marks, self.base)

    def run(self) -> Path:
        """Runs the steps that are left, and returns the last checkpoint; every step leaves one."""
        # before the trainer is made, as PEFT draws the adapter's first weights from torch's global generator
        set_seed(self.seed)
        checkpoint = last_whole(self.checkpoints)
        self.log.trim(step_of(checkpoint))
        # before the next step removes an old checkpoint: a kill may have come before it was kept
        self.snapshots.keep()

        has_steps_left = step_of(checkpoint) < self.config.steps
        if has_steps_left and not is_finished(self.log.rewards, self.config):
            self._fit(checkpoint)
            checkpoint = last_whole(self.checkpoints)
        # a training has at least one step, and saves a checkpoint at each
        assert checkpoint is not None
        return checkpoint

    def _fit(self, checkpoint: Path | None) -> None:
        """Trains with TRL; what fails for want of disk space is explained in one sentence."""
        resume_from = None
        if checkpoint is not None:
            resume_from = str(checkpoint)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._trainer().train(resume_from_checkpoint=resume_from)
        except Exception as error:
            # the libraries turn a full disk into errors of their own, so the disk is asked instead of the error
            if shutil.disk_usage(self.out).free > _FULL_DISK:
                raise

            reason = str(error).splitlines()[0][:120]
            raise UserError(
                f"{self.out}: the disk is full ({reason}); finished steps are kept, make room and repeat the command."
            ) from None

    def _trainer(self) -> Any:
        """Makes TRL's trainer, with our rollouts and our callbacks."""
        config = self.config
        if self.model.device.type == "cpu":
            use_grouped_attention(self.model)
        backend = HFBackend(self.model, self.tokenizer, config.sampling)
        lora = LoraConfig(r=config.rank, lora_alpha=config.alpha, target_modules=PROJECTIONS, task_type="CAUSAL_LM")
        callbacks = [
            ShowProgress(self.log, config.steps, self.name),
            StopEarly(self.log, config),
            MarkWhole(),
            self.snapshots,
        ]

        trainer = SharedPrefixGRPOTrainer(
            model=self.model,
            args=self._arguments(),
            reward_funcs=env_reward,
            train_dataset=self._places(),
            processing_class=self.tokenizer,
            peft_config=lora,
            rollout_func=self._rollouts(backend),
            callbacks=callbacks,
        )
        # added where tqdm is disabled; it would print raw metrics into our progress bar
        trainer.remove_callback(PrinterCallback)
        trainer.stopwatch = self.stopwatch
        # TRL wraps the model in PEFT's; rollouts must come from the one being trained
        model: Any = trainer.model
        backend.model = model
        # nor does PEFT write a card into each checkpoint; see `create_model_card`
        model.create_or_update_model_card = lambda output_dir: None
        return trainer

    def _rollouts(self, backend: HFBackend) -> GroupRollouts:
        """Makes the rollouts, with an environment for each rollout of a step."""
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
            stopwatch=self.stopwatch,
        )

    def _places(self) -> Dataset:
        """Returns the groups' places as TRL's data set; `TaskIndices` says which task a place stands for."""
        places = range(self.config.steps * self.config.groups)
        return Dataset.from_dict({"prompt": [str(place) for place in places]})

    def _arguments(self) -> GRPOConfig:
        """Translates the settings into TRL's."""
        config = self.config
        rollouts = config.rollouts_per_step

        return GRPOConfig(
            output_dir=str(self.checkpoints),
            max_steps=config.steps,
            per_device_train_batch_size=min(config.micro_batch, rollouts),
            gradient_accumulation_steps=max(1, rollouts // config.micro_batch),
            num_generations=config.group_size,
            # has no effect on our rollouts, whose length the policy limits
            max_completion_length=4096,
            temperature=config.temperature,
            learning_rate=config.learning_rate,
            lr_scheduler_type="constant",
            beta=config.kl,
            seed=self.seed,
            # places must come in order: the log, resuming and the task indices rely on it
            shuffle_dataset=False,
            # at every step, as a killed training loses what came after its last checkpoint
            save_strategy="steps",
            save_steps=1,
            # two, as a kill may cut off the newest
            save_total_limit=2,
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=not torch.cuda.is_available(),
            bf16=False,
            gradient_checkpointing=False,
            remove_unused_columns=False,
        )
