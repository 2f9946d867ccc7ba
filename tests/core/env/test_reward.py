"""Adding up reward terms, and comparing states."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym import RewardRule
from trace_gym.env.reward import changes, state_terms

SHARED = RewardRule(weights={"exercised": 0.2}, joint=0.8, gates=("no_collateral",))
STATE: dict[str, Any] = {"orders": {"W1": {"status": "pending", "items": [1]}}, "users": {}}


@pytest.mark.parametrize(
    ("terms", "total"),
    [
        ({"outcome": 1.0, "communicated": 1.0}, 1.0),
        ({"outcome": 1.0, "communicated": 0.0}, 0.0),
        ({"outcome": 0.5, "communicated": 0.5}, 0.25),
        ({}, 1.0),
    ],
)
def test_the_default_rule_multiplies(terms: dict[str, float], total: float) -> None:
    assert RewardRule().total(terms) == total


@pytest.mark.parametrize(
    ("exercised", "outcome", "no_collateral", "total"),
    [(1, 1, 1, 1.0), (1, 0, 1, 0.2), (0.5, 1, 1, 0.5), (0, 1, 1, 0.0), (1, 1, 0, 0.0)],
)
def test_shares_and_gates(exercised: float, outcome: float, no_collateral: float, total: float) -> None:
    terms = {"exercised": exercised, "outcome": outcome, "no_collateral": no_collateral}
    assert SHARED.total(terms) == pytest.approx(total)


@pytest.mark.parametrize(
    ("weights", "joint"), [({"a": 0.5}, 1.0), ({}, 0.5), ({"a": 1.5}, -0.5), ({"a": -0.5}, 1.5), ({"a": 0.1}, 0.8)]
)
def test_weights_that_do_not_add_up_are_refused(weights: dict[str, float], joint: float) -> None:
    with pytest.raises(ValueError, match="add up to 1, actually"):
        RewardRule(weights=weights, joint=joint)


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_term_out_of_range_is_named(value: float) -> None:
    with pytest.raises(ValueError, match="'outcome' must lie in"):
        RewardRule().total({"outcome": value})


@pytest.mark.parametrize("terms", [{"no_collateral": 1.0}, {"exercised": 1.0}])
def test_a_missing_term_is_named(terms: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="named by the rule but were not computed"):
        SHARED.total(terms)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_totals_stay_between_zero_and_one(values: list[float]) -> None:
    assert 0.0 <= SHARED.total(dict(zip(("exercised", "outcome", "no_collateral"), values, strict=True))) <= 1.0


def edited(**orders: Any) -> dict[str, Any]:
    """The state with fields of order W1 changed."""
    state = copy.deepcopy(STATE)
    state["orders"]["W1"].update(orders)
    return state


def test_changes_name_the_path() -> None:
    after = edited(status="cancelled", items=[1, 2])
    after["orders"]["W2"] = {}
    del after["users"]
    assert changes(STATE, after) == {
        ("orders", "W1", "status"): "cancelled",
        ("orders", "W1", "items"): [1, 2],
        ("orders", "W2"): {},
        ("users",): "<removed>",
    }


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), (1, 1.0), (None, 0), ("1", 1)])
def test_a_change_of_type_is_a_change(before: Any, after: Any) -> None:
    assert changes({"a": before}, {"a": after}) == {("a",): after}


@pytest.mark.parametrize(
    ("final", "outcome", "no_collateral"),
    [
        (edited(status="cancelled"), 1.0, 1.0),
        (STATE, 0.0, 1.0),
        (edited(status="returned"), 0.0, 1.0),
        (edited(status="cancelled", items=[]), 1.0, 0.0),
        (edited(items=[]), 0.0, 0.0),
        ({"orders": {}, "users": {}}, 0.0, 0.0),
    ],
)
def test_outcome_and_collateral(final: dict[str, Any], outcome: float, no_collateral: float) -> None:
    terms = state_terms(STATE, edited(status="cancelled"), final)
    assert terms == {"outcome": outcome, "no_collateral": no_collateral}


def test_nothing_to_do_is_reached_by_doing_nothing() -> None:
    assert state_terms(STATE, STATE, copy.deepcopy(STATE)) == {"outcome": 1.0, "no_collateral": 1.0}
    assert state_terms(STATE, STATE, edited(status="x")) == {"outcome": 1.0, "no_collateral": 0.0}


@given(
    st.dictionaries(st.text(max_size=3), st.dictionaries(st.text(max_size=3), st.booleans(), max_size=3), max_size=3)
)
def test_a_state_has_no_changes_from_itself(state: dict[str, Any]) -> None:
    assert changes(state, copy.deepcopy(state)) == {}
