"""The environment under test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from trace_gym.checks.playing import digest, play, random_turns, solve
from trace_gym.env.registration import make_env
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv


@dataclass
class Subject:
    """An environment id, and how much of the environment is looked at.

    Example:
        >>> subject = Subject("trace/ServiceDesk-v0", tasks=2)
        >>> subject.levels, len(subject.task_list("evaluate"))
        (range(1, 4), 2)
    """

    env_id: str
    """A registered id."""
    tasks: int = 16
    """Tasks looked at per split, where a check looks at several."""
    kwargs: dict[str, Any] = field(default_factory=dict)
    """Passed on to `gym.make`."""
    starts_processes: bool = True
    """Whether checks may start other processes; a locked-down worker may not."""
    learnability: dict[str, Any] = field(default_factory=dict)
    """The report of `trace_gym.checks.learnability`, kept here because two parts of a check run read it."""

    def make(self, **kwargs: Any) -> ToolEnv:
        """Makes a bare environment, without wrappers.

        Args:
            **kwargs: Arguments of the environment, which override `self.kwargs`.
        """
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
        """Returns the first `self.tasks` tasks of a split.

        Args:
            split: One of the environment's splits.
            difficulty: The difficulty level, from 1.
        """
        env = self.make(split=split, difficulty=difficulty)
        tasks = []
        for index in range(self.tasks):
            env.reset(options={"index": index})
            tasks.append(env.episode.task)
        return tasks


def fingerprints(env: ToolEnv, indices: Sequence[int]) -> Iterator[str]:
    """Digests all that an environment shows in two episodes of each task: its solution, and random turns.

    Args:
        env: The environment.
        indices: Numbers of tasks in the environment's split.

    Yields:
        A digest per episode.
    """
    for index in indices:
        yield digest(solve(env, index))
        yield digest(play(env, index, random_turns(env, index)))
