"""Executing recorded trajectories again on their environment."""

from __future__ import annotations

from trace_gym.env.registration import make_env
from trace_gym.env.task import Json
from trace_gym.errors import UserError
from trace_gym.trajectories.record import Trajectory


def replay_trajectory(trajectory: Trajectory) -> str | None:
    """Takes the assistant's recorded turns again.

    Returns:
        None when messages, reward and terms come back the same, else one sentence that says where they differ first.

    Raises:
        UserError: if the environment is unknown, or the trajectory is not one of ours.
    """
    split, _, index = trajectory.task_id.rpartition("/")
    if split != trajectory.split or not index.isdigit():
        raise UserError(f"The task {trajectory.task_id!r} is not 'split/number'; only trace-gym's trajectories replay.")
    env = make_env(trajectory.env_id, split=split, difficulty=int(trajectory.settings.get("difficulty", 1)))
    env.reset(options={"index": int(index)})
    reward, terms = 0.0, {}
    for turn in trajectory.turns():
        if env.episode.over:
            return f"the episode now ends after {env.episode.turns} turns."
        _, reward, _, _, info = env.step(turn)
        terms = info.get("reward_terms", {})
    for number, (then, now) in enumerate(zip(trajectory.messages, env.episode.messages, strict=False)):
        if then != now:
            return f"message {number} was {_short(then)}, is now {_short(now)}."
    if len(trajectory.messages) != len(env.episode.messages):
        return f"there were {len(trajectory.messages)} messages, there are now {len(env.episode.messages)}."
    if (trajectory.reward, trajectory.terms) != (reward, terms):
        return f"the reward was {trajectory.reward:g} {trajectory.terms}, is now {reward:g} {terms}."
    return None


def _short(message: Json) -> str:
    text = f"{message['role']}: {message['content']}"
    return repr(text if len(text) <= 120 else text[:117] + "...")
