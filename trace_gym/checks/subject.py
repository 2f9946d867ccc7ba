"""The environment under test, and ways to play it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trace_gym.env.registration import make_env
from trace_gym.env.spaces import AssistantTurn
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv

RANDOM_STEPS = 8


@dataclass
class Subject:
    """An environment id, and how much of it is looked at."""

    env_id: str
    """A registered id."""
    tasks: int = 16
    """Tasks looked at per split, where a check looks at several."""
    kwargs: dict[str, Any] = field(default_factory=dict)
    """Passed on to `gym.make`."""
    starts_processes: bool = True
    """Whether checks may start other processes; a locked-down worker may not."""
    learnability: dict[str, Any] = field(default_factory=dict)
    """What a weak policy earned, once it has been played."""

    def make(self, **kwargs: Any) -> ToolEnv:
        """Makes a bare environment."""
        return make_env(self.env_id, **{**self.kwargs, **kwargs})

    @property
    def levels(self) -> range:
        """The difficulty levels."""
        return range(1, self.make().max_difficulty + 1)

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that share no task."""
        return self.make().disjoint_splits

    def task_list(self, split: str = "train", difficulty: int = 1) -> list[Task]:
        """Returns the first tasks of a split."""
        env = self.make(split=split, difficulty=difficulty)
        found = []
        for index in range(self.tasks):
            env.reset(options={"index": index})
            found.append(env.episode.task)
        return found


@dataclass
class Played:
    """One episode."""

    observations: list[str]
    rewards: list[float]
    infos: list[dict[str, Any]]
    over: bool

    @property
    def reward(self) -> float:
        """What the episode paid."""
        return sum(self.rewards)


def play(env: ToolEnv, index: int, turns: Sequence[str] | None) -> Played:
    """Plays `turns` on one task, up to the end of the episode; None plays the gold solution."""
    observation, info = env.reset(options={"index": index})
    played = Played([observation], [], [info], False)
    for turn in env.oracle() if turns is None else turns:
        observation, reward, terminated, truncated, info = env.step(turn)
        played.observations.append(observation)
        played.rewards.append(float(reward))
        played.infos.append(info)
        played.over = bool(terminated or truncated)
        if played.over:
            break
    return played


def solve(env: ToolEnv, index: int) -> Played:
    """Plays the gold solution of one task."""
    return play(env, index, None)


def random_turns(env: ToolEnv, index: int, count: int = RANDOM_STEPS) -> list[str]:
    """Draws turns from the action space, the same for the same index."""
    space = AssistantTurn(env.schemas, seed=index)
    return [space.sample() for _ in range(count)]


def fingerprints(env: ToolEnv, indices: Sequence[int]) -> Iterator[str]:
    """Yields a digest of all that an environment shows, for an episode of the solution and a random one per task."""
    for index in indices:
        yield digest(solve(env, index))
        yield digest(play(env, index, random_turns(env, index)))


def digest(played: Played) -> str:
    """Condenses an episode: observations, rewards, infos."""
    value = [played.observations, played.rewards, played.infos]
    text = json.dumps(value, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else repr(value)
