"""Trajectories of a policy taken again in their environment, and graded again."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from trace_gym import ToolCall
from trace_gym.errors import UserError
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.regrade import regrade_rollout
from trace_gym.rollouts.replay import replay_trajectory, replayed
from trace_gym.rollouts.scripted import OraclePolicy, RandomPolicy
from trace_gym.trajectories.record import Trajectory

from ..helpers import DESK, desk


@pytest.fixture(scope="module")
def solved() -> Trajectory:
    return play_batch([desk()], OraclePolicy(), [Job(3)], seed=0, env_id=DESK)[0]


def changed(trajectory: Trajectory, **values: Any) -> Trajectory:
    other = copy.deepcopy(trajectory)
    for name, value in values.items():
        setattr(other, name, value)
    return other


@pytest.mark.parametrize("policy", [OraclePolicy(), RandomPolicy()], ids=["oracle", "random"])
def test_what_was_played_replays(policy: Any) -> None:
    for trajectory in play_batch([desk(), desk()], policy, [Job(0), Job(1)], seed=5, env_id=DESK):
        assert replay_trajectory(trajectory) is None


def test_difficulty_and_split_are_those_of_the_record() -> None:
    env = desk(split="evaluate", difficulty=2)
    (trajectory,) = play_batch([env], OraclePolicy(), [Job(1)], seed=0, env_id=DESK)
    trajectory.settings = {"difficulty": 2}
    again, reward, _ = replayed(trajectory)
    assert (again.split, again.difficulty, reward) == ("evaluate", 2, 1.0)
    assert replay_trajectory(trajectory) is None


def test_the_first_difference_is_named(solved: Trajectory) -> None:
    words = copy.deepcopy(solved.messages)
    words[0]["content"] = "Other guidelines."
    assert str(replay_trajectory(changed(solved, messages=words))).startswith(
        f"message 0 was '{words[0]['role']}: Other guidelines.', is now "
    )
    assert str(replay_trajectory(changed(solved, reward=0.25))).startswith("the reward was 0.25 ")
    assert replay_trajectory(changed(solved, messages=solved.messages[:-1])) is not None


def test_turns_after_the_end_are_named(solved: Trajectory) -> None:
    more = [*solved.messages, {"role": "assistant", "content": "One more thing."}]
    turns = len(solved.turns())
    assert replay_trajectory(changed(solved, messages=more)) == f"the episode now ends after {turns} turns."


@pytest.mark.parametrize("task_id", ["3", "evaluate/3", "train/x", ""])
def test_other_task_names_are_refused(solved: Trajectory, task_id: str) -> None:
    with pytest.raises(UserError, match=f"The task '{task_id}' is not 'split/number'"):
        replayed(changed(solved, task_id=task_id))


def test_an_unknown_environment_is_refused(solved: Trajectory) -> None:
    with pytest.raises(UserError, match="nowhere"):
        replayed(changed(solved, env_id="trace/nowhere-v0"))


def test_a_rollout_earns_its_reward_again(solved: Trajectory) -> None:
    grade = regrade_rollout(solved)
    assert (grade.reward, grade.agrees, grade.revisions, grade.other_result) == (1.0, True, (), "")
    assert grade.terms == solved.terms


def test_another_solution_is_a_revision(solved: Trajectory) -> None:
    assert regrade_rollout(changed(solved, gold=[ToolCall("look", {})])).revisions == (
        "the task's solution was revised",
    )
    assert regrade_rollout(changed(solved, gold=None)).revisions == ()


def test_another_result_is_named(solved: Trajectory) -> None:
    messages = copy.deepcopy(solved.messages)
    first = next(message for message in messages if message["role"] == "tool")
    first["content"] = "gone"
    assert regrade_rollout(changed(solved, messages=messages)).other_result.startswith("call 0 answered 'gone', now ")
