"""What each capability's clause asks for, and what its solution does."""

from __future__ import annotations

import numpy as np
import pytest
from trace_gym.targets.service_desk.clauses import (
    CLAUSES,
    error_recovery,
    grounding,
    multi_step,
    precondition,
    reporting,
    selection,
)
from trace_gym.targets.service_desk.clauses.clause import Clause

from trace_gym.targets.service_desk.shop import STATUSES, ShopBuilder

SEEDS = range(60)
LEVELS = (1, 2, 3)


def drawn(draw: object, seed: int, difficulty: int = 1) -> tuple[ShopBuilder, Clause]:
    shop = ShopBuilder(np.random.default_rng(seed), "train")
    return shop, draw(shop, difficulty)  # type: ignore[operator]


@pytest.mark.parametrize("name", CLAUSES)
@pytest.mark.parametrize("difficulty", LEVELS)
def test_a_clause_names_its_capability_and_every_order_it_is_about(name: str, difficulty: int) -> None:
    for seed in SEEDS:
        shop, clause = drawn(CLAUSES[name], seed, difficulty)
        assert clause.capability == name
        for call in clause.calls:
            order = call.arguments.get("order_id")
            assert order is None or (order in shop.state["orders"] and order in clause.request)


@pytest.mark.parametrize("name", CLAUSES)
def test_a_request_that_withholds_the_order_does_not_name_it(name: str) -> None:
    for seed in SEEDS:
        shop, clause = drawn(CLAUSES[name], seed)
        for order in shop.state["orders"]:
            assert order not in clause.request_without_order


def test_a_precondition_is_written_only_where_the_status_allows_it() -> None:
    writes = 0
    for seed in range(300):
        shop, clause = drawn(precondition, seed)
        order = next(iter(shop.state["orders"].values()))
        needed = {"cancel_order": "pending", "return_order": "delivered"}
        assert clause.calls[0].name == "get_order"
        if len(clause.calls) == 2:
            writes += 1
            assert order["status"] == needed[clause.calls[1].name]
            assert clause.facts == ()
        else:
            assert clause.facts[0].value == order["status"]
            assert "so I cannot" in clause.reply
    assert 30 < writes < 90


def test_a_refusal_may_name_the_status_it_needs_but_no_third_one() -> None:
    for seed in range(100):
        _, clause = drawn(precondition, seed)
        for fact in clause.facts:
            assert len(fact.unless) == len(STATUSES) - 2
            assert fact.value not in fact.unless


def test_error_recovery_tries_what_is_refused_and_then_the_way_out() -> None:
    shop, clause = drawn(error_recovery, 1)
    assert [call.arguments["speed"] for call in clause.calls] == ["express", "priority"]
    assert next(iter(shop.state["orders"].values()))["express_full"]


@pytest.mark.parametrize(("difficulty", "payments"), [(1, 1), (2, 2), (3, 2)])
def test_grounding_names_the_payment_only_if_there_are_two(difficulty: int, payments: int) -> None:
    for seed in SEEDS:
        shop, clause = drawn(grounding, seed, difficulty)
        (user,) = shop.state["users"].values()
        assert len(user["payments"]) == payments
        assert user["email"] in clause.request
        chosen = next(p for p in user["payments"] if p["payment_id"] == clause.calls[1].arguments["payment_id"])
        assert (f"my {chosen['kind']}" in clause.request) == (payments == 2)
        assert chosen["payment_id"] not in clause.request


@pytest.mark.parametrize("difficulty", LEVELS)
def test_multi_step_asks_for_more_orders_at_higher_difficulty(difficulty: int) -> None:
    counts = set()
    for seed in SEEDS:
        shop, clause = drawn(multi_step, seed, difficulty)
        counts.add(len(clause.calls))
        assert {order["status"] for order in shop.state["orders"].values()} == {"pending"}
        assert clause.request_without_order == ""
    assert counts == {difficulty + 1, difficulty + 2}


def test_reporting_asks_for_a_field_of_the_order() -> None:
    for seed in SEEDS:
        shop, clause = drawn(reporting, seed)
        (order,) = shop.state["orders"].values()
        (fact,) = clause.facts
        assert fact.value in (str(order["total"]), order["status"])
        assert fact.about == order["order_id"]
        if fact.value == order["status"]:
            assert set(fact.unless) | {fact.value} == set(STATUSES)
        else:
            assert fact.unless == ()


@pytest.mark.parametrize("difficulty", LEVELS)
def test_selection_wants_the_cheapest_item_that_is_in_stock(difficulty: int) -> None:
    for seed in SEEDS:
        shop, clause = drawn(selection, seed, difficulty)
        items = shop.state["items"]
        assert len(items) == 2 + difficulty
        chosen = items[clause.calls[1].arguments["item_id"]]
        twins = [item for item in items.values() if item["color"] == chosen["color"]]
        in_stock = [item for item in twins if item["stock"] > 0]
        assert chosen == min(in_stock, key=lambda item: item["price"])
        assert ("cheapest" in clause.request) == (difficulty == 3)
        if difficulty >= 2:
            assert min(twins, key=lambda item: item["price"])["stock"] == 0
