"""Rollouts for TRL: `rollout_func` plays whole groups and replaces those that carry no gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trace_gym.env.task_indices import TaskDraw, TaskIndices
from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.trajectories.record import Trajectory
from trace_trainers.engine.sequence import TokenSequence
from trace_trainers.grpo.training_log import StepRecord, TrainingLog
from trace_trainers.policies.token_policy import TokenPolicy

Group = list[tuple[Trajectory, TokenSequence]]
"""The rollouts of one task."""


class GroupRollouts:
    """TRL's `rollout_func`: prompts are places of groups, each repeated K times."""

    def __init__(
        self,
        envs: Sequence[ToolEnv],
        policy: TokenPolicy,
        indices: TaskIndices,
        log: TrainingLog,
        *,
        env_id: str,
        seed: int,
        group_size: int,
        resample_rounds: int,
    ) -> None:
        """Prepares the rollouts of a training.

        Args:
            envs: One environment per rollout of a step.
            policy: Samples with the model being trained.
            indices: Which task each place stands for.
            log: Gets a record per step.
            env_id: The environment's id, for the records.
            seed: Seeds the sampling.
            group_size: Rollouts per task, K.
            resample_rounds: How often zero-variance groups are replaced.
        """
        self._envs = envs
        self._policy = policy
        self._indices = indices
        self._log = log
        self._env_id = env_id
        self._seed = seed
        self._group_size = group_size
        self._resample_rounds = resample_rounds

    def __call__(self, prompts: list[str], trainer: Any) -> dict[str, list[Any]]:
        """Plays a step's groups.

        Args:
            prompts: Places of the groups, each repeated K times, as text.
            trainer: TRL's trainer; only its step number is read.

        Returns:
            TRL's fields: `prompt_ids`, `completion_ids`, `logprobs`, `env_mask` and `env_reward`, a value per rollout.
        """
        step = int(trainer.state.global_step)
        places = [int(prompt) for prompt in prompts[:: self._group_size]]
        draws = self._indices.training(places)
        groups = self._play(draws)

        rewards = [trajectory.reward for group in groups for trajectory, _ in group]
        flat_before = sum(map(has_zero_variance, groups))
        drawn_again = self._resample(step, groups, draws)
        self._record(step, rewards, flat_before, groups, drawn_again)
        return _trl_fields(groups)

    def _resample(self, step: int, groups: list[Group], draws: Sequence[TaskDraw]) -> int:
        """Replaces zero-variance groups in place where another task's has variance; returns how many were played."""
        taken = {draw.index for draw in draws}
        played = 0
        for number in range(self._resample_rounds):
            flat = [place for place, group in enumerate(groups) if has_zero_variance(group)]
            if not flat:
                break
            new_draws = self._indices.resampling(step, number, flat, taken)
            taken |= {draw.index for draw in new_draws}
            new_groups = self._play(new_draws)
            played += len(new_groups)
            for place, group in zip(flat, new_groups, strict=True):
                if not has_zero_variance(group):
                    groups[place] = group
        return played

    def _play(self, draws: Sequence[TaskDraw]) -> list[Group]:
        size = self._group_size
        jobs = []
        for draw in draws:
            # a task drawn again samples from streams that it has not used yet
            first_trial = draw.repeat * size
            for trial in range(first_trial, first_trial + size):
                jobs.append(Job(draw.index, trial))

        trajectories = play_batch(self._envs, self._policy, jobs, seed=self._seed, env_id=self._env_id)
        rollouts = [(trajectory, self._policy.transcripts[key]) for key, trajectory in enumerate(trajectories)]
        return [rollouts[start : start + size] for start in range(0, len(rollouts), size)]

    def _record(
        self, step: int, rewards: Sequence[float], flat_before: int, groups: Sequence[Group], drawn_again: int
    ) -> None:
        """Writes the step's line; in a finite split it says how often the tasks repeat."""
        tasks = self._indices.count
        repeats = None
        if tasks is not None:
            drawn_before = sum(record.rollouts for record in self._log.steps) // self._group_size
            drawn = drawn_before + len(groups) + drawn_again
            repeats = round(self._indices.repeats(drawn), 2)

        record = StepRecord(
            step=step,
            reward=sum(rewards) / len(rewards),
            rollouts=len(rewards) + drawn_again * self._group_size,
            zero_variance_groups=flat_before,
            zero_variance_groups_after_resampling=sum(map(has_zero_variance, groups)),
            tasks=tasks,
            repeats=repeats,
        )
        self._log.append(record)


def has_zero_variance(group: Group) -> bool:
    """Returns whether all rewards of a group are equal, so that it carries no gradient.

    Args:
        group: The rollouts of one task.
    """
    return len({round(trajectory.reward, 9) for trajectory, _ in group}) == 1


def env_reward(prompts: list[Any], completions: list[Any], env_reward: list[float], **_: Any) -> list[float | None]:
    """TRL's reward function: hands over what the environment paid.

    Args:
        prompts: Unused.
        completions: Unused.
        env_reward: The rewards, as `GroupRollouts` returns them.

    Example:
        >>> env_reward([], [], [0.5, 1.0])
        [0.5, 1.0]
    """
    return list(env_reward)


def _trl_fields(groups: Sequence[Group]) -> dict[str, list[Any]]:
    fields: dict[str, list[Any]] = {
        "prompt_ids": [],
        "completion_ids": [],
        "logprobs": [],
        "env_mask": [],
        "env_reward": [],
    }
    for group in groups:
        for trajectory, sequence in group:
            fields["prompt_ids"].append(sequence.prompt)
            fields["completion_ids"].append(sequence.completion)
            fields["logprobs"].append(sequence.logprobs)
            fields["env_mask"].append(sequence.mask)
            fields["env_reward"].append(trajectory.reward)
    return fields
