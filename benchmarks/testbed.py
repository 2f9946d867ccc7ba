"""What identification finds in agents with one planted fault each: is it selected, and alone?

python -m benchmarks.testbed --n 200 --rate 0.8 --seeds 3 --out docs/results/testbed.jsonl
python -m benchmarks.testbed --table --out docs/results/testbed.jsonl

A line of `--out` is written as soon as it is known, and not worked out again; `--table` lays out what it holds.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trace_gym import make_env
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labellers import KINDS
from trace_gym.capabilities.labels import Label
from trace_gym.capabilities.selection import selected
from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.faults import FAULTS
from trace_gym.testbed.faulty import FaultyPolicy

TARGETS = {
    "desk": "trace/ServiceDesk-v0",
    "airline": "trace/Tau2Airline-v0",
    "retail": "trace/Tau2Retail-v0",
    "telecom": "trace/Tau2Telecom-v0",
    "banking": "trace/AgentDojoBanking-v0",
    "slack": "trace/AgentDojoSlack-v0",
    "travel": "trace/AgentDojoTravel-v0",
    "workspace": "trace/AgentDojoWorkspace-v0",
}
_TASKS = 120
"""Tasks of a target that are looked at; it may have fewer."""
_NOISE = 0x0153
"""Keeps the draws of wrong labels apart from others."""
_FEWEST = 3
"""Tasks below which a fault is said to have no occasion: fewer failures are not selected by design."""


def main() -> None:
    """Plays, identifies, and prints a line for each target and fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", nargs="+", choices=list(TARGETS), default=list(TARGETS))
    parser.add_argument("--faults", nargs="+", choices=["none", *FAULTS], default=["none", *FAULTS])
    parser.add_argument("--n", type=int, nargs="+", default=[200], help="trajectories (default: 200)")
    parser.add_argument("--rate", type=float, nargs="+", default=[0.8], help="how often it errs (default: 0.8)")
    parser.add_argument("--noise", type=float, nargs="+", default=[0.0], help="share of labels turned (default: 0)")
    parser.add_argument("--seeds", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--labeller", choices=sorted(KINDS), default="best")
    parser.add_argument("--out", type=Path, required=True, help="JSONL, added to")
    parser.add_argument("--table", action="store_true", help="only print what --out holds, fault by fault")
    parser.add_argument("--curves", action="store_true", help="only print what --out holds, faults together")
    args = parser.parse_args()

    known = _known(args.out)
    if args.table or args.curves:
        print((_table if args.table else _curves)(list(known.values())))
        return
    for target in args.targets:
        for fault in args.faults:
            agent = FaultyPolicy(_env(target), FAULTS.get(fault), 1.0)
            for seed, rate in itertools.product(range(args.seeds), args.rate):
                settings = {"target": target, "fault": fault, "seed": seed, "rate": rate, "labeller": args.labeller}
                wanted = [{**settings, "n": n, "noise": noise} for n in args.n for noise in args.noise]
                left = [one for one in wanted if _key(one) not in known]
                for row in _rows(agent.at(rate), left):
                    known[_key(row)] = row
                    with args.out.open("a", encoding="utf-8") as stream:
                        stream.write(json.dumps(row) + "\n")
                    print(_line(row), flush=True)


_KEY = ("target", "fault", "seed", "rate", "n", "noise", "labeller")


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)


