"""Grading our own rollouts again."""

from __future__ import annotations

from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.replay import replayed
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, other_result


def regrade_rollout(trajectory: Trajectory) -> Grade:
    """Takes the assistant's recorded turns again, in the environment they were taken in.

    Args:
        trajectory: The record.

    Raises:
        UserError: If the environment is unknown, or the trajectory is not one of ours.
    """
    env, reward, terms = replayed(trajectory)
    now = [str(message["content"]) for message in env.episode.messages if message["role"] == "tool"]
    return Grade(trajectory, reward, terms, _revisions(env, trajectory), other_result(trajectory, now))


def _revisions(env: ToolEnv, trajectory: Trajectory) -> tuple[str, ...]:
    now = [(call.name, dict(call.arguments)) for call in env.episode.task.gold_calls]
    then = [(call.name, dict(call.arguments)) for call in trajectory.gold or []]
    if trajectory.gold is None or now == then:
        return ()
    return ("the task's solution was revised",)
