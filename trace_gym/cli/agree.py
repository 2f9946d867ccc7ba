"""Compare several labellings of the same trajectories: how far labellers agree on each capability they share.

Prints Fleiss' kappa over all attempts, NA being a label like the others, and how many attempts get one label from all.

Examples:
  trace-gym agree rules.json repair.json
  trace-gym agree annotator-1.json annotator-2.json annotator-3.json
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trace_gym.capabilities.agreement import Agreement
from trace_gym.capabilities.capabilities_file import read_capabilities, table_of
from trace_gym.errors import UserError
from trace_gym.report.agreement import render_agreements

HELP = "say how far several labellers agree on the same trajectories"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("files", type=Path, nargs="+", help="two or more capabilities.json of the same trajectories")


def run(args: argparse.Namespace) -> int:
    """Prints the agreement on each shared capability.

    Args:
        args: The parsed arguments.
    """
    if len(args.files) < 2:
        raise UserError(f"`trace-gym agree` compares two files or more, got {args.files[0]} alone.")
    contents = [read_capabilities(path) for path in args.files]
    _check_origin(args.files, contents)

    names = [[str(row["name"]) for row in content["capabilities"]] for content in contents]
    shared = [name for name in names[0] if all(name in own for own in names[1:])]
    if not shared:
        listed = "; ".join(f"{path} has {', '.join(own)}" for path, own in zip(args.files, names, strict=True))
        raise UserError(f"No capability is in all files, so there is nothing to compare: {listed}.")

    agreements = {}
    for name in shared:
        agreements[name] = Agreement.of([table_of(content, name).consensus() for content in contents])
    print(render_agreements(agreements))
    for path, own in zip(args.files, names, strict=True):
        others = [name for name in own if name not in shared]
        if others:
            print(f"not compared, as not in all files: {', '.join(others)} ({path})")
    return 0


def _check_origin(paths: Sequence[Path], contents: Sequence[Mapping[str, Any]]) -> None:
    """Refuses files whose labels are of other attempts."""
    for path, content in zip(paths[1:], contents[1:], strict=True):
        for field in ("trajectories_sha256", "attempts"):
            if content.get(field) != contents[0].get(field):
                raise UserError(
                    f"{path}: made from other trajectories than {paths[0]}; run `trace-gym identify` on the same file "
                    "with each labeller."
                )
