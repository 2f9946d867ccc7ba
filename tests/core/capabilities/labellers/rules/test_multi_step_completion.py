"""What the operations of a request are, and when one is carried out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trace_gym.capabilities.labellers.rules.multi_step_completion import label
from trace_gym.capabilities.labels import Label
from trace_gym.env.types import ToolCall

from ....helpers import Talk, call

ORDERS = ["W11", "W22", "W33", "W44"]


def ship(order: str) -> ToolCall:
    return call("ship", order_id=order)


def shipped(orders: list[str]) -> Talk:
    talk = Talk("Ship them.")
    for order in orders:
        talk.call("ship", order_id=order)
    return talk


@given(st.permutations(ORDERS), st.integers(1, 4))
def test_the_order_of_operations_is_free_and_none_may_be_missing(orders: list[str], count: int) -> None:
    attempt = shipped(orders[:count]).attempt(*map(ship, ORDERS))
    expected = Label.LACKING
    if count == len(ORDERS):
        expected = Label.PRESENT

    assert label(attempt) is expected


def test_calls_beyond_the_reference_do_not_matter() -> None:
    assert label(shipped(ORDERS).attempt(*map(ship, ORDERS[:2]))) is Label.PRESENT


def test_the_same_operation_twice_is_one() -> None:
    assert label(shipped(["W11"]).attempt(ship("W11"), ship("W11"))) is Label.NA


def test_values_of_other_arguments_do_not_matter() -> None:
    reference = [call("ship", order_id=order, speed="express") for order in ORDERS[:2]]
    talk = Talk("x").call("ship", order_id="W11", speed="slow").call("ship", order_id="W22")

    assert label(talk.attempt(*reference)) is Label.PRESENT


def test_a_write_without_an_identifier_is_served_by_any_call_of_its_tool() -> None:
    reference = (call("send_mail", text="hello"), call("lock_door"))

    assert label(Talk("x").call("send_mail", text="bye").call("lock_door").attempt(*reference)) is Label.PRESENT
    assert label(Talk("x").call("send_mail", text="hello").attempt(*reference)) is Label.LACKING


def test_a_record_that_is_only_read_is_served_by_any_tool() -> None:
    reference = [call("get_order", order_id=order) for order in ORDERS[:2]]
    talk = Talk("x").call("get_order", order_id="W11").call("track", parcels=["W22"])

    assert label(talk.attempt(*reference)) is Label.PRESENT


def test_steps_of_one_operation_are_not_several() -> None:
    reference = (call("get_user", user_id="u_1x"), call("get_order", order_id="W11"), ship("W11"))

    assert label(Talk("x").call("ship", order_id="W11").attempt(*reference)) is Label.NA


def test_a_record_read_and_then_written_is_served_by_the_write_alone() -> None:
    reference = (call("get_order", order_id="W11"), call("get_order", order_id="W22"), ship("W11"), ship("W22"))

    assert label(shipped(["W11", "W22"]).attempt(*reference)) is Label.PRESENT


def test_a_refused_call_carries_nothing_out() -> None:
    talk = shipped(["W11"]).call("ship", error=True, order_id="W22")

    assert label(talk.attempt(ship("W11"), ship("W22"))) is Label.LACKING
    assert label(talk.call("ship", order_id="W22").attempt(ship("W11"), ship("W22"))) is Label.PRESENT


def test_an_assistant_that_calls_nothing_is_na() -> None:
    assert label(Talk("x").say("I cannot.").attempt(*map(ship, ORDERS))) is Label.NA
