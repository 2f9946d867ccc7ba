"""One side of `benchmarks.train_step`, in a process of its own: a training step for each line that it reads."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset
from peft import LoraConfig
from trace_trainers.commands.quiet import quiet
from trace_trainers.engine.allocator import keep_freed_memory
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.stopwatch import BACKWARD, ENVIRONMENT, GENERATE, SCORE, Stopwatch
from trace_trainers.grpo.train import PROJECTIONS, _Training
from trace_trainers.policies.loading import load_model, load_tokenizer
from transformers import PrinterCallback, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from trace_gym.env.registration import make_env
from trace_gym.integrations import trl as bridge


@dataclass(frozen=True)
class Settings:
    """What both sides have in common; `train_step` passes it on as JSON."""

    model: str
    env: str
    rollouts: int
    group_size: int
    micro_batch: int
    max_new_tokens: int
    max_context: int
    max_completion: int
    all_count: bool
    steps: int

    @property
    def config(self) -> TrainConfig:
        """The settings of our training, which neither resamples, nor validates, nor ends early."""
        return TrainConfig(
            steps=self.steps,
            groups=self.rollouts // self.group_size,
            group_size=self.group_size,
            micro_batch=self.micro_batch,
            max_new_tokens=self.max_new_tokens,
            max_context=self.max_context,
            resample_rounds=0,
            patience=0,
            fall_patience=0,
            dead_patience=0,
            stop_reward=2.0,
            validation_every=0,
        )


class Tokens:
    """Counts sampled ids."""

    def __init__(self) -> None:
        """Starts at 0."""
        self.count = 0

    def lap(self) -> int:
        """Returns the count and starts over."""
        count, self.count = self.count, 0
        return count


class Steps(TrainerCallback):
    """Waits for a line before each step, and answers it once the step's checkpoint is written."""

    def __init__(self, answers: Any, stopwatch: Stopwatch, tokens: Tokens) -> None:
        """Takes what is told about each step.

        Args:
            answers: A text stream.
            stopwatch: The seconds by phase.
            tokens: The ids sampled.
        """
        self._answers = answers
        self._stopwatch = stopwatch
        self._tokens = tokens
        self._started: float | None = None
        self._started_cpu = 0.0
        self._phases: dict[str, float] = {}

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Answers for the step before, and waits."""
        self._answer()
        sys.stdin.readline()
        self._stopwatch.lap()
        self._started = time.perf_counter()
        self._started_cpu = time.process_time()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Reads the stopwatch, before our own training does so for its log."""
        self._phases = self._stopwatch.lap()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Answers for the last step."""
        self._answer()

    def _answer(self) -> None:
        if self._started is None:
            return
        answer = {
            "seconds": time.perf_counter() - self._started,
            "cpu": time.process_time() - self._started_cpu,
            "tokens": self._tokens.lap(),
            # in KiB on Linux
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "phases": self._phases,
        }
        print(json.dumps(answer), file=self._answers, flush=True)


def ours(settings: Settings, folder: Path) -> tuple[Any, Stopwatch, Tokens]:
    """Makes the trainer of `trace-gym train`, with the command's setting of the allocator."""
    keep_freed_memory()
    training = _Training(
        load_model(settings.model),
        load_tokenizer(settings.model),
        lambda: make_env(settings.env, split="train"),
        settings.env,
        folder,
        settings.config,
        seed=0,
        name="ours",
    )
    tokens = Tokens()
    trainer = training._trainer()
    rollouts = trainer.rollout_func

    def counting(*args: Any) -> Any:
        fields = rollouts(*args)
        tokens.count += sum(map(sum, fields["env_mask"]))
        fields["env_reward"] = _spread(fields["env_reward"], settings)
        return fields

    trainer.rollout_func = counting
    return trainer, training.stopwatch, tokens


def theirs(settings: Settings, folder: Path) -> tuple[Any, Stopwatch, Tokens]:
    """Makes TRL's trainer with its `environment_factory` loop, with the same environment, batch and LoRA."""
    stopwatch, tokens = Stopwatch(), Tokens()
    config = settings.config
    environment = bridge.environment(settings.env, split="train")
    for name, member in list(vars(environment).items()):
        if callable(member) and (name == "reset" or not name.startswith("_")):
            setattr(environment, name, _timed(member, stopwatch, ENVIRONMENT))

    def reward(*args: Any, **kwargs: Any) -> list[float]:
        return _spread(bridge.reward(*args, **kwargs), settings)

    rows = bridge.rows(settings.env, settings.steps * config.groups, split="train")
    trainer = GRPOTrainer(
        model=load_model(settings.model),
        processing_class=load_tokenizer(settings.model),
        environment_factory=environment,
        train_dataset=Dataset.from_list(rows),
        reward_funcs=reward,
        peft_config=LoraConfig(
            r=config.rank, lora_alpha=config.alpha, target_modules=PROJECTIONS, task_type="CAUSAL_LM"
        ),
        args=GRPOConfig(
            output_dir=str(folder),
            max_steps=settings.steps,
            per_device_train_batch_size=min(settings.micro_batch, settings.rollouts),
            gradient_accumulation_steps=max(1, settings.rollouts // settings.micro_batch),
            num_generations=settings.group_size,
            # of the whole conversation after its prompt, whereas ours limits each turn
            max_completion_length=settings.max_completion,
            learning_rate=config.learning_rate,
            lr_scheduler_type="constant",
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
        ),
    )
    single_turn = trainer._generate_single_turn

    def counting(*args: Any, **kwargs: Any) -> Any:
        with stopwatch.phase(GENERATE):
            completion_ids, logprobs = single_turn(*args, **kwargs)
        tokens.count += sum(map(len, completion_ids))
        return completion_ids, logprobs

    trainer._generate_single_turn = counting
    trainer._prepare_inputs = _timed(trainer._prepare_inputs, stopwatch, SCORE)
    trainer.compute_loss = _timed(trainer.compute_loss, stopwatch, SCORE)
    trainer.training_step = _timed(trainer.training_step, stopwatch, BACKWARD)
    return trainer, stopwatch, tokens


def _spread(rewards: list[float], settings: Settings) -> list[float]:
    """Makes the rewards of a group differ, if wanted, so that no rollout is without a gradient."""
    if not settings.all_count:
        return rewards
    return [reward + 0.01 * (number % settings.group_size) for number, reward in enumerate(rewards)]


def _timed(function: Callable[..., Any], stopwatch: Stopwatch, phase: str) -> Callable[..., Any]:
    # `wraps` keeps the signature, which TRL reads the tools' schemas off
    @functools.wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        with stopwatch.phase(phase):
            return function(*args, **kwargs)

    return timed


SIDES = {"ours": ours, "TRL": theirs}


def main() -> None:
    """Trains, a step for each line of stdin; stdout gets one JSON line per step and nothing else."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    quiet()
    side, settings = sys.argv[1], Settings(**json.loads(sys.argv[2]))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        trainer, stopwatch, tokens = SIDES[side](settings, Path(folder))
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(Steps(answers, stopwatch, tokens))
        trainer.train()


if __name__ == "__main__":
    main()
