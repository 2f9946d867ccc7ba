"""Labels read against the transcripts: draws them by seed, and counts what readers said.

python -m benchmarks.label_audit draw ../shared/data runs/audit --leave-out docs/results/audit/*.json
python -m benchmarks.label_audit score ../shared/data docs/results/audit/labels.json
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from trace_trainers.evaluation.statistics import wilson

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labeller import RuleLabeller
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labellers.rules import RULES
from trace_gym.capabilities.labels import Evidence, Label
from trace_gym.capabilities.repair import names
from trace_gym.errors import UserError
from trace_gym.rollouts.execution import execution_of
from trace_gym.trajectories.record import Trajectory

FILES = (
    "trajectories/tau1_airline_gpt-4o.json.gz",
    "trajectories/tau2_airline_qwen2.5-7b.json.gz",
    "trajectories/tau2_retail_gpt-4.1.json.gz",
    "trajectories/tau2_telecom_gpt-4.1.json.gz",
    "annotated/tau1_retail_gpt-4o.json.gz",
)
_LABELLERS = ("repair", "rules")
_DRAWN = {Label.LACKING: 10, Label.PRESENT: 5}
_RIGHT = "right"

Labels = dict[tuple[str, str], dict[tuple[str, AttemptKey], tuple[Label, Evidence | None]]]
"""By labeller and capability, then by file and attempt."""


def main() -> None:
    """Draws what is to be read, or prints how much of it was right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)

    draw = commands.add_parser("draw", help="write the labels and the failures that readers judge")
    draw.add_argument("data", type=Path, help="the folder with trajectories/ and annotated/")
    draw.add_argument("out", type=Path, help="a new folder")
    draw.add_argument("--leave-out", type=Path, nargs="*", default=[], help="what was read before")
    draw.add_argument("--failures", type=int, default=40, help="failures to be coded blind")
    draw.add_argument("--seed", type=int, default=0)
    draw.set_defaults(run=_draw)

    score = commands.add_parser("score", help="count what was right")
    score.add_argument("data", type=Path, help="the folder with trajectories/ and annotated/")
    score.add_argument("read", type=Path, help="labels with the readers' verdicts")
    score.set_defaults(run=_score)

    args = parser.parse_args()
    args.run(args)


def _draw(args: argparse.Namespace) -> None:
    corpora = {file: Corpus.from_file(args.data / file) for file in FILES}
    labels = _labels(corpora)
    before = [row for path in args.leave_out for row in json.loads(path.read_text(encoding="utf-8"))]
    seen = {(row["file"], row["task_id"], row["trial"]) for row in before if "label" not in row}
    read = {(row["file"], row["task_id"], row["trial"], row["capability"]) for row in before if "label" in row}
    rng = np.random.default_rng(np.random.SeedSequence([args.seed, 0]))
    rows = list(_drawn(labels, rng, read))
    failures = _failures(corpora, seen, args.failures, np.random.default_rng(np.random.SeedSequence([args.seed, 1])))

    episodes = args.out / "episodes"
    episodes.mkdir(parents=True)
    needed = {(row["file"], row["task_id"], row["trial"]) for row in (*rows, *failures)}
    for file, corpus in corpora.items():
        for trajectory in corpus.trajectories:
            if (file, trajectory.task_id, trajectory.trial) in needed:
                name = episode_name(file, trajectory.task_id, trajectory.trial, corpus)
                (episodes / name).write_text(_text(trajectory), encoding="utf-8")
    for row in (*rows, *failures):
        row["episode"] = episode_name(row["file"], row["task_id"], row["trial"], corpora[row["file"]])
    _write(args.out / "labels.json", rows)
    _write(args.out / "failures.json", failures)
    print(f"{len(rows)} labels, {len(failures)} failures, {len(needed)} episodes in {args.out}")


def episode_name(file: str, task_id: str, trial: int, corpus: Corpus) -> str:
    """Returns the name of an episode's file: task names are no file names.

    Args:
        file: The log.
        task_id: The task.
        trial: The attempt at it.
        corpus: The log's attempts.
    """
    for number, trajectory in enumerate(corpus.trajectories):
        if (trajectory.task_id, trajectory.trial) == (task_id, trial):
            return f"{Path(file).name.removesuffix('.json.gz')}-{number}.md"
    raise ValueError(f"{file} has no attempt {trial} at task {task_id!r}")


def _labels(corpora: Mapping[str, Corpus]) -> Labels:
    found: Labels = defaultdict(dict)
    for file, corpus in corpora.items():
        for table in _tables(corpus):
            for key, label in table.runs[0].items():
                found[table.labeller, table.capability.name][file, key] = (label, table.evidence.get(key))
    return found


def _tables(corpus: Corpus) -> list[LabelTable]:
    by_rule = [RuleLabeller(rule).label(corpus)[0] for rule in RULES]
    return [*RepairLabeller().label(corpus), *by_rule]


