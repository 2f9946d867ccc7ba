"""References of the airline that break its own guidelines: of tau-bench v1's log, and of the tau2-bench at hand.

python -m benchmarks.guidelines ../shared/data/trajectories/tau1_airline_gpt-4o.json.gz
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from trace_gym.rollouts.execution import execution_of
from trace_gym.targets.tau2.upstream import data_text
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory


def main() -> None:
    """Prints a line for each call that breaks them, and how many tasks do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path, help="a log of tau-bench v1's airline")
    args = parser.parse_args()

    one_each = {trajectory.task_id: trajectory for trajectory in read_trajectories(args.log)}
    names = [str(task["id"]) for task in json.loads(data_text("domains", "airline", "tasks.json"))]
    newer = [Trajectory("tau2/airline", name, [], 0.0, False) for name in names]
    for title, tasks in (("tau-bench v1", [*one_each.values()]), ("tau2-bench", newer)):
        broken = [line for task in tasks for line in _broken(task)]
        print(*(f"{title}, task {line}" for line in broken), sep="\n")
        count = len({line.split(",")[0] for line in broken})
        print(f"{title}: {count} of {len(tasks)} tasks\n")


def _broken(task: Trajectory) -> Iterator[str]:
    execution = execution_of(task)
    solution = execution.solution(task)
    calls = list(solution.calls) if solution else []
    for wanted, ruling in zip(calls, execution.rulings(calls), strict=True):
        if ruling.forbids:
            yield f"{task.task_id}, {wanted.call.name}: {ruling.forbids}"


if __name__ == "__main__":
    main()
