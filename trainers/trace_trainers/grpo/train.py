"""Trains one LoRA adapter on one environment; resumes from its last whole checkpoint."""

from __future__ import annotations

import json
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
from transformers import PrinterCallback, TrainerCallback, set_seed

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
from trl import GRPOConfig

from trace_gym.console.progress import Progress
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import read_json, write_json
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.rollouts import GroupRollouts, env_reward
from trace_trainers.grpo.trainer import SharedPrefixGRPOTrainer
from trace_trainers.policies.hf import HFPolicy
from trace_trainers.policies.loading import fingerprint, load_model, load_tokenizer, model_path

SCHEMA = "trace-gym/adapter"
VERSION = 1
_WHOLE = "whole"
_LEAST_FREE = 2**22
_RISE = 0.05
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


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
        make_env: makes the environment, on its train split.
        env_id: its id, for the records.
        out: the adapter folder; training state lives in its `checkpoints/` until done.
        config: the settings.
        seed: seeds tasks, sampling and initialisation.
        name: shown while training.
        dtype: as in `load_model`.

    Returns:
        The content of `trace_adapter.json`. When that file is there already, nothing is trained.

    Raises:
        UserError: if the base cannot be loaded, `out` holds another training, or the disk is full.
    """
    tokenizer, model = load_tokenizer(base), load_model(base, dtype)
    job = {
        "schema": SCHEMA,
        "version": VERSION,
        "env_id": env_id,
        "base": base,
        "base_fingerprint": fingerprint(model),
        "seed": seed,
        "config": asdict(config),
    }
    _claim(out, job)
    done = out / "trace_adapter.json"
    training = _Training(model, tokenizer, make_env, env_id, out, config, seed, name)
    if not done.exists():
        checkpoint = training.run()
        for part in ("adapter_model.safetensors", "adapter_config.json"):
            shutil.copyfile(checkpoint / part, out / part)
        _settle_config(out, base)
        write_json(done, {**job, **training.summary()})
    shutil.rmtree(training.checkpoints, ignore_errors=True)
    record: dict[str, Any] = read_json(done)
    return record


def _claim(out: Path, job: dict[str, Any]) -> None:
    """Marks the folder as this training's; refuses one that another training has begun or finished.

    Raises:
        UserError: naming what differs; nothing there is changed.
    """
    marker = out / "training.json"
    if marker.exists():
        found = read_json(marker)
        changed = _differences(found, job)
        if changed:
            raise UserError(f"{out}: holds another training ({'; '.join(changed)}); choose another --out.")
    elif out.exists() and any(out.iterdir()):
        raise UserError(f"{out}: is not empty and holds no training (no training.json); choose another --out.")
    else:
        write_json(marker, job)


def _differences(found: dict[str, Any], job: dict[str, Any]) -> list[str]:
    """What differs between the recorded job and this one, setting by setting."""
    before, now = {**found, **(found.get("config") or {})}, {**job, **job["config"]}
    keys = [key for key in now if key != "config" and before.get(key) != now[key]]
    return [f"{key} {before.get(key)!r:.80}, now {now[key]!r:.80}" for key in keys]


@dataclass
class _Training:
    """One training: from the last whole checkpoint to the end."""

    model: Any
    tokenizer: Any
    make_env: Callable[[], ToolEnv]
    env_id: str
    out: Path
    config: TrainConfig
    seed: int
    name: str

    @property
    def log(self) -> Path:
        return self.out / "train_log.jsonl"

    @property
    def checkpoints(self) -> Path:
        return self.out / "checkpoints"

    def run(self) -> Path:
        """Trains what is left and returns the last checkpoint; every step leaves one."""
        set_seed(self.seed)
        checkpoint = _last_whole(self.checkpoints)
        _trim_log(self.log, _step_of(checkpoint))
        if _step_of(checkpoint) < self.config.steps and not _finished(self.log, self.config):
            self._fit(checkpoint)
            checkpoint = _last_whole(self.checkpoints)
        assert checkpoint is not None
        return checkpoint

    def summary(self) -> dict[str, Any]:
        """What the log adds up to."""
        steps = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return {
            "steps": len(steps),
            "rollouts": sum(step["rollouts"] for step in steps),
            "zero_variance_groups": sum(step["zero_variance_groups_after_resampling"] for step in steps)
            / (len(steps) * self.config.groups),
            "first_reward": steps[0]["reward"],
            "last_reward": steps[-1]["reward"],
        }

    def _fit(self, checkpoint: Path | None) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._trainer().train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        except Exception as error:
            if shutil.disk_usage(self.out).free > _LEAST_FREE:
                raise
            reason = str(error).splitlines()[0][:120]
            raise UserError(
                f"{self.out}: the disk is full ({reason}); finished steps are kept, make room and repeat the command."
            ) from None

    def _trainer(self) -> Any:
        config = self.config
        envs = [self.make_env() for _ in range(config.groups * config.group_size)]
        policy = HFPolicy(
            self.model,
            self.tokenizer,
            policy_id=self.name,
            temperature=config.temperature,
            max_new_tokens=config.max_new_tokens,
            max_context=config.max_context,
        )
        play = GroupRollouts(
            envs,
            policy,
            env_id=self.env_id,
            seed=self.seed,
            group_size=config.group_size,
            resample_rounds=config.resample_rounds,
            log=self.log,
        )
        trainer = SharedPrefixGRPOTrainer(
            model=self.model,
            args=self._arguments(),
            reward_funcs=env_reward,
            train_dataset=Dataset.from_dict({"prompt": [str(i) for i in range(config.steps * config.groups)]}),
            processing_class=self.tokenizer,
            peft_config=LoraConfig(
                r=config.rank, lora_alpha=config.alpha, target_modules=PROJECTIONS, task_type="CAUSAL_LM"
            ),
            rollout_func=play,
            callbacks=[_Watch(play, config, self.name)],
        )
        trainer.remove_callback(PrinterCallback)
        policy.model = trainer.model
        return trainer

    def _arguments(self) -> Any:
        config = self.config
        rollouts = config.groups * config.group_size
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


class _Watch(TrainerCallback):
    """Shows progress, marks checkpoints as whole, ends training early."""

    def __init__(self, play: GroupRollouts, config: TrainConfig, name: str) -> None:
        self._play, self._config, self._name = play, config, name
        self._progress: Progress | None = None

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self._progress is None:
            self._progress = Progress(f"train {self._name}", self._config.steps)
            self._progress.advance(state.global_step - 1)
        self._progress.advance(1, f"reward {_rewards(self._play.log)[-1]:.2f}")
        if _finished(self._play.log, self._config):
            control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        (folder / _WHOLE).touch()


def _rewards(log: Path) -> list[float]:
    """Mean rewards of the finished steps."""
    return [float(json.loads(line)["reward"]) for line in log.read_text(encoding="utf-8").splitlines()]


def _finished(log: Path, config: TrainConfig) -> bool:
    """Whether training may end early: the environment is mastered, or the reward has stopped rising."""
    rewards, window = _rewards(log) if log.exists() else [], config.stop_window
    if len(rewards) < window:
        return False
    if min(rewards[-window:]) >= config.stop_reward:
        return True
    means = [sum(rewards[i : i + window]) / window for i in range(len(rewards) - window + 1)]
    best, since = means[0], 0
    for mean in means[1:]:
        best, since = (mean, 0) if mean >= best + _RISE else (best, since + 1)
    return 0 < config.patience <= since


def _last_whole(folder: Path) -> Path | None:
    """Returns the newest checkpoint that was written to its end; removes those a kill cut off."""
    whole = []
    for checkpoint in folder.glob("checkpoint-*"):
        if (checkpoint / _WHOLE).exists():
            whole.append(checkpoint)
        else:
            shutil.rmtree(checkpoint, ignore_errors=True)
    return max(whole, key=_step_of, default=None)


def _step_of(checkpoint: Path | None) -> int:
    return int(checkpoint.name.split("-")[1]) if checkpoint else 0


def _trim_log(log: Path, steps: int) -> None:
    """Keeps the log lines of finished steps only."""
    if not log.exists():
        return
    lines = [line for line in log.read_bytes().split(b"\n")[:steps] if line]
    log.write_bytes(b"".join(line + b"\n" for line in lines))


def _settle_config(out: Path, base: str) -> None:
    """Names the base in the PEFT config as the user did, and gives its sets a fixed order."""
    path = out / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = model_path(base)
    config["target_modules"] = sorted(config["target_modules"])  # a set in PEFT: its order is not stable
    write_json(path, config)
