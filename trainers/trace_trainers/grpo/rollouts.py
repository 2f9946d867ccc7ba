"""Rollouts for TRL: its `rollout_func` plays whole groups, and replaces those that carry no gradient."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from trace_gym.env.task_indices import TaskDraw, TaskIndices
from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.trajectories.record import Trajectory
from trace_trainers.engine.sequence import TokenSequence
from trace_trainers.grpo.ledger import Ledger
from trace_trainers.grpo.stopwatch import ENVIRONMENT, Stopwatch, TimedPolicy
from trace_trainers.grpo.training_log import StepRecord, TrainingLog
from trace_trainers.policies.token_policy import TokenPolicy

Group = list[tuple[Trajectory, TokenSequence]]
"""The rollouts of one task."""


class GroupRollouts:
    """TRL's `rollout_func`. A prompt is the place of a group in the training, repeated K times.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from types import SimpleNamespace
        >>> from trace_gym import make_env
        >>> class SilentPolicy:
        ...     policy_id = "silent"
        ...
        ...     def act(self, requests):
        ...         self.transcripts = {request.key: TokenSequence([1], [0], [1], [0.0]) for request in requests}
        ...         return [""] * len(requests)
        ...
        ...     def adapter_of(self, key):
        ...         return ""
        ...
        ...     def finish(self, keys):
        ...         pass
        >>> folder = tempfile.TemporaryDirectory()
        >>> env_id = "trace/ServiceDesk-v0"
        >>> rollouts = GroupRollouts(
        ...     [make_env(env_id) for _ in range(2)], SilentPolicy(), TaskIndices(None),
        ...     TrainingLog(Path(folder.name) / "train_log.jsonl"),
        ...     env_id=env_id, seed=0, group_size=2, resample_rounds=0,
        ... )
        >>> fields = rollouts(["0", "0"], SimpleNamespace(state=SimpleNamespace(global_step=0)))
        >>> fields["env_reward"], fields["env_mask"]
        ([0.0, 0.0], [[1], [1]])
        >>> folder.cleanup()
    """

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
        stopwatch: Stopwatch | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """Prepares the rollouts of a training.

        Args:
            envs: The environments, one per rollout of a step.
            policy: Samples with the model that is being trained.
            indices: Says which task each place stands for.
            log: Gets one record per step; the trainer closes it.
            env_id: The environment's id, for the trajectories.
            seed: Seeds the sampling.
            group_size: Rollouts per task, K, >= 2.
            resample_rounds: In how many rounds zero-variance groups are replaced, >= 0.
            stopwatch: Gets the seconds of the policy and of the environments.
            ledger: Says how many groups may be replaced; without it there is no limit.
        """
        self._envs = envs
        self._policy = policy
        self._indices = indices
        self._log = log
        self._env_id = env_id
        self._seed = seed
        self._group_size = group_size
        self._resample_rounds = resample_rounds
        self._stopwatch = stopwatch or Stopwatch()
        self._ledger = ledger

    def __call__(self, prompts: list[str], trainer: Any) -> dict[str, list[Any]]:
        """Plays a step's groups.

        Args:
            prompts: Places of the groups as text, each repeated K times.
            trainer: TRL's trainer; its step number is read, and it gets `own_metrics`.

        Returns:
            TRL's fields `prompt_ids`, `completion_ids`, `logprobs`, `env_mask` and `env_reward`, each with one value
            per rollout.
        """
        step = int(trainer.state.global_step)
        places = list(map(int, prompts[:: self._group_size]))
        draws = self._indices.training(places)
        groups = self._play(draws)

        # read before groups are replaced: those kept after resampling are chosen for their variance
        rewards = _rewards(groups)
        zero_variance_before = sum(map(has_zero_variance, groups))
        groups_resampled = self._resample(step, groups, draws)
        record = self._record(step, rewards, zero_variance_before, groups, groups_resampled)
        self._log.open_step(record)
        trainer.own_metrics = {
            "rollouts_total": record.rollouts_total,
            "zero_variance_share": record.zero_variance_share,
            "reward_before_resampling": record.reward,
        }
        return _trl_fields(groups)

    def _resample(self, step: int, groups: list[Group], draws: Sequence[TaskDraw]) -> int:
        """Replaces zero-variance groups in place, and returns how many groups were played for that."""
        taken = {draw.index for draw in draws}
        groups_played = 0
        for number in range(self._resample_rounds):
            places = [place for place, group in enumerate(groups) if has_zero_variance(group)]
            if self._ledger is not None:
                played = (len(groups) + groups_played) * self._group_size
                places = places[: self._ledger.groups_to_replace(played)]
            if not places:
                break

            new_draws = self._indices.resampling(step, number, places, taken)
            taken.update(draw.index for draw in new_draws)
            new_groups = self._play(new_draws)
            groups_played += len(new_groups)

            for place, new_group in zip(places, new_groups, strict=True):
                # one group without variance is as good as another, so the first stays
                if not has_zero_variance(new_group):
                    groups[place] = new_group
        return groups_played

    def _play(self, draws: Sequence[TaskDraw]) -> list[Group]:
        """Plays one group per draw, all of them in one batch."""
        size = self._group_size
        jobs = []
        for draw in draws:
            # a task drawn again samples from streams that it has not used yet
            first_trial = draw.repeat * size
            for trial in range(first_trial, first_trial + size):
                jobs.append(Job(draw.index, trial))

        timed_policy = TimedPolicy(self._policy, self._stopwatch)
        with self._stopwatch.phase(ENVIRONMENT):
            trajectories = play_batch(self._envs, timed_policy, jobs, seed=self._seed, env_id=self._env_id)
        groups: list[Group] = []
        for key, trajectory in enumerate(trajectories):
            if key % size == 0:
                groups.append([])
            groups[-1].append((trajectory, self._policy.transcripts[key]))
        return groups

    def _record(
        self,
        step: int,
        rewards: Sequence[float],
        zero_variance_before: int,
        groups: Sequence[Group],
        groups_resampled: int,
    ) -> StepRecord:
        """Returns what is known of the step before its update; in a finite split also how often tasks were drawn."""
        tasks = self._indices.training_count
        repeats = None
        if tasks is not None:
            # counted from the log, which is what a resumed training knows of the steps before it
            drawn = self._log.rollouts // self._group_size + len(groups) + groups_resampled
            repeats = round(self._indices.repeats(drawn), 2)

        rollouts = len(rewards) + groups_resampled * self._group_size
        spent = self._log.rollouts
        if self._ledger is not None:
            spent = self._ledger.spent
        zero_variance_after = sum(map(has_zero_variance, groups))
        return StepRecord(
            step=step,
            reward=sum(rewards) / len(rewards),
            reward_sd=round(statistics.pstdev(rewards), 6),
            rollouts=rollouts,
            rollouts_total=spent + rollouts,
            zero_variance_groups=zero_variance_before,
            zero_variance_groups_after_resampling=zero_variance_after,
            zero_variance_share=zero_variance_after / len(groups),
            tasks=tasks,
            repeats=repeats,
        )


def has_zero_variance(group: Group) -> bool:
    """Returns whether all rewards of a group are equal.

    The advantages of such a group are 0 (DeepSeekMath, section 4.1), so it carries no gradient.

    Args:
        group: The rollouts of one task.
    """
    # rounded: a sum of weighted terms may differ in its last bits
    return len({round(trajectory.reward, 9) for trajectory, _ in group}) == 1


def env_reward(prompts: list[Any], completions: list[Any], env_reward: list[float], **_: Any) -> list[float | None]:
    """TRL's reward function: passes on the rewards that the environment paid.

    Args:
        prompts: Unused.
        completions: Unused.
        env_reward: The rewards in the fields that `GroupRollouts` returns.

    Example:
        >>> env_reward([], [], [0.5, 1.0])
        [0.5, 1.0]
    """
    return list(env_reward)


def _rewards(groups: Sequence[Group]) -> list[float]:
    """Returns the rewards of all rollouts, group by group."""
    rewards = []
    for group in groups:
        for trajectory, _ in group:
            rewards.append(trajectory.reward)
    return rewards


def _trl_fields(groups: Sequence[Group]) -> dict[str, list[Any]]:
    """Returns the rollouts as the columns that TRL expects of a `rollout_func`."""
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
