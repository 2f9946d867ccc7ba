"""How long identification takes, reading, repair and statistics each: scripted attempts at the service desk.

python -m benchmarks.identification [--attempts N] [--jobs N]
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from trace_gym import make_env
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify
from trace_gym.capabilities.labellers.best import BestLabeller
from trace_gym.console.progress import Progress
from trace_gym.processes import jobs_for
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.planted import PlantedPolicy, planted

_ENV = "trace/ServiceDesk-v0"
_RATE = 0.2
_TRIALS = 20
_SHARES = (100, 10, 1)


def main() -> None:
    """Prints a line for each number of attempts, each ten times the one before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=10_000, help="the largest number (default: %(default)s)")
    parser.add_argument("--jobs", type=int, help="processes (default: as `trace-gym identify` has it)")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trajectories.jsonl"
        lines = _play(args.attempts)
        print("| attempts | failed | read, s | labels, s | statistics, s | all, s | processes | memory, MB |")
        print("|---" * 8 + "|")
        for share in _SHARES:
            path.write_text("".join(lines[: args.attempts // share]), encoding="utf-8")
            print(_line(path, args.jobs), flush=True)


def _play(attempts: int) -> list[str]:
    """Attempts of an agent that exercises each of the planted deficits in a fifth of occasions, as JSON lines."""
    env = make_env(_ENV, split="mine")
    policy = PlantedPolicy(planted(_RATE))
    progress = Progress("play", attempts)
    lines = []
    for number in range(attempts):
        index, trial = divmod(number, _TRIALS)
        [trajectory] = play_batch([env], policy, [Job(index, trial)], seed=0, env_id=_ENV)
        lines.append(json.dumps(trajectory.to_json()) + "\n")
        progress.advance(1)
    progress.close()
    return lines


def _line(path: Path, jobs: int | None) -> str:
    start = time.perf_counter()
    corpus = Corpus.from_file(path)
    read = time.perf_counter()
    processes = jobs or jobs_for(len(corpus))
    tables = BestLabeller(jobs=processes).label(corpus)
    labelled = time.perf_counter()
    found = identify(corpus, tables)
    end = time.perf_counter()

    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    times = (read - start, labelled - read, end - labelled, end - start)
    cells = [f"{len(corpus):,}", f"{found['failures']:,}", *(f"{own_time:.1f}" for own_time in times)]
    return f"| {' | '.join(cells)} | {processes} | {own / 1024:.0f} + {children / 1024:.0f} each |"


if __name__ == "__main__":
    main()
