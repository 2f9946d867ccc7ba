"""The final table."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym.report.evaluation import render_evaluation


def agent(rate: float, *, rollouts: int = 0) -> dict[str, Any]:
    return {"success_rate": rate, "interval": [rate - 0.05, rate + 0.05], "n": 256, "rollouts": {"total": rollouts}}


def evaluation(p: float = 0.0123, difference: float = 0.25) -> dict[str, Any]:
    interval = [difference - 0.1, difference + 0.1]
    return {
        "agents": {"base": agent(0.5), "routed": agent(0.75, rollouts=12345), "other": agent(0.6, rollouts=7)},
        "pairs": [
            {"first": "base", "second": "routed", "difference": difference, "interval": interval, "p": p},
            {"first": "routed", "second": "other", "difference": -0.15, "interval": [-0.2, -0.1], "p": 0.5},
        ],
    }


def row(name: str, content: dict[str, Any]) -> str:
    return next(line for line in render_evaluation(content).splitlines() if line.startswith(name))


def test_agents_keep_the_order_of_the_file() -> None:
    _, _, *lines = render_evaluation(evaluation()).splitlines()
    assert [line.split()[0] for line in lines] == ["base", "routed", "other"]


def test_rates_are_percentages_and_costs_are_grouped_by_thousands() -> None:
    line = row("routed", evaluation())
    assert "75.0 %" in line
    assert "[70.0, 80.0]" in line
    assert "12,345" in line


def test_the_gain_over_base_is_in_points_with_its_sign() -> None:
    assert "+25.0 [+15.0, +35.0]" in row("routed", evaluation())
    assert "-10.0 [-20.0, +0.0]" in row("routed", evaluation(difference=-0.1))


@pytest.mark.parametrize(("p", "text"), [(0.0123, "0.0123"), (1e-4, "0.0001"), (9.9e-5, "<0.0001"), (1.0, "1.0000")])
def test_p_values_too_small_for_four_digits_are_bounded(p: float, text: str) -> None:
    assert row("routed", evaluation(p)).endswith(text)


@pytest.mark.parametrize("name", ["base", "other"])
def test_an_agent_that_was_not_compared_with_base_has_no_gain(name: str) -> None:
    assert row(name, evaluation()).endswith("256")
