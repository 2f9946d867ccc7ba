"""What holds of every reward rule and of every comparison of states."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym import RewardRule
from trace_gym.env.reward import changes, state_terms

NAMES = ("a", "b", "c")
UNIT = st.floats(0, 1)
TERMS = st.fixed_dictionaries({name: UNIT for name in NAMES})
SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x", "é"])
STATES = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), SCALARS | st.lists(SCALARS, max_size=2), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def rules(draw: st.DrawFn) -> RewardRule:
    parts = draw(st.lists(st.integers(0, 10), min_size=4, max_size=4).filter(any))
    shares = [part / sum(parts) for part in parts]
    gates = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return RewardRule(weights=dict(zip(NAMES, shares, strict=False)), joint=shares[3], gates=tuple(gates))


@given(rules(), TERMS)
def test_only_all_terms_together_earn_everything(rule: RewardRule, terms: dict[str, float]) -> None:
    assert rule.total(dict.fromkeys(NAMES, 1.0)) == pytest.approx(1.0)
    assert rule.total(dict.fromkeys(NAMES, 0.0)) == 0.0
    if rule.joint > 0 and min(terms.values()) < 0.99:
        assert rule.total(terms) < 1.0


@given(rules(), TERMS, st.sampled_from(NAMES), UNIT)
def test_a_better_term_never_pays_less(rule: RewardRule, terms: dict[str, float], name: str, value: float) -> None:
    worse, better = sorted((terms[name], value))
    assert rule.total({**terms, name: worse}) <= rule.total({**terms, name: better}) + 1e-12


@given(rules(), TERMS)
def test_a_closed_gate_leaves_nothing(rule: RewardRule, terms: dict[str, float]) -> None:
    for gate in rule.gates:
        assert rule.total({**terms, gate: 0.0}) == 0.0


def applied(state: Any, found: dict[tuple[str, ...], Any]) -> Any:
    """A state with changes made in it."""
    state = copy.deepcopy(state)
    for path, value in found.items():
        if not path:
            return value
        place = state
        for key in path[:-1]:
            place = place[key]
        if value == "<removed>":
            del place[path[-1]]
        else:
            place[path[-1]] = value
    return state


@given(STATES, STATES)
def test_the_changes_lead_from_one_state_to_the_other(before: Any, after: Any) -> None:
    assert applied(before, changes(before, after)) == after


@given(STATES)
def test_nothing_has_changed_in_a_copy(state: Any) -> None:
    assert changes(state, copy.deepcopy(state)) == {}


@given(STATES, STATES)
def test_neither_state_is_touched(before: Any, after: Any) -> None:
    copies = copy.deepcopy((before, after))
    changes(before, after)
    assert (before, after) == copies


@given(STATES, STATES)
def test_the_goal_is_reached_without_damage_by_definition(initial: Any, goal: Any) -> None:
    assert state_terms(initial, goal, goal) == {"outcome": 1.0, "no_collateral": 1.0}
    untouched = state_terms(initial, goal, initial)
    assert untouched == {"outcome": float(not changes(initial, goal)), "no_collateral": 1.0}


@given(STATES, STATES)
def test_one_more_change_is_damage_and_leaves_the_outcome(initial: Any, goal: Any) -> None:
    final = {**goal, "elsewhere": 1}
    assert state_terms(initial, goal, final) == {"outcome": 1.0, "no_collateral": 0.0}


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), (1, 1.0), ("1", 1), ([], {}), (None, "")])
def test_equal_in_python_is_not_yet_equal_in_json(before: Any, after: Any) -> None:
    assert changes({"x": before}, {"x": after}) == {("x",): after}
    # within lists as well, however deep
    assert changes({"x": [[before]]}, {"x": [[after]]}) == {("x",): [[after]]}
    assert changes({"x": [{"y": before}]}, {"x": [{"y": after}]}) == {("x",): [{"y": after}]}
