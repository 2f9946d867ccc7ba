"""Tasks of the service desk, made from visits."""

from __future__ import annotations

import numpy as np

from trace_gym.env.facts import Fact
from trace_gym.env.task import Answer, Task
from trace_gym.env.types import Json
from trace_gym.targets.service_desk.capabilities import CAPABILITIES
from trace_gym.targets.service_desk.errands.errand import told_value
from trace_gym.targets.service_desk.shop import ShopBuilder
from trace_gym.targets.service_desk.visits import Visit, draw_visit, play

_PERFECT = dict.fromkeys(CAPABILITIES, True)


def draw_task(rng: np.random.Generator, split: str, difficulty: int) -> Task:
    """Draws one task.

    Args:
        rng: The task's own generator; all randomness comes from it.
        split: The split whose identifiers are used.
        difficulty: 1 to 3.
    """
    shop = ShopBuilder(rng, split)
    visit = draw_visit(shop, difficulty)
    facts: list[Fact] = []
    for errand in visit.errands:
        facts += errand.facts

    answers: tuple[Answer, ...] = ()
    if visit.withheld:
        # one of these words is enough, since asking is what counts and not how
        answers = (Answer(("order", "which", "number"), f"It is {visit.withheld}."),)
    return Task(
        request=visit.request,
        state=shop.state,
        gold=tuple(play(visit, _PERFECT)),
        facts=tuple(facts),
        answers=answers,
        private={"needs": visit.needs, "asked": _asked(visit), "level": difficulty},
    )


def _asked(visit: Visit) -> list[dict[str, Json]]:
    """Notes what each errand asks for, for scoring."""
    notes: list[dict[str, Json]] = []
    for errand in visit.errands:
        for job in errand.jobs:
            told = told_value(job, errand.tell) if errand.tell else ""
            notes.append({"errand": errand.name, "order_id": job.order_id, "told": told})
    return notes
