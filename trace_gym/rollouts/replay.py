"""Replaying the trajectories of a policy: its turns are taken again in the tool environment they were recorded in.

Recordings of any Gymnasium environment are replayed by `trace_gym.rollouts.recording`.
"""

from __future__ import annotations

import functools
import json

import gymnasium as gym

from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.trajectories.record import Trajectory


def replay_trajectory(trajectory: Trajectory) -> str | None:
    """Takes the assistant's recorded turns again and compares the outcome.

    Args:
        trajectory: The record.

    Returns:
        None if messages, reward and terms are the same, else one sentence with the first difference.

    Raises:
        UserError: If the environment is unknown, or the trajectory is not one of ours.
    """
    env, reward, terms = replayed(trajectory)
    if len(trajectory.turns()) > env.episode.turns:
        return f"the episode now ends after {env.episode.turns} turns."

    # before the reward, for a message that differs is what explains it
    for number, (then, now) in enumerate(zip(trajectory.messages, env.episode.messages, strict=False)):
        if then != now:
            return f"message {number} was {_short(then)}, is now {_short(now)}."

    if len(trajectory.messages) != len(env.episode.messages):
        return f"there were {len(trajectory.messages)} messages, there are now {len(env.episode.messages)}."
    if (trajectory.reward, trajectory.terms) != (reward, terms):
        return f"the reward was {trajectory.reward:g} {trajectory.terms}, is now {reward:g} {terms}."
    return None


def replayed(trajectory: Trajectory, *, shared: bool = False) -> tuple[ToolEnv, float, dict[str, float]]:
    """Takes the assistant's recorded turns again until the episode is over.

    Args:
        trajectory: The record.
        shared: As in `reset_for`.

    Returns:
        The environment in its final state, the reward, and the reward's terms.

    Raises:
        UserError: If the environment is unknown, the trajectory is not one of ours, or its settings have been edited.
    """
    env = reset_for(trajectory, shared=shared)
    reward = 0.0
    terms = {}
    for turn in trajectory.turns():
        if env.episode.over:
            break
        _, reward, _, _, info = env.step(turn)
        terms = info.get("reward_terms", {})

    return env, reward, terms


def reset_for(trajectory: Trajectory, *, shared: bool = False) -> ToolEnv:
    """Returns the environment at the beginning of a recorded episode.

    Args:
        trajectory: The record.
        shared: Whether to take the one environment that all such calls with the same arguments get: many episodes are
            replayed much faster, and each call spoils what the last one returned.

    Raises:
        UserError: If the environment is unknown, the trajectory is not one of ours, or its settings have been edited.
    """
    split, _, index = trajectory.task_id.rpartition("/")
    if split != trajectory.split or not index.isdecimal():
        raise UserError(f"The task {trajectory.task_id!r} is not 'split/number'; only trace-gym's trajectories replay.")

    difficulty = trajectory.settings.get("difficulty", 1)
    if not isinstance(difficulty, int):
        raise UserError(f"settings.difficulty is {difficulty!r:.60}, expected a whole number; restore the record.")
    # the arguments that the rollout was started with
    arguments = trajectory.settings.get("env", {})
    if not isinstance(arguments, dict):
        raise UserError(f"settings.env is {arguments!r:.60}, expected arguments by name; restore the record.")
    if shared:
        env = _shared(trajectory.env_id, json.dumps([split, difficulty, arguments], sort_keys=True))
    else:
        env = make_env(trajectory.env_id, split=split, difficulty=difficulty, **arguments)
    try:
        env.reset(options={"index": int(index)})
    except ValueError as error:
        raise UserError(f"{trajectory.env_id}: the task {trajectory.task_id!r} cannot be played: {error}") from None
    return env


def _shared(env_id: str, arguments: str) -> ToolEnv:
    try:
        spec = gym.spec(env_id)
    except gym.error.Error:
        # the ids of packs are registered as the environment is made
        spec = None
    # an id may be registered anew, for another environment
    return _made(env_id, arguments, repr(spec))


@functools.lru_cache(maxsize=8)
def _made(env_id: str, arguments: str, spec: str) -> ToolEnv:
    split, difficulty, others = json.loads(arguments)
    return make_env(env_id, split=split, difficulty=difficulty, **others)


def _short(message: Json) -> str:
    text = f"{message['role']}: {message['content']}"
    if len(text) > 120:
        text = text[:117] + "..."
    return repr(text)
