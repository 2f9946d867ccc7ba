"""Finding a task of the desk, and playing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from trace_gym import Task, ToolCall, ToolEnv
from trace_gym.targets.service_desk.capabilities import CAPABILITIES
from trace_gym.targets.service_desk.visits import Visit
from trace_gym.testbed.planted import visit_of
from trace_gym.testbed.script import rendered

from ...helpers import desk

LEVELS = (1, 2, 3)
SEARCHED = 3000
"""Tasks that are searched before a search counts as in vain."""


def started(wanted: Callable[[Task, Visit], bool], level: int = 1) -> tuple[ToolEnv, Visit]:
    """The first task that is wanted, and the visit it was made from."""
    env = desk(difficulty=level)
    for index in range(SEARCHED):
        env.reset(options={"index": index})
        visit = visit_of(env)
        if wanted(env.episode.task, visit):
            return env, visit
    raise AssertionError(f"none of {SEARCHED} tasks is wanted")


def needing(*needs: str, errand: str = "", withheld: bool = False, level: int = 1) -> tuple[ToolEnv, Visit]:
    """The first task that needs exactly these capabilities."""

    def is_wanted(task: Task, visit: Visit) -> bool:
        names = [part.name for part in visit.errands]
        return set(task.needs) == set(needs) and errand in ("", *names) and bool(visit.withheld) == withheld

    return started(is_wanted, level)


def played(env: ToolEnv, *turns: ToolCall | str) -> float:
    """The reward of some turns."""
    reward = 0.0
    for turn in turns:
        _, reward, *_ = env.step(rendered(turn))
    return reward


def exercising(*lacking: str) -> Mapping[str, bool]:
    """An assistant that exercises all but some."""
    return {name: name not in lacking for name in CAPABILITIES}


def writes(task: Task, env: ToolEnv) -> Iterator[ToolCall]:
    """The changes of a task's solution, refused ones too."""
    for call in task.gold_calls:
        if env.tools[call.name].kind == "write":
            yield call
