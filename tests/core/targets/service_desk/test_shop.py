"""The shop's records."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.env.seeding import SPLITS, numbers_of_split
from trace_gym.targets.service_desk.shop import BUYERS, PAYMENTS, REGIONS, STATUSES, ShopBuilder


def shop_of(seed: int = 0, split: str = "train") -> ShopBuilder:
    return ShopBuilder(np.random.default_rng(seed), split)


@given(st.integers(0, 10_000), st.sampled_from(SPLITS))
def test_identifiers_come_from_their_split_and_never_repeat(seed: int, split: str) -> None:
    shop = shop_of(seed, split)
    identifiers = [shop.identifier("W") for _ in range(60)]
    assert len(set(identifiers)) == 60
    allowed = set(numbers_of_split(4, split).tolist())
    assert {int(identifier[1:]) for identifier in identifiers} <= allowed


def test_an_identifier_that_is_taken_is_drawn_again() -> None:
    first = shop_of(5).identifier("W")
    shop = shop_of(5)
    shop._taken.add(first)
    assert shop.identifier("W") != first


def test_an_orders_status_is_drawn_only_if_it_is_omitted() -> None:
    shop = shop_of()
    drawn = {shop.add_order()["status"] for _ in range(50)}
    assert drawn == set(STATUSES)
    assert {shop.add_order(status="shipped")["status"] for _ in range(10)} == {"shipped"}


def test_orders_differ_in_all_that_the_guidelines_look_at() -> None:
    shop = shop_of()
    orders = [shop.add_order() for _ in range(80)]
    assert {order["region"] for order in orders} == set(REGIONS)
    assert {order["buyer"] for order in orders} == set(BUYERS)
    assert {order["paid"] for order in orders} == set(PAYMENTS)


def test_the_net_price_is_below_the_gross_price() -> None:
    shop = shop_of()
    for _ in range(200):
        order = shop.add_order()
        assert 11 <= order["net"] < order["gross"] < 99


def test_an_order_starts_without_changes() -> None:
    shop = shop_of()
    order = shop.add_order()
    assert shop.state["orders"] == {order["order_id"]: order}
    assert (order["shipping"], order["refunded_to"]) == ("standard", "")


def test_a_user_has_an_active_and_a_closed_payment_of_each_kind_in_random_order() -> None:
    first = set()
    for seed in range(20):
        shop = shop_of(seed)
        user = shop.add_user()
        kinds = [(payment["kind"], payment["state"]) for payment in user["payments"]]
        assert sorted(kinds) == sorted((kind, state) for kind in PAYMENTS for state in ("active", "closed"))
        assert shop.state["users"] == {user["email"]: user}
        first.add(kinds[0])
    assert len(first) == 2 * len(PAYMENTS)


def test_an_item_is_listed_under_its_identifier() -> None:
    shop = shop_of()
    item = shop.add_item("lamp", "red", stock=3, price=20)
    assert shop.state["items"][item["item_id"]] == item
    assert (item["kind"], item["color"], item["stock"], item["price"]) == ("lamp", "red", 3, 20)


def test_the_same_generator_builds_the_same_shop() -> None:
    shops = [shop_of(7), shop_of(7)]
    for shop in shops:
        shop.add_user()
        shop.add_order()
    assert shops[0].state == shops[1].state
