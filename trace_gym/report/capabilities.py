"""The table of capabilities that `trace-gym identify` and a run print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace_gym.console.table import table

_HEADER = (
    "capability",
    "selected",
    "runs",
    "n_LF",
    "n_PF",
    "n_LP",
    "n_PP",
    "Cov",
    "ER-",
    "ER+",
    "delta",
    "95 % interval",
    "q",
    "why not",
)


def render_capabilities(capabilities: Mapping[str, Any]) -> str:
    """Lays out the statistics, one capability a line.

    Args:
        capabilities: The content of `capabilities.json`.

    Returns:
        A plain-text table.
    """
    return table(_HEADER, list(map(_row, capabilities["capabilities"])), left=(0, len(_HEADER) - 1))


def _row(row: Mapping[str, Any]) -> tuple[object, ...]:
    selected = "no"
    if row["selected"]:
        selected = "yes"

    # said in words, as a dash there reads like a delta of zero
    interval = "no contrast"
    if row["delta_interval"] is not None:
        low, high = row["delta_interval"]
        interval = f"[{low:.2f}, {high:.2f}]"

    return (
        row["name"],
        selected,
        f"{row['runs_passed']}/{row['runs']}",
        row["lacking_failed"],
        row["present_failed"],
        row["lacking_passed"],
        row["present_passed"],
        _two_decimals(row["coverage"]),
        _two_decimals(row["error_rate_failed"]),
        _two_decimals(row["error_rate_passed"]),
        _two_decimals(row["delta"]),
        interval,
        _two_decimals(row["q"]),
        row.get("objection", ""),
    )


def _two_decimals(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}"
