"""Supervised training on the agent's own successes on the pool (rejection sampling), with TRL's `SFTTrainer`."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PrinterCallback, set_seed

# otherwise TRL warns of what is experimental in it
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
from trl import SFTConfig, SFTTrainer

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.trajectories.record import Trajectory
from trace_trainers.baselines.demonstrations import example_of
from trace_trainers.baselines.lab import Lab, Settings, base_policy
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.training import label_of
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.grpo.checkpoints import settle
from trace_trainers.grpo.train import PROJECTIONS
from trace_trainers.policies.adapters import AdapterPolicy, fixed
from trace_trainers.policies.loading import load_model, load_tokenizer

NAME = "sft"


def make_agent(lab: Lab, settings: Settings, share: int, params: SamplingParams) -> Agent:
    """Plays the pool's tasks with the base, and trains one adapter on what succeeded.

    Args:
        lab: The place of work.
        settings: `learning_rate`, `epochs` and `batch`.
        share: The share of the budget, all of it spent on playing.
        params: How the agent samples.
    """
    rules = lab.rules
    path = lab.folder / "collected.jsonl"
    jobs = lab.pool.jobs(rules.rollouts_at(max(rules.shares)))
    policy = base_policy(lab.bank(), rules.collecting, NAME)
    played = lab.play(path, policy, jobs, lambda: lab.make_target("mine"), rules.env_id, rules.collecting)

    within = played[: rules.rollouts_at(share)]
    budget = lab.spending.episodes("collect", path, rules.rollouts_at(share))
    successes = [trajectory for trajectory in within if trajectory.success]
    if not successes:
        return lab.base_as(NAME, budget, f"none of {len(within)} episodes on the pool succeeded")
    out = lab.folder / "adapters" / f"{label_of(settings)}-{share}"
    if not out.exists():
        _train(lab, successes, settings, out)

    def make_policy(played: Played) -> AdapterPolicy:
        bank = lab.bank()
        bank.load(NAME, out)
        return AdapterPolicy(bank, fixed(NAME), params, policy_id=NAME)

    return Agent(NAME, make_policy, budget)


def _train(lab: Lab, successes: Sequence[Trajectory], settings: Settings, out: Path) -> None:
    """Trains from the start, and leaves the adapter folder only when it is complete."""
    # before the trainer is made, as PEFT draws the adapter's first weights from torch's global generator
    set_seed(lab.seed)
    tokenizer = load_tokenizer(lab.model)
    renderer = ChatRenderer(tokenizer)
    rows = Dataset.from_list([example_of(renderer, trajectory) for trajectory in successes])
    config = lab.train_config(settings)
    part = out.parent / f".{out.name}.part"
    shutil.rmtree(part, ignore_errors=True)

    print(f"    sft: {len(rows)} conversations, {settings['epochs']} epochs", flush=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer: Any = SFTTrainer(
            model=load_model(lab.model, lab.dtype),
            args=_arguments(settings, config.learning_rate, lab.seed, part / "trainer"),
            train_dataset=rows,
            processing_class=tokenizer,
            peft_config=LoraConfig(
                r=config.rank, lora_alpha=config.alpha, target_modules=PROJECTIONS, task_type="CAUSAL_LM"
            ),
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    trainer.model.create_or_update_model_card = lambda output_dir: None
    trainer.model.save_pretrained(part / "saved")
    settle(part / "saved", part, lab.model)
    shutil.rmtree(part / "saved")
    shutil.rmtree(part / "trainer", ignore_errors=True)
    # renamed when complete, so that a kill leaves none that is half trained
    os.replace(part, out)


def _arguments(settings: Settings, learning_rate: float, seed: int, folder: Path) -> SFTConfig:
    return SFTConfig(
        output_dir=str(folder),
        num_train_epochs=float(settings["epochs"]),
        per_device_train_batch_size=int(settings["batch"]),
        learning_rate=learning_rate,
        lr_scheduler_type="constant",
        max_length=None,
        seed=seed,
        bf16=False,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        activation_checkpointing=False,
        gradient_checkpointing=False,
        logging_strategy="no",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )


METHOD = Method(
    NAME,
    "supervised training on the agent's own successes on the pool",
    make_agent,
    {"learning_rate": 0.0, "epochs": 3, "batch": 16},
)