def _drawn(labels: Labels, rng: np.random.Generator, read: set[tuple[str, str, int, str]]) -> Iterator[dict[str, Any]]:
    """Ten LACKING and five PRESENT labels of each capability and labeller; labellers that agree share rows."""
    for name in names.CAPABILITIES:
        attempts = sorted({attempt for (_, own), some in labels.items() if own == name for attempt in some})
        order = [attempts[index] for index in rng.permutation(len(attempts))]
        order = [(file, key) for file, key in order if (file, key.task_id, key.trial, name) not in read]
        for label, count in _DRAWN.items():
            drawn: dict[tuple[str, AttemptKey], list[str]] = defaultdict(list)
            for labeller in _LABELLERS:
                said = labels[labeller, name]
                for attempt in [one for one in order if one in said and said[one][0] is label][:count]:
                    drawn[attempt].append(labeller)
            for attempt, labellers in drawn.items():
                yield _row(name, attempt, label, {one: labels[one, name][attempt][1] for one in labellers})


def _row(
    name: str, attempt: tuple[str, AttemptKey], label: Label, evidence: Mapping[str, Evidence | None]
) -> dict[str, Any]:
    file, key = attempt
    row: dict[str, Any] = {"file": file, "task_id": key.task_id, "trial": key.trial}
    row |= {"capability": name, "label": label.name, "labellers": list(evidence)}
    shown = next((one for one in evidence.values() if one is not None), None)
    if shown is not None:
        row |= {"message": shown.message, "note": shown.note}
    return row


def _failures(
    corpora: Mapping[str, Corpus], seen: set[tuple[str, str, int]], count: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    rest = []
    for file, corpus in corpora.items():
        for trajectory in corpus.trajectories:
            if not trajectory.success and (file, trajectory.task_id, trajectory.trial) not in seen:
                rest.append({"file": file, "task_id": trajectory.task_id, "trial": trajectory.trial})
    return [rest[index] for index in sorted(rng.permutation(len(rest))[:count])]


def _text(trajectory: Trajectory) -> str:
    """An episode as readers see it: script, reference, policy where the log has it, and the numbered messages."""
    outcome = "passed" if trajectory.success else "failed"
    parts = [f"# {trajectory.env_id}, task {trajectory.task_id}, trial {trajectory.trial}: {outcome}"]
    parts.append(f"How it ended: {trajectory.termination or 'not known'}")
    parts.append(f"## What the simulated user was told\n{trajectory.script}")
    parts.append("## Reference\n" + "\n".join(_reference(trajectory)))
    parts.append("## Must be told\n" + "\n".join(fact.value for fact in trajectory.facts))
    parts.append("## Messages")
    for number, message in enumerate(trajectory.messages):
        if message["role"] == "system":
            parts.append(f"[{number}] system: the policy")
            continue
        lines = [f"[{number}] {message.get('requestor', '')} {message['role']}: {message['content']}"]
        for call in message.get("tool_calls", ()):  # type: ignore[union-attr]
            lines.append(f"    CALL {call['function']['name']} {json.dumps(call['function']['arguments'])}")  # type: ignore[index, call-overload]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _reference(trajectory: Trajectory) -> Iterator[str]:
    try:
        solution = execution_of(trajectory).solution(trajectory)
    except UserError as error:
        yield f"not at hand: {error}"
        return
    for wanted in solution.calls if solution else ():
        yield f"{wanted.requestor}: {wanted.call.name} {json.dumps(wanted.call.arguments)}"


def _score(args: argparse.Namespace) -> None:
    rows = json.loads(args.read.read_text(encoding="utf-8"))
    corpora = {file: Corpus.from_file(args.data / file) for file in FILES}
    today = _labels(corpora)
    for number in sorted({row["round"] for row in rows}):
        print(f"Round {number}, as they were when they were read:\n")
        _print_table([row for row in rows if row["round"] == number], lambda row, labeller: True)
    print("\nThose of all rounds that are still given:\n")
    _print_table(rows, lambda row, labeller: _is_given(row, labeller, today, corpora[row["file"]]))


def _print_table(rows: Sequence[Mapping[str, Any]], counts: Callable[[Mapping[str, Any], str], bool]) -> None:
    print("| labels | " + " | ".join(f"LACKING, {one} | PRESENT, {one}" for one in _LABELLERS) + " |")
    print("|---" * 5 + "|")
    for name in (*names.CAPABILITIES, ""):
        cells = []
        for labeller in _LABELLERS:
            own = [row for row in rows if labeller in row["labellers"] and counts(row, labeller)]
            named = [row for row in own if name in ("", row["capability"])]
            for label in _DRAWN:
                cells.append(_share([row for row in named if row["label"] == label.name], with_interval=not name))
        print(f"| {name or 'all'} | {' | '.join(cells)} |")


def _is_given(row: Mapping[str, Any], labeller: str, today: Labels, corpus: Corpus) -> bool:
    for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
        if (trajectory.task_id, trajectory.trial) == (row["task_id"], row["trial"]):
            return today[labeller, row["capability"]][row["file"], key][0].name == row["label"]
    raise ValueError(f"{row['file']} has no attempt {row['trial']} at task {row['task_id']!r}")


def _share(rows: Sequence[Mapping[str, Any]], with_interval: bool) -> str:
    right = len(rows) - _wrong(rows)
    if not rows:
        return "–"
    if not with_interval:
        return f"{right} of {len(rows)}"
    low, high = wilson(right, len(rows))
    return f"{right} of {len(rows)}: {100 * right / len(rows):.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _wrong(rows: Sequence[Mapping[str, Any]]) -> int:
    return Counter(row["verdict"] == _RIGHT for row in rows)[False]


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
