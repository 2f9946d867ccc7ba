"""Tasks: one clause, two joined ones, or one whose user withholds the order."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from trace_gym.targets.service_desk.clauses import MULTI_STEP

from trace_gym.env.task import Task
from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.tasks import draw_task

COUNT = 400


def tasks(difficulty: int) -> list[Task]:
    return [draw_task(np.random.default_rng(seed), "train", difficulty) for seed in range(COUNT)]


@pytest.mark.parametrize(("difficulty", "share"), [(1, 0.3), (2, 0.5), (3, 0.7)])
def test_the_share_of_joined_tasks_grows_with_difficulty(difficulty: int, share: float) -> None:
    joined = sum(" Also: " in task.request for task in tasks(difficulty))
    assert abs(joined / COUNT - share) < 0.08


def test_a_joined_task_needs_its_two_capabilities_and_multi_step_completion() -> None:
    for task in tasks(3):
        clauses = task.private["clauses"]
        needs = [clause["needs"] for clause in clauses]
        if len(clauses) == 2:
            assert task.needs == (*needs, MULTI_STEP)
            assert MULTI_STEP not in needs
        else:
            assert task.needs == tuple(needs)


def test_a_solution_is_the_calls_of_its_clauses_in_order_and_then_a_message() -> None:
    for task in tasks(2):
        calls = [call for clause in task.private["clauses"] for call in clause["calls"]]
        assert [call.to_json() for call in task.gold_calls] == calls
        replies = " ".join(clause["reply"] for clause in task.private["clauses"])
        assert task.gold[-1] == replies


def test_a_withheld_order_is_asked_for_first_and_told_then() -> None:
    withheld = [task for task in tasks(1) if task.answers]
    assert withheld
    for task in withheld:
        order = task.gold_calls[0].arguments["order_id"]
        assert order not in task.request
        assert isinstance(task.gold[0], str)
        assert task.gold[0].endswith("?")
        assert task.answers[0].text == f"It is {order}."


def test_there_is_an_order_that_nobody_asks_about() -> None:
    for task in tasks(3):
        touched = {call.arguments.get("order_id") for call in task.gold if isinstance(call, ToolCall)}
        assert set(task.state["orders"]) - touched


def test_all_capabilities_are_about_as_frequent() -> None:
    single = Counter(task.needs[0] for task in tasks(1) if len(task.needs) == 1)
    assert len(single) == 6
    assert max(single.values()) < 2.5 * min(single.values())
