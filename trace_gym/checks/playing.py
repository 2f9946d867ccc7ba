"""Ways to play one episode of an environment, and to compare what it showed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trace_gym.env.spaces import AssistantTurn
from trace_gym.env.tool_env import ToolEnv

RANDOM_TURNS = 8
"""Random turns of an episode where a check does not ask for another number."""
TOLERANCE = 1e-9
"""How far a reward may be from 1 by rounding: weighted terms are added up in floating point."""


@dataclass
class Played:
    """One episode.

    Example:
        >>> played = Played(["Cancel W1.", "Done."], rewards=[1.0], infos=[{}, {"success": True}], over=True)
        >>> played.reward, played.solved
        (1.0, True)
    """

    observations: list[str]
    """The observation of `reset`, then one a step."""
    rewards: list[float]
    """One reward a step."""
    infos: list[dict[str, Any]]
    """The info of `reset`, then one a step."""
    over: bool
    """Whether the episode was terminated or truncated."""

    @property
    def reward(self) -> float:
        """What the episode paid."""
        return sum(self.rewards)

    @property
    def solved(self) -> bool:
        """Whether the episode paid exactly 1, up to rounding."""
        return abs(self.reward - 1.0) <= TOLERANCE

    def add(self, step: tuple[str, float, bool, bool, dict[str, Any]]) -> None:
        """Appends a step.

        Args:
            step: What `env.step` returned.
        """
        observation, reward, terminated, truncated, info = step
        self.observations.append(observation)
        self.rewards.append(float(reward))
        self.infos.append(info)
        self.over = bool(terminated or truncated)


def play(env: ToolEnv, index: int, turns: Sequence[str]) -> Played:
    """Plays turns on one task until they run out or the episode ends.

    Args:
        env: The environment.
        index: The task's number in the environment's split, >= 0.
        turns: The assistant's turns.
    """
    observation, info = env.reset(options={"index": index})
    played = Played([observation], [], [info], False)
    return _play_on(env, played, turns)


def solve(env: ToolEnv, index: int) -> Played:
    """Plays the gold solution of one task.

    Args:
        env: The environment.
        index: The task's number in the environment's split, >= 0.

    Example:
        >>> from trace_gym import make_env
        >>> solve(make_env("trace/ServiceDesk-v0"), 0).solved
        True
    """
    observation, info = env.reset(options={"index": index})
    played = Played([observation], [], [info], False)
    return _play_on(env, played, env.oracle())


def _play_on(env: ToolEnv, played: Played, turns: Sequence[str]) -> Played:
    """Continues an episode that has been reset; benchmarks' resets are too slow to make two."""
    for turn in turns:
        played.add(env.step(turn))
        if played.over:
            break
    return played


def random_turns(env: ToolEnv, index: int, count: int = RANDOM_TURNS) -> list[str]:
    """Samples turns from the action space; the same index always gives the same turns.

    Args:
        env: The environment whose tools are called.
        index: The task's number, which seeds the sample.
        count: Number of turns.
    """
    # a space of its own, as sampling from the environment's would change what the environment draws next
    space = AssistantTurn(env.schemas, seed=index)
    return [space.sample() for _ in range(count)]


def digest(played: Played) -> str:
    """Returns a hash of an episode's observations, rewards and infos.

    Args:
        played: The episode.
    """
    value = [played.observations, played.rewards, played.infos]
    text = json.dumps(value, sort_keys=True, default=_plain)
    # a policy can write lone surrogates, and observations quote them
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """Converts arrays to lists; anything else that JSON lacks is compared by its `repr`."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return repr(value)
