r"""Labels by a language model beside planted truth, rules and repair: attempts at the service desk with one fault each.

python -m benchmarks.llm_labels play runs/llm --attempts 6
trace-gym identify runs/llm/trajectories.jsonl --labeller llm --dictionary runs/llm/dictionary.json \
  --endpoint http://127.0.0.1:8000/v1 --model qwen --passes 1 --cache runs/llm/cache --out runs/llm/llm.json
trace-gym identify runs/llm/trajectories.jsonl --labeller rules --out runs/llm/rules.json
trace-gym identify runs/llm/trajectories.jsonl --labeller repair --out runs/llm/repair.json
python -m benchmarks.llm_labels score runs/llm
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from trace_gym import make_env
from trace_gym.capabilities.capabilities_file import read_capabilities
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.repair import names
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.faults import FAULTS
from trace_gym.testbed.faulty import FaultyPolicy

_ENV = "trace/ServiceDesk-v0"
_TASKS = 120
_FAULTS = ("forbidden_unread", "wrong_row", "part_left_out", "refusal_left_at_that", "not_told", "nothing_done")
_OCCASIONS = {
    names.CHECKING: "The user asks for a change of a record.",
    names.SELECTION: "One of several listed records has to be chosen.",
    names.MULTI_STEP: "The user asks for more than one thing.",
    names.RECOVERY: "A call was refused, with a reason that tells what to do better.",
    names.REPORTING: "The user asks for something that stands in a record.",
    names.STARTING: "The user asks for something that the assistant can do.",
}
_SAYS = ("llm", "rules", "repair")


def main() -> None:
    """Plays the attempts, or prints how far labels are the planted ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["play", "score"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--attempts", type=int, default=6, help="with each fault, and with none (default: %(default)s)")
    args = parser.parse_args()
    if args.step == "play":
        _play(args.folder, args.attempts)
    else:
        _score(args.folder)


def _play(folder: Path, attempts: int) -> None:
    """Writes attempts, each at a task of its own, what is planted in them, and the dictionary."""
    folder.mkdir(parents=True)
    env = make_env(_ENV, split="mine")
    lines: list[str] = []
    truth: dict[str, str] = {}
    for name in ("none", *_FAULTS):
        fault = FAULTS.get(name)
        agent = FaultyPolicy(make_env(_ENV, split="mine"), fault, 1.0)
        indices = [index for index in range(_TASKS) if f"mine/{index}" not in truth]
        usable = [index for index in indices if (agent.has_occasion(index) if fault else agent.is_solvable(index))]
        for index in usable[:attempts]:
            [trajectory] = play_batch([env], agent, [Job(index)], seed=0, env_id=_ENV)
            lines.append(json.dumps(trajectory.to_json()) + "\n")
            truth[trajectory.task_id] = fault.capability if fault else ""

    (folder / "trajectories.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    capabilities = []
    for name, occasion in _OCCASIONS.items():
        capability = names.CAPABILITIES[name]
        fields = {"name": name, "description": capability.description, "occasion": occasion}
        capabilities.append({**fields, "archetype": capability.archetype})
    dictionary = {"schema": "trace-gym/dictionary", "version": 1, "capabilities": capabilities}
    (folder / "dictionary.json").write_text(json.dumps(dictionary, indent=1) + "\n", encoding="utf-8")
    print(f"{len(lines)} attempts in {folder}")


def _score(folder: Path) -> None:
    corpus = Corpus.from_file(folder / "trajectories.jsonl")
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    print("| labeller | planted | named | named alone | LACKING labels | of them planted | none planted, none named |")
    print("|---" * 7 + "|")
    for labeller in _SAYS:
        path = folder / f"{labeller}.json"
        if path.exists():
            print(_line(labeller, read_capabilities(path, corpus), corpus, truth))


def _line(labeller: str, found: dict[str, Any], corpus: Corpus, truth: dict[str, str]) -> str:
    counts: Counter[str] = Counter()
    for number, key in enumerate(corpus.keys):
        lacking = {
            row["name"] for row in found["capabilities"] if row["name"] in _OCCASIONS and row["labels"][number] == "L"
        }
        planted = truth[key.task_id]
        counts["labels"] += len(lacking)
        counts["right"] += planted in lacking
        if planted:
            counts["planted"] += 1
            counts["alone"] += lacking == {planted}
        else:
            counts["sound"] += 1
            counts["silent"] += not lacking
    cells = [labeller, counts["planted"], counts["right"], counts["alone"], counts["labels"], counts["right"]]
    return f"| {' | '.join(map(str, cells))} | {counts['silent']} of {counts['sound']} |"


if __name__ == "__main__":
    main()
