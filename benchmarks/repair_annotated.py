"""Repair beside the root causes that people published for failures of gpt-4o on tau-bench retail.

python -m benchmarks.repair_annotated ../shared/data/annotated
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from trace_gym.capabilities.repair.attribution import attribute
from trace_gym.trajectories.readers import read_trajectories


def main() -> None:
    """Prints a line for each annotated failure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="has tau1_retail_gpt-4o.json.gz and root_causes.json")
    args = parser.parse_args()

    truth = json.loads((args.folder / "root_causes.json").read_text(encoding="utf-8"))["root_causes"]
    episodes = {one.task_id: one for one in read_trajectories(args.folder / "tau1_retail_gpt-4o.json.gz")}
    print("| task | at fault, by people | what, by people | by repair | what |")
    print("|---|---|---|---|---|")
    for row in truth:
        trajectory = episodes.get(str(row["task_id"]))
        if trajectory is None:
            print(f"| {row['task_id']} | {row['at_fault']} | {row['category']} | not in the file | |")
            continue
        found = attribute(trajectory)
        what = found.fault.reason or ", ".join(found.capabilities)
        print(f"| {row['task_id']} | {row['at_fault']} | {row['category']} | {found.fault.side} | {what} |")


if __name__ == "__main__":
    main()
