"""Visits: which capabilities they need, which orders are left alone, which are told only when asked."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import numpy as np
import pytest

from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.capabilities import CAPABILITIES, GROUNDING, MULTI_STEP, SELECTION
from trace_gym.targets.service_desk.shop import ShopBuilder
from trace_gym.targets.service_desk.visits import Visit, draw_visit, play

from ...helpers import call
from .playing import LEVELS, exercising, needing, played, started

COUNT = 600


@cache
def visits(level: int) -> list[Visit]:
    return [draw_visit(ShopBuilder(np.random.default_rng(seed), "train"), level) for seed in range(COUNT)]


@pytest.mark.parametrize("level", LEVELS)
def test_a_visit_needs_one_to_four_capabilities_in_their_order(level: int) -> None:
    for visit in visits(level):
        assert 1 <= len(visit.needs) <= 4
        assert list(visit.needs) == [name for name in CAPABILITIES if name in visit.needs]
    assert {len(visit.needs) for visit in visits(level)} == {1, 2, 3, 4}
    assert {name for visit in visits(level) for name in visit.needs} == set(CAPABILITIES)


def test_harder_visits_need_more() -> None:
    means = [np.mean([len(visit.needs) for visit in visits(level)]) for level in LEVELS]
    assert means[0] + 0.1 < means[1] < means[2] - 0.1


def test_no_capability_is_rare() -> None:
    for level in LEVELS:
        times = Counter(name for visit in visits(level) for name in visit.needs)
        assert min(times.values()) > COUNT / 5


@pytest.mark.parametrize("level", LEVELS)
def test_several_orders_or_errands_need_multi_step_completion(level: int) -> None:
    for visit in visits(level):
        jobs = sum(len(errand.jobs) for errand in visit.errands)
        assert (jobs > 1) == (MULTI_STEP in visit.needs)
        assert (len(visit.errands) == 2) == (" Also: " in visit.request)
        if {SELECTION, GROUNDING} <= set(visit.needs):
            assert {"exchange", "refund"} == {errand.name for errand in visit.errands}


def test_three_orders_come_with_difficulty() -> None:
    most = [max(len(errand.jobs) for visit in visits(level) for errand in visit.errands) for level in LEVELS]
    assert most == [2, 3, 3]


@pytest.mark.parametrize(("level", "share"), [(1, 0.2), (2, 0.4), (3, 0.6)])
def test_an_order_to_leave_alone_is_named_more_often_at_higher_levels(level: int, share: float) -> None:
    named = [visit for visit in visits(level) if visit.left_alone]
    assert abs(len(named) / COUNT - share) < 0.07
    for visit in named:
        [other] = re.findall(r"W\d+", visit.left_alone)
        assert visit.request.endswith(visit.left_alone)
        assert other not in [job.order_id for errand in visit.errands for job in errand.jobs]


@pytest.mark.parametrize("level", LEVELS)
def test_an_order_that_is_withheld_is_not_named(level: int) -> None:
    withheld = [visit for visit in visits(level) if visit.withheld]
    assert withheld
    for visit in withheld:
        assert not re.search(r"W\d", visit.request)
        assert "my order" in visit.request
        assert not visit.left_alone
        assert str(play(visit, exercising())[0]).endswith("?")


@pytest.mark.parametrize("level", LEVELS)
def test_a_solution_never_touches_what_is_left_alone(level: int) -> None:
    for visit in visits(level):
        for turn in play(visit, exercising()):
            if isinstance(turn, ToolCall) and visit.left_alone:
                assert str(turn.arguments.get("order_id")) not in visit.left_alone


@pytest.mark.parametrize("tool", ["cancel_order", "return_order"])
@pytest.mark.parametrize("level", LEVELS)
def test_who_touches_an_order_that_was_to_be_left_alone_earns_nothing(level: int, tool: str) -> None:
    for is_touched in (False, True):
        env, visit = started(lambda task, visit: bool(visit.left_alone), level)
        [other] = re.findall(r"W\d+", visit.left_alone)
        turns = list(env.episode.task.gold)
        if is_touched:
            turns = [call("get_order", order_id=other), call(tool, order_id=other), *turns]
        assert played(env, *turns) == float(not is_touched)


def test_looking_at_an_order_that_is_left_alone_does_no_harm() -> None:
    env, visit = started(lambda task, visit: bool(visit.left_alone))
    [other] = re.findall(r"W\d+", visit.left_alone)
    assert played(env, call("get_order", order_id=other), *env.episode.task.gold) == 1.0


@pytest.mark.parametrize("question", ["Which order is it?", "Can you give me the number?", "What did you order?"])
def test_a_withheld_order_is_told_when_asked(question: str) -> None:
    env, visit = started(lambda task, visit: bool(visit.withheld))
    assert visit.withheld not in env.episode.task.request
    observation, _, terminated, *_ = env.step(question)
    assert (observation, terminated) == (f"It is {visit.withheld}.", False)
    assert played(env, *env.episode.task.gold[1:]) == 1.0


def test_another_question_does_not_reveal_a_withheld_order() -> None:
    env, visit = started(lambda task, visit: bool(visit.withheld))
    observation, _, terminated, *_ = env.step("Is it urgent?")
    assert not terminated
    assert visit.withheld not in observation


def test_a_visit_that_names_its_order_has_nothing_to_reveal() -> None:
    env, _ = needing(MULTI_STEP)
    assert env.episode.task.answers == ()


def test_lacking_multi_step_completion_ends_after_the_first_order() -> None:
    for level in LEVELS:
        for visit in visits(level):
            if MULTI_STEP in visit.needs:
                turns = play(visit, exercising(MULTI_STEP))
                orders = {turn.arguments.get("order_id") for turn in turns if isinstance(turn, ToolCall)}
                assert orders - {None} == {visit.errands[0].jobs[0].order_id}
