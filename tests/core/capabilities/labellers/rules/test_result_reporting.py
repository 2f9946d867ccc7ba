"""What has to be reported, and when it is."""

from __future__ import annotations

from trace_gym import Fact
from trace_gym.capabilities.labellers.rules.result_reporting import label
from trace_gym.capabilities.labels import Label

from ....helpers import Talk

STATUS = Fact("pending", ("shipped",), "W12")
TOTAL = Fact("93", (), "W12")


def looked_up() -> Talk:
    return Talk("How is W12, and what did it cost?").call("get_order", {"status": "pending", "total": 93})


def test_every_fact_that_was_looked_up_has_to_be_stated() -> None:
    both = looked_up().say("W12 is pending and cost 93.")
    one = looked_up().say("W12 is pending.")

    assert label(both.attempt(facts=[STATUS, TOTAL])) is Label.PRESENT
    assert label(one.attempt(facts=[STATUS, TOTAL])) is Label.LACKING


def test_a_fact_that_was_not_looked_up_is_not_asked_for() -> None:
    talk = Talk("x").call("get_order", {"status": "pending"}).say("W12 is pending.")

    assert label(talk.attempt(facts=[STATUS, TOTAL])) is Label.PRESENT


def test_the_value_has_to_stand_in_the_result_as_a_word() -> None:
    talk = Talk("x").call("get_order", {"total": 930}).say("I looked it up.")

    assert label(talk.attempt(facts=[TOTAL])) is Label.NA


def test_results_of_several_calls_are_taken_together() -> None:
    talk = Talk("x").call("get_status", "pending").call("get_total", "93").say("W12: pending, 93.")

    assert label(talk.attempt(facts=[STATUS, TOTAL])) is Label.PRESENT


def test_text_beside_a_call_reaches_nobody() -> None:
    talk = looked_up().call("close", "ok")
    talk.messages[4]["content"] = "W12 is pending."

    assert label(talk.attempt(facts=[STATUS])) is Label.LACKING


def test_what_is_said_of_another_order_does_not_count() -> None:
    other = Fact("red", (), "W99")
    talk = Talk("x").call("get_order", {"status": "pending", "color": "red"}).say("W99 is red and pending.")

    assert label(talk.attempt(facts=[other])) is Label.PRESENT
    assert label(talk.attempt(facts=[STATUS, other])) is Label.LACKING


def test_a_task_without_facts_is_na() -> None:
    assert label(looked_up().say("W12 is pending.").attempt()) is Label.NA
