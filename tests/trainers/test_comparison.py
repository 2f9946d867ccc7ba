"""Rates, intervals and pairs, from episodes that no policy played."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_trainers.evaluation.agent import Agent
from trace_trainers.evaluation.comparison import by_need, compare, outcomes_of

from trace_gym.rollouts.scripted import SilentPolicy
from trace_gym.trajectories.record import Trajectory


def episodes(solved: list[bool], adapter: str = "") -> list[Trajectory]:
    rows = []
    for index, success in enumerate(solved):
        rows.append(Trajectory("trace/Toy-v0", f"evaluate/{index}", [], float(success), success, adapter=adapter))
    return rows


def compared(outcomes: dict[str, list[bool]], seed: int = 0) -> dict[str, Any]:
    agents = [Agent(name, lambda played: SilentPolicy()) for name in outcomes]
    return compare(agents, {name: episodes(solved) for name, solved in outcomes.items()}, seed)


class NeedsEnv:
    """Tasks that need what a list says, and nothing else of an environment."""

    def __init__(self, *needs: tuple[str, ...]) -> None:
        self._needs = needs
        self.episode: Any = None

    def reset(self, *, options: dict[str, int]) -> None:
        task = SimpleNamespace(needs=self._needs[options["index"]])
        self.episode = SimpleNamespace(task=task)


class TestPairs:
    def test_the_base_comes_first_and_the_routed_agent_second(self) -> None:
        outcomes = {"adapter:a": [True], "routed": [True], "base": [False], "adapter:b": [False]}
        pairs = [(row["first"], row["second"]) for row in compared(outcomes)["pairs"]]

        assert pairs == [
            ("base", "adapter:a"),
            ("base", "routed"),
            ("base", "adapter:b"),
            ("adapter:a", "routed"),
            ("adapter:b", "routed"),
        ]

    def test_a_difference_is_the_second_agent_minus_the_first(self) -> None:
        (row,) = compared({"base": [True, True, False, False], "other": [True, False, False, False]})["pairs"]

        assert row["difference"] == -0.25
        assert row["interval"][0] <= -0.25 <= row["interval"][1]
        assert row["p"] == 1.0

    def test_without_a_base_the_routed_agent_alone_is_compared(self) -> None:
        pairs = compared({"a": [True], "routed": [False]})["pairs"]

        assert [(row["first"], row["second"]) for row in pairs] == [("a", "routed")]

    def test_agents_with_the_same_outcomes_do_not_differ(self) -> None:
        (row,) = compared({"base": [True, False], "twin": [True, False]})["pairs"]

        assert (row["difference"], row["interval"], row["p"]) == (0.0, [0.0, 0.0], 1.0)

    @given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
    def test_a_pair_follows_from_outcomes_and_seed_alone(self, rows: list[tuple[bool, bool]]) -> None:
        outcomes = {"base": [row[0] for row in rows], "other": [row[1] for row in rows]}

        assert json.dumps(compared(outcomes, seed=7)) == json.dumps(compared(outcomes, seed=7))


class TestSummaries:
    def test_agents_stand_in_the_order_they_were_given(self) -> None:
        assert list(compared({"z": [True], "a": [True], "m": [True]})["agents"]) == ["z", "a", "m"]

    def test_the_base_is_named_among_the_adapters(self) -> None:
        played = {"mixed": [*episodes([True], "x"), *episodes([True, False])]}
        summary = compare([Agent("mixed", lambda played: SilentPolicy())], played, 0)["agents"]["mixed"]

        assert summary["adapters_used"] == {"base": 2, "x": 1}
        assert list(summary["adapters_used"]) == ["base", "x"]

    def test_outcomes_keep_the_order_of_the_tasks(self) -> None:
        assert outcomes_of({"a": episodes([True, False, True])}) == {"a": [True, False, True]}


class TestNeeds:
    def test_a_task_with_several_needs_is_counted_once(self) -> None:
        env: Any = NeedsEnv(("x",), ("x", "y"), (), ("y",), ("x",))
        rows = by_need(env, {"a": [True, True, False, False, False]}, range(5))

        assert rows == {
            "several": {"n": 1, "a": 1.0},
            "unknown": {"n": 1, "a": 0.0},
            "x": {"n": 2, "a": 0.5},
            "y": {"n": 1, "a": 0.0},
        }

    def test_rows_are_sorted_by_name(self) -> None:
        env: Any = NeedsEnv(("z",), ("a",))

        assert list(by_need(env, {}, [0, 1])) == ["a", "z"]

    def test_outcomes_belong_to_the_places_of_the_indices(self) -> None:
        env: Any = NeedsEnv(("x",), ("y",))

        assert by_need(env, {"a": [True, False]}, [1, 0]) == {"x": {"n": 1, "a": 0.0}, "y": {"n": 1, "a": 1.0}}

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    def test_every_task_is_in_exactly_one_row(self, order: tuple[int, ...]) -> None:
        env: Any = NeedsEnv(("x",), ("x", "y"), ())
        rows = by_need(env, {}, order)

        assert sum(row["n"] for row in rows.values()) == 3
