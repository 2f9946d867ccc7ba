"""The final table: agents on the same held-out tasks, with intervals, paired tests and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace_gym.console.table import table

_HEADER = ("agent", "rollouts", "success", "95 % interval", "n", "against base, points", "McNemar p")


def render_evaluation(evaluation: Mapping[str, Any]) -> str:
    """Lays out an evaluation, one agent a line.

    Args:
        evaluation: The content of `evaluation.json`.

    Returns:
        A plain-text table; `rollouts` is what it cost to make the agent, the evaluation itself not counted.
    """
    against_base = {pair["second"]: pair for pair in evaluation["pairs"] if pair["first"] == "base"}
    rows = []
    for name, agent in evaluation["agents"].items():
        low, high = agent["interval"]
        gain, p = _against_base(against_base.get(name))
        rows.append(
            (
                name,
                f"{agent['rollouts']['total']:,}",
                f"{100 * agent['success_rate']:.1f} %",
                f"[{100 * low:.1f}, {100 * high:.1f}]",
                agent["n"],
                gain,
                p,
            )
        )

    return table(_HEADER, rows)


def _against_base(pair: Mapping[str, Any] | None) -> tuple[str, str]:
    if pair is None:
        return "", ""
    low, high = pair["interval"]
    gain = f"{100 * pair['difference']:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
    if pair["p"] < 1e-4:
        p = "<0.0001"
    else:
        p = f"{pair['p']:.4f}"
    return gain, p
