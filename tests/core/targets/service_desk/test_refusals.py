"""Refusals: the value named as the remedy works, and the other one is taken and wrong."""

from __future__ import annotations

import re

import numpy as np
import pytest

from trace_gym.targets.service_desk.capabilities import RECOVERY
from trace_gym.targets.service_desk.errands.errand import Job, Write
from trace_gym.targets.service_desk.refusals import draw_refusal, key
from trace_gym.targets.service_desk.shop import ShopBuilder
from trace_gym.targets.service_desk.visits import play
from trace_gym.testbed.planted import visit_of

from ...helpers import desk
from .playing import LEVELS, exercising, needing, played

REMEDY = re.compile(r"use (\w+)|^\w+ is not free\. (\w+)|take (\w+),|choose (\w+)")
"""What a refusal recommends, as a reader of English would see it."""
TASKS = 150


def recommended(sentence: str) -> str:
    match = REMEDY.search(sentence)
    assert match is not None, sentence
    return next(filter(None, match.groups()))


def sentences(count: int = 200) -> list[str]:
    """Refusals of `tried` with the remedy `right` and the other value `wrong`."""
    found = []
    for seed in range(count):
        shop = ShopBuilder(np.random.default_rng(seed), "train")
        draw_refusal(shop, "W11", "tried", "right", "wrong")
        found.append(shop.state["refusals"][key("W11", "tried")])
    return found


def test_a_refusal_recommends_its_remedy() -> None:
    assert {recommended(sentence) for sentence in sentences()} == {"right"}


def test_the_place_of_the_remedy_tells_nothing() -> None:
    first = [sentence.index("right") < sentence.index("wrong") for sentence in sentences()]
    assert 0.4 < sum(first) / len(first) < 0.6


def refused_jobs(level: int) -> list[tuple[int, Write, Job]]:
    """The refused changes of the first tasks, with their task's number."""
    env = desk(difficulty=level)
    found = []
    for index in range(TASKS):
        env.reset(options={"index": index})
        for errand in visit_of(env).errands:
            for job in errand.jobs:
                if job.refusal is not None:
                    assert errand.write is not None
                    found.append((index, errand.write, job))
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_tool_recommends_it_takes_and_takes_the_other_value_too(level: int) -> None:
    env = desk(difficulty=level)
    jobs = refused_jobs(level)
    assert len(jobs) > TASKS / 4
    for index, write, job in jobs:
        assert job.refusal is not None
        env.reset(options={"index": index})

        refused = env.run_call(env.episode, write.call(job.order_id, job.value))
        assert refused.error
        said = refused.result.removeprefix("Error: ")
        assert recommended(said) == job.refusal.remedy
        named = set(re.findall(r"[IP]\d+|express|priority|courier|van|bike", said))
        [other] = named - {job.value, job.refusal.remedy}

        assert not env.run_call(env.episode, write.call(job.order_id, job.refusal.remedy)).error
        assert not env.run_call(env.episode, write.call(job.order_id, other)).error


@pytest.mark.parametrize("level", LEVELS)
def test_one_change_of_an_errand_that_needs_recovery_is_refused(level: int) -> None:
    env = desk(difficulty=level)
    for index in range(TASKS):
        env.reset(options={"index": index})
        for errand in visit_of(env).errands:
            refused = [job for job in errand.jobs if job.refusal is not None]
            assert len(refused) == int(RECOVERY in errand.needs)


@pytest.mark.parametrize("errand", ["ship", "exchange", "refund"])
def test_the_other_value_that_a_refusal_names_is_wrong(errand: str) -> None:
    needs = {"ship": (), "exchange": ("structured_selection",), "refund": ("argument_grounding",)}[errand]
    for remedies in (True, False):
        env, visit = needing(RECOVERY, *needs, errand=errand)
        [part] = visit.errands
        [job] = part.jobs
        assert part.write is not None
        assert job.refusal is not None

        *before, refused, _, closing = env.episode.task.gold
        assert played(env, *before, refused) == 0.0
        named = re.findall(r"[IP]\d+|express|priority|courier|van|bike", env.episode.calls[-1].result)
        [other] = set(named) - {job.value, job.refusal.remedy}
        value = job.refusal.remedy if remedies else other
        assert played(env, part.write.call(job.order_id, value), closing) == float(remedies)


def test_who_gives_up_after_a_refusal_earns_nothing() -> None:
    env, visit = needing(RECOVERY)
    assert played(env, *play(visit, exercising(RECOVERY))) == 0.0
