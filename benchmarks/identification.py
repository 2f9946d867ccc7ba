"""How long the statistics of identification take: labels drawn at random, nothing labelled or read.

python -m benchmarks.identification [--attempts N] [--capabilities N]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify
from trace_gym.capabilities.label_table import LabelTable, from_letters
from trace_gym.capabilities.labels import Capability
from trace_gym.trajectories.record import Trajectory

_TRIALS = 4


def main() -> None:
    """Prints a line for each number of attempts, each ten times the one before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=10_000, help="the largest number (default: %(default)s)")
    parser.add_argument("--capabilities", type=int, default=20, help="how many (default: %(default)s)")
    args = parser.parse_args()

    print("| attempts | capabilities | seconds |")
    print("|---|---|---|")
    for attempts in (args.attempts // 100, args.attempts // 10, args.attempts):
        corpus, tables = _labelled(attempts, args.capabilities)
        start = time.perf_counter()
        identify(corpus, tables)
        print(f"| {attempts:,} | {args.capabilities} | {time.perf_counter() - start:.2f} |", flush=True)


def _labelled(attempts: int, capabilities: int) -> tuple[Corpus, list[LabelTable]]:
    rng = np.random.default_rng(np.random.SeedSequence(attempts))
    talk = [{"role": "user", "content": "Hello"}]
    trajectories = []
    for number, passed in enumerate(rng.random(attempts) < 0.4):
        trajectories.append(
            Trajectory("shop", str(number // _TRIALS), talk, float(passed), bool(passed), trial=number % _TRIALS)
        )
    corpus = Corpus.from_trajectories(trajectories)

    tables = []
    for number in range(capabilities):
        letters = "".join(rng.choice(list("LP-"), size=attempts, p=[0.2, 0.4, 0.4]))
        capability = Capability(f"capability_{number}", "Do it.")
        tables.append(LabelTable(capability, "random", (from_letters(letters, corpus.keys),)))
    return corpus, tables


if __name__ == "__main__":
    main()
