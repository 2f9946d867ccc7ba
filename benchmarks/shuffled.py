"""How often something is selected though nothing can be lacking: outcomes shuffled among the attempts of real logs.

python -m benchmarks.shuffled FILE...
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import numpy as np

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.selection import Thresholds, selected

_RULES = {"TRACE's rule": Thresholds(support=0, false_discovery=1.0), "with support and q": Thresholds()}


def main() -> None:
    """Prints a line for each number of attempts and rule."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", help="logs")
    parser.add_argument("--rounds", type=int, default=20, help="shuffles of each log (default: %(default)s)")
    args = parser.parse_args()

    print("| attempts | rule | shuffles in which something is selected |")
    print("|---|---|---|")
    labelled = []
    for path in args.files:
        corpus = Corpus.from_file(path)
        labelled.append((corpus, label_corpus(corpus)))
    for size in (0, 25):
        for name, thresholds in _RULES.items():
            count = sum(_false_ones(corpus, tables, thresholds, size, args.rounds) for corpus, tables in labelled)
            print(f"| {size or 'whole logs'} | {name} | {count} of {args.rounds * len(labelled)} |", flush=True)


def _false_ones(corpus: Corpus, tables: list[LabelTable], thresholds: Thresholds, size: int, rounds: int) -> int:
    count = 0
    for number in range(rounds):
        rng = np.random.default_rng(np.random.SeedSequence([number, size]))
        part, labels = _shuffled(corpus, tables, size or len(corpus), rng)
        count += bool(selected(identify(part, labels, thresholds, seed=number)))
    return count


def _shuffled(
    corpus: Corpus, tables: list[LabelTable], size: int, rng: np.random.Generator
) -> tuple[Corpus, list[LabelTable]]:
    """Some of the attempts, with each other's outcomes."""
    places = rng.permutation(len(corpus))[:size]
    keys = tuple(corpus.keys[place] for place in places)
    outcomes = rng.permutation([corpus.outcomes[key] for key in keys])
    part = dataclasses.replace(
        corpus,
        trajectories=tuple(corpus.trajectories[place] for place in places),
        attempts=tuple(corpus.attempts[place] for place in places),
        keys=keys,
        outcomes={key: bool(outcome) for key, outcome in zip(keys, outcomes, strict=True)},
    )
    labels = []
    for table in tables:
        runs = tuple({key: run[key] for key in keys} for run in table.runs)
        labels.append(dataclasses.replace(table, runs=runs, evidence={}))
    return part, labels


if __name__ == "__main__":
    main()
