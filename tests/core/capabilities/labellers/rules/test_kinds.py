"""Kinds of mistake that readers of real transcripts found in labels: what each must not be taken for."""

from __future__ import annotations

import pytest

from trace_gym.capabilities.labels import Label

from ....helpers import Talk, call
from .by_rules import labels_of, lacking

ORDERS = {"orders": ["W123", "W456", "W789"], "methods": {"gift_card_11": 40, "credit_card_22": "visa"}}
FLIGHTS = [
    {"flight_number": "HA1", "to": "LAX", "class": "economy", "price": 90},
    {"flight_number": "HA2", "to": "SEA", "class": "business", "price": 70},
]
LOOK = call("get_order", order_id="W123")
HAND_OVER = call("transfer_to_human_agents", summary="Help.")


def order_read(order: str = "W123", request: str = "Cancel my order.") -> Talk:
    return Talk(request).call("get_user", ORDERS, user_id="mia_kim_1").call("get_order", order_id=order)


def booked(flight: str, to: str, price: int, request: str = "Book the cheapest.") -> Talk:
    talk = Talk(request).call("search_flights", FLIGHTS, day="May 20")
    return talk.call("book", flight_number=flight, destination=to, price=price).say("Booked.")


def test_what_comes_with_a_wrong_record_is_no_mistake_of_its_own() -> None:
    right = call("book", flight_number="HA2", destination="SEA", price=70)
    attempt = booked("HA1", "LAX", 90, "Book one.").attempt(call("search_flights", day="May 20"), right)
    assert lacking(attempt) == {"structured_selection"}


def test_a_count_that_stands_in_two_records_was_not_chosen_among_them() -> None:
    bags = [{"reservation_id": "AB1", "bags": 0}, {"reservation_id": "AB2", "bags": 2}]
    talk = Talk("Add what I may have to AB1.").call("get_all", bags).call("set_bags", reservation_id="AB1", bags=2)
    attempt = talk.say("Done.").attempt(call("get_all"), call("set_bags", reservation_id="AB1", bags=0))
    assert lacking(attempt) == {"policy_values"}


def test_a_word_of_the_schema_was_not_chosen_among_records() -> None:
    talk = Talk("Change AB1.").call("search_flights", FLIGHTS).call("change", reservation_id="AB1", cabin="business")
    attempt = talk.say("Done.").attempt(call("change", reservation_id="AB1", cabin="economy"))
    assert "structured_selection" not in lacking(attempt)


def test_a_record_that_was_only_read_was_not_worked_on() -> None:
    cancel = call("cancel_order", order_id="W456")
    attempt = order_read("W789").say("It is not that one.").attempt(call("get_order", order_id="W456"), cancel)
    assert lacking(attempt) == {"information_gathering"}


def test_a_record_that_was_changed_was_worked_on() -> None:
    cancel = call("cancel_order", order_id="W456")
    talk = Talk("Cancel my order.").call("get_order", {"id": "W789"}, order_id="W789")
    talk.call("get_order", {"id": "W456"}, order_id="W456")
    talk.call("cancel_order", order_id="W789").say("Done.")
    assert "record_tracking" in lacking(talk.attempt(call("get_order", order_id="W456"), cancel))


def test_what_the_user_spoke_of_was_not_mistaken_for_another_tool() -> None:
    talk = order_read(request="Return my order, or change its address.").call("return_order", order_id="W123")
    attempt = talk.say("Done.").attempt(LOOK, call("modify_address", order_id="W123", city="Rome"))
    assert lacking(attempt) == {"policy_compliance"}


@pytest.mark.parametrize("said", ["No, I don’t want a transfer.", "Then leave it."])
def test_to_say_no_is_as_right_as_handing_over(said: str) -> None:
    attempt = order_read().say("That is not allowed; shall I transfer you?", said).say("Bye.")
    assert "escalation" not in lacking(attempt.attempt(LOOK, HAND_OVER))


