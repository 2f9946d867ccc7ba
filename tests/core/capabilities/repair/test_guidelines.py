"""What a target's own guidelines say of a failure, and what users asked for in words of their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from trace_gym.capabilities.repair.asked import asks_for, declines
from trace_gym.capabilities.repair.attribution import Attribution, attribute
from trace_gym.capabilities.repair.by_reference import by_reference
from trace_gym.capabilities.repair.causes import causes_of
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.env.facts import Fact
from trace_gym.env.types import ToolCall
from trace_gym.trajectories.execution import Ruling
from trace_gym.trajectories.solution import Solution, Wanted

from ...helpers import Talk, call

CANCEL = call("cancel_order", order="W12")
ORDER = {"order": "W12", "status": "shipped", "bags": 2}


def found(talk: Talk, *reference: ToolCall, script: str = "", **rulings: Ruling) -> Attribution:
    """What a failure is put down to, where calls of these tools are ruled on."""

    def ruled(wanted: Sequence[Wanted]) -> list[Ruling]:
        return [rulings.get(one.call.name, Ruling()) for one in wanted]

    execution = by_reference(reference, lambda name, requestor: not name.startswith(("get", "search")))
    execution = dataclasses.replace(execution, rulings=ruled)
    return attribute(talk.trajectory(script=script), execution)


def read(request: str = "Please cancel W12.") -> Talk:
    return Talk(request).call("get_order", ORDER, order="W12")


FORBIDS = Ruling(forbids="what has been shipped cannot be cancelled")
ALLOWS = Ruling(allows="whatever is pending can be cancelled")


def test_an_agent_that_declines_what_is_forbidden_has_done_nothing_wrong() -> None:
    declined = found(read().say("I cannot cancel what has been shipped."), CANCEL, cancel_order=FORBIDS)
    assert declined.fault.side == "evaluator"
    assert declined.fault.reason == "the reference breaks the guidelines, cancel_order W12: " + FORBIDS.forbids
    assert not declined.causes


def test_an_agent_that_forgets_what_is_forbidden_has_not_declined_it() -> None:
    assert found(read().say("It is cancelled."), CANCEL, cancel_order=FORBIDS).fault.side == "agent"
    # nothing is said of a call that no rule forbids
    assert found(read().say("I cannot cancel it."), CANCEL).fault.side == "agent"


def test_whoever_does_what_is_forbidden_is_at_fault() -> None:
    attribution = found(read().call("cancel_order", order="W12").say("Done."), cancel_order=FORBIDS)
    assert attribution.fault.side == "agent"
    assert attribution.capabilities == ("policy_compliance",)


def test_what_is_allowed_and_asked_for_is_no_mistake() -> None:
    done = read().call("cancel_order", order="W12").say("Done.")
    assert found(done, cancel_order=ALLOWS).fault.side == "evaluator"
    # it is one where nobody asked for it, or something else went wrong, too
    unasked = read("Where is W12?").call("cancel_order", order="W12").say("Done.")
    assert found(unasked, cancel_order=ALLOWS).fault.side == "agent"
    other = read().call("cancel_order", order="W12").call("refund", order="W12").say("Done.")
    assert found(other, cancel_order=ALLOWS).fault.side == "agent"


def test_a_value_of_the_reference_that_breaks_the_guidelines_is_the_evaluators() -> None:
    wrong = Ruling(forbids="two bags are free", argument="paid")
    talk = read("Add bags to W12.").call("set_bags", order="W12", bags=2, paid=0).say("Done.")
    right = call("set_bags", order="W12", bags=2, paid=1)
    execution = by_reference([right], lambda name, requestor: name == "set_bags")

    def ruled(wanted: Sequence[Wanted]) -> list[Ruling]:
        return [wrong if one.call.arguments.get("paid") == 1 else Ruling() for one in wanted]

    fault = attribute(talk.trajectory(), dataclasses.replace(execution, rulings=ruled)).fault
    assert (fault.side, fault.message) == ("evaluator", 4)


def test_a_wrong_value_in_a_forbidden_call_is_no_mere_mix_up() -> None:
    flights = [{"flight": "HA1", "to": "LAX"}, {"flight": "HA2", "to": "SEA"}]
    talk = Talk("Change AB12 to HA2.").call("search_flights", flights).call("update", order="AB12", flights=["HA2"])
    forbids = Ruling(forbids="a change must keep LAX")
    assert found(talk.say("Done."), call("update", order="AB12", flights=["HA1"]), update=forbids).capabilities == (
        "policy_compliance",
    )


def test_a_part_that_is_left_out_of_a_forbidden_call_is_left_out() -> None:
    talk = Talk("Change AB12 to HA1 and HA2.").call("update", order="AB12", flights=["HA1"]).say("Done.")
    forbids = Ruling(forbids="a change must lead back")
    wanted = call("update", order="AB12", flights=["HA1", "HA2"])
    assert "policy_compliance" not in found(talk, wanted, update=forbids).capabilities


def test_what_the_script_does_not_speak_of_is_the_users() -> None:
    talk = read("Can I change W12?").say("No.", "Then book me another.").call("book_flight", order="W99").say("Done.")
    assert found(talk, script="You want to change W12.").fault.side == "user"
    assert found(talk, script="You want to change W12, or else book another.").fault.side == "agent"
    # nobody asked for it
    unasked = read("Can I change W12?").call("book_flight", order="W99").say("Done.")
    assert found(unasked, script="You want to change W12.").fault.side == "agent"


def test_a_user_who_names_the_other_record_has_asked_for_it() -> None:
    talk = Talk("I have W12 and W34. Cancel order W34.").call("cancel_order", order="W34").say("Done.")
    assert found(talk, CANCEL, script="Cancel W12.").fault.side == "user"
    both = Talk("I have W12 and W34. Cancel order W34. No, cancel W12!").call("cancel_order", order="W34").say("Done.")
    assert found(both, CANCEL, script="Cancel W12.").fault.side == "agent"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("No additional bags, thanks.", "argument_grounding"),
        ("I don't need any additional checked bags.", "argument_grounding"),
        ("Without bags.", "argument_grounding"),
        ("No, that is all.", "policy_values"),
        ("No, I need bags.", "policy_values"),
        ("There are no non-stop flights.", "policy_values"),
    ],
)
def test_none_in_words_is_a_number(said: str, named: str) -> None:
    talk = read("Book it.").say("Any extras?", said).call("book", order="W12", nonfree_bags=2).say("Done.")
    assert found(talk, call("book", order="W12", nonfree_bags=0)).capabilities == (named,)


def test_what_nobody_could_have_been_asked_for_had_to_be_read() -> None:
    talk = read("Send W12 to my other address.").call("tag", order="W12").say("There is no other address.")
    wanted = [call("tag", order="W12"), call("move_order", order="W12", street="7 Elm Street")]
    assert "information_gathering" in found(talk, *wanted, script="Send W12 to your other address.").capabilities
    assert "information_gathering" not in found(talk, *wanted, script="Send W12 to 7 Elm Street.").capabilities


def test_a_forbidden_call_on_an_unread_record_shows_both() -> None:
    talk = Talk("Cancel W12.").call("cancel_order", order="W12").say("Done.")
    both = ("precondition_verification", "policy_compliance")
    assert found(talk, cancel_order=FORBIDS).capabilities == both
    assert found(talk).capabilities == both[:1]


def test_by_what_is_paid_is_another_matter_than_what_is_done() -> None:
    methods = {"methods": ["gift_card_11", "certificate_22"]}
    talk = read("Book it with my gift card.").call("get_user", methods, user="mia_1")
    talk.call("book", order="W12", payment_id="certificate_22").say("Done.")
    wanted = call("book", order="W12", payment_id="gift_card_11")
    assert "policy_compliance" not in found(talk, wanted, book=FORBIDS).capabilities
    too_many = Ruling(forbids="certificates are not taken", argument="payment_id")
    assert found(talk, wanted, book=too_many).capabilities == ("policy_compliance",)


def test_names_in_a_bare_list_are_records_not_choices() -> None:
    talk = Talk("Cancel the pending one.").call("get_user", {"orders": ["W12", "W34"]}, user="mia_1")
    talk.call("get_order", {"id": "W12"}, order="W12").call("get_order", {"id": "W34"}, order="W34")
    talk.call("cancel_order", order="W34").say("Done.")
    assert found(talk, CANCEL).capabilities == ("record_tracking",)


def test_who_declines_and_hands_over_has_not_begun() -> None:
    hand_over = {"summary": "Help."}
    talk = read().say("I cannot do that.", "Please.").call("transfer_to_human_agents", **hand_over)
    assert set(found(talk, CANCEL).capabilities) == {"needless_escalation", "task_initiation"}
    silent = read().call("transfer_to_human_agents", **hand_over)
    assert found(silent, CANCEL).capabilities == ("needless_escalation",)


def test_a_sum_that_other_operations_come_to_is_not_unread() -> None:
    fact = Fact("refund", "918.43")
    talk = read().call("cancel_order", order="W12").say("You get 40.10.")
    execution = by_reference([call("return_items", order="W12")], lambda name, requestor: not name.startswith("get"))
    causes = attribute(talk.trajectory(facts=[fact]), execution).capabilities
    assert "information_gathering" not in causes
    nothing_else = by_reference([CANCEL], lambda name, requestor: not name.startswith("get"))
    assert attribute(talk.trajectory(facts=[fact]), nothing_else).capabilities == ("information_gathering",)


def test_what_only_looking_for_the_fault_brings_to_light_had_to_be_found() -> None:
    talk = Talk("My phone has no data.").call("get_line", {"roaming": False}, line="L12").call("reset", line="L12")
    talk.say("That should help.")
    roam, toggle = call("enable_roaming", line="L12"), call("toggle_data")
    execution = by_reference([call("reset", line="L12"), roam], lambda name, requestor: not name.startswith("get"))
    with_user = Solution((Wanted(call("reset", line="L12")), Wanted(roam), Wanted(toggle, "user")))
    alone = attribute(talk.trajectory(), execution)
    assert alone.capabilities == ("multi_step_completion",)
    episode = Episode(talk.trajectory(), execution.is_write)
    [cause] = causes_of(episode, alone.verdict.edits, with_user)
    assert cause.capability == "information_gathering"


def test_what_contradicts_the_records_is_not_the_agents_unless_the_user_could_say_it() -> None:
    talk = Talk("Book for Mia.").call("get_user", {"born": "on 4 May"}, user="mia_1")
    talk.call("book", order="W12", born="on 4 May").say("Done.")
    wanted = call("book", order="W12", born="on 9 June")
    assert found(talk, wanted, script="Book for Mia.").fault.side == "evaluator"
    assert found(talk, wanted, script="Book for Mia, born on 9 June.").fault.side == "agent"


def both_cancelled(request: str) -> Talk:
    orders = [{"order": "W12"}, {"order": "W34"}]
    talk = Talk(request).call("get_orders", orders, user="mia_1").call("cancel_order", order="W12")
    return talk.call("cancel_order", order="W34").say("Done.")


def test_what_is_allowed_must_have_been_asked_for_of_that_record() -> None:
    assert found(both_cancelled("Cancel W12, but keep W34."), CANCEL, cancel_order=ALLOWS).fault.side == "agent"
    assert found(both_cancelled("Cancel W12. Cancel W34, too."), CANCEL, cancel_order=ALLOWS).fault.side == "evaluator"


def test_a_forbidden_call_of_the_reference_says_nothing_of_another_call() -> None:
    flights = call("update_flights", order="W12", payment_id="card_11")
    bags = call("set_bags", order="W34", payment_id="card_11")
    talk = Talk("Change W12, and bags for W34.").call("get_user", ["card_11", "card_22"], user="mia_1")
    talk.call("update_flights", order="W12", payment_id="card_11").call("set_bags", order="W34", payment_id="card_22")
    assert found(talk.say("Done."), flights, bags, update_flights=FORBIDS).fault.side == "agent"


@pytest.mark.parametrize(
    ("text", "tool", "asks"),
    [
        ("Yes, that's correct.", "update_bags", False),
        ("Please do not cancel it.", "cancel_order", False),
        ("I don't want to cancel it.", "cancel_order", False),
        ("I saw a movie.", "modify_order", False),
        ("My address is new.", "add_bags", False),
        ("Canceling would be best.", "cancel_order", True),
        ("I'd like it cancelled.", "cancel_order", True),
        ("Resuming the line would help.", "resume_line", True),
        ("Could you modify it?", "update_order", True),
        ("I don't have my number. Can you book it?", "book_flight", True),
    ],
)
def test_words_that_ask_for_an_operation(text: str, tool: str, asks: bool) -> None:
    assert asks_for(text, tool) is asks


def test_agreeing_to_an_offer_is_no_request() -> None:
    offer = Talk("My flight was late.").call("get_order", ORDER, order="W12")
    offer.say("Shall I send a voucher for W12?", "Yes, please send it.").call("send_voucher", order="W12").say("Sent.")
    assert found(offer, script="You want to know why your flight was late.").fault.side == "agent"
    asked = Talk("My flight was late. Send me a voucher.").call("get_order", ORDER, order="W12")
    asked.call("send_voucher", order="W12").say("Sent.")
    assert found(asked, script="You want to know why your flight was late.").fault.side == "user"


@pytest.mark.parametrize(
    ("text", "declined"),
    [
        ("Your reservation isn't eligible for cancellation.", True),
        ("I won't be able to do that.", True),
        ("It does not qualify.", True),
        ("These tickets are non-refundable.", True),
        ("I'll apply our baggage policy.", False),
        ("It is cancelled.", False),
    ],
)
def test_words_that_decline(text: str, declined: bool) -> None:
    assert declines(text) is declined
