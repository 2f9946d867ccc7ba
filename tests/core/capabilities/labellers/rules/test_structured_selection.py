"""What counts as a choice from a list, and what as choosing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.capabilities.labellers.rules.structured_selection import choices, label, siblings
from trace_gym.capabilities.labels import Label

from ....helpers import Talk, call

LAMPS = [
    {"item_id": "I101", "color": "red", "kind": "lamp", "price": 5},
    {"item_id": "I102", "color": "blue", "kind": "lamp", "price": 7},
]
TAKE_RED = call("take", item_id="I101")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)


def groups(value: Any) -> list[list[str]]:
    return [sorted(group) for group in siblings(value)]


def test_fields_that_tell_all_records_apart_are_siblings() -> None:
    assert groups(LAMPS) == [["I101", "I102"], ["blue", "red"], ["5", "7"]]


def test_lists_within_results_are_searched() -> None:
    assert groups({"found": {"lamps": LAMPS}, "count": 2})[0] == ["I101", "I102"]


def test_the_keys_of_a_table_of_records_are_siblings() -> None:
    assert groups({"I101": {"color": "red"}, "I102": {"color": "red"}}) == [["I101", "I102"]]


@pytest.mark.parametrize(
    "value",
    [
        LAMPS[:1],
        [],
        ["I101", "I102"],
        "I101",
        None,
        {"I101": {"color": "red"}},
        {"I101": {"color": "red"}, "count": 1},
        [{"color": "red"}, {"color": "red"}],
        [{"size": {"x": 1}}, {"size": {"x": 2}}],
        [{"a": "I101"}, {"b": "I102"}],
    ],
)
def test_nothing_stands_beside_others_here(value: Any) -> None:
    assert groups(value) == []


@given(json_values)
def test_siblings_come_in_twos_at_least_and_as_text(value: Any) -> None:
    for group in siblings(value):
        assert len(group) >= 2
        assert all(isinstance(member, str) for member in group)


def test_a_choice_names_tool_argument_and_value() -> None:
    attempt = Talk("x").call("list_items", LAMPS).attempt(call("take", item_id="I101", note="red lamp", price=7))

    assert list(choices(attempt)) == [("take", "item_id", "I101"), ("take", "price", "7")]


def test_a_list_of_items_is_one_choice_an_item_and_each_once() -> None:
    attempt = Talk("x").call("list_items", LAMPS).attempt(call("take", items=["I102", "I101", "I102", None]))

    assert list(choices(attempt)) == [("take", "items", "I102"), ("take", "items", "I101")]


def test_reads_of_the_reference_are_no_choices() -> None:
    attempt = Talk("x").call("list_items", LAMPS).attempt(call("get_item", item_id="I101"))

    assert list(choices(attempt)) == []


def test_results_of_writes_are_not_looked_up() -> None:
    attempt = Talk("x").call("reserve", LAMPS).attempt(TAKE_RED)

    assert list(choices(attempt)) == []


def test_a_write_without_the_argument_lacks_it() -> None:
    attempt = Talk("x").call("list_items", LAMPS).call("take", note="the red one").attempt(TAKE_RED)

    assert label(attempt) is Label.LACKING


def test_a_write_with_an_empty_list_has_chosen_nothing_yet() -> None:
    attempt = Talk("x").call("list_items", LAMPS).call("take", items=[]).attempt(call("take", items=["I101"]))

    assert label(attempt) is Label.NA


def test_a_refused_write_shows_the_choice_as_well() -> None:
    attempt = Talk("x").call("list_items", LAMPS).call("take", error=True, item_id="I101").attempt(TAKE_RED)

    assert label(attempt) is Label.PRESENT


TAKE_BLUE = call("take", item_id="I102")


@pytest.mark.parametrize(
    ("taken", "refusal", "expected"),
    [
        # the reference is refused too and takes what the refusal names, which is no choice from the list
        ("I101", "Error: I101 is gone, take I102.", Label.PRESENT),
        ("I101", "Error: I101 is gone.", Label.LACKING),
        ("I101", "Error: I101 is gone, take I1024.", Label.LACKING),
        # a refusal of what the reference never tries excuses nothing
        ("I999", "Error: no I999, there are I101 and I102.", Label.LACKING),
    ],
)
def test_what_the_refusal_of_a_right_call_names_is_no_choice(taken: str, refusal: str, expected: Label) -> None:
    talk = Talk("x").call("list_items", LAMPS).call("take", refusal, error=True, item_id=taken)

    assert label(talk.attempt(TAKE_RED, TAKE_BLUE)) is expected


def test_another_tool_with_the_value_does_not_count() -> None:
    attempt = Talk("x").call("list_items", LAMPS).call("hold", item_id="I101").attempt(TAKE_RED)

    assert label(attempt) is Label.NA


def test_every_choice_has_to_be_right() -> None:
    talk = Talk("x").call("list_items", LAMPS).call("take", item_id="I101").call("wrap", color="red")
    right = call("wrap", color="red")
    wrong = call("wrap", color="blue")

    assert label(talk.attempt(TAKE_RED, right)) is Label.PRESENT
    assert label(talk.attempt(TAKE_RED, wrong)) is Label.LACKING


def test_numbers_and_their_text_are_the_same_choice() -> None:
    attempt = Talk("x").call("list_items", LAMPS).call("pay", price="5").attempt(call("pay", price=5))

    assert label(attempt) is Label.PRESENT
