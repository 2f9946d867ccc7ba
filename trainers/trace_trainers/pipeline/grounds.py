"""Tasks on which a run chooses what to make of its adapters; nobody is evaluated on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trace_gym.env.task_indices import TaskIndices
from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.play import Job
from trace_trainers.pipeline.stages import Play

TARGET = "target"
"""The name of the target's validation tasks; those of an emitted environment have its capability's."""


@dataclass(frozen=True)
class Ground:
    """Tasks of one environment to choose on.

    Example:
        >>> from trace_gym import make_env
        >>> where = Play(lambda: make_env("trace/ServiceDesk-v0", split="mine"), "trace/ServiceDesk-v0")
        >>> Ground(TARGET, where, [640, 641]).jobs
        [Job(index=640, trial=0), Job(index=641, trial=0)]
    """

    name: str
    """`target`, or the capability that an emitted environment trains."""
    where: Play
    """The environment."""
    indices: Sequence[int]
    """Its tasks."""

    @property
    def jobs(self) -> list[Job]:
        """An episode on each task."""
        return [Job(index) for index in self.indices]


def target_indices(env: ToolEnv, mined: int, tasks: int) -> list[int]:
    """Returns the target's tasks to choose on: those behind the mined ones.

    Args:
        env: The target on the split that was mined.
        mined: How many of its tasks were mined.
        tasks: How many are wanted; a finite split gives what mining leaves.

    Example:
        >>> from trace_gym import make_env
        >>> target_indices(make_env("trace/ServiceDesk-v0", split="mine"), 640, 3)
        [640, 641, 642]
    """
    return TaskIndices.of(env).unmined(mined, tasks)


def emitted_indices(env: ToolEnv, validated: int, tasks: int) -> list[int]:
    """Returns an emitted environment's tasks to choose on: none is trained on, nor chose the best step of an adapter.

    Args:
        env: The environment on its train split.
        validated: How many tasks a training is validated on.
        tasks: How many are wanted; a finite split has none to spare, as all of it is trained or validated on.

    Example:
        >>> from trace_gym import make_env
        >>> emitted_indices(make_env("trace/ServiceDesk-v0", split="train"), 32, 2)
        [750032, 750033]
    """
    if env.task_count is not None:
        return []
    return TaskIndices.of(env, validation=validated + tasks).validation[validated:]
