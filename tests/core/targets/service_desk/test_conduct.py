"""How the guidelines want an assistant to work, by cases made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym.env.episode import CallRecord
from trace_gym.targets.service_desk.conduct import is_to_the_point, looked_first

from ...helpers import call

ORDERS: dict[str, Any] = {
    "W11": {"status": "pending", "region": "north", "net": 40, "gross": 45},
    "W22": {"status": "shipped", "region": "south", "net": 61, "gross": 73},
}


def look(order: object, *, error: bool = False) -> CallRecord:
    return CallRecord(call("get_order", order_id=order), "", error, "read")


def change(order: object, *, error: bool = False) -> CallRecord:
    return CallRecord(call("cancel_order", order_id=order), "", error, "write")


OTHER_READ = CallRecord(call("list_items", kind="lamp"), "[]", False, "read")


@pytest.mark.parametrize(
    "calls",
    [
        [],
        [look("W11")],
        [look("W11"), change("W11")],
        [look("W11"), OTHER_READ, change("W11"), change("W11")],
        [look("W11"), look("W22"), change("W22"), change("W11")],
        [look("W11"), change("W11"), look("W22"), change("W22")],
        [look("W11", error=True), look("W11"), change("W11")],
    ],
)
def test_who_looks_an_order_up_may_change_it(calls: list[CallRecord]) -> None:
    assert looked_first(calls)


@pytest.mark.parametrize(
    "calls",
    [
        [change("W11")],
        [change("W11"), look("W11")],
        [look("W11"), change("W22")],
        [look("W11", error=True), change("W11")],
        [look("W11"), change("W11"), change("W22"), look("W22")],
        # also what the tool refuses is an attempt to change something unseen
        [change("W11", error=True), look("W11"), change("W11")],
        [OTHER_READ, change("W11")],
    ],
)
def test_who_changes_an_order_unseen_does_not_look_first(calls: list[CallRecord]) -> None:
    assert not looked_first(calls)


@pytest.mark.parametrize("order", [None, [], {"W": 11}, 11, ["W11"]])
def test_a_call_may_name_anything(order: object) -> None:
    assert not looked_first([change(order)])
    assert looked_first([look("W11"), look(order), change("W11")])


def asked(errand: str, order: str = "W11", told: str = "") -> dict[str, str]:
    return {"errand": errand, "order_id": order, "told": told}


PRICE = [asked("ask", told="45")]
STATUS = [asked("ask", told="pending")]
TWO_PRICES = [asked("ask", "W11", "45"), asked("ask", "W22", "61")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (PRICE, "W11 cost 45."),
        (PRICE, "Here you are: it was 45."),
        (PRICE, "Done."),
        (STATUS, "W11 is pending."),
        ([asked("close")], "W11 is pending, so I cannot return it."),
        ([asked("close")], "W11 is cancelled."),
        ([asked("ship")], "W11 goes north, so it ships express."),
        ([asked("exchange")], "W11 is pending and has I12 now."),
        ([asked("refund")], "W11 was pending and is refunded to P12."),
        (TWO_PRICES, "W11 cost 45. W22 cost 61."),
        # a question states nothing
        (PRICE, "W11 cost 45. Is it pending?"),
        # nobody asked about the other order, of which nothing is known here
        (PRICE, "W11 cost 45. W33 is shipped."),
    ],
)
def test_what_was_asked_for_and_what_explains_it_may_be_told(rows: list[dict[str, str]], said: str) -> None:
    assert is_to_the_point([said], rows, ORDERS)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (PRICE, "W11 cost 45 and is pending."),
        (PRICE, "W11: pending, 40, 45."),
        (PRICE, "W11 cost 45, net 40."),
        (PRICE, "W11 cost 45 and goes north."),
        (STATUS, "W11 is pending and cost 45."),
        ([asked("close")], "W11 is cancelled, it went north."),
        ([asked("ship")], "W11 now ships express, for 45."),
        ([asked("exchange")], "W11 goes north and has I12 now."),
        ([asked("refund")], "W11 is refunded: 40."),
        (TWO_PRICES, "W11 cost 45, W22 cost 61. W22 is shipped."),
        (TWO_PRICES, "W11 cost 45, W22 cost 61 or 73."),
    ],
)
def test_who_reads_records_out_is_not_to_the_point(rows: list[dict[str, str]], said: str) -> None:
    assert not is_to_the_point([said], rows, ORDERS)


def test_all_messages_count() -> None:
    assert not is_to_the_point(["W11 is pending. Anything else?", "W11 cost 45."], PRICE, ORDERS)


def test_a_value_that_one_order_may_be_told_with_does_not_count_against_another() -> None:
    orders = {"W11": {**ORDERS["W11"]}, "W22": {**ORDERS["W22"], "net": 45}}
    rows = [asked("ask", "W11", "45"), asked("ask", "W22", "73")]
    assert is_to_the_point(["They cost 45 and 73."], rows, orders)
