"""What identification finds in agents with one planted fault each: is it selected, and alone?

python -m benchmarks.testbed --n 200 --rate 0.8 --seeds 3 --out docs/results/testbed.jsonl
python -m benchmarks.testbed --table --out docs/results/testbed.jsonl

A line of `--out` is written as soon as it is known, and not worked out again; `--table` lays out what it holds.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from trace_gym import make_env
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.labellers import KINDS
from trace_gym.capabilities.selection import selected
from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.faults import FAULTS
from trace_gym.testbed.faulty import FaultyPolicy
from trace_gym.trajectories.record import Trajectory

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
_FEWEST = 3
"""Tasks below which a fault is said to have no occasion: fewer failures are not selected by design."""


def main() -> None:
    """Plays, identifies, and prints a line for each target and fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", nargs="+", choices=list(TARGETS), default=list(TARGETS))
    parser.add_argument("--faults", nargs="+", choices=["none", *FAULTS], default=["none", *FAULTS])
    parser.add_argument("--n", type=int, nargs="+", default=[200], help="trajectories (default: 200)")
    parser.add_argument("--rate", type=float, nargs="+", default=[0.8], help="how often it errs (default: 0.8)")
    parser.add_argument("--seeds", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--labeller", choices=sorted(KINDS), default="best")
    parser.add_argument("--out", type=Path, required=True, help="JSONL, added to")
    parser.add_argument("--table", action="store_true", help="only print the table of what --out holds")
    args = parser.parse_args()

    known = _known(args.out)
    if args.table:
        print(_table(list(known.values())))
        return
    for target in args.targets:
        for fault in args.faults:
            for seed in range(args.seeds):
                for rate in args.rate:
                    keys = [_key(target, fault, seed, rate, n, args.labeller) for n in args.n]
                    if not all(key in known for key in keys):
                        for row in _rows(target, fault, seed, rate, args.n, args.labeller):
                            known[_key(*(row[name] for name in _KEY))] = row
                            with args.out.open("a", encoding="utf-8") as stream:
                                stream.write(json.dumps(row) + "\n")
                            print(_line(row), flush=True)


_KEY = ("target", "fault", "seed", "rate", "n", "labeller")


def _key(*values: Any) -> tuple[Any, ...]:
    return values


def _known(path: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    if not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {_key(*(row[name] for name in _KEY)): row for row in rows}


def _rows(target: str, name: str, seed: int, rate: float, sizes: list[int], labeller: str) -> list[dict[str, Any]]:
    fault = FAULTS.get(name)
    agent = FaultyPolicy(_env(target), fault, rate)
    env = _env(target)
    tasks = [index for index in range(_tasks(env)) if agent.is_solvable(index)]
    occasions = [index for index in tasks if agent.has_occasion(index)]
    base = {"target": target, "fault": name, "seed": seed, "rate": rate, "labeller": labeller}
    base |= {"tasks": len(tasks), "occasions": len(occasions), "capability": fault.capability if fault else ""}
    if fault is not None and len(occasions) < _FEWEST:
        return [{**base, "n": n, "failures": 0, "selected": None} for n in sizes]

    played: list[Trajectory] = []
    for number in range(max(sizes)):
        job = Job(tasks[number % len(tasks)], number // len(tasks))
        played += play_batch([env], agent, [job], seed=seed, env_id=TARGETS[target])
    rows = []
    for n in sizes:
        corpus = Corpus.from_trajectories(played[:n])
        found = identify(corpus, label_corpus(corpus, KINDS[labeller]), seed=seed)
        names = [row["name"] for row in selected(found)]
        rows.append({**base, "n": n, "failures": found["failures"], "selected": names})
    return rows


def _table(rows: list[dict[str, Any]]) -> str:
    """One line for each target, fault, rate and size, seeds counted together."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["target"], row["fault"], row["rate"], row["n"]), []).append(row)

    lines = ["| target | fault | rate | n | tasks with an occasion | planted | found | alone | besides |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for (target, fault, rate, n), group in groups.items():
        first = group[0]
        occasions = f"{first['occasions']} of {first['tasks']}"
        planted = first["capability"] or "nothing"
        if first["selected"] is None:
            lines.append(f"| {target} | {fault} | {rate} | {n} | {occasions} | {planted} | no occasion | | |")
            continue
        found = sum(_is_found(row) for row in group)
        alone = sum(_is_found(row) and not _besides(row) for row in group)
        besides = sorted({name for row in group for name in _besides(row)})
        lines.append(
            f"| {target} | {fault} | {rate} | {n} | {occasions} | {planted} | {found} of {len(group)} | "
            f"{alone} of {len(group)} | {', '.join(besides)} |"
        )
    return "\n".join(lines)


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
        f"{row['target']:9} {row['fault']:22} seed {row['seed']} rate {row['rate']} n {row['n']}: "
        f"{row['occasions']} of {row['tasks']} tasks, {row['failures']} failures: {found} "
        f"(planted: {row['capability'] or 'nothing'})"
    )


if __name__ == "__main__":
    main()
