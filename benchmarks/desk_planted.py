"""Agents that lack capabilities by design at the service desk: `python -m benchmarks.desk_planted`.

Prints how often such agents succeed, by level and by the number of capabilities that a task needs, and what it means
for a task to lack one single capability.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from trace_gym import make_env
from trace_gym.console.progress import Progress
from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.targets.service_desk.capabilities import CAPABILITIES
from trace_gym.targets.service_desk.visits import play
from trace_gym.testbed.planted import PlantedPolicy, planted, rendered, visit_of

ENV = "trace/ServiceDesk-v0"
LEVELS = (1, 2, 3)
RATES = (1.0, 0.2, 0.05, 0.01)

Outcomes = dict[tuple[int, int], list[tuple[bool, float]]]
"""By level and number of needs: whether each task was solved, and how probable that was."""


def outcomes(rate: float, tasks: int) -> Outcomes:
    """Plays a planted agent on the held-out split.

    Args:
        rate: How often it exercises the planted deficits.
        tasks: On how many tasks of each level.
    """
    rates = planted(rate)
    policy = PlantedPolicy(rates)
    progress = Progress(f"planted at {rate:.0%}", len(LEVELS) * tasks)
    found: Outcomes = defaultdict(list)
    for level in LEVELS:
        env = make_env(ENV, split="evaluate", difficulty=level)
        for index in range(tasks):
            [trajectory] = play_batch([env], policy, [Job(index)], seed=0, env_id=ENV)
            needs = env.episode.task.needs
            found[level, len(needs)].append((trajectory.success, math.prod(rates[name] for name in needs)))
            progress.advance(1)
    progress.close()
    return found


def solves(env: ToolEnv, index: int, lacking: str) -> bool:
    """Returns whether an agent that lacks one capability, and exercises all others, solves a task.

    Args:
        env: The service desk.
        index: The task.
        lacking: The capability's name.
    """
    env.reset(options={"index": index})
    does = dict.fromkeys(CAPABILITIES, True)
    does[lacking] = False
    reward = 0.0
    for turn in play(visit_of(env), does):
        _, reward, terminated, truncated, _ = env.step(rendered(turn))
        if terminated or truncated:
            break
    return reward >= 1


def decisive(tasks: int) -> Mapping[str, Counter[tuple[bool, bool]]]:
    """Counts, by the one capability that is lacking, (whether a task needs it, whether it is solved).

    Args:
        tasks: On how many tasks of each level.
    """
    progress = Progress("one lacking", len(LEVELS) * tasks)
    counts: dict[str, Counter[tuple[bool, bool]]] = {name: Counter() for name in CAPABILITIES}
    for level in LEVELS:
        env = make_env(ENV, split="evaluate", difficulty=level)
        for index in range(tasks):
            for name in CAPABILITIES:
                is_solved = solves(env, index, lacking=name)
                counts[name][name in env.episode.task.needs, is_solved] += 1
            progress.advance(1)
    progress.close()
    return counts


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk_planted", description=__doc__)
    parser.add_argument("--tasks", type=int, default=600, help="tasks of each level")
    tasks = parser.parse_args().tasks

    outcomes_by_rate: dict[float, Outcomes] = {}
    for rate in RATES:
        outcomes_by_rate[rate] = outcomes(rate, tasks)

    print("| deficits exercised | level 1 | level 2 | level 3 |\n|---|---|---|---|")
    for rate, found in outcomes_by_rate.items():
        print(f"| {rate:.0%} | {_cells(found, [lambda key, level=level: key[0] == level for level in LEVELS])} |")

    print("\n| deficits exercised | 1 need | 2 needs | 3 needs | 4 needs |\n|---|---|---|---|---|")
    for rate, found in outcomes_by_rate.items():
        print(f"| {rate:.0%} | {_cells(found, [lambda key, k=k: key[1] == k for k in (1, 2, 3, 4)])} |")

    print("\n| the one capability that is lacking | solved where needed | solved where not needed |\n|---|---|---|")
    for name, counts in decisive(tasks).items():
        cells = []
        for is_needed in (True, False):
            solved = counts[is_needed, True]
            cells.append(f"{solved} of {solved + counts[is_needed, False]}")
        print(f"| {name} | " + " | ".join(cells) + " |")
