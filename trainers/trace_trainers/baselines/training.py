"""Training adapters by GRPO within a number of rollouts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trace_gym.env.tool_env import ToolEnv
from trace_trainers.baselines.lab import Lab, Settings
from trace_trainers.evaluation.agent import Agent
from trace_trainers.evaluation.budget import Budget
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.snapshots import snapshot_at
from trace_trainers.grpo.train import train_adapter


def within(config: TrainConfig, rollouts: int) -> TrainConfig | None:
    """Returns settings of a training that takes no more than a number of rollouts; None if one step takes more.

    Args:
        config: The settings.
        rollouts: The number.

    Example:
        >>> config = TrainConfig(resample_rounds=1, validation_every=0)
        >>> within(config, 640).steps, within(config, 640).max_rollouts
        (10, 640)
        >>> within(config, 63) is None
        True
    """
    if rollouts < config.rollouts_per_step:
        return None
    # as if no group were replaced: how many will be is not known before, and the limit ends the training earlier
    return dataclasses.replace(config, steps=rollouts // config.rollouts_per_step, max_rollouts=rollouts)


def label_of(settings: Settings, keys: Sequence[str] = ()) -> str:
    """Names the folder of what was made with some settings.

    Args:
        settings: The settings.
        keys: Those that count; all by default.

    Example:
        >>> label_of({"learning_rate": 3e-3, "weight": 0.5})
        'learning_rate-0.003,weight-0.5'
        >>> label_of({})
        'default'
    """
    parts = [f"{key}-{settings[key]}" for key in sorted(keys or settings)]
    return ",".join(parts) or "default"


def train_within(
    lab: Lab,
    make: Callable[[], ToolEnv],
    env_id: str,
    out: Path,
    settings: Settings,
    rollouts: int,
    marks: Sequence[int],
) -> None:
    """Trains an adapter on an environment, unless it has been trained; nothing if a step would take too much.

    Args:
        lab: The place of work.
        make: Makes the environment.
        env_id: Its id.
        out: The adapter folder.
        settings: The method's settings.
        rollouts: The most rollouts of the whole training.
        marks: Numbers of rollouts at which agents are wanted.
    """
    config = within(lab.train_config(settings), rollouts)
    if config is None:
        return
    inner = [mark for mark in sorted(set(marks)) if 0 < mark < rollouts]
    train_adapter(lab.model, make, env_id, out, config, seed=lab.seed, name=out.name, dtype=lab.dtype, marks=inner)


def capability_marks(lab: Lab, *, chosen_from: bool) -> dict[int, int]:
    """Returns the rollouts that each capability's adapter has, by share of the budget.

    Args:
        lab: The place of work.
        chosen_from: Whether each adapter is also played on validation tasks, which is paid from the same share.
    """
    count = len(lab.mined.envs)
    mined = lab.mining_cost().total
    validation = 0
    if chosen_from:
        validation = count * lab.rules.validation

    marks = {}
    for share in lab.rules.shares:
        marks[share] = max(0, (lab.rules.rollouts_at(share) - mined - validation) // count)
    return marks


def adapters_folder(lab: Lab, settings: Settings) -> Path:
    """Returns the folder of the capabilities' adapters of one learning rate.

    Args:
        lab: The place of work.
        settings: The method's settings.
    """
    rate = lab.train_config(settings).learning_rate
    return lab.shared / "adapters" / label_of({"learning_rate": rate})


def train_capabilities(lab: Lab, settings: Settings) -> None:
    """Trains the adapter of each capability, as far as that has not been done.

    Args:
        lab: The place of work.
        settings: The method's settings.
    """
    if not lab.mined.envs:
        return
    routed = capability_marks(lab, chosen_from=False)
    chosen = capability_marks(lab, chosen_from=True)
    marks = [*routed.values(), *chosen.values()]
    for name in lab.mined.envs:
        out = adapters_folder(lab, settings) / name
        train_within(lab, lambda name=name: lab.make_emitted(name), name, out, settings, max(marks), marks)  # type: ignore[misc]


def adapters_within(lab: Lab, settings: Settings, mark: int) -> tuple[dict[str, Path], Budget]:
    """Returns the capabilities' adapters as they were within a number of rollouts each, and what that cost.

    Args:
        lab: The place of work.
        settings: The method's settings.
        mark: Rollouts of each adapter.

    Returns:
        The folder by capability, without those whose first step took more; and mining and training.
    """
    train_capabilities(lab, settings)
    folders = {}
    budget = lab.mining_cost()
    for name in lab.mined.envs:
        out = adapters_folder(lab, settings) / name
        folder, _ = snapshot_at(out, mark)
        if folder is not None:
            folders[name] = folder
            budget = budget + lab.spending.training(f"train {name}", out, mark)
    return folders, budget


@dataclass(frozen=True)
class Trained:
    """The adapters that a method has to work with.

    Example:
        >>> Trained({"error_recovery": Path("adapters/error_recovery")}, Budget()).budget.total
        0
    """

    folders: Mapping[str, Path]
    """The folder by capability, at least one."""
    budget: Budget
    """What they cost, mining included."""


def trained_or_base(
    lab: Lab, settings: Settings, share: int, name: str, *, chosen_from: bool = False
) -> Trained | Agent:
    """Returns the capabilities' adapters within a share of the budget, or the base in the method's name.

    Args:
        lab: The place of work.
        settings: The method's settings.
        share: The share of the budget.
        name: The method's.
        chosen_from: Whether the method pays for validating each adapter as well.

    Returns:
        The adapters; where there are none, an agent that is the base and says why.
    """
    spent = lab.mining_cost(share)
    if lab.mined.reason:
        return lab.base_as(name, spent, lab.mined.reason)
    folders, budget = adapters_within(lab, settings, capability_marks(lab, chosen_from=chosen_from)[share])
    if not folders:
        reason = (
            f"{share} % of the budget are {lab.rules.rollouts_at(share)} rollouts; after mining they leave less than "
            f"one step of {lab.rules.step_cost} for each of {len(lab.mined.envs)} adapters"
        )
        return lab.base_as(name, spent, reason)
    return Trained(folders, budget)
