"""What each errand asks for, and what its solution does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from trace_gym.targets.service_desk.capabilities import (
    GROUNDING,
    MULTI_STEP,
    PRECONDITION,
    RECOVERY,
    REPORTING,
    SELECTION,
)
from trace_gym.targets.service_desk.errands import ERRANDS
from trace_gym.targets.service_desk.errands.errand import Errand, listed, serve, told_value
from trace_gym.targets.service_desk.shop import STATUSES, ShopBuilder

from .playing import LEVELS, exercising

SEEDS = range(60)
POSSIBLE = {
    "ask": ({REPORTING}, {MULTI_STEP}),
    "close": ({PRECONDITION}, {MULTI_STEP, REPORTING}),
    "ship": (set(), {PRECONDITION, RECOVERY, MULTI_STEP, REPORTING}),
    "exchange": ({SELECTION}, {PRECONDITION, RECOVERY, MULTI_STEP, REPORTING}),
    "refund": ({GROUNDING}, {PRECONDITION, RECOVERY, MULTI_STEP, REPORTING}),
}
"""What each errand always needs, and what it may need besides."""


def sets_of_needs(name: str) -> list[frozenset[str]]:
    always, perhaps = POSSIBLE[name]
    found = []
    for count in range(len(perhaps) + 1):
        for more in itertools.combinations(sorted(perhaps), count):
            found.append(frozenset(always | set(more)))
    return found


def drawn(name: str, needs: set[str], *, count: int = 2, level: int = 1) -> Iterator[tuple[ShopBuilder, Errand]]:
    """The same errand in many shops."""
    for seed in SEEDS:
        shop = ShopBuilder(np.random.default_rng(seed), "train")
        yield shop, ERRANDS[name](shop, frozenset(needs), count, level)


def test_every_errand_is_tested() -> None:
    assert set(POSSIBLE) == set(ERRANDS)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ERRANDS)
def test_an_errand_names_every_order_it_is_about_and_needs_no_more_than_it_should(name: str, level: int) -> None:
    for needs in sets_of_needs(name):
        for shop, errand in itertools.islice(drawn(name, set(needs), level=level), 12):
            assert errand.name == name
            assert errand.needs <= needs
            assert (len(errand.jobs) == 2) == (MULTI_STEP in needs)
            for job in errand.jobs:
                assert job.order_id in errand.request
                assert job.order_id in shop.state["orders"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ERRANDS)
def test_lacking_what_an_errand_does_not_need_changes_nothing(name: str, level: int) -> None:
    for needs in sets_of_needs(name):
        for _, errand in itertools.islice(drawn(name, set(needs), level=level), 6):
            perfect = serve(errand, exercising())
            for other in {SELECTION, GROUNDING, RECOVERY, REPORTING, PRECONDITION, MULTI_STEP} - errand.needs:
                assert serve(errand, exercising(other)) == perfect


@pytest.mark.parametrize("name", [name for name in ERRANDS if name != "ask"])
def test_an_order_is_changed_only_where_its_status_allows_it(name: str) -> None:
    always, _ = POSSIBLE[name]
    allowed = 0
    for shop, errand in drawn(name, always | {PRECONDITION}):
        [job] = errand.jobs
        service = serve(errand, exercising())
        assert errand.write is not None
        assert service.calls[0].name == "get_order"

        status = shop.state["orders"][job.order_id]["status"]
        if status == errand.write.needed:
            allowed += 1
            assert service.calls[-1].name == errand.write.tool
            assert errand.facts == ()
        else:
            assert len(service.calls) == 1
            assert [fact.value for fact in errand.facts] == [status]
            assert f"is {status}, so I cannot" in service.said[0]
    assert 15 < allowed < 45


@pytest.mark.parametrize("name", ["ship", "exchange", "refund"])
def test_any_status_will_do_without_a_condition(name: str) -> None:
    always, _ = POSSIBLE[name]
    statuses = set()
    for _, errand in drawn(name, set(always)):
        [job] = errand.jobs
        assert errand.is_allowed(job)
        statuses.add(job.order["status"])
    assert statuses == set(STATUSES)


def test_a_refusal_may_name_the_status_it_needs_but_no_third_one() -> None:
    for _, errand in drawn("close", {PRECONDITION}):
        assert errand.write is not None
        for fact in errand.facts:
            assert set(fact.unless) == set(STATUSES) - {fact.value, errand.write.needed}


def test_where_an_order_goes_decides_the_speed() -> None:
    for _, errand in drawn("ship", set()):
        [job] = errand.jobs
        speed = {"north": "express", "south": "priority", "abroad": "courier"}[job.order["region"]]
        assert serve(errand, exercising()).calls[-1].arguments["speed"] == speed


def test_a_refund_goes_to_an_active_payment_of_the_kind_that_is_named_or_paid_with() -> None:
    named = 0
    for shop, errand in drawn("refund", {GROUNDING}):
        [job] = errand.jobs
        [user] = shop.state["users"].values()
        [payment] = [row for row in user["payments"] if row["payment_id"] == job.value]
        assert payment["state"] == "active"
        assert user["email"] in errand.request
        assert job.value not in errand.request
        if f"my {payment['kind']}" in errand.request:
            named += 1
        else:
            assert payment["kind"] == job.order["paid"]
            assert "to my" not in errand.request
        assert job.wrong not in [row["payment_id"] for row in user["payments"]]
    assert 15 < named < 45


@pytest.mark.parametrize("level", LEVELS)
def test_an_exchange_takes_the_cheapest_item_of_the_color_that_is_in_stock(level: int) -> None:
    for shop, errand in drawn("exchange", {SELECTION}, level=level):
        [job] = errand.jobs
        items = shop.state["items"]
        chosen = items[job.value]
        of_color = [item for item in items.values() if item["color"] == chosen["color"]]
        fitting = [item for item in of_color if item["stock"] > 0]

        assert chosen == min(fitting, key=lambda item: item["price"])
        assert (len(fitting), len(of_color) - len(fitting)) == (level, 2)
        assert chosen["color"] in errand.request
        assert chosen["kind"] in errand.request
        assert job.wrong in set(items) - {job.value}


def test_neither_the_first_nor_the_cheapest_of_all_items_is_right_by_itself() -> None:
    first = cheapest = 0
    for shop, errand in drawn("exchange", {SELECTION}):
        items = list(shop.state["items"].values())
        first += items[0]["item_id"] == errand.jobs[0].value
        cheapest += min(items, key=lambda item: item["price"])["item_id"] == errand.jobs[0].value
    assert first < len(SEEDS) / 2
    assert cheapest < len(SEEDS) / 2


@pytest.mark.parametrize("name", ["ship", "exchange", "refund"])
def test_recovery_tries_what_is_right_and_then_the_remedy(name: str) -> None:
    always, _ = POSSIBLE[name]
    for _, errand in drawn(name, always | {RECOVERY}):
        [job] = errand.jobs
        assert job.refusal is not None
        assert errand.write is not None
        tried, remedy = serve(errand, exercising()).calls[-2:]
        assert tried == errand.write.call(job.order_id, job.value)
        assert remedy == errand.write.call(job.order_id, job.refusal.remedy)
        assert job.refusal.remedy not in (job.value, job.wrong)


def test_a_question_is_about_the_price_or_the_status() -> None:
    tells = set()
    for _, errand in drawn("ask", {REPORTING}):
        [job] = errand.jobs
        [fact] = errand.facts
        tells.add(errand.tell)
        assert fact.about == job.order_id
        assert fact.value == told_value(job, errand.tell)
        if errand.tell == "status":
            assert set(fact.unless) | {fact.value} == set(STATUSES)
        else:
            assert fact.unless == ()
    assert tells == {"price", "status"}


@pytest.mark.parametrize(("buyer", "field"), [("firm", "net"), ("private", "gross")])
def test_the_price_for_a_firm_is_net_and_for_a_private_buyer_gross(buyer: str, field: str) -> None:
    for _, errand in drawn("ask", {REPORTING}):
        [job] = errand.jobs
        if job.order["buyer"] == buyer:
            assert told_value(job, "price") == str(job.order[field])


@pytest.mark.parametrize("name", [name for name in ERRANDS if name != "ask"])
def test_what_is_asked_besides_is_told_besides(name: str) -> None:
    always, _ = POSSIBLE[name]
    for _, errand in drawn(name, always | {REPORTING}):
        [job] = errand.jobs
        assert errand.tell == "price"
        assert told_value(job, "price") in [fact.value for fact in errand.facts]
        assert errand.request.endswith(("?", "."))
        assert f"{job.order_id} cost {told_value(job, 'price')}." in serve(errand, exercising()).said


@pytest.mark.parametrize("names", [["W1"], ["W1", "W2"], ["W1", "W2", "W3"]])
def test_orders_are_listed_as_english_does(names: list[str]) -> None:
    assert listed(names) == {1: "W1", 2: "W1 and W2", 3: "W1, W2 and W3"}[len(names)]
