"""Executing recorded trajectories again on their environment."""

from __future__ import annotations

from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.trajectories.record import Trajectory


def replay_trajectory(trajectory: Trajectory) -> str | None:
    """Takes the assistant's recorded turns again.

    Args:
        trajectory: The record.

    Returns:
        None when messages, reward and terms come back the same, else one sentence that says where they differ first.

    Raises:
        UserError: If the environment is unknown, or the trajectory is not one of ours.
    """
    env, reward, terms = replayed(trajectory)
    if len(trajectory.turns()) > env.episode.turns:
        return f"the episode now ends after {env.episode.turns} turns."
    for number, (then, now) in enumerate(zip(trajectory.messages, env.episode.messages, strict=False)):
        if then != now:
            return f"message {number} was {_short(then)}, is now {_short(now)}."

    if len(trajectory.messages) != len(env.episode.messages):
        return f"there were {len(trajectory.messages)} messages, there are now {len(env.episode.messages)}."
    if (trajectory.reward, trajectory.terms) != (reward, terms):
        return f"the reward was {trajectory.reward:g} {trajectory.terms}, is now {reward:g} {terms}."
    return None


def replayed(trajectory: Trajectory) -> tuple[ToolEnv, float, dict[str, float]]:
    """Takes the assistant's recorded turns again, as far as the episode goes.

    Args:
        trajectory: The record.

    Returns:
        The environment after them, the reward, and its terms.

    Raises:
        UserError: If the environment is unknown, or the trajectory is not one of ours.
    """
    split, _, index = trajectory.task_id.rpartition("/")
    if split != trajectory.split or not index.isdigit():
        raise UserError(f"The task {trajectory.task_id!r} is not 'split/number'; only trace-gym's trajectories replay.")
    level = int(trajectory.settings.get("difficulty", 1))
    arguments = trajectory.settings.get("env", {})
    env = make_env(trajectory.env_id, split=split, difficulty=level, **arguments)

    try:
        env.reset(options={"index": int(index)})
    except ValueError as error:
        raise UserError(f"{trajectory.env_id}: the task {trajectory.task_id!r} cannot be played: {error}") from None

    reward = 0.0
    terms = {}
    for turn in trajectory.turns():
        if env.episode.over:
            break
        _, reward, _, _, info = env.step(turn)
        terms = info.get("reward_terms", {})

    return env, reward, terms


def _short(message: Json) -> str:
    text = f"{message['role']}: {message['content']}"
    return repr(text if len(text) <= 120 else text[:117] + "...")
