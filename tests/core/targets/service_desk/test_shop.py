"""The shop's records."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.env.seeding import SPLITS, numbers_of_split
from trace_gym.targets.service_desk.shop import PAYMENTS, STATUSES, ShopBuilder


def shop_of(seed: int = 0, split: str = "train") -> ShopBuilder:
    return ShopBuilder(np.random.default_rng(seed), split)


@given(st.integers(0, 10_000), st.sampled_from(SPLITS))
def test_identifiers_come_from_their_split_and_never_repeat(seed: int, split: str) -> None:
    shop = shop_of(seed, split)
    identifiers = [shop.identifier("W", 3) for _ in range(60)]
    assert len(set(identifiers)) == 60
    allowed = set(numbers_of_split(3, split).tolist())
    assert {int(identifier[1:]) for identifier in identifiers} <= allowed


def test_an_orders_status_is_drawn_only_if_it_is_omitted() -> None:
    shop = shop_of()
    drawn = {shop.add_order()["status"] for _ in range(50)}
    assert drawn == set(STATUSES)
    assert {shop.add_order(status="shipped")["status"] for _ in range(10)} == {"shipped"}


def test_an_order_starts_without_changes() -> None:
    shop = shop_of()
    order = shop.add_order(express_full=True)
    assert shop.state["orders"] == {order["order_id"]: order}
    assert (order["shipping"], order["express_full"], order["refunded_to"]) == ("standard", True, "")
    assert 11 <= order["total"] < 99


@pytest.mark.parametrize("payments", [1, 2])
def test_a_users_payments_are_of_different_kinds(payments: int) -> None:
    shop = shop_of(3)
    user = shop.add_user(payments)
    kinds = [payment["kind"] for payment in user["payments"]]
    assert len(kinds) == len(set(kinds)) == payments
    assert set(kinds) <= set(PAYMENTS)
    assert shop.state["users"] == {user["email"]: user}


def test_an_item_is_listed_under_its_identifier() -> None:
    shop = shop_of()
    item = shop.add_item("lamp", "red", stock=3, price=20)
    assert shop.state["items"][item["item_id"]] == item
    assert (item["kind"], item["color"], item["stock"], item["price"]) == ("lamp", "red", 3, 20)


def test_the_same_generator_builds_the_same_shop() -> None:
    shops = [shop_of(7), shop_of(7)]
    for shop in shops:
        shop.add_user(2)
        shop.add_order()
    assert shops[0].state == shops[1].state
