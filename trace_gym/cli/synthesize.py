"""Make one environment per selected capability, check it in a locked-down process, and register it.

Example:
  trace-gym synthesize trajectories.jsonl capabilities.json --out envs
  trace-gym synthesize results.json.gz capabilities.json --capability multi_step_completion --out envs
  trace-gym synthesize --check envs/service_desk_error_recovery
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from trace_gym.capabilities.capabilities_file import read_capabilities, table_of
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.selection import selected
from trace_gym.cli.common import read_schemas
from trace_gym.errors import UserError
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.synthesis.synthesizers import SYNTHESIZERS, synthesizer_named

HELP = "make one checked environment per selected capability"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("trajectories", type=Path, nargs="?", help="the trajectories that were identified from")
    parser.add_argument("capabilities", type=Path, nargs="?", help="capabilities.json")
    parser.add_argument(
        "--out", type=Path, default=Path("envs"), metavar="DIR", help="folder to emit into (default: %(default)s)"
    )
    parser.add_argument(
        "--tools",
        type=Path,
        metavar="FILE",
        help="the target's own tool schemas (JSON list), if the trajectories lack them",
    )

    parser.add_argument(
        "--capability", action="append", metavar="NAME", help="this one, selected or not; may be repeated"
    )
    parser.add_argument(
        "--synthesizer",
        default="auto",
        metavar="NAME",
        help=f"what makes the environments: {', '.join(SYNTHESIZERS)} (default: %(default)s)",
    )

    parser.add_argument("--check", type=Path, metavar="DIR", help="only check this emitted folder again, after an edit")


def run(args: argparse.Namespace) -> int:
    """Emits and checks.

    Args:
        args: The parsed arguments.

    Returns:
        0 if every environment was made, else 1.

    Raises:
        UserError: If an argument is missing or names something that is not there.
    """
    if args.check is not None:
        _check(args.check)
        return 0
    if args.trajectories is None or args.capabilities is None:
        raise UserError("`trace-gym synthesize` needs a trajectories file and its capabilities.json, or --check DIR.")

    synthesizer = synthesizer_named(args.synthesizer)
    corpus = Corpus.from_file(args.trajectories, tool_schemas=read_schemas(args.tools))
    capabilities = read_capabilities(args.capabilities, corpus)

    wanted = args.capability or [row["name"] for row in selected(capabilities)]
    if not wanted:
        raise UserError(f"{args.capabilities}: none is selected; use --capability NAME, or lower the thresholds.")
    tables = [table_of(capabilities, name) for name in wanted]

    failed = 0
    for table in tables:
        try:
            _check(emit(synthesizer.synthesize(table, corpus), args.out))
        except UserError as error:
            # one capability without material does not stop the rest
            failed += 1
            print(f"trace-gym: {error}", file=sys.stderr)

    if failed:
        return 1
    return 0


def _check(folder: Path) -> None:
    verdict = check_folder(folder)
    for finding in verdict["findings"]:
        print(f"{folder}: {finding['severity']}: {finding['check']}: {finding['sentence']}")
    print(f"{folder}: passed {len(verdict['checks'])} checks on {verdict['tasks']} tasks per split")
