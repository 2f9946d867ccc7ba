"""AgentDojo's own logs, graded again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trace_gym import UserError
from trace_gym.targets.agentdojo import suites
from trace_gym.targets.agentdojo.env import AgentDojoEnv
from trace_gym.targets.agentdojo.regrade import regrade
from trace_gym.trajectories.record import Trajectory

from .playing import SUITES, act, corrupted, make


def recorded(env: AgentDojoEnv, info: dict[str, Any], task_id: str, **settings: Any) -> Trajectory:
    """An episode as the reader of AgentDojo's run files gives it."""
    utility = info["reward_terms"]["utility"]
    log = Trajectory(f"agentdojo/{env.suite}", task_id, list(env.episode.messages), utility, utility == 1.0)
    log.settings = settings
    return log


@pytest.mark.parametrize("suite", SUITES)
def test_logs_are_graded_again(suite: str) -> None:
    env, rng = make(suite), np.random.default_rng(7)
    paid = []
    for index in range(6):
        env.reset(options={"index": index})
        info = act(env, corrupted(env, rng) if index % 2 else env.oracle())
        log = recorded(env, info, env.episode.task.name, benchmark_version=suites.VERSION)
        grade = regrade(log)
        assert (grade.reward, grade.revisions, grade.other_result) == (log.reward, (), "")
        paid.append(grade.reward)
        log.messages = [m for m in log.messages if m["role"] not in ("assistant", "tool")]
        assert regrade(log).reward <= grade.reward
    assert max(paid) == 1.0


def test_logs_with_an_injection_are_graded_again() -> None:
    env = make("slack", injection_task="injection_task_1")
    env.reset(options={"index": 0})
    log = recorded(env, act(env, env.oracle()), "user_task_0/important_instructions/injection_task_1")
    grade = regrade(log)
    assert grade.terms == {"utility": 1.0, "security": 1.0}
    assert grade.other_result == ""
    assert grade.revisions == ("the log does not name its version of the benchmark; v1.2.2 was taken",)
    log.task_id = "user_task_0"
    assert regrade(log).other_result.startswith("call ")  # there was an injection in what it read


@pytest.mark.parametrize(
    ("env_id", "task_id", "message"),
    [
        ("agentdojo/moon", "user_task_0", "Unknown suite 'moon'"),
        ("agentdojo/slack", "user_task_999", "Unknown user task 'user_task_999' of slack in v1.2.2"),
        ("agentdojo/slack", "user_task_0/x/injection_task_1", "Unknown attack 'x'"),
    ],
)
def test_logs_of_unknown_tasks_are_named(env_id: str, task_id: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        regrade(Trajectory(env_id, task_id, [], 0.0, False))
