"""What a method is given to make its agent from: a base, a pool, a budget, and what was mined."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json
from trace_gym.rollouts.collect import collect
from trace_gym.rollouts.play import Job
from trace_gym.rollouts.policy import Policy
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.synthesis.load import make_emitted
from trace_gym.trajectories.record import Trajectory
from trace_trainers.baselines.pool import Pool, on_pool
from trace_trainers.baselines.spending import Spending
from trace_trainers.evaluation.agent import Agent
from trace_trainers.evaluation.budget import Budget
from trace_trainers.evaluation.comparison import BASE_AGENT
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.policies.adapters import BASE, AdapterBank, AdapterPolicy, fixed
from trace_trainers.policies.loading import load_model, load_tokenizer

Settings = Mapping[str, Any]
"""A method's settings by name."""


@dataclass(frozen=True)
class Mined:
    """What the pool gave to train on.

    Example:
        >>> Mined(reason="nothing contrasts").envs
        {}
    """

    envs: Mapping[str, Path] = field(default_factory=dict)
    """The emitted environment's folder by capability."""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    """What each capability is, in a sentence."""
    reason: str = ""
    """Why there is no environment; empty where there is one."""


@dataclass(frozen=True)
class Rules:
    """What is the same for every method of a comparison.

    Example:
        >>> Rules("trace/ServiceDesk-v0", budget=4096).shares
        (25, 50, 75, 100)
    """

    env_id: str
    """The target."""
    budget: int
    """Rollouts that each method may spend."""
    target_args: Mapping[str, Json] = field(default_factory=dict)
    """Arguments of the target."""
    difficulty: int = 1
    """Difficulty of the target."""
    shares: tuple[int, ...] = (25, 50, 75, 100)
    """At which shares of the budget agents are compared, in percent."""
    train: TrainConfig = field(default_factory=TrainConfig)
    """Settings of every training; its steps follow from the rollouts that are left."""
    collecting: SamplingParams = field(default_factory=SamplingParams)
    """How the base samples where it is mined."""
    mining: int = 512
    """Rollouts that are mined."""
    choosing: SamplingParams = field(default_factory=SamplingParams)
    """How candidates sample on validation tasks."""
    validation: int = 64
    """Rollouts of each candidate on validation tasks."""
    params: SamplingParams = field(default_factory=lambda: SamplingParams(temperature=0.0))
    """How agents sample on held-out tasks."""
    batch_size: int = 64
    """Episodes played in step."""
    prompts: int = 64
    """Emitted prompts per environment that a router learns from."""

    @property
    def step_cost(self) -> int:
        """The most rollouts that one training step takes, resampled ones included."""
        return self.train.rollouts_per_step * (1 + self.train.resample_rounds)

    def rollouts_at(self, share: int) -> int:
        """Returns the rollouts of a share of the budget.

        Args:
            share: In percent.
        """
        return self.budget * share // 100


@dataclass(frozen=True)
class Lab:
    """One method's place of work: its folder, the base, the pool, and what other methods share with it.

    Example:
        >>> rules = Rules("trace/ServiceDesk-v0", budget=4096)
        >>> lab = Lab(rules, Path("run"), Path("run/cell"), Path("run/shared"), Pool((0, 1), (2,)), "tiny")
        >>> lab.make_target("evaluate").split
        'evaluate'
    """

    rules: Rules
    """What is the same for every method."""
    root: Path
    """The run folder."""
    folder: Path
    """The cell's own folder."""
    shared: Path
    """The folder of what all methods of this base, pool and seed share."""
    pool: Pool
    """The tasks to learn from."""
    model: str
    """The base, as `load_model` takes it."""
    dtype: str = "auto"
    """Passed to `load_model`."""
    seed: int = 0
    """Seeds all that is drawn."""
    mined: Mined = field(default_factory=Mined)
    """What the pool gave."""
    spending: Spending = field(default_factory=lambda: Spending(Path()))
    """Counts what was played."""

    def bank(self) -> AdapterBank:
        """Loads the base, without adapters."""
        return AdapterBank(load_model(self.model, self.dtype), load_tokenizer(self.model))

    def make_target(self, split: str) -> ToolEnv:
        """Makes the target.

        Args:
            split: Its split.
        """
        rules = self.rules
        return make_env(rules.env_id, split=split, difficulty=rules.difficulty, **rules.target_args)

    def make_pool(self) -> ToolEnv:
        """Makes the target on the pool's tasks to learn from."""
        return on_pool(self.make_target("mine"), self.pool)

    def make_emitted(self, capability: str) -> ToolEnv:
        """Makes an emitted environment on its train split.

        Args:
            capability: What it trains.
        """
        folder = self.mined.envs[capability]
        # not by its id: the environments of another pool have the same ids
        return make_emitted(str(folder), split="train", difficulty=self.rules.train.difficulty)

    def train_config(self, settings: Settings) -> TrainConfig:
        """Returns the settings of a training, with the method's own learning rate if it has one.

        Args:
            settings: The method's settings.
        """
        rate = settings.get("learning_rate", 0.0)
        if not rate:
            return self.rules.train
        return dataclasses.replace(self.rules.train, learning_rate=rate)

    def mining_cost(self, share: int = 100) -> Budget:
        """Counts what was mined within a share of the budget.

        Args:
            share: In percent.
        """
        most = self.rules.rollouts_at(share)
        return self.spending.episodes("mine", self.shared / "trajectories.jsonl", most)

    def base_as(self, name: str, budget: Budget, note: str) -> Agent:
        """Returns an agent that is no other than the base.

        Args:
            name: The method's name.
            budget: What was spent all the same.
            note: Why it is the base.
        """
        return Agent(name, lambda played: base_policy(self.bank(), self.rules.params, name), budget, note)

    def validate(self, policy: Policy, out: Path) -> list[Trajectory]:
        """Plays a candidate on the pool's validation tasks.

        Args:
            policy: The candidate; it should sample as `rules.choosing` says.
            out: Gets the episodes.
        """
        jobs = self.pool.validation_jobs(self.rules.validation)
        return self.play(out, policy, jobs, lambda: self.make_target("mine"), self.rules.env_id, self.rules.choosing)

    def play(
        self,
        out: Path,
        policy: Policy,
        jobs: Sequence[Job],
        make: Callable[[], ToolEnv],
        env_id: str,
        params: SamplingParams,
    ) -> list[Trajectory]:
        """Plays episodes into a file; an interrupted play continues.

        Args:
            out: The file.
            policy: Acts.
            jobs: The episodes.
            make: Makes the environment.
            env_id: Its id.
            params: How the policy samples; written into the records.
        """
        recorded: dict[str, Json] = params.recorded()
        if self.rules.target_args and env_id == self.rules.env_id:
            recorded["env"] = dict(self.rules.target_args)
        return collect(
            out,
            make,
            policy,
            jobs,
            env_id=env_id,
            seed=self.seed,
            batch_size=self.rules.batch_size,
            settings=recorded,
            label=f"{self.folder.name} {out.stem}"[:28],
        )


def base_policy(bank: AdapterBank, params: SamplingParams, name: str) -> Policy:
    """Returns the policy of the base alone.

    Args:
        bank: The base.
        params: How it samples.
        name: Written into trajectories.
    """
    return AdapterPolicy(bank, fixed(BASE), params, policy_id=name or BASE_AGENT)
