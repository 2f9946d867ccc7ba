"""How any recorded episode is executed again: a benchmark's own log, or a rollout in one of our environments."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Sequence

from trace_gym.env.parsing import render_call
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.rollouts.regrade import regrade_rollout
from trace_gym.rollouts.replay import reset_for
from trace_gym.targets import EXECUTIONS, FIXED_TURNS
from trace_gym.trajectories.execution import Execution
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import TOLERANCE
from trace_gym.trajectories.solution import Solution


def execution_of(trajectory: Trajectory) -> Execution:
    """Returns how an episode is executed.

    Args:
        trajectory: The record.

    Raises:
        UserError: If its environment or its benchmark is unknown or not installed.
    """
    for prefix, module in EXECUTIONS.items():
        if trajectory.env_id.startswith(prefix):
            execution: Execution = importlib.import_module(module).execution(trajectory)
            return execution

    env = reset_for(trajectory, shared=True)
    _check_task(env, trajectory)
    writes = {name for name, tool in env.tools.items() if tool.kind == "write"}
    return Execution(
        functools.partial(regrade_rollout, shared=True),
        _solution,
        lambda name, requestor: name in writes,
        fixed_turns=trajectory.env_id in FIXED_TURNS,
    )


def _check_task(env: ToolEnv, trajectory: Trajectory) -> None:
    """Refuses an episode of another version of its task, which today's would judge by another solution."""
    today = [call.to_json() for call in env.episode.task.gold_calls]
    if trajectory.gold is not None and [call.to_json() for call in trajectory.gold] != today:
        raise UserError(
            f"{trajectory.env_id}, task {trajectory.task_id!r}: its solution has changed since it was recorded, so it "
            "cannot be executed; use the version that it was recorded with, or `--labeller rules`."
        )


def _solution(trajectory: Trajectory) -> Solution:
    """The environment's own solution, without the calls that it refuses on the way unless it asks that they be met."""
    env = reset_for(trajectory, shared=True)
    steps = list(env.episode.task.gold)
    _play(env, steps)
    refused = [record.call for record in env.episode.calls if record.error]
    if not refused:
        return Solution.of_turns(steps)

    kept: list[ToolCall | str] = []
    for step in steps:
        if isinstance(step, ToolCall) and step in refused:
            refused.remove(step)
        else:
            kept.append(step)
    passes = _play(reset_for(trajectory, shared=True), kept) >= 1 - TOLERANCE
    return Solution.of_turns(kept if passes else steps)


def _play(env: ToolEnv, steps: Sequence[ToolCall | str]) -> float:
    """Takes steps until the episode is over, and returns the reward."""
    reward = 0.0
    for step in steps:
        if not env.episode.over:
            _, reward, _, _, _ = env.step(render_call(step) if isinstance(step, ToolCall) else step)
    return reward
