"""Stage 4 of a run: an adapter for each capability, one after the other or several at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.synthesis.load import register_folder
from trace_gym.synthesis.manifest import read_manifest
from trace_trainers.baselines.mixture_env import MixtureEnv
from trace_trainers.evaluation.budget import Budget
from trace_trainers.grpo.summary import ended, kept, summary
from trace_trainers.grpo.train import train_adapter
from trace_trainers.pipeline.config import RunConfig
from trace_trainers.workers import make_pool


@dataclass(frozen=True)
class Training:
    """One adapter to train.

    Example:
        >>> Training("error_recovery", (Path("envs/desk_error_recovery"),), Path("adapters/error_recovery")).name
        'error_recovery'
    """

    name: str
    """The adapter's name."""
    envs: tuple[Path, ...]
    """Folders of the emitted environments that it learns on; several are played in turn."""
    out: Path
    """The adapter folder."""


def train_all(
    config: RunConfig,
    trainings: Sequence[Training],
    jobs: int,
    prepare: Callable[[], None],
    log: Callable[[str], None],
) -> dict[str, Budget]:
    """Trains adapters; what is trained already is left as it is.

    Args:
        config: The configuration.
        trainings: What to train.
        jobs: How many at once; above 1, each has a process of one thread.
        prepare: Called at the start of every process; it must be importable.
        log: Is told about each training, in the given order.

    Returns:
        The rollouts that each took, by name.

    Raises:
        UserError: If the model cannot be loaded, or a folder holds another training; others go on to their end first.
    """
    budgets = {}
    with contextlib.closing(_records(config, trainings, min(jobs, len(trainings)), prepare)) as records:
        for training in trainings:
            # before its record is there: it may be what the record waits for
            log(f"4/7 train: {training.name}")
            record = next(records)
            for line in (summary(record), kept(record), ended(record)):
                if line:
                    log(f"    {line}")
            budgets[training.name] = Budget({f"train {training.name}": record["rollouts"]})
    return budgets


def _records(
    config: RunConfig, trainings: Sequence[Training], jobs: int, prepare: Callable[[], None]
) -> Generator[dict[str, Any], None, None]:
    """Yields what each training has recorded, in order; above one job, all of them begin at once."""
    if jobs == 1:
        for training in trainings:
            yield train_one(config, training)
        return

    with make_pool(jobs, prepare) as pool:
        futures = [pool.submit(train_one, config, training) for training in trainings]
        for future in futures:
            yield future.result()


def train_one(config: RunConfig, training: Training) -> dict[str, Any]:
    """Trains one adapter and returns the content of its `trace_adapter.json`.

    Args:
        config: The configuration.
        training: What to train.
    """
    env_ids = []
    for folder in training.envs:
        register_folder(folder)
        env_ids.append(read_manifest(folder).env_id)

    def make() -> ToolEnv:
        envs = [make_env(env_id, split="train", difficulty=config.train.difficulty) for env_id in env_ids]
        if len(envs) == 1:
            return envs[0]
        return MixtureEnv(envs)

    # a mixture has no id of its own
    env_id = env_ids[0] if len(env_ids) == 1 else training.name
    return train_adapter(
        config.model, make, env_id, training.out, config.train, seed=config.seed, name=training.name, dtype=config.dtype
    )
