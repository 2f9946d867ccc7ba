"""Make one environment per selected capability, check it in a sandbox, and register it.

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
from trace_gym.synthesis.blueprint import mine_blueprint
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder

HELP = "make one checked environment per selected capability"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
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
    parser.add_argument("--check", type=Path, metavar="DIR", help="only check this emitted folder again, after an edit")


def run(args: argparse.Namespace) -> int:
    """Emits and checks."""
    if args.check is not None:
        return _checked(args.check)
    if args.trajectories is None or args.capabilities is None:
        raise UserError("`trace-gym synthesize` needs a trajectories file and its capabilities.json, or --check DIR.")
    corpus = Corpus.from_file(args.trajectories, tool_schemas=read_schemas(args.tools))
    capabilities = read_capabilities(args.capabilities, corpus)

    wanted = args.capability or [row["name"] for row in selected(capabilities)]
    if not wanted:
        raise UserError(f"{args.capabilities}: none is selected; use --capability NAME, or lower the thresholds.")
    tables = [table_of(capabilities, name) for name in wanted]

    failed = 0
    for table in tables:
        try:
            _checked(emit(mine_blueprint(table, corpus), args.out))
        except UserError as error:
            failed += 1
            print(f"trace-gym: {error}", file=sys.stderr)
    return 1 if failed else 0


def _checked(folder: Path) -> int:
    verdict = check_folder(folder)
    print(
        f"{folder}: passed ({verdict['seeds']} seeds: oracle {verdict['oracle']:.2f}, "
        f"do-nothing {verdict['silent']:.2f}, random {verdict['random']:.2f})"
    )
    return 0
