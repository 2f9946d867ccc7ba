"""Tasks of the service desk: one clause, or several joined, each needing its own capability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trace_gym.env.facts import Fact
from trace_gym.env.task import Answer, Task
from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.service_desk.clauses import CLAUSES, MULTI_STEP
from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.shop import ShopBuilder

_JOINED = {1: 0.3, 2: 0.5, 3: 0.7}
"""Share of tasks that join two clauses, by difficulty."""
_WITHHELD = 0.2
"""Share of single-order requests in which the customer names the order only when asked."""
_QUESTION = "Which order is it?"


def draw_task(rng: np.random.Generator, split: str, difficulty: int) -> Task:
    """Draws one task: mostly one clause, else two joined ones (which then also need multi-step completion).

    Args:
        rng: The task's own generator; all randomness comes from it.
        split: One of the environment's splits.
        difficulty: The level, from 1 up.
    """
    shop = ShopBuilder(rng, split)
    if rng.random() < _JOINED[difficulty]:
        names = [name for name in CLAUSES if name != MULTI_STEP]
        chosen = [names[int(i)] for i in rng.choice(len(names), size=2, replace=False)]
        clauses = [CLAUSES[name](shop, difficulty) for name in chosen]
        return _task(shop, clauses, (*chosen, MULTI_STEP))

    name = tuple(CLAUSES)[int(rng.integers(len(CLAUSES)))]
    clause = CLAUSES[name](shop, difficulty)
    if clause.request_without_order and rng.random() < _WITHHELD:
        return _withheld(shop, clause, name)
    return _task(shop, [clause], (name,))


def _task(shop: ShopBuilder, clauses: list[Clause], needs: tuple[str, ...]) -> Task:
    shop.add_order()
    calls: list[ToolCall] = []
    facts: list[Fact] = []
    for clause in clauses:
        calls += clause.calls
        facts += clause.facts

    return Task(
        request=" Also: ".join(clause.request for clause in clauses),
        state=shop.state,
        gold=(*calls, " ".join(clause.reply for clause in clauses)),
        facts=tuple(facts),
        private={"needs": needs, "clauses": [_clause_json(clause) for clause in clauses]},
    )


def _withheld(shop: ShopBuilder, clause: Clause, name: str) -> Task:
    task = _task(shop, [clause], (name,))
    order = next(call.arguments["order_id"] for call in clause.calls if "order_id" in call.arguments)
    return replace(
        task,
        request=clause.request_without_order,
        gold=(_QUESTION, *task.gold),
        answers=(Answer(("order", "which", "number"), f"It is {order}."),),
    )


def _clause_json(clause: Clause) -> dict[str, Json]:
    calls: list[ToolCall] = list(clause.calls)
    return {"needs": clause.capability, "calls": [call.to_json() for call in calls], "reply": clause.reply}
