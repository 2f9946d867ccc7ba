"""Repair beside the failures that readers coded without seeing any label.

python -m benchmarks.repair_audit ../shared/data
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace_trainers.evaluation.statistics import wilson

from trace_gym.capabilities.repair.attribution import Attribution, attribute
from trace_gym.capabilities.repair.triage import AGENT
from trace_gym.trajectories.readers import read_trajectories

_CODED = Path(__file__).parent.parent / "docs" / "results" / "audit" / "failures.json"


def main() -> None:
    """Prints a line for each round, and what is not agreed on."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with trajectories/ and annotated/")
    args = parser.parse_args()

    coded = json.loads(_CODED.read_text(encoding="utf-8"))
    found = _attributions(coded, args.data)
    print("| round | failures | same side at fault | not the agent's, recognized | decisive capability named | first |")
    print("|---|---|---|---|---|---|")
    for number in sorted({row["round"] for row in coded}):
        pairs = [(row, found[row["number"]]) for row in coded if row["round"] == number]
        print(_line(number, pairs))
    print()
    for row in coded:
        own = found[row["number"]]
        if not _is_same(row, own):
            named = ", ".join(own.capabilities) or own.fault.reason
            print(f"{row['number']}: {row['fault']} {row['decisive']}; repair: {own.fault.side} {named}")


def _attributions(coded: list[dict[str, Any]], data: Path) -> dict[int, Attribution]:
    episodes = {}
    for file in sorted({row["file"] for row in coded}):
        for trajectory in read_trajectories(data / file):
            episodes[file, trajectory.task_id, trajectory.trial] = trajectory
    return {row["number"]: attribute(episodes[row["file"], row["task_id"], row["trial"]]) for row in coded}


def _line(number: int, pairs: list[tuple[dict[str, Any], Attribution]]) -> str:
    agents = [(row, own) for row, own in pairs if row["fault"] == AGENT]
    others = [own for row, own in pairs if row["fault"] != AGENT]
    cells = [
        _share(sum(row["fault"] == own.fault.side for row, own in pairs), len(pairs)),
        _share(sum(own.fault.side != AGENT for own in others), len(others)),
        _share(sum(row["decisive"] in own.capabilities for row, own in agents), len(agents)),
        _share(sum(own.capabilities[:1] == (row["decisive"],) for row, own in agents), len(agents)),
    ]
    return f"| {number} | {len(pairs)} | {' | '.join(cells)} |"


def _share(count: int, n: int) -> str:
    low, high = wilson(count, n)
    return f"{count} of {n} [{100 * low:.0f}, {100 * high:.0f}] %"


def _is_same(row: Mapping[str, Any], own: Attribution) -> bool:
    if row["fault"] != AGENT:
        return own.fault.side == row["fault"]
    return row["decisive"] in own.capabilities


if __name__ == "__main__":
    main()