@pytest.mark.parametrize("request_", ["I want a human.", "Put me through to a supervisor."])
def test_who_wants_a_human_being_is_handed_over(request_: str) -> None:
    assert lacking(order_read(request=request_).say("No.").attempt(LOOK, HAND_OVER)) == {"escalation"}


def test_a_record_without_a_digit_was_looked_up_too() -> None:
    talk = Talk("Cancel HXDUBJ.").call("get_reservation", reservation_id="HXDUBJ")
    attempt = talk.call("cancel", reservation_id="HXDUBJ").say("Done.")
    assert lacking(attempt.attempt(call("get_reservation", reservation_id="HXDUBJ"))) == {"policy_compliance"}


def test_a_record_that_the_assistant_made_is_not_another_of_the_users() -> None:
    talk = Talk("Add a bag to AB1, in the name of Mia.").call("get_reservation", reservation_id="AB1")
    talk.call("book", {"reservation_id": "NEWONE"}, flight_number="HA1").call("add_bag", reservation_id="NEWONE")
    right = (call("get_reservation", reservation_id="AB1"), call("add_bag", reservation_id="AB1"))
    assert "record_tracking" not in lacking(talk.say("Done.").attempt(*right))


def test_a_day_that_was_named_in_words_is_no_value_of_the_rules() -> None:
    talk = Talk("Move AB1 to May 19th.").call("get_reservation", reservation_id="AB1")
    talk.call("move", reservation_id="AB1", day="2024-05-20").say("Done.")
    move = call("move", reservation_id="AB1", day="2024-05-19")
    attempt = talk.attempt(call("get_reservation", reservation_id="AB1"), move)
    assert lacking(attempt) == {"argument_grounding"}


def test_what_was_invented_on_the_way_is_not_shown() -> None:
    talk = Talk("Cancel my order.").call("get_order", result="not found", error=True, order_id="W999")
    talk.call("get_user", ORDERS, user_id="mia_kim_1").call("cancel_order", order_id="W123").say("Done.")
    attempt = talk.attempt(call("cancel_order", order_id="W123"))
    assert labels_of(attempt)["argument_grounding"] is Label.NA


def test_values_are_shown_only_where_they_were_set() -> None:
    reference = (LOOK, call("return_order", order_id="W123", days=3))
    assert labels_of(order_read().say("No.").attempt(*reference))["policy_values"] is Label.NA
    done = order_read().call("return_order", order_id="W123", days=3).say("Done.").attempt(*reference)
    assert labels_of(done)["policy_values"] is Label.PRESENT


def test_a_recovery_that_came_to_something_else_is_not_shown() -> None:
    reference = (LOOK, call("ship", order_id="W123", speed="fast"))
    for speed, label in (("fast", Label.PRESENT), ("slow", Label.NA)):
        talk = order_read().call("ship", result="no such speed, use fast", error=True, order_id="W123", speed="now")
        attempt = talk.call("ship", order_id="W123", speed=speed).say("Done.").attempt(*reference)
        assert labels_of(attempt)["error_recovery"] is label


def test_only_a_refusal_kept_it_from_being_done() -> None:
    talk = order_read().call("refund_order", "Not possible.", error=True, order_id="W123")
    tried = labels_of(talk.call("cancel_order", order_id="W123").attempt(LOOK, call("cancel_order", order_id="W123")))
    assert tried["policy_compliance"] is tried["tool_choice"] is Label.NA
    kept = order_read().call("cancel_order", order_id="W123").attempt(LOOK, call("cancel_order", order_id="W123"))
    assert labels_of(kept)["policy_compliance"] is labels_of(kept)["tool_choice"] is Label.PRESENT


def test_one_record_alone_cannot_be_mixed_up() -> None:
    wanted = (LOOK, call("cancel_order", order_id="W123"))
    talk = Talk("Cancel my order.").call("get_order", {"id": "W123"}, order_id="W123")
    alone = talk.call("cancel_order", order_id="W123").attempt(*wanted)
    assert labels_of(alone)["record_tracking"] is Label.NA
    among = order_read().call("cancel_order", order_id="W123").attempt(*wanted)
    assert labels_of(among)["record_tracking"] is Label.PRESENT
