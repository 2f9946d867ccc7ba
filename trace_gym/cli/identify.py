r"""Name the capabilities an agent lacks, from its trajectories.

Reads trace-gym JSONL and every format that `trace-gym import` reads, a file or a folder of them, plain or .gz.

Labels come from repair where the target can be executed: what the smallest edit under which the target's own evaluator
passes a failed episode changes (`trace-gym repair --help`). Elsewhere they come from fixed rules, which compare the log
with its reference. Or they come from a language model that is not told the outcomes and looks for the capabilities of a
dictionary (`trace-gym discover`), or from people.

Examples:
  trace-gym identify trajectories.jsonl --out capabilities.json
  trace-gym identify trajectories.jsonl --labeller rules --out capabilities.json
  trace-gym identify trajectories.jsonl --labeller llm --dictionary dictionary.json \
    --endpoint http://127.0.0.1:8000/v1 --model my-model --passes 5 --cache llm-answers
  trace-gym identify trajectories.jsonl --labeller human --annotations annotations.jsonl --dictionary dictionary.json
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify
from trace_gym.capabilities.selection import Thresholds, selected
from trace_gym.cli.common import register_envs
from trace_gym.cli.labellers import add_labeller_arguments, labels_of
from trace_gym.errors import UserError
from trace_gym.files import write_json
from trace_gym.report.capabilities import render_capabilities

HELP = "name the capabilities an agent lacks, from its trajectories"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("trajectories", type=Path, help="a file or folder of trajectories")
    parser.add_argument(
        "--out", type=Path, default=Path("capabilities.json"), help="where to write (default: %(default)s)"
    )
    add_labeller_arguments(parser)
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to register first")
    parser.add_argument(
        "--coverage",
        type=float,
        default=0.10,
        help="least share of failures that lack a capability (default: %(default)s)",
    )
    parser.add_argument(
        "--delta",
        type=float,
        default=0.20,
        help="least error rate on failures minus that on passes (default: %(default)s)",
    )
    parser.add_argument("--runs", type=int, default=10, help="resamples of the tasks (default: %(default)s)")
    parser.add_argument("--needed", type=int, default=8, help="resamples that must reach both (default: %(default)s)")
    parser.add_argument(
        "--support", type=int, default=3, help="least number of failures that lack it (default: %(default)s)"
    )
    parser.add_argument(
        "--false-discovery",
        type=float,
        default=0.05,
        metavar="Q",
        help="largest share of chance finds among those selected; 1 asks for nothing (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the resampling (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Writes `capabilities.json` and prints its statistics.

    Args:
        args: The parsed arguments.
    """
    if args.seed < 0 or args.runs < 1:
        raise UserError(f"--seed must be >= 0 and --runs >= 1, got {args.seed} and {args.runs}.")
    if not 1 <= args.needed <= args.runs:
        raise UserError(f"--needed must be 1 to {args.runs}, the number of --runs, got {args.needed}.")
    for name in ("coverage", "delta", "false_discovery"):
        if not math.isfinite(getattr(args, name)):
            raise UserError(f"--{name.replace('_', '-')} must be a finite number, got {getattr(args, name)}.")

    register_envs(args)
    corpus = Corpus.from_file(args.trajectories)
    thresholds = Thresholds(args.coverage, args.delta, args.runs, args.needed, args.support, args.false_discovery)
    labels = labels_of(corpus, args)
    capabilities = identify(corpus, labels.tables, thresholds, seed=args.seed)

    write_json(args.out, capabilities)
    print(render_capabilities(capabilities))
    print(
        f"\n{args.out}: {len(selected(capabilities))} selected, from {capabilities['trajectories']} trajectories of "
        f"{capabilities['tasks']} tasks, {capabilities['failures']} failed"
    )
    for note in labels.notes:
        print(note)
    return 0
