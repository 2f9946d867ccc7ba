"""Check whether an environment keeps the contract and is worth training on.

Every check prints one line; what it finds is one sentence with the value seen and the fix. The exit code is 1 when
there is an error.

Examples:
  trace-gym check trace/ServiceDesk-v0
  trace-gym check my_pack:my_pack/Mine-v0 --only determinism --json
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from trace_gym.checks.conformance import Report, check
from trace_gym.cli.common import register_envs
from trace_gym.env.discovery import discover

HELP = "check an environment"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("env", metavar="ID", nargs="+", help="environment id; module:id imports the module first")
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to register first")
    parser.add_argument("--only", nargs="+", default=[], metavar="CHECK", help="run these checks, or groups of them")
    parser.add_argument("--tasks", type=int, default=16, help="tasks looked at per split (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON, one list entry per environment")


def run(args: argparse.Namespace) -> int:
    """Checks each environment.

    Args:
        args: The parsed arguments.
    """
    discover()
    register_envs(args)
    reports = []

    for env_id in args.env:
        shown = (lambda name: None) if args.json else (lambda name: print(f"  {name}", file=sys.stderr))
        report = check(env_id, only=args.only, tasks=args.tasks, progress=shown)
        reports.append(report)
        if not args.json:
            print(render(report))

    if args.json:
        print(json.dumps([report.to_json() for report in reports], indent=2, ensure_ascii=False))
    return 0 if all(report.ok for report in reports) else 1


def render(report: Report) -> str:
    """Lays a report out as lines.

    Args:
        report: What the checks found.
    """
    lines = [f"{f.severity}: {f.check}: {f.sentence}" for f in report.findings]
    errors = sum(finding.severity == "error" for finding in report.findings)
    if report.learnability:
        means = ", ".join(f"level {k}: {v:.2f}" for k, v in report.learnability["by_difficulty"].items())
        equal = report.learnability["zero_variance_groups"]
        lines.append(f"weak policy: mean reward {means}; {equal:.0%} of its groups have equal rewards")

    warnings = sum(finding.severity == "warning" for finding in report.findings)
    waived = f"{len(report.findings) - errors - warnings} waived, " if len(report.findings) > errors + warnings else ""
    verdict = "keeps the contract" if report.ok else "does not keep the contract"
    lines.append(
        f"{report.env_id}: {verdict} ({len(report.checks)} checks, {errors} errors, "
        f"{warnings} warnings, {waived}{report.seconds:.1f} s)"
    )

    return "\n".join(lines)
