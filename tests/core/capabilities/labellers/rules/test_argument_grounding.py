"""Where identifiers may come from."""

from __future__ import annotations

import pytest

from trace_gym.capabilities.labellers.rules.argument_grounding import label
from trace_gym.capabilities.labels import Label

from ....helpers import Talk, call

LAMPS = [{"item_id": "I101"}, {"item_id": "I102"}]


def test_the_system_prompt_is_a_source() -> None:
    talk = Talk("Refund it.").call("refund", account="A99x")
    talk.messages[0]["content"] = "Refund to account A99x."

    assert label(talk.attempt()) is Label.PRESENT


def test_a_refused_calls_result_is_a_source_too() -> None:
    talk = Talk("Refund it.").call("refund", "use P123", error=True).call("refund", payment="P123")

    assert label(talk.attempt()) is Label.PRESENT


def test_an_invented_identifier_does_not_become_known_by_being_said() -> None:
    talk = Talk("Refund it.").say("Your payment is P123.", "Fine.").call("refund", payment="P123")

    assert label(talk.attempt()) is Label.LACKING


def test_refused_calls_with_invented_identifiers_count() -> None:
    talk = Talk("Refund it.").call("refund", error=True, payment="P123").say("Sorry.")

    assert label(talk.attempt()) is Label.LACKING


@pytest.mark.parametrize("argument", [["P123"], {"to": "P123"}, [{"to": "P123"}]])
def test_identifiers_in_lists_and_objects_count(argument: object) -> None:
    assert label(Talk("Refund it.").call("refund", payment=argument).attempt()) is Label.LACKING


def test_part_of_an_identifier_is_not_the_identifier() -> None:
    talk = Talk("Refund it.").call("get_user", {"payments": ["P1234"]}).call("refund", payment="P123")

    assert label(talk.attempt()) is Label.LACKING


def test_the_same_messages_results_come_too_late() -> None:
    talk = Talk("Refund it.").call("get_user", {"payment": "P123"}).call("refund", payment="P123")
    first, second = talk.messages[2], talk.messages.pop(4)
    first["tool_calls"] += second["tool_calls"]

    assert label(talk.attempt()) is Label.LACKING


def test_a_choice_from_a_list_is_left_out() -> None:
    talk = Talk("A red one.").call("list_items", LAMPS).call("take", item_id="I999")

    assert label(talk.attempt(call("take", item_id="I101"))) is Label.NA
    assert label(talk.attempt()) is Label.LACKING


def test_dates_words_and_numbers_need_no_source() -> None:
    talk = Talk("Book it.").call("book", day="2024-05-15", time="10:30", seat="window", price=120)

    assert label(talk.attempt()) is Label.NA
