"""Every capability that a task needs is decisive, and no other is."""

from __future__ import annotations

import pytest

from trace_gym.targets.service_desk.capabilities import CAPABILITIES
from trace_gym.targets.service_desk.visits import play
from trace_gym.testbed.planted import visit_of
from trace_gym.testbed.script import rendered

from ...helpers import desk
from .playing import LEVELS, exercising

TASKS = 200


@pytest.mark.parametrize("split", ["train", "evaluate"])
@pytest.mark.parametrize("level", LEVELS)
def test_lacking_one_capability_fails_exactly_the_tasks_that_need_it(split: str, level: int) -> None:
    env = desk(split=split, difficulty=level)
    wrong = []
    for index in range(TASKS):
        for lacking in CAPABILITIES:
            env.reset(options={"index": index})
            for turn in play(visit_of(env), exercising(lacking)):
                _, reward, terminated, truncated, _ = env.step(rendered(turn))
            assert terminated
            assert not truncated
            if (reward == 1.0) == (lacking in env.episode.task.needs):
                wrong.append((index, lacking))
    assert wrong == []


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_task_says_it_needs_is_what_its_visit_needs(level: int) -> None:
    env = desk(difficulty=level)
    for index in range(TASKS):
        env.reset(options={"index": index})
        task = env.episode.task
        assert task.needs == visit_of(env).needs
        assert task.private["level"] == level
