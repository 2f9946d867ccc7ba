"""Trains one LoRA adapter on one environment, and resumes from its last complete checkpoint."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset
from peft import LoraConfig
from transformers import PrinterCallback, TrainerCallback, set_seed

from trace_gym.env.task_indices import TaskIndices
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import read_json, write_json
from trace_trainers.engine.hf.backend import HFBackend
from trace_trainers.engine.hf.grouped_attention import use_grouped_attention
from trace_trainers.grpo import step_times
from trace_trainers.grpo.callbacks import CloseSteps, Judge, MarkWhole, ShowProgress
from trace_trainers.grpo.checkpoints import claim, last_whole, settle, step_of
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.early_stopping import explain
from trace_trainers.grpo.ledger import Ledger
from trace_trainers.grpo.rollouts import GroupRollouts, env_reward
from trace_trainers.grpo.snapshots import KeepSnapshots
from trace_trainers.grpo.step_times import StepTimes
from trace_trainers.grpo.stopwatch import Stopwatch
from trace_trainers.grpo.trainer import SharedPrefixGRPOTrainer
from trace_trainers.grpo.training_log import TrainingLog
from trace_trainers.grpo.trl_arguments import check_trackers, trl_arguments
from trace_trainers.grpo.validation import Validation, best_adapter
from trace_trainers.grpo.validation_log import ValidationLog
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
    """Trains an adapter and saves the best of it as an ordinary PEFT folder.

    A training that had to be stopped, such as for a loss that is no number, is no error: what was good of it is saved,
    and the record says why it ended.

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
        UserError: If the base cannot be loaded, `out` belongs to another training, a tracker is not installed, or the
            disk is full.
    """
    check_trackers(config)
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
        write_json(record_path, {**job, **training.summary()})

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
        self.validations = ValidationLog(self.out / "validation.jsonl")
        self.times = StepTimes(self.out / step_times.FILE)
        self.checkpoints = self.out / "checkpoints"
        self.stopwatch = Stopwatch()
        self.snapshots = KeepSnapshots(self.out, self.log, self.marks, self.base)
        self.ledger = Ledger(self.config, self.log, self.validations)
        self.judge = Judge(self.config, self.log, self.ledger)
        self.ended = ""
        """Why it ended before its last step."""

    def run(self) -> Path:
        """Runs the steps that are left, and returns the folder of the adapter to keep."""
        # before the trainer is made, as PEFT draws the adapter's first weights from torch's global generator
        set_seed(self.seed)
        checkpoint = last_whole(self.checkpoints)
        done = step_of(checkpoint)
        for log in (self.log, self.validations, self.times):
            log.trim(done)
        # before the next step removes an old checkpoint: a kill may have come before it was kept
        self.snapshots.keep()

        self.ended = self.judge.ending(validations=1)
        if done < self.config.steps and not self.ended:
            self._fit(checkpoint)
            checkpoint = last_whole(self.checkpoints)
            # a broken step has no checkpoint, at whose saving the one before it would have been kept
            self.snapshots.keep()
        return self._kept(checkpoint)

    def summary(self) -> dict[str, Any]:
        """Returns what the record of the finished training says beside its settings."""
        summary = self.log.summary(self.config.groups)
        summary["rollouts"] = self.ledger.spent
        sentence = explain(self.ended, self.log.steps[-1], self.config)
        return {**summary, **self.validations.summary(), "ended": self.ended, "ended_sentence": sentence}

    def _kept(self, checkpoint: Path | None) -> Path:
        """Returns the folder of the best adapter; without validations that of the last checkpoint."""
        best = best_adapter(self.checkpoints, self.validations)
        if best is not None and (checkpoint is None or self.validations.best is not None):
            return best
        # a training whose first step is broken has no checkpoint, and keeps the untrained adapter
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
            self.ended = self.steps.ended
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
        validation_backend = HFBackend(self.model, self.tokenizer, config.validation_sampling)
        rollouts, validation = self._players(backend, validation_backend)
        self.steps = CloseSteps(config, self.log, self.judge, validation, self.times, self.stopwatch)

        trainer = SharedPrefixGRPOTrainer(
            model=self.model,
            args=trl_arguments(config, self.checkpoints, self.seed),
            reward_funcs=env_reward,
            train_dataset=self._places(),
            processing_class=self.tokenizer,
            peft_config=lora,
            rollout_func=rollouts,
            callbacks=self._callbacks(),
        )
        # added where tqdm is disabled; it would print raw metrics into our progress bar
        trainer.remove_callback(PrinterCallback)
        trainer.stopwatch = self.stopwatch
        self.steps.report = trainer.log
        # TRL wraps the model in PEFT's; rollouts must come from the one being trained
        model: Any = trainer.model
        backend.model = model
        validation_backend.model = model
        # nor does PEFT write a card into each checkpoint; see `create_model_card`
        model.create_or_update_model_card = lambda output_dir: None
        return trainer

    def _callbacks(self) -> list[TrainerCallback]:
        """Returns what happens at each step, in order."""
        progress = ShowProgress(self.log, self.config.steps, self.name, self.times)
        # a step is closed before it is shown, and its checkpoint is whole before older adapters are removed
        return [MarkWhole(), self.snapshots, self.steps, progress]

    def _players(self, backend: HFBackend, validation_backend: HFBackend) -> tuple[GroupRollouts, Validation]:
        """Makes what plays the rollouts and the validations, with an environment for each rollout of a step."""
        config = self.config
        envs = [self.make_env() for _ in range(config.rollouts_per_step)]
        policy = ChatPolicy(backend, self.tokenizer, config.sampling, policy_id=self.name)
        validation_policy = ChatPolicy(
            validation_backend, self.tokenizer, config.validation_sampling, policy_id=self.name
        )
        indices = TaskIndices.of(envs[0], seed=self.seed, validation=config.validation_rollouts)

        rollouts = GroupRollouts(
            envs,
            policy,
            indices,
            self.log,
            env_id=self.env_id,
            seed=self.seed,
            group_size=config.group_size,
            resample_rounds=config.resample_rounds,
            stopwatch=self.stopwatch,
            ledger=self.ledger,
        )
        # the same environments: a validation is played between two steps
        validation = Validation(
            envs,
            validation_policy,
            indices.validation,
            self.validations,
            self.checkpoints,
            env_id=self.env_id,
            seed=self.seed,
            stopwatch=self.stopwatch,
        )
        return rollouts, validation

    def _places(self) -> Dataset:
        """Returns the groups' places as TRL's data set; `TaskIndices` says which task a place stands for."""
        places = range(self.config.steps * self.config.groups)
        return Dataset.from_dict({"prompt": [str(place) for place in places]})
