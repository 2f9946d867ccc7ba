"""Turning requests into phrasings."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym.synthesis.miner.phrases import list_slot, most_common, plain_request, with_slots


@pytest.mark.parametrize(
    ("text", "values", "phrase"),
    [
        ("Cancel W12.", {"order_id": "W12"}, "Cancel {order_id}."),
        ("Cancel W12, yes W12.", {"id": "W12"}, "Cancel {id}, yes {id}."),
        ("Ship W12 and W123.", {"a": "W12", "b": "W123"}, "Ship {a} and {b}."),
        ("Pay 5 now.", {"n": 5}, "Pay {n} now."),
        ("Hello.", {}, "Hello."),
    ],
)
def test_values_become_slots(text: str, values: dict[str, Any], phrase: str) -> None:
    assert with_slots(text, values) == phrase


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Cancel W12.", {"order_id": "W13"}),
        ("Cancel W123.", {"order_id": "W12"}),
        ("Cancel {W12}.", {"order_id": "W12"}),
        ("W12 " + "x" * 240, {"order_id": "W12"}),
    ],
)
def test_what_does_not_fit_is_no_phrasing(text: str, values: dict[str, Any]) -> None:
    assert with_slots(text, values) is None


@pytest.mark.parametrize(
    "text",
    ["Ship W1, W2 and W3 now.", "Ship W1 and W2 and W3 now.", "Ship W3, W2, and W1 now.", "Ship W1, W2, W3 now."],
)
def test_enumerations_become_one_slot(text: str) -> None:
    assert list_slot(text, ["W1", "W2", "W3"]) == "Ship {ids} now."


@pytest.mark.parametrize("text", ["Ship W1 now and W2 later.", "Ship W1.", "Ship {W1} and W2.", "W1 and W3"])
def test_what_is_no_enumeration_is_none(text: str) -> None:
    assert list_slot(text, ["W1", "W2"]) is None
    assert list_slot(text, []) is None


def test_recurring_phrasings_go_before_single_ones() -> None:
    assert most_common(["a", "b", "b", None, "c", "c", "c", ""]) == ["c", "b"]
    assert most_common(["a", "b", None]) == ["a", "b"]
    assert most_common(iter("abcde")) == ["a", "b", "c"]
    assert len(most_common([str(n) for n in range(30)] * 2)) == 12
    assert most_common([]) == []


def test_a_plain_request_names_what_is_needed() -> None:
    assert plain_request("cancel_order", ["order_id", "why"]) == "Please cancel order: order id {order_id}, why {why}."
    assert plain_request("cancel_all", []) == "Please cancel all."
