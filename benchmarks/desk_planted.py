"""Agents that lack capabilities by design at the service desk: `python -m benchmarks.desk_planted`.

Prints how often such agents succeed, by level and by the number of capabilities that a task needs, and what becomes of
an agent that lacks one single capability: it fails the tasks that need it, and no others.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

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

Outcomes = dict[tuple[int, int], list[bool]]
"""Whether each task was solved, by its level and the number of capabilities that it needs."""


def outcomes(rate: float, tasks: int) -> Outcomes:
    """Plays a planted agent on the held-out split.

    Args:
        rate: How often it exercises the planted deficits.
        tasks: On how many tasks of each level.
    """
    policy = PlantedPolicy(planted(rate))
    progress = Progress(f"planted at {rate:.0%}", len(LEVELS) * tasks)
    found: Outcomes = defaultdict(list)
    for level in LEVELS:
        env = make_env(ENV, split="evaluate", difficulty=level)
        for index in range(tasks):
            [trajectory] = play_batch([env], policy, [Job(index)], seed=0, env_id=ENV)
            found[level, len(env.episode.task.needs)].append(trajectory.success)
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


def print_success(outcomes_by_rate: Mapping[float, Outcomes]) -> None:
    """Prints success by level, and by the number of needs.

    Args:
        outcomes_by_rate: As `outcomes` returns them.
    """
    print("| deficits exercised | level 1 | level 2 | level 3 |\n|---|---|---|---|")
    for rate, found in outcomes_by_rate.items():
        print(_row(f"{rate:.0%}", [_share(found, level=level) for level in LEVELS]))

    print("\n| deficits exercised | 1 need | 2 needs | 3 needs | 4 needs |\n|---|---|---|---|---|")
    for rate, found in outcomes_by_rate.items():
        print(_row(f"{rate:.0%}", [_share(found, needs=needs) for needs in (1, 2, 3, 4)]))


def print_decisive(counts_by_name: Mapping[str, Counter[tuple[bool, bool]]]) -> None:
    """Prints how often lacking one single capability fails a task.

    Args:
        counts_by_name: As `decisive` returns them.
    """
    print("\n| the one capability that is lacking | solved where needed | solved where not needed |\n|---|---|---|")
    for name, counts in counts_by_name.items():
        cells = []
        for is_needed in (True, False):
            solved = counts[is_needed, True]
            cells.append(f"{solved} of {solved + counts[is_needed, False]}")
        print(_row(f"`{name}`", cells))


def _share(found: Outcomes, level: int = 0, needs: int = 0) -> str:
    """Success on the tasks of a level, or on those with a number of needs, of any where it is 0."""
    solved: list[bool] = []
    for (its_level, its_needs), results in found.items():
        if level in (0, its_level) and needs in (0, its_needs):
            solved += results
    return f"{sum(solved) / len(solved):.1%}"


def _row(title: str, cells: Sequence[str]) -> str:
    return f"| {title} | " + " | ".join(cells) + " |"


def main() -> None:
    """Plays all agents and prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk_planted", description=__doc__)
    parser.add_argument("--tasks", type=int, default=600, help="tasks of each level")
    tasks = parser.parse_args().tasks

    print_success({rate: outcomes(rate, tasks) for rate in RATES})
    print_decisive(decisive(tasks))


if __name__ == "__main__":
    main()
