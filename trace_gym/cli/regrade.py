"""Make the calls of recorded trajectories again and compare the rewards.

Prints, for each file, how many recorded rewards come out again, and every one that does not with the reason where it
is known. The exit code is 1 when a disagreement has no known reason, or an episode cannot be graded.

Examples:
  trace-gym regrade trajectories.jsonl
  trace-gym regrade results/airline.json.gz results/retail.json.gz --json
"""

from __future__ import annotations

import argparse
import importlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from trace_gym.cli.common import register_envs
from trace_gym.console.progress import Progress
from trace_gym.errors import UserError
from trace_gym.rollouts.regrade import regrade_rollout
from trace_gym.targets import REGRADERS
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade

HELP = "make recorded calls again and compare the rewards"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("files", type=Path, metavar="FILE", nargs="+", help="trajectories of any format that is read")
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to register first")
    parser.add_argument("--json", action="store_true", help="print JSON, one list entry per file")


def run(args: argparse.Namespace) -> int:
    """Grades each file.

    Args:
        args: The parsed arguments.
    """
    register_envs(args)
    reports = []
    for path in args.files:
        grades, failed = _graded(path)
        reports.append(_report(path, grades, failed))
        if not args.json:
            print(_rendered(reports[-1]))

    if args.json:
        print(json.dumps(reports, indent=2, ensure_ascii=False))
    if any(report["unexplained"] or report["failed"] for report in reports):
        return 1
    return 0


def _graded(path: Path) -> tuple[list[Grade], list[dict[str, Any]]]:
    trajectories = read_trajectories(path)
    progress = Progress(f"regrade {path.name}", len(trajectories))
    grades = []
    failed = []

    for trajectory in trajectories:
        try:
            grades.append(_grade(trajectory))
        except UserError as error:
            failed.append({**_named(trajectory), "reason": str(error)})
        progress.advance(1)

    progress.close()
    return grades, failed


def _grade(trajectory: Trajectory) -> Grade:
    for prefix, module in REGRADERS.items():
        if trajectory.env_id.startswith(prefix):
            grade: Grade = importlib.import_module(module).regrade(trajectory)
            return grade
    return regrade_rollout(trajectory)


def _report(path: Path, grades: list[Grade], failed: list[dict[str, Any]]) -> dict[str, Any]:
    differing = [grade for grade in grades if not grade.agrees]
    return {
        "file": str(path),
        "env_ids": sorted({grade.trajectory.env_id for grade in grades}),
        "graded": len(grades),
        "agree": len(grades) - len(differing),
        "explained": sum(grade.explained for grade in differing),
        "unexplained": sum(not grade.explained for grade in differing),
        "other_results": sum(bool(grade.other_result) for grade in grades),
        "disagreements": [
            {
                **_named(grade.trajectory),
                "recorded": grade.trajectory.reward,
                "now": grade.reward,
                "terms": grade.terms,
                "revisions": list(grade.revisions),
                "other_result": grade.other_result,
            }
            for grade in differing
        ],
        "failed": failed,
    }


def _named(trajectory: Trajectory) -> dict[str, Any]:
    return {"env_id": trajectory.env_id, "task_id": trajectory.task_id, "trial": trajectory.trial}


def _rendered(report: dict[str, Any]) -> str:
    lines = [
        f"{report['file']}: {report['agree']} of {report['graded']} recorded rewards come out again; "
        f"{report['explained']} differ for a known reason, {report['unexplained']} for none, "
        f"{len(report['failed'])} cannot be graded."
    ]

    if report["other_results"]:
        lines.append(f"  in {report['other_results']} of them a call answers otherwise than it did")
    for row in report["disagreements"]:
        why = "; ".join([*row["revisions"], *filter(None, [row["other_result"]])]) or "no known reason"
        lines.append(f"  {row['task_id']} trial {row['trial']}: {row['recorded']:g}, now {row['now']:g}: {why}")

    for reason, count in Counter(row["reason"] for row in report["failed"]).items():
        lines.append(f"  {count} not graded: {reason}")
    return "\n".join(lines)
