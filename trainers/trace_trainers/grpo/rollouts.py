"""Rollouts for TRL: `rollout_func` plays whole groups through the one engine and counts what carries no signal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.trajectories.record import Trajectory
from trace_trainers.engine.hf.sampler import TokenSequence
from trace_trainers.policies.hf import HFPolicy

RESERVE = 1_000_000
"""Task indices from here on replace groups without signal."""

Group = list[tuple[Trajectory, TokenSequence]]


class GroupRollouts:
    """TRL's `rollout_func`: prompts are task indices, each repeated K times."""

    def __init__(
        self,
        envs: Sequence[ToolEnv],
        policy: HFPolicy,
        *,
        env_id: str,
        seed: int,
        group_size: int,
        resample_rounds: int,
        log: Path,
    ) -> None:
        """Args:
        envs: one environment per rollout of a step.
        policy: samples with the model being trained.
        env_id: the environment's id, for the records.
        seed: seeds the sampling.
        group_size: rollouts per task, K.
        resample_rounds: how often groups with equal rewards are replaced.
        log: JSONL file with one line per step.
        """
        self._envs, self._policy, self._env_id, self._seed = envs, policy, env_id, seed
        self._size, self._rounds, self.log = group_size, resample_rounds, log
        self.rewards: list[float] = []

    def __call__(self, prompts: list[str], trainer: Any) -> dict[str, list[Any]]:
        """Plays the step's groups; returns TRL's fields, `env_mask` and `env_reward`."""
        step = int(trainer.state.global_step)
        indices = [int(prompt) for prompt in prompts[:: self._size]]
        groups = self._play(indices)
        first = [trajectory.reward for group in groups for trajectory, _ in group]
        zero_variance = sum(has_zero_variance(group) for group in groups)
        played = len(first)
        for round_number in range(self._rounds):
            flat = [i for i, group in enumerate(groups) if has_zero_variance(group)]
            if not flat:
                break
            # reserve indices depend on step, round and place alone, so a resumed run draws the same
            fresh = self._play([RESERVE + (step * 16 + round_number) * 1024 + i for i in flat])
            played += sum(len(group) for group in fresh)
            for i, group in zip(flat, fresh, strict=True):
                groups[i] = group if not has_zero_variance(group) else groups[i]
        self._write(step, first, played, zero_variance, sum(has_zero_variance(group) for group in groups))
        rows = [(trajectory, row) for group in groups for trajectory, row in group]
        return {
            "prompt_ids": [row.prompt for _, row in rows],
            "completion_ids": [row.completion for _, row in rows],
            "logprobs": [row.logprobs for _, row in rows],
            "env_mask": [row.mask for _, row in rows],
            "env_reward": [trajectory.reward for trajectory, _ in rows],
        }

    def _play(self, indices: Sequence[int]) -> list[Group]:
        jobs = [Job(index, trial) for index in indices for trial in range(self._size)]
        trajectories = play_batch(self._envs, self._policy, jobs, seed=self._seed, env_id=self._env_id)
        rows = [self._policy.transcripts[key] for key in range(len(jobs))]
        pairs = list(zip(trajectories, rows, strict=True))
        return [pairs[i : i + self._size] for i in range(0, len(pairs), self._size)]

    def _write(self, step: int, rewards: list[float], played: int, equal: int, left: int) -> None:
        self.rewards.append(sum(rewards) / len(rewards))
        line = {
            "step": step,
            "reward": self.rewards[-1],
            "rollouts": played,
            "zero_variance_groups": equal,
            "zero_variance_groups_after_resampling": left,
        }
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


def has_zero_variance(group: Group) -> bool:
    """Whether all rewards of a group are equal, so that it carries no gradient."""
    return len({round(trajectory.reward, 9) for trajectory, _ in group}) == 1


def env_reward(prompts: list[Any], completions: list[Any], env_reward: list[float], **_: Any) -> list[float]:
    """TRL's reward function: hands over what the environment paid."""
    return env_reward
