"""Tasks: what their visit asks for, with what has to be told and what scoring has to know."""

from __future__ import annotations

import numpy as np
import pytest

from trace_gym.env.task import Task
from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.shop import ShopBuilder
from trace_gym.targets.service_desk.tasks import draw_task
from trace_gym.targets.service_desk.visits import Visit, draw_visit, play

from .playing import LEVELS, exercising

COUNT = 200


def drawn(level: int) -> list[tuple[Task, Visit]]:
    """Tasks, each with the visit that the same generator draws."""
    found = []
    for seed in range(COUNT):
        visit = draw_visit(ShopBuilder(np.random.default_rng(seed), "train"), level)
        found.append((draw_task(np.random.default_rng(seed), "train", level), visit))
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_a_solution_is_what_a_perfect_assistant_does(level: int) -> None:
    for task, visit in drawn(level):
        assert task.request == visit.request
        assert list(task.gold) == play(visit, exercising())
        assert isinstance(task.gold[-1], str)
        assert "?" not in task.gold[-1]


@pytest.mark.parametrize("level", LEVELS)
def test_scoring_knows_what_is_asked_of_each_order(level: int) -> None:
    for task, visit in drawn(level):
        rows = task.private["asked"]
        jobs = [(errand.name, job.order_id) for errand in visit.errands for job in errand.jobs]
        assert [(row["errand"], row["order_id"]) for row in rows] == jobs

        told = {row["told"] for row in rows} - {""}
        assert told <= {fact.value for fact in task.facts}
        assert bool(told) == ("result_reporting" in task.needs)


def test_a_withheld_order_is_asked_for_first_and_told_then() -> None:
    withheld = [task for task, visit in drawn(1) if visit.withheld]
    assert withheld
    for task in withheld:
        order = task.gold_calls[0].arguments["order_id"]
        assert order not in task.request
        assert isinstance(task.gold[0], str)
        assert task.gold[0].endswith("?")
        assert task.answers[0].text == f"It is {order}."


@pytest.mark.parametrize("level", LEVELS)
def test_there_is_an_order_that_nobody_asks_about(level: int) -> None:
    for task, visit in drawn(level):
        touched = {call.arguments.get("order_id") for call in task.gold if isinstance(call, ToolCall)}
        asked = {job.order_id for errand in visit.errands for job in errand.jobs}
        assert len(set(task.state["orders"]) - touched - asked) == 1


@pytest.mark.parametrize("level", LEVELS)
def test_what_has_to_be_told_is_told_by_the_solution_and_by_no_request(level: int) -> None:
    for task, _ in drawn(level):
        said = str(task.gold[-1])
        for fact in task.facts:
            assert fact.value in said
            assert fact.about in said
            if fact.value.isdigit():
                assert f" {fact.value} " not in f" {task.request} "
