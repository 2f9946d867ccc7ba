"""Grading trace-gym's own rollouts again; targets regrade the logs of their benchmarks."""

from __future__ import annotations

from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.replay import replayed
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, other_result


def regrade_rollout(trajectory: Trajectory, *, shared: bool = False) -> Grade:
    """Takes the assistant's recorded turns again and grades the outcome by today's environment.

    Args:
        trajectory: The record.
        shared: Whether one environment may serve many such calls (`replay.reset_for`).

    Raises:
        UserError: If the environment is unknown, or the trajectory is not one of ours.
    """
    env, reward, terms = replayed(trajectory, shared=shared)

    results = []
    for message in env.episode.messages:
        if message["role"] == "tool":
            results.append(str(message["content"]))
    return Grade(trajectory, reward, terms, _revisions(env, trajectory), other_result(trajectory, results))


def _revisions(env: ToolEnv, trajectory: Trajectory) -> tuple[str, ...]:
    """What has changed in the task since it was recorded."""
    if trajectory.gold is None:
        return ()

    then = [call.to_json() for call in trajectory.gold]
    now = [call.to_json() for call in env.episode.task.gold_calls]
    if then == now:
        return ()
    return ("the task's solution was revised",)
