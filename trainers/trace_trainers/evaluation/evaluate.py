"""Playing agents on the same held-out tasks, and comparing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trace_gym.env.task_indices import TaskIndices
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.rollouts.collect import collect
from trace_gym.rollouts.play import Job
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.trajectories.record import Trajectory
from trace_trainers.evaluation.agent import Agent
from trace_trainers.evaluation.comparison import by_need, compare, outcomes_of

SCHEMA = "trace-gym/evaluation"
VERSION = 2


@dataclass(frozen=True)
class EvaluationSettings:
    """The tasks that agents are compared on, and how the agents play them.

    Example:
        >>> EvaluationSettings(env_id="trace/ServiceDesk-v0", tasks=64).seed
        0
    """

    env_id: str
    """Id of the environment, written into the records."""
    tasks: int
    """Tasks 0 to `tasks` - 1 of the held-out split."""
    seed: int = 0
    """Seeds sampling and intervals."""
    params: SamplingParams = field(default_factory=lambda: SamplingParams(temperature=0.0))
    """How the agents sample."""
    batch_size: int = 64
    """Episodes played in step."""
    recorded: Mapping[str, Json] = field(default_factory=dict)
    """More that is written into the records, such as arguments of the environment."""


def evaluate(
    agents: Sequence[Agent], make_env: Callable[[], ToolEnv], folder: Path, settings: EvaluationSettings
) -> dict[str, Any]:
    """Plays every agent on the same tasks and compares them in pairs.

    Args:
        agents: In the order of the table; one that repeats others' episodes comes after them.
        make_env: Makes the environment on the held-out split.
        folder: Receives one JSONL file of trajectories per agent; an interrupted evaluation continues from them.
        settings: The tasks, and how the agents sample.

    Returns:
        The content of `evaluation.json`.

    Raises:
        UserError: If two agents share a name, or the split has fewer tasks than are asked for.
    """
    _refuse_repeated_names(agents)
    env = make_env()
    indices = TaskIndices.of(env).evaluation(settings.tasks)

    played: dict[str, list[Trajectory]] = {}
    for agent in agents:
        played[agent.name] = collect(
            # Windows allows no colon in file names
            folder / f"{agent.name.replace(':', '.')}.jsonl",
            make_env,
            agent.make_policy(played),
            [Job(index) for index in indices],
            env_id=settings.env_id,
            seed=settings.seed,
            batch_size=settings.batch_size,
            settings={**settings.params.recorded(), **settings.recorded},
            label=f"evaluate {agent.name}",
        )

    return {
        "schema": SCHEMA,
        "version": VERSION,
        "env_id": settings.env_id,
        "split": env.split,
        "seed": settings.seed,
        "n": settings.tasks,
        "temperature": settings.params.temperature,
        **compare(agents, played, settings.seed),
        "by_need": by_need(env, outcomes_of(played), indices),
    }


def _refuse_repeated_names(agents: Sequence[Agent]) -> None:
    # agents of one name would continue each other's file of episodes
    names = [agent.name for agent in agents]
    for name in sorted(names):
        if names.count(name) > 1:
            raise UserError(f"Two agents are named {name!r}; give each a name of its own.")
