"""How well rules over the log alone agree with repair, which executes the target: LACKING labels of failures.

python -m benchmarks.rules_and_repair ../shared/data/trajectories/*.gz ../shared/data/annotated/*.gz
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.labeller import Labeller, RuleLabeller
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labellers.rules import RULES
from trace_gym.capabilities.labels import Label
from trace_gym.capabilities.repair import names

_BY_LOG_ALONE = (names.FINISHING,)
"""Rules that look at how an episode ended, and compare nothing."""


def main() -> None:
    """Prints a line for each file, and one for each capability."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="trajectories")
    args = parser.parse_args()

    totals: Counter[tuple[str, str]] = Counter()
    print("| file | failures | the same capabilities | one in common | labels by rules | of them by repair too |")
    print("|---|---|---|---|---|---|")
    for path in args.files:
        corpus = Corpus.from_file(path)
        by_rules = _lacking(corpus, [RuleLabeller(rule) for rule in RULES if rule.NAME not in _BY_LOG_ALONE])
        by_repair = _lacking(corpus, [RepairLabeller()])
        failed = [key for key in corpus.keys if not corpus.outcomes[key]]
        same = sum(by_rules[key] == by_repair[key] for key in failed)
        common = sum(bool(by_rules[key] & by_repair[key]) for key in failed)
        for key in failed:
            for name in by_rules[key]:
                totals[name, "rules"] += 1
                totals[name, "both"] += name in by_repair[key]
            for name in by_repair[key]:
                totals[name, "repair"] += 1
        labels = sum(len(by_rules[key]) for key in failed)
        both = sum(len(by_rules[key] & by_repair[key]) for key in failed)
        print(f"| {path.name} | {len(failed)} | {same} | {common} | {labels} | {both} |", flush=True)

    print("\n| capability | by rules | by repair | by both |\n|---|---|---|---|")
    for name in names.CAPABILITIES:
        if name not in _BY_LOG_ALONE:
            print(f"| {name} | {totals[name, 'rules']} | {totals[name, 'repair']} | {totals[name, 'both']} |")


def _lacking(corpus: Corpus, labellers: list[Labeller]) -> dict[AttemptKey, set[str]]:
    found: dict[AttemptKey, set[str]] = {key: set() for key in corpus.keys}
    for labeller in labellers:
        for table in labeller.label(corpus):
            for key, label in table.runs[0].items():
                if label is Label.LACKING and table.capability.name not in _BY_LOG_ALONE:
                    found[key].add(table.capability.name)
    return found


if __name__ == "__main__":
    main()
