"""Name the capabilities an agent lacks, from its trajectories.

Reads trace-gym JSONL and every format that `trace-gym import` reads, a file or a folder of them, plain or .gz.

Example:
  trace-gym identify trajectories.jsonl --out capabilities.json
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace_gym.capabilities.identify import Thresholds, identify, selected
from trace_gym.console.table import table
from trace_gym.errors import UserError
from trace_gym.files import write_json
from trace_gym.trajectories.readers import read_trajectories

HELP = "name the capabilities an agent lacks, from its trajectories"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("trajectories", type=Path, help="trajectories file")
    parser.add_argument(
        "--out", type=Path, default=Path("capabilities.json"), help="where to write (default: %(default)s)"
    )
    parser.add_argument(
        "--coverage", type=float, default=0.10, help="least share of failures that lack it (default: %(default)s)"
    )
    parser.add_argument(
        "--delta", type=float, default=0.20, help="least contrast failures - passes (default: %(default)s)"
    )
    parser.add_argument("--runs", type=int, default=10, help="resamples of the tasks (default: %(default)s)")
    parser.add_argument("--needed", type=int, default=8, help="resamples that must pass both (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the resampling (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Identifies and prints the table."""
    if args.seed < 0 or args.runs < 1:
        raise UserError(f"--seed must be >= 0 and --runs >= 1, got {args.seed} and {args.runs}.")
    trajectories = read_trajectories(args.trajectories)
    thresholds = Thresholds(args.coverage, args.delta, args.runs, args.needed)
    found = identify(trajectories, thresholds, seed=args.seed)
    write_json(args.out, found)
    print(render(found))
    print(
        f"\n{args.out}: {len(selected(found))} selected, from {found['trajectories']} trajectories of {found['tasks']} "
        f"tasks, {found['failures']} failed"
    )
    return 0


def render(found: Mapping[str, Any]) -> str:
    """Lays out the statistics."""
    rows = []
    for row in found["capabilities"]:
        low, high = row["delta_interval"] or (None, None)
        rows.append(
            (
                row["name"],
                "yes" if row["selected"] else "no",
                f"{row['runs_passed']}/{found['thresholds']['runs']}",
                row["lacking_failed"],
                row["present_failed"],
                row["lacking_passed"],
                row["present_passed"],
                _two(row["coverage"]),
                _two(row["error_rate_failed"]),
                _two(row["error_rate_passed"]),
                _two(row["delta"]),
                "no contrast" if low is None else f"[{low:.2f}, {high:.2f}]",
                _two(row["q"]),
            )
        )
    header = (
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
    return table(header, rows)


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
