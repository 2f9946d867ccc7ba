"""A trajectory as the labellers see it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.capabilities.attempt import (
    Attempt,
    identifier_values,
    identifiers,
    is_identifier,
    mentions,
    normal,
)

from ..helpers import Talk, call


def test_calls_are_paired_with_their_results() -> None:
    talk = Talk("Hi").call("get_a", {"x": 1}, a="1").say("Which?", "W12").call("set_a", "no", error=True, a="2")
    first, second = talk.attempt().calls
    assert (first.call, first.result, first.value, first.error) == (call("get_a", a="1"), '{"x": 1}', {"x": 1}, False)
    assert (second.result, second.value, second.error) == ("no", "no", True)
    assert (first.kind, second.kind) == ("read", "write")


def test_results_of_parallel_calls_keep_their_calls() -> None:
    talk = Talk("Hi").call("get_a", "one").call("get_b", "two")
    first, second = talk.messages[2], talk.messages.pop(4)
    first["tool_calls"] += second["tool_calls"]
    talk.messages[3:] = reversed(talk.messages[3:])
    assert [(event.call.name, event.result) for event in talk.attempt().calls] == [("get_a", "one"), ("get_b", "two")]


def test_the_customers_own_results_are_not_the_assistants() -> None:
    talk = Talk("Hi").call("get_a", "mine")
    own = {"role": "tool", "tool_call_id": talk.messages[-1]["tool_call_id"], "content": "theirs", "requestor": "user"}
    talk.messages.append(own)
    assert talk.attempt().calls[0].result == "mine"


def test_an_unanswered_call_has_an_empty_result() -> None:
    talk = Talk("Hi").call("get_a")
    talk.messages.pop()
    assert (talk.attempt().calls[0].result, talk.attempt().calls[0].error) == ("", False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("get_order", "read"),
        ("find_user_id_by_name", "read"),
        ("search-flights", "read"),
        ("Calculate", "read"),
        ("cancel_order", "write"),
        ("getaway", "write"),
        ("think", "other"),
        ("transfer_to_human_agents", "other"),
        ("invalid", "other"),
    ],
)
def test_kinds_are_guessed_from_the_verb(name: str, kind: str) -> None:
    assert Talk("").attempt().kind(name) == kind


def test_the_record_knows_kinds_better() -> None:
    assert Talk("", {"cancel_order": "read"}).attempt().kind("cancel_order") == "read"


def test_reference_writes_are_the_writes_of_the_reference() -> None:
    attempt = Talk("").attempt(call("get_a"), call("set_a", a="1"))
    assert attempt.reference_writes == [call("set_a", a="1")]
    assert Talk("").without_reference().reference_writes == []


def test_stated_leaves_out_questions_and_words_beside_calls() -> None:
    talk = Talk("Hi").say("Is it W1? It is W2.", "Yes").call("get_a").say("Done.")
    talk.messages[4]["content"] = "Aside."
    assert talk.attempt().stated == ["It is W2.", "Done."]


def test_known_before_is_what_others_said() -> None:
    attempt = Talk("I am #M-1.").call("get_a", "P9", a="X7").say("W5", "w6!").attempt()
    told = attempt.known_before(len(attempt.messages))
    assert [mentions(told, word) for word in ("m 1", "P9", "W6", "X7", "W5")] == [True, True, True, False, False]
    assert not mentions(attempt.known_before(2), "P9")


def test_the_request_is_the_first_word_of_the_customer() -> None:
    assert Talk("First").say("What?", "Second").attempt().request == "First"
    assert Attempt(Talk("x").trajectory(), None).request == "x"


@pytest.mark.parametrize("value", ["W12", "#W1234", "mia_lee_7", "P-9", "a@b1.com", "4WQ150", "HAT083"])
def test_identifiers_have_a_digit(value: str) -> None:
    assert is_identifier(value)


@pytest.mark.parametrize(
    "value", ["W1", "pending", "2024-05-15", "2024-05-15T10:00", "10:30", "a 12", "1" * 65, 123, None]
)
def test_words_dates_and_numbers_are_not_identifiers(value: Any) -> None:
    assert not is_identifier(value)


def test_identifiers_are_found_in_lists_and_objects() -> None:
    arguments = {"a": "W12", "b": ["P34", "x"], "c": [{"d": "Q56", "e": 7}], "f": {"g": "R78"}, "h": "word"}
    assert list(identifiers(arguments)) == [("a", "W12"), ("b", "P34"), ("d", "Q56"), ("g", "R78")]


def test_normalised_text_compares_words() -> None:
    assert normal("  #W12, (ok)!") == " w12 ok "
    assert mentions(normal("order #w12."), "W12")
    assert not mentions(normal("W123"), "W12")


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(st.text("aB1# -,"), st.from_regex(r"[a-z]{1,3}[0-9]{1,3}", fullmatch=True), st.text("aB1# -,"))
def test_a_value_is_found_between_any_words(before: str, value: str, after: str) -> None:
    assert mentions(normal(f"{before} {value.upper()}, {after}"), value)


@given(st.recursive(st.none() | st.integers() | st.text("W1 -", max_size=6), lambda inner: st.lists(inner, max_size=3)))
def test_all_that_is_yielded_looks_like_an_identifier(value: Any) -> None:
    for name, found in identifiers({"a": value, "b": {"c": value}}):
        assert name in ("a", "c")
        assert is_identifier(found)


def test_only_objects_have_identifiers() -> None:
    assert [list(identifiers(value)) for value in ("W12", ["W12"], None, 12)] == [[], [], [], []]


def test_identifier_values_of_calls_are_taken_together() -> None:
    calls = [call("get_order", order_id="W12"), call("swap", order_id="W12", item="I101"), call("list_items")]

    assert identifier_values(calls) == {"W12", "I101"}
    assert identifier_values([]) == set()


def test_arguments_that_could_not_be_read_count_as_none() -> None:
    talk = Talk("Hi").call("get_a", a="1")
    talk.messages[2]["tool_calls"][0]["function"]["arguments"] = '{"a": '

    assert talk.attempt().calls[0].call == call("get_a")


def test_messages_whose_calls_are_null_have_none() -> None:
    talk = Talk("Hi").say("Hello.")
    talk.messages[2]["tool_calls"] = None

    assert talk.attempt().calls == []
    assert talk.attempt().stated == ["Hello."]


def test_a_result_belongs_to_the_turn_it_follows() -> None:
    talk = Talk("Hi").call("get_a", "one").call("get_a", "two")
    for message in talk.messages:
        if message["role"] == "tool":
            message["tool_call_id"] = "same"
        elif message["role"] == "assistant":
            message["tool_calls"][0]["id"] = "same"

    assert [event.result for event in talk.attempt().calls] == ["one", "two"]


def test_writes_include_refused_ones() -> None:
    attempt = Talk("Hi").call("get_a").call("set_a", error=True).call("set_b").attempt()

    assert [event.call.name for event in attempt.writes] == ["set_a", "set_b"]


def test_a_conversation_without_a_user_has_an_empty_request() -> None:
    talk = Talk("Hi")
    del talk.messages[1]

    assert talk.attempt().request == ""
