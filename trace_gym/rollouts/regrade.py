"""Grading our own rollouts again."""

from __future__ import annotations

from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.replay import replayed
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade


def regrade_rollout(trajectory: Trajectory) -> Grade:
    """Takes the assistant's recorded turns again, in the environment they were taken in.

    Raises:
        UserError: if the environment is unknown, or the trajectory is not one of ours.
    """
    env, reward, terms = replayed(trajectory)
    return Grade(trajectory, reward, terms, _revisions(env, trajectory), _other_result(env, trajectory))


def _revisions(env: ToolEnv, trajectory: Trajectory) -> tuple[str, ...]:
    now = [(call.name, dict(call.arguments)) for call in env.episode.task.gold_calls]
    then = [(call.name, dict(call.arguments)) for call in trajectory.gold or []]
    return () if trajectory.gold is None or now == then else ("the task's solution was revised",)


def _other_result(env: ToolEnv, trajectory: Trajectory) -> str:
    before = [str(m["content"]) for m in trajectory.messages if m["role"] == "tool"]
    after = [str(m["content"]) for m in env.episode.messages if m["role"] == "tool"]
    for number, (then, now) in enumerate(zip(before, after, strict=False)):
        if then != now:
            return f"call {number} answered {then[:60]!r}, now {now[:60]!r}"
    return ""