def _known(path: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    if not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {_key(row): row for row in rows}


def _rows(agent: FaultyPolicy, wanted: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What is selected, for settings that differ in size and noise alone."""
    if not wanted:
        return
    first = wanted[0]
    env = _env(first["target"])
    fault = FAULTS.get(first["fault"])
    tasks = [index for index in range(_tasks(env)) if agent.is_solvable(index)]
    occasions = [index for index in tasks if agent.has_occasion(index)]
    counts = {"tasks": len(tasks), "occasions": len(occasions), "capability": fault.capability if fault else ""}
    if fault is not None and len(occasions) < _FEWEST:
        for settings in wanted:
            yield {**settings, **counts, "failures": 0, "selected": None}
        return

    played = []
    for number in range(max(settings["n"] for settings in wanted)):
        job = Job(tasks[number % len(tasks)], number // len(tasks))
        played += play_batch([env], agent, [job], seed=first["seed"], env_id=TARGETS[first["target"]])
    whole = Corpus.from_trajectories(played)
    tables = label_corpus(whole, KINDS[first["labeller"]])
    for settings in wanted:
        # an attempt's label does not depend on the others
        corpus = whole.part(set(whole.keys[: settings["n"]]))
        rng = np.random.default_rng(np.random.SeedSequence([first["seed"], _NOISE]))
        found = identify(
            corpus, [_noisy(table, corpus, settings["noise"], rng) for table in tables], seed=first["seed"]
        )
        names = [row["name"] for row in selected(found)]
        yield {**settings, **counts, "failures": found["failures"], "selected": names}


def _noisy(table: LabelTable, corpus: Corpus, share: float, rng: np.random.Generator) -> LabelTable:
    """The labels of some attempts, a share of them turned round: PRESENT instead of LACKING, and the other way."""
    turned = {Label.LACKING: Label.PRESENT, Label.PRESENT: Label.LACKING}
    runs = []
    for run in table.runs:
        draws = rng.random(len(corpus))
        labels = {}
        for key, draw in zip(corpus.keys, draws, strict=True):
            labels[key] = turned.get(run[key], run[key]) if draw < share else run[key]
        runs.append(labels)
    apart = {key: why for key, why in table.set_apart.items() if key in corpus.outcomes}
    return LabelTable(table.capability, table.labeller, tuple(runs), {}, apart, table.verified and not share)


def _table(rows: list[dict[str, Any]]) -> str:
    """One line for each target, fault, rate and size, seeds counted together."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["target"], row["fault"], row["rate"], row["n"], row["noise"]), []).append(row)

    lines = ["| target | fault | rate | n | noise | tasks with an occasion | planted | found | alone | besides |"]
    lines.append("|---" * 10 + "|")
    for (target, fault, rate, n, noise), group in groups.items():
        first = group[0]
        occasions = f"{first['occasions']} of {first['tasks']}"
        planted = first["capability"] or "nothing"
        if first["selected"] is None:
            lines.append(
                f"| {target} | {fault} | {rate} | {n} | {noise:g} | {occasions} | {planted} | no occasion | | |"
            )
            continue
        found = sum(_is_found(row) for row in group)
        alone = sum(_is_found(row) and not _besides(row) for row in group)
        besides = sorted({name for row in group for name in _besides(row)})
        lines.append(
            f"| {target} | {fault} | {rate} | {n} | {noise:g} | {occasions} | {planted} | {found} of {len(group)} | "
            f"{alone} of {len(group)} | {', '.join(besides)} |"
        )
    return "\n".join(lines)


def _curves(rows: list[dict[str, Any]]) -> str:
    """One line for each rate, size and noise: all targets, faults and seeds together."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        if row["selected"] is not None:
            groups.setdefault((row["rate"], row["noise"], row["n"]), []).append(row)

    lines = ["| rate | noise | n | planted | found | alone | nothing planted | nothing found |"]
    lines.append("|---" * 8 + "|")
    for (rate, noise, n), group in sorted(groups.items()):
        planted = [row for row in group if row["capability"]]
        sound = [row for row in group if not row["capability"]]
        found = sum(_is_found(row) for row in planted)
        alone = sum(_is_found(row) and not _besides(row) for row in planted)
        silent = sum(not row["selected"] for row in sound)
        cells = [rate, f"{noise:g}", n, len(planted), _share(found, len(planted)), _share(alone, len(planted))]
        lines.append("| " + " | ".join(str(cell) for cell in (*cells, len(sound), silent)) + " |")
    return "\n".join(lines)


def _share(count: int, of: int) -> str:
    return f"{count} ({100 * count / of:.0f} %)" if of else "–"


def _is_found(row: dict[str, Any]) -> bool:
    return not row["capability"] or row["capability"] in row["selected"]


def _besides(row: dict[str, Any]) -> set[str]:
    """What was selected besides the planted fault and its fair company."""
    company: frozenset[str] = frozenset()
    if row["fault"] in FAULTS:
        company = FAULTS[row["fault"]].company
    return set(row["selected"]) - {row["capability"]} - company


def _env(target: str) -> ToolEnv:
    return make_env(TARGETS[target], split="mine" if target == "desk" else "all")


def _tasks(env: ToolEnv) -> int:
    return min(_TASKS, env.task_count or _TASKS)


def _line(row: dict[str, Any]) -> str:
    if row["selected"] is None:
        found = "no occasion"
    else:
        found = ", ".join(row["selected"]) or "nothing"
    return (
        f"{row['target']:9} {row['fault']:22} seed {row['seed']} rate {row['rate']} n {row['n']} "
        f"noise {row['noise']:g}: "
        f"{row['occasions']} of {row['tasks']} tasks, {row['failures']} failures: {found} "
        f"(planted: {row['capability'] or 'nothing'})"
    )


if __name__ == "__main__":
    main()
