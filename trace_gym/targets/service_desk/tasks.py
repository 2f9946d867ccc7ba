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
        split: The split whose identifiers are used.
        difficulty: 1 to 3.
    """
    shop = ShopBuilder(rng, split)
    if rng.random() < _JOINED[difficulty]:
        return _joined_task(shop, difficulty)

    capability = tuple(CLAUSES)[int(rng.integers(len(CLAUSES)))]
    clause = CLAUSES[capability](shop, difficulty)
    # in this order: a clause that cannot withhold its order draws no number
    if clause.request_without_order and rng.random() < _WITHHELD:
        return _withheld(shop, clause)
    return _task(shop, [clause], (capability,))


def _joined_task(shop: ShopBuilder, difficulty: int) -> Task:
    """Draws a task of two clauses that need different capabilities."""
    # two clauses need multi-step completion in any case, and a task names each capability once
    capabilities = [name for name in CLAUSES if name != MULTI_STEP]
    first, second = shop.rng.choice(len(capabilities), size=2, replace=False)
    chosen = (capabilities[int(first)], capabilities[int(second)])

    clauses = [CLAUSES[name](shop, difficulty) for name in chosen]
    return _task(shop, clauses, (*chosen, MULTI_STEP))


def _task(shop: ShopBuilder, clauses: list[Clause], needs: tuple[str, ...]) -> Task:
    # an order nobody asked about, which a solution has to leave alone
    shop.add_order()

    requests: list[str] = []
    replies: list[str] = []
    calls: list[ToolCall] = []
    facts: list[Fact] = []
    notes: list[dict[str, Json]] = []
    for clause in clauses:
        requests.append(clause.request)
        replies.append(clause.reply)
        calls += clause.calls
        facts += clause.facts
        notes.append(_clause_json(clause))

    return Task(
        request=" Also: ".join(requests),
        state=shop.state,
        gold=(*calls, " ".join(replies)),
        facts=tuple(facts),
        private={"needs": needs, "clauses": notes},
    )


def _withheld(shop: ShopBuilder, clause: Clause) -> Task:
    """Makes a task whose user names the order only when asked for it."""
    task = _task(shop, [clause], (clause.capability,))
    order = next(call.arguments["order_id"] for call in clause.calls if "order_id" in call.arguments)
    return replace(
        task,
        request=clause.request_without_order,
        gold=(_QUESTION, *task.gold),
        # one of these words is enough, since asking is what counts and not how
        answers=(Answer(("order", "which", "number"), f"It is {order}."),),
    )


def _clause_json(clause: Clause) -> dict[str, Json]:
    """Notes what a clause needs, for scoring."""
    return {
        "needs": clause.capability,
        "calls": [call.to_json() for call in clause.calls],
        "reply": clause.reply,
    }
