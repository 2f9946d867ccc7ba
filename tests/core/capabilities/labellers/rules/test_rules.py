"""The rules, on hand-made attempts: where each is LACKING, PRESENT and not applicable, and nothing else is LACKING."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import pytest

from trace_gym import Fact
from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.labeller import Rule, RuleLabeller
from trace_gym.capabilities.labellers.rules import RULES
from trace_gym.capabilities.labels import Label
from trace_gym.capabilities.repair import names
from trace_gym.synthesis.archetypes import ARCHETYPES
from trace_gym.trajectories.record import Trajectory

from ....helpers import Talk, call
from .by_rules import labels_of, lacking

NA, PRESENT, LACKING = Label.NA, Label.PRESENT, Label.LACKING
BY_NAME: dict[str, Rule] = {rule.NAME: rule for rule in RULES}
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.NAME)

ORDER = {"order_id": "W123", "status": "pending"}
LAMPS = [{"item_id": "I101", "color": "red", "price": 20}, {"item_id": "I102", "color": "blue", "price": 30}]
LOOK, CANCEL = call("get_order", order_id="W123"), call("cancel_order", order_id="W123")
LIST = call("list_items", kind="lamp")
HAND_OVER = call("transfer_to_human_agents", summary="It is all too hard for me.")


def asked(request: str = "Cancel W123.") -> Talk:
    return Talk(request).call("get_order", ORDER, order_id="W123")


def cancelled() -> Talk:
    return asked().call("cancel_order", order_id="W123").say("W123 is cancelled.")


def exchange(item: str, order: str = "W123") -> Talk:
    talk = Talk("The blue lamp for W123.").call("get_order", ORDER, order_id="W123").call("list_items", LAMPS)
    return talk.call("exchange_item", order_id=order, item_id=item).say("Done.")


SWAP = call("exchange_item", order_id="W123", item_id="I102")
BOTH = [call("ship", order_id="W123", speed="fast"), call("ship", order_id="W456", speed="fast")]


def shipped(*orders: str) -> Talk:
    talk = Talk("Ship W123 and W456 fast.").call("get_order", order_id="W123").call("get_order", order_id="W456")
    for order in orders:
        talk.call("ship", order_id=order, speed="fast")
    return talk.say("Done.")


def refund(amount: int) -> Talk:
    talk = Talk("Refund the lamps of W123.").call(
        "get_order", {"items": [{"price": 20}, {"price": 30}]}, order_id="W123"
    )
    return talk.call("refund", order_id="W123", amount=amount).say("Done.")


def with_facts(talk: Talk, *facts: Fact) -> Attempt:
    return talk.attempt(LOOK, facts=facts)


STATUS = Fact("pending", ("shipped",), "W123")
NO_SLOT = {"result": "no slot, use priority", "error": True}


# each line: the attempt, and all that it lacks
FAULTS = {
    "cancelled without looking": (
        Talk("Cancel W123.").call("cancel_order", order_id="W123").say("Done.").attempt(LOOK),
        {"precondition_verification"},
    ),
    "cancelled though it was read": (cancelled().attempt(LOOK), {"policy_compliance"}),
    "the red lamp": (exchange("I101").attempt(LOOK, LIST, SWAP), {"structured_selection"}),
    "one of two": (shipped("W123").attempt(LOOK, *BOTH), {"multi_step_completion"}),
    "neither of two": (shipped().attempt(LOOK, *BOTH), {"task_initiation"}),
    "twice": (
        cancelled().call("cancel_order", order_id="W123").say("Done.").attempt(LOOK, CANCEL),
        {"no_repetition"},
    ),
    "returned instead of cancelled": (
        asked().call("return_order", order_id="W123").say("Done.").attempt(LOOK, CANCEL),
        {"tool_choice"},
    ),
    "handed over": (
        asked().call("transfer_to_human_agents", summary="Please cancel it.").attempt(LOOK, CANCEL),
        {"needless_escalation"},
    ),
    "not handed over": (
        asked("Cancel W123, or let me talk to a human.").say("I cannot.").attempt(LOOK, HAND_OVER),
        {"escalation"},
    ),
    "a refusal that was left at that": (
        asked("Ship W123 fast.")
        .call("ship", **NO_SLOT, order_id="W123", speed="fast")
        .say("Sorry.")
        .attempt(LOOK, call("ship", order_id="W123", speed="priority")),
        {"error_recovery"},
    ),
    "a sum worked out wrong": (
        refund(40).attempt(LOOK, call("refund", order_id="W123", amount=50)),
        {"arithmetic"},
    ),
    "not what the user said": (
        asked("Send W123 to Oak 7.")
        .call("set_address", order_id="W123", address="Elm 4")
        .say("Done.")
        .attempt(LOOK, call("set_address", order_id="W123", address="Oak 7")),
        {"argument_grounding"},
    ),
    "not what the rules say": (
        asked()
        .call("cancel_order", order_id="W123", reason="none")
        .say("Done.")
        .attempt(LOOK, call("cancel_order", order_id="W123", reason="goodwill")),
        {"policy_values"},
    ),
    "another card": (
        asked("Refund W123.")
        .call("get_user", {"home": {"card": "P11"}, "work": {"other": "P22"}})
        .call("refund", order_id="W123", payment="P11")
        .say("Done.")
        .attempt(LOOK, call("refund", order_id="W123", payment="P22")),
        {"record_tracking"},
    ),
    "a card that was never looked up": (
        asked("Refund W123.")
        .call("refund", order_id="W123", payment="P99")
        .say("Done.")
        .attempt(LOOK, call("refund", order_id="W123", payment="P22")),
        {"information_gathering"},
    ),
    "found and not told": (with_facts(asked("How is W123?").say("I looked."), STATUS), {"result_reporting"}),
    "found and told otherwise": (
        with_facts(asked("How is W123?").say("It is pending or shipped."), STATUS),
        {"truthful_reporting"},
    ),
    "cancelled before it was changed": (
        asked()
        .call("cancel_order", order_id="W123")
        .call("set_address", "Error: it is cancelled", error=True, order_id="W123", address="Oak 7")
        .say("Sorry.")
        .attempt(LOOK, call("set_address", order_id="W123", address="Oak 7"), CANCEL),
        {"operation_order"},
    ),
    "stopped in the middle": (asked().attempt(LOOK, CANCEL), {"task_initiation", "finishing"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_and_nothing_else(fault: str) -> None:
    attempt, expected = FAULTS[fault]
    assert lacking(attempt) == expected


RIGHT = {
    "one operation": cancelled().attempt(LOOK, CANCEL),
    "a choice": exchange("I102").attempt(LOOK, LIST, SWAP),
    "two operations": shipped("W456", "W123").attempt(LOOK, *BOTH),
    "a refusal put right": asked("Ship W123 fast.")
    .call("ship", **NO_SLOT, order_id="W123", speed="fast")
    .call("ship", order_id="W123", speed="priority")
    .say("Done.")
    .attempt(LOOK, call("ship", order_id="W123", speed="priority")),
    "told": with_facts(asked("How is W123?").say("W123 is pending."), STATUS),
    "handed over": asked().call("transfer_to_human_agents", summary="Other words.").attempt(LOOK, HAND_OVER),
    "left undone": asked().say("I must not.").attempt(LOOK),
}
SHOWN = {
    "one operation": {"precondition_verification", "policy_compliance", "task_initiation", "finishing"},
    "a choice": {"structured_selection", "precondition_verification", "information_gathering"},
    "two operations": {"multi_step_completion", "no_repetition", "tool_choice"},
    "a refusal put right": {"error_recovery"},
    "told": {"result_reporting", "truthful_reporting"},
    "handed over": {"escalation", "finishing"},
    "left undone": {"policy_compliance", "precondition_verification", "needless_escalation"},
}


@pytest.mark.parametrize("attempt", RIGHT)
def test_what_is_right_lacks_nothing_and_shows_what_it_took(attempt: str) -> None:
    labels = labels_of(RIGHT[attempt])
    assert LACKING not in labels.values()
    assert {name for name in SHOWN[attempt] if labels[name] is PRESENT} == SHOWN[attempt]


def test_every_rule_is_seen_to_be_lacking_alone() -> None:
    alone = {next(iter(expected)) for _, expected in FAULTS.values() if len(expected) == 1}
    assert set(BY_NAME) - alone == {"finishing"}


# ---- kinds of fault that labels by rules once had


def test_lists_are_compared_whatever_their_order() -> None:
    made = asked().call("return_items", order_id="W123", items=["I2x", "I1x"], new=["N2x", "N1x"]).say("Done.")
    same = call("return_items", order_id="W123", items=["I1x", "I2x"], new=["N1x", "N2x"])
    crossed = call("return_items", order_id="W123", items=["I1x", "I2x"], new=["N2x", "N1x"])
    assert lacking(made.attempt(LOOK, same)) == set()
    assert lacking(made.attempt(LOOK, crossed)) != set()


def test_objects_inside_lists_are_choices_too() -> None:
    flights = [{"flight": "HAT001", "day": "Monday"}, {"flight": "HAT002", "day": "Tuesday"}]
    talk = (
        Talk("Book Tuesday.").call("search_flights", flights).call("book", flights=[{"flight": "HAT001"}]).say("Done.")
    )
    assert lacking(talk.attempt(call("book", flights=[{"flight": "HAT002"}]))) == {"structured_selection"}


def test_choices_are_paired_by_record() -> None:
    talk = Talk("Red for W123, blue for W456.").call("list_items", LAMPS)
    talk.call("exchange_item", order_id="W123", item_id="I102").call("exchange_item", order_id="W456", item_id="I101")
    wanted = [call("exchange_item", order_id=o, item_id=i) for o, i in (("W123", "I101"), ("W456", "I102"))]
    assert "structured_selection" in lacking(talk.say("Done.").attempt(LIST, *wanted))


def test_only_successful_operations_count() -> None:
    talk = asked().call("cancel_order", "Error: not possible", error=True, order_id="W123").say("Sorry.")
    assert lacking(talk.attempt(LOOK)) == set()
    assert lacking(talk.attempt(LOOK, CANCEL)) == {"error_recovery"}


def test_results_of_earlier_calls_of_the_same_message_are_known() -> None:
    talk = Talk("Refund W123.").call("get_user", {"card": "P22"}).call("refund", order="W123", card="P22").say("Done.")
    one, answer, two, done = talk.messages[2:6]
    talk.messages[2:6] = [{**one, "tool_calls": [*one["tool_calls"], *two["tool_calls"]]}, answer, done]
    assert BY_NAME["argument_grounding"].label(talk.without_reference()).label is PRESENT  # type: ignore[union-attr]


def test_calls_that_come_to_nothing_are_no_operations() -> None:
    first = asked().call("swap", "Error: gone", error=True, order_id="W123").say("Sorry.").trajectory()
    second = asked().say("Sorry.").trajectory(task_id="0")
    for one in (first, second):
        one.gold = [LOOK, call("swap", order_id="W123")]
    corpus = Corpus.from_trajectories([first, second])
    assert [lacking(attempt) for attempt in corpus.attempts] == [set(), set()]


def test_a_record_needs_no_digit_to_be_compared() -> None:
    talk = asked().call("cancel_order", order_id="W123", user="mia").say("Done.")
    assert lacking(talk.attempt(LOOK, call("cancel_order", order_id="W123", user="tom"))) != set()


def test_prose_is_not_compared_word_for_word() -> None:
    talk = asked().call("note", order_id="W123", text="The user wants to cancel it.").say("Done.")
    assert lacking(talk.attempt(LOOK, call("note", order_id="W123", text="A cancellation was asked for."))) == set()


# ---- without a reference


@pytest.mark.parametrize(
    ("name", "attempt", "expected"),
    [
        (
            "argument_grounding",
            Talk("Refund W123.").call("refund", order="W123", card="P1x").without_reference(),
            LACKING,
        ),
        (
            "argument_grounding",
            Talk("Refund it.").say("?", "W123").call("refund", order="W123").without_reference(),
            PRESENT,
        ),
        ("argument_grounding", Talk("Refund W123.").call("refund", order="W123").without_reference(), NA),
        ("precondition_verification", Talk("x").call("cancel_order", order_id="W123").without_reference(), LACKING),
        ("precondition_verification", cancelled().without_reference(), PRESENT),
        ("precondition_verification", asked().without_reference(), NA),
        ("error_recovery", Talk("x").call("ship", **NO_SLOT).say("Sorry.").without_reference(), LACKING),
        ("error_recovery", Talk("x").call("ship", **NO_SLOT).call("ship", speed="p").without_reference(), PRESENT),
        ("error_recovery", Talk("x").call("invalid", **NO_SLOT).call("ship").without_reference(), PRESENT),
        ("error_recovery", Talk("x").call("ship", "Not allowed.", error=True).without_reference(), NA),
        ("error_recovery", Talk("x").call("ship").without_reference(), NA),
        ("no_repetition", cancelled().call("cancel_order", order_id="W123").without_reference(), LACKING),
        ("no_repetition", cancelled().without_reference(), PRESENT),
        ("no_repetition", asked().without_reference(), NA),
        ("finishing", asked().without_reference(), LACKING),
        ("finishing", asked().say(" ").without_reference(), LACKING),
        ("finishing", cancelled().without_reference(), PRESENT),
        ("finishing", Talk("x").without_reference(), NA),
        ("multi_step_completion", shipped("W123").without_reference(), NA),
    ],
)
def test_without_a_reference_some_rules_still_speak(name: str, attempt: Attempt, expected: Label) -> None:
    assert labels_of(attempt)[name] is expected


# ---- what holds of every rule


@each_rule
def test_a_rule_declares_what_it_is_about(rule: Rule) -> None:
    assert rule.NAME in names.CAPABILITIES
    assert rule.DESCRIPTION.endswith(".")
    assert rule.ARCHETYPE in {"", *ARCHETYPES}
    assert rule.OCCASION.endswith(".")
    assert rule.NEEDS
    assert rule.BLIND_TO.endswith(".")


def test_rules_know_what_repair_knows_but_the_steps_of_the_user() -> None:
    assert set(names.CAPABILITIES) - set(BY_NAME) == {"user_guidance"}
    assert set(BY_NAME) < set(names.CAPABILITIES)


def test_the_documentation_lists_every_rule() -> None:
    page = Path(__file__).parents[5] / "docs" / "labelling.md"
    text = page.read_text(encoding="utf-8")
    for rule in RULES:
        assert f"| `{rule.NAME}` | {rule.OCCASION} | {rule.BLIND_TO} |" in text


@each_rule
def test_empty_attempts_are_na(rule: Rule) -> None:
    trajectory = Talk("").trajectory()
    for reference in ([], None):
        assert labels_of(Attempt(trajectory, reference))[rule.NAME] is NA
        assert labels_of(Attempt(dataclasses.replace(trajectory, messages=[]), reference))[rule.NAME] is NA


def label_all(trajectories: list[Trajectory], rule: Rule) -> list[Label]:
    corpus = Corpus.from_trajectories(trajectories)
    labels = RuleLabeller(rule).label(corpus)[0].runs[0]
    return [labels[key] for key in corpus.keys]


@each_rule
def test_labels_are_blind_to_the_outcome(rule: Rule, desk_trajectories: list[Trajectory]) -> None:
    flipped = [copy.copy(trajectory) for trajectory in desk_trajectories]
    for trajectory in flipped:
        trajectory.success, trajectory.reward = not trajectory.success, 1.0 - trajectory.reward
    assert label_all(flipped, rule) == label_all(desk_trajectories, rule)


@each_rule
def test_a_broken_rollout_is_na(rule: Rule) -> None:
    assert label_all([cancelled().trajectory(error="RuntimeError", gold=[LOOK])], rule) == [NA]


def test_without_gold_the_tasks_other_successes_are_the_reference() -> None:
    good = [shipped("W123", "W456").trajectory(success=True) for _ in range(2)]
    bad = shipped("W123").trajectory()
    other = shipped("W123").trajectory(task_id="other")
    labels = label_all([bad, *good, other], BY_NAME["multi_step_completion"])
    assert labels == [LACKING, PRESENT, PRESENT, NA]


@each_rule
def test_a_lacking_label_has_evidence(rule: Rule, desk_trajectories: list[Trajectory]) -> None:
    corpus = Corpus.from_trajectories(desk_trajectories)
    [table] = RuleLabeller(rule).label(corpus)
    for key, label in table.runs[0].items():
        assert (label is LACKING) == (key in table.evidence)
