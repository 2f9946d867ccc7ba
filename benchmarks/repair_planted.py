"""What repair makes of agents that lack one capability of the service desk each, and always.

python -m benchmarks.repair_planted --tasks 300
"""

from __future__ import annotations

import argparse

from trace_gym import make_env
from trace_gym.capabilities.repair.attribution import Attribution, attribute
from trace_gym.capabilities.repair.search import REPAIRED
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.targets.service_desk.capabilities import CAPABILITIES
from trace_gym.testbed.planted import PlantedPolicy

_DESK = "trace/ServiceDesk-v0"


def main() -> None:
    """Prints a line for each capability."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=300, help="tasks of the evaluate split (default: %(default)s)")
    args = parser.parse_args()

    print("| lacking | failures | repaired | named | named alone |")
    print("|---|---|---|---|---|")
    for lacking in CAPABILITIES:
        found = _attributions(lacking, args.tasks)
        repaired = sum(attribution.verdict.status == REPAIRED for attribution in found)
        named = sum(lacking in attribution.capabilities for attribution in found)
        alone = sum(attribution.capabilities == (lacking,) for attribution in found)
        print(f"| {lacking} | {len(found)} | {repaired} | {named} | {alone} |", flush=True)


def _attributions(lacking: str, tasks: int) -> list[Attribution]:
    rates = dict.fromkeys(CAPABILITIES, 1.0) | {lacking: 0.0}
    env = make_env(_DESK, split="evaluate")
    found = []
    for index in range(tasks):
        [trajectory] = play_batch([env], PlantedPolicy(rates), [Job(index)], seed=0, env_id=_DESK)
        if not trajectory.success:
            found.append(attribute(trajectory))
    return found


if __name__ == "__main__":
    main()
