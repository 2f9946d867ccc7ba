"""Which records have to be read first, and what counts as reading them."""

from __future__ import annotations

import pytest

from trace_gym.capabilities.labellers.rules.precondition_verification import label
from trace_gym.capabilities.labels import Label

from ....helpers import Talk, call

READ_BOTH = (call("get_order", order_id="W1x2"), call("get_order", order_id="W4x5"))
CANCEL = call("cancel_order", order_id="W1x2")


def cancelled(request: str = "Cancel W1x2.") -> Talk:
    return Talk(request).call("cancel_order", order_id="W1x2")


@pytest.mark.parametrize(
    "request_text",
    [
        "Cancel W1x2 if it is pending.",
        "Cancel W1x2 UNLESS it shipped.",
        "In case it is pending, cancel W1x2.",
        "Cancel W1x2, provided it is pending.",
        "Cancel W1x2 as long as it is pending.",
        "Cancel W1x2 only when it is pending.",
    ],
)
def test_under_a_condition_reading_alone_is_an_occasion(request_text: str) -> None:
    looked = Talk(request_text).call("get_order", order_id="W1x2").say("It has shipped.")

    assert label(looked.attempt(READ_BOTH[0])) is Label.PRESENT
    assert label(cancelled(request_text).attempt(READ_BOTH[0])) is Label.LACKING


@pytest.mark.parametrize("request_text", ["Gift W1x2 to Cliff.", "Notify me of W1x2.", "Provide W1x2."])
def test_words_that_contain_a_condition_are_none(request_text: str) -> None:
    looked = Talk(request_text).call("get_order", order_id="W1x2").say("Done.")

    assert label(looked.attempt(READ_BOTH[0])) is Label.NA


def test_records_that_the_assistant_never_called_anything_with_do_not_count() -> None:
    talk = Talk("Cancel both if pending.").call("get_order", order_id="W1x2")

    assert label(talk.attempt(*READ_BOTH)) is Label.PRESENT


def test_every_record_in_question_has_to_be_read() -> None:
    talk = Talk("Cancel both if pending.").call("get_order", order_id="W1x2")
    talk.call("cancel_order", order_id="W1x2").call("cancel_order", order_id="W4x5")

    assert label(talk.attempt(*READ_BOTH)) is Label.LACKING


def test_a_write_of_the_assistant_alone_puts_a_record_in_question() -> None:
    assert label(cancelled("How is W1x2?").attempt(READ_BOTH[0])) is Label.LACKING


def test_a_refused_write_before_the_look_up_was_a_change_unchecked() -> None:
    talk = Talk("Cancel W1x2.").call("cancel_order", error=True, order_id="W1x2")
    talk.call("get_order", order_id="W1x2").call("cancel_order", order_id="W1x2")

    assert label(talk.attempt(READ_BOTH[0], CANCEL)) is Label.LACKING


def test_a_refused_look_up_may_be_repeated() -> None:
    talk = Talk("Cancel W1x2.").call("get_order", error=True, order_id="W1x2").call("get_order", order_id="W1x2")

    assert label(talk.call("cancel_order", order_id="W1x2").attempt(READ_BOTH[0], CANCEL)) is Label.PRESENT


def test_any_read_with_the_record_is_a_look_up() -> None:
    talk = Talk("Cancel W1x2.").call("list_events", about=["W1x2"]).call("cancel_order", order_id="W1x2")

    assert label(talk.attempt(READ_BOTH[0], CANCEL)) is Label.PRESENT


def test_thinking_of_a_record_neither_reads_nor_changes_it() -> None:
    talk = Talk("Cancel W1x2.").call("think", thought="W1x2").call("get_order", order_id="W1x2")

    assert label(talk.call("cancel_order", order_id="W1x2").attempt(READ_BOTH[0], CANCEL)) is Label.PRESENT


def test_without_a_reference_only_the_first_identifier_of_a_write_counts() -> None:
    talk = Talk("x").call("get_order", order_id="W1x2").call("swap", order_id="W1x2", item_id="I101")

    assert label(talk.without_reference()) is Label.PRESENT


def test_without_a_reference_writes_without_identifiers_are_no_occasion() -> None:
    assert label(Talk("x").call("set_status", status="busy").without_reference()) is Label.NA
