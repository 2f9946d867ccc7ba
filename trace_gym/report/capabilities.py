"""The tables of capabilities that `trace-gym identify` and a run print, and what they mean."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from trace_gym.capabilities.selection import by_gain
from trace_gym.console.table import table
from trace_gym.report.findings import findings_of, notes_on

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
)
_MORE = ("capability", "within tasks", "least delta", "lacking alone", "gain", "exercised", "restating", "kappa")
_WIDTH = 110
_FEWEST = 3
"""Attempts that must lack a capability for it to get a line of its own."""


def render_capabilities(capabilities: Mapping[str, Any]) -> str:
    """Lays out the statistics: two tables with a line for each capability that attempts lack, then what they mean.

    Args:
        capabilities: The content of `capabilities.json`.

    Returns:
        Plain text.
    """
    every = capabilities["capabilities"]
    rows = _shown(every)
    parts = [table(_HEADER, [_row(row) for row in rows])]
    # files from before these statistics have none of them; a capability without an occasion has nothing to say
    more = [_more(row) for row in rows if row.get("exercised") and row["exercised"]["occasions"]]
    if more:
        parts.append(table(_MORE, more))

    lines = []
    for row in rows:
        found = findings_of(row)
        if found:
            lines.append(f"{row['name']}: {'; '.join(found)}")
    lines += _first(rows)
    lines += notes_on(capabilities)
    lines += _left_out([row for row in every if row not in rows])
    if lines:
        parts.append("\n".join(map(_wrapped, lines)))
    return "\n\n".join(parts)


def _shown(every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The capabilities with a line of their own: those that several attempts lack; failing these, those that any do."""
    for least in (_FEWEST, 1):
        rows = [row for row in every if _is_lacking(row, least)]
        if rows:
            return rows
    return every


def _is_lacking(row: Mapping[str, Any], least: int) -> bool:
    """Whether at least so many attempts lack a capability."""
    return bool(row["selected"]) or row["lacking_failed"] + row["lacking_passed"] >= least


def _left_out(rows: list[dict[str, Any]]) -> list[str]:
    """Names the capabilities that hardly any attempt lacks, and those that none had an occasion for."""
    counts = ("lacking_failed", "present_failed", "lacking_passed", "present_passed")
    shown = [row["name"] for row in rows if any(row[count] for count in counts)]
    others = [row["name"] for row in rows if row["name"] not in shown]
    lines = []
    if shown:
        lines.append(f"lacking in {_most_lacking(rows)}: {', '.join(shown)}")
    if others:
        lines.append(f"without an occasion: {', '.join(others)}")
    return lines


def _most_lacking(rows: list[dict[str, Any]]) -> str:
    most = max(row["lacking_failed"] + row["lacking_passed"] for row in rows)
    if most == 0:
        return "no attempt"
    return f"at most {most} attempt{'s' if most > 1 else ''}"


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
    )


def _more(row: Mapping[str, Any]) -> tuple[object, ...]:
    within = row["within_tasks"]
    exercised = row["exercised"]
    restates = row["restates"]
    return (
        row["name"],
        f"{_two_decimals(within['delta'])} ({within['tasks']})",
        _two_decimals(row["least_delta"]),
        row["alone"],
        _percent(row["expected_gain"]),
        f"{exercised['count']}/{exercised['occasions']}",
        f"{restates['equal']}/{restates['labels']}",
        _two_decimals(row["kappa"]),
    )


def _first(rows: list[dict[str, Any]]) -> list[str]:
    """What to fix first: the selected capability that most failures lack alone."""
    selected = [row for row in rows if row["selected"] and row.get("alone")]
    if not selected:
        return []
    best = by_gain(selected)[0]
    return [
        f"fix {best['name']} first: {best['alone']} failures lack nothing else, "
        f"{_percent(best['expected_gain'])} of all attempts"
    ]


def _wrapped(line: str) -> str:
    """Breaks a line into several, the later ones indented."""
    return textwrap.fill(line, _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _two_decimals(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
