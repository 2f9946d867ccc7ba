"""The rule labellers, on hand-made attempts."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from trace_gym import Fact
from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.labeller import Rule, RuleLabeller
from trace_gym.capabilities.labellers import rules
from trace_gym.capabilities.labels import Label
from trace_gym.synthesis.archetypes import ARCHETYPES
from trace_gym.trajectories.record import Trajectory

from ..helpers import Talk, call

NA, PRESENT, LACKING = Label.NA, Label.PRESENT, Label.LACKING
ITEMS = [{"item_id": "I101", "color": "red"}, {"item_id": "I102", "color": "blue"}]
TABLE = {"variants": {"I101": {"color": "red"}, "I102": {"color": "blue"}}}


def check(labeller: Any, attempt: Attempt, expected: Label) -> None:
    assert labeller.label(attempt) is expected


CONDITIONAL = "Cancel W123 if it is pending."
LOOK, CANCEL = call("get_order", order_id="W123"), call("cancel_order", order_id="W123")


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (Talk(CONDITIONAL).call("get_order", order_id="W123").say("No.").attempt(LOOK), PRESENT),
        (
            Talk(CONDITIONAL).call("get_order", order_id="W123").call("cancel_order", order_id="W123").attempt(LOOK),
            PRESENT,
        ),
        (Talk(CONDITIONAL).call("cancel_order", order_id="W123").attempt(LOOK), LACKING),
        (
            Talk(CONDITIONAL).call("cancel_order", order_id="W123").call("get_order", order_id="W123").attempt(LOOK),
            LACKING,
        ),
        (Talk(CONDITIONAL).call("get_order", error=True, order_id="W123").attempt(LOOK), LACKING),
        (Talk(CONDITIONAL).say("Done.").attempt(LOOK), NA),
        (Talk("Cancel W123.").call("cancel_order", order_id="W123").attempt(CANCEL), NA),
        (Talk("Cancel W123.").call("cancel_order", order_id="W123").attempt(LOOK, CANCEL), LACKING),
        (Talk("How is W123?").call("get_order", order_id="W123").attempt(LOOK), NA),
        (Talk("Cancel W123.").call("cancel_order", order_id="W123").attempt(), NA),
        (Talk("Cancel W123.").call("cancel_order", order_id="W123").without_reference(), LACKING),
        (
            Talk("x").call("get_order", order_id="W123").call("cancel_order", order_id="W123").without_reference(),
            PRESENT,
        ),
        (Talk("x").call("get_order", order_id="W123").without_reference(), NA),
    ],
)
def test_precondition_verification(attempt: Attempt, expected: Label) -> None:
    check(rules.precondition_verification, attempt, expected)


EXCHANGE = call("exchange_item", order_id="W123", item_id="I101")


def exchanged(item: str, rows: Any = ITEMS, **kwargs: Any) -> Talk:
    return Talk("A red one for W123.").call("list_items", rows).call("exchange_item", **{"item_id": item, **kwargs})


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (exchanged("I101").attempt(EXCHANGE), PRESENT),
        (exchanged("I102").attempt(EXCHANGE), LACKING),
        (exchanged("I101", TABLE).attempt(EXCHANGE), PRESENT),
        (exchanged("I102", TABLE).attempt(EXCHANGE), LACKING),
        (exchanged("I102").call("exchange_item", item_id="I101").attempt(EXCHANGE), PRESENT),
        (exchanged("I102", error=True).attempt(EXCHANGE), LACKING),
        (exchanged("I999").attempt(EXCHANGE), LACKING),
        (exchanged("I101", ITEMS[:1]).attempt(EXCHANGE), NA),
        (exchanged("I101", "no items").attempt(EXCHANGE), NA),
        (exchanged("I102").attempt(), NA),
        (exchanged("I102").without_reference(), NA),
        (Talk("x").call("list_items", ITEMS).say("Which?").attempt(EXCHANGE), NA),
        (Talk("x").call("exchange_item", item_id="I102").attempt(EXCHANGE), NA),
        (Talk("x").call("get_p", TABLE).call("swap", items=["I102"]).attempt(call("swap", items=["I101"])), LACKING),
        (Talk("x").call("get_p", TABLE).call("swap", items=["I101"]).attempt(call("swap", items=["I101"])), PRESENT),
    ],
)
def test_structured_selection(attempt: Attempt, expected: Label) -> None:
    check(rules.structured_selection, attempt, expected)


SHIP = [call("set_shipping", order_id=order, speed="express") for order in ("W123", "W456")]


def shipped(*orders: str, error: bool = False) -> Talk:
    talk = Talk("Ship W123 and W456 by express.")
    for order in orders:
        talk.call("set_shipping", error=error, order_id=order, speed="express")
    return talk.say("Done.")


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (shipped("W123", "W456").attempt(*SHIP), PRESENT),
        (shipped("W456", "W123").attempt(*SHIP), PRESENT),
        (shipped("W123").attempt(*SHIP), LACKING),
        (shipped("W123", "W123").attempt(*SHIP), LACKING),
        (shipped("W123", "W456", error=True).attempt(*SHIP), LACKING),
        (shipped().attempt(*SHIP), NA),
        (shipped("W123").attempt(SHIP[0]), NA),
        (shipped("W123").without_reference(), NA),
        (shipped("W123").attempt(SHIP[0], call("cancel_order", order_id="W123")), LACKING),
        (Talk("x").call("get_order", order_id="W123").attempt(LOOK, call("get_order", order_id="W456")), LACKING),
        (
            Talk("x")
            .call("get_order", order_id="W123")
            .call("get_order", order_id="W456")
            .attempt(LOOK, call("get_order", order_id="W456")),
            PRESENT,
        ),
    ],
)
def test_multi_step_completion(attempt: Attempt, expected: Label) -> None:
    check(rules.multi_step_completion, attempt, expected)


USER = {"payments": [{"payment_id": "P123"}]}


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (Talk("Refund #W123.").call("get_user", USER).call("refund", order="w123", payment="P123").attempt(), PRESENT),
        (Talk("Refund W123.").call("refund", order="W123", payment="P123").attempt(), LACKING),
        (Talk("Refund W123.").call("refund", order="W123", payment="P123").call("get_user", USER).attempt(), LACKING),
        (Talk("Refund W123.").call("refund", order="W123").attempt(), NA),
        (Talk("Refund it.").say("Which?", "W123").call("refund", order="W123").attempt(), PRESENT),
        (Talk("Refund it.").say("W123?", "Yes.").call("refund", order="W123").attempt(), LACKING),
        (Talk("x").call("list_items", kind="lamp").attempt(), NA),
        (Talk("x").say("Done.").attempt(), NA),
    ],
)
def test_argument_grounding(attempt: Attempt, expected: Label) -> None:
    check(rules.argument_grounding, attempt, expected)


def refused(name: str = "ship") -> Talk:
    return Talk("Ship W123.").call(name, "no slot, use priority", error=True, speed="express")


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (refused().call("ship", speed="priority").attempt(), PRESENT),
        (refused().say("Sorry.").attempt(), LACKING),
        (refused().call("ship", error=True, speed="slow").attempt(), LACKING),
        (refused().call("ship", error=True, speed="slow").call("ship", speed="priority").attempt(), PRESENT),
        (refused().call("get_order").attempt(), LACKING),
        (refused().call("ship").call("refund", error=True).attempt(), LACKING),
        (Talk("x").call("ship").attempt(), NA),
        (Talk("x").call("ship").call("ship", error=True).attempt(), LACKING),
        (Talk("x").say("Done.").attempt(), NA),
        (refused("invalid").call("ship", speed="priority").attempt(), PRESENT),
        (refused("invalid").say("Sorry.").attempt(), LACKING),
    ],
)
def test_error_recovery(attempt: Attempt, expected: Label) -> None:
    check(rules.error_recovery, attempt, expected)


FACT = Fact("pending", ("shipped",), "W123")


def asked(result: str = "pending") -> Talk:
    return Talk("How is W123?").call("get_order", {"status": result}, order_id="W123")


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (asked().say("W123 is pending.").attempt(facts=[FACT]), PRESENT),
        (asked().say("I looked it up.").attempt(facts=[FACT]), LACKING),
        (asked().say("It is pending or shipped.").attempt(facts=[FACT]), LACKING),
        (asked().say("Is it pending?").attempt(facts=[FACT]), LACKING),
        (asked("shipped").say("I looked it up.").attempt(facts=[FACT]), NA),
        (Talk("x").say("It is pending.").attempt(facts=[FACT]), NA),
        (asked().say("Done.").attempt(), NA),
        (
            Talk("x").call("get_order", {"status": "pending"}, error=True).say("Done.").attempt(facts=[FACT]),
            NA,
        ),
    ],
)
def test_result_reporting(attempt: Attempt, expected: Label) -> None:
    check(rules.result_reporting, attempt, expected)


each_labeller = pytest.mark.parametrize("labeller", rules.RULES, ids=lambda rule: rule.NAME)


def label_all(trajectories: list[Trajectory], rule: Rule) -> list[Label]:
    corpus = Corpus.from_trajectories(trajectories)
    labels = RuleLabeller(rule).label(corpus)[0].runs[0]
    return [labels[key] for key in corpus.keys]


@each_labeller
def test_labellers_name_an_archetype_that_exists(labeller: Rule) -> None:
    assert labeller.NAME
    assert labeller.DESCRIPTION.endswith(".")
    assert labeller.ARCHETYPE in ARCHETYPES


@each_labeller
def test_empty_attempts_are_na(labeller: Rule) -> None:
    assert labeller.label(Talk("").attempt()) is NA
    trajectory = Talk("").trajectory()
    trajectory.messages = []
    assert labeller.label(Attempt(trajectory, None)) is NA


@each_labeller
def test_labels_are_blind_to_the_outcome(labeller: Rule, desk_trajectories: list[Trajectory]) -> None:
    flipped = [copy.copy(trajectory) for trajectory in desk_trajectories]
    for trajectory in flipped:
        trajectory.success, trajectory.reward = not trajectory.success, 1.0 - trajectory.reward
    labels = label_all(desk_trajectories, labeller)
    assert label_all(flipped, labeller) == labels
    assert {PRESENT, NA} <= set(labels)


def test_a_broken_rollout_is_na() -> None:
    trajectory = Talk("x").call("ship", error=True).trajectory(error="RuntimeError")
    assert label_all([trajectory], rules.RULES[4]) == [NA]


def test_without_gold_the_tasks_other_successes_are_the_reference() -> None:
    good = [shipped("W123", "W456").trajectory(success=True) for _ in range(2)]
    bad = shipped("W123").trajectory()
    other = shipped("W123").trajectory(task_id="other")
    assert label_all([bad, *good, other], rules.RULES[2]) == [LACKING, PRESENT, PRESENT, NA]
