"""Write one HTML file about what an agent lacks: how sure that is, what fixing it brings, and where to see it.

The capabilities are those that `trace-gym identify` wrote for the same trajectories.

Examples:
  trace-gym report trajectories.jsonl capabilities.json --out report.html
  trace-gym report results/airline.json.gz capabilities.json --repair --out report.html
"""

from __future__ import annotations

import argparse
from pathlib import Path

from trace_gym.capabilities.capabilities_file import read_capabilities
from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.repair.attribution import Attribution
from trace_gym.cli.attributions import attributions_of
from trace_gym.cli.common import add_jobs_argument, register_envs
from trace_gym.files import write_atomic
from trace_gym.report.page import render_page

HELP = "write one HTML file about what an agent lacks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("trajectories", type=Path, help="the trajectories that were identified from")
    parser.add_argument("capabilities", type=Path, help="capabilities.json")
    parser.add_argument("--out", type=Path, default=Path("report.html"), help="where to write (default: %(default)s)")
    parser.add_argument("--repair", action="store_true", help="repair failures too: whose fault, what fixing brings")
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to register first")
    add_jobs_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Writes the page.

    Args:
        args: The parsed arguments.
    """
    register_envs(args)
    corpus = Corpus.from_file(args.trajectories)
    capabilities = read_capabilities(args.capabilities, corpus)
    attributions: dict[AttemptKey, Attribution] = {}
    if args.repair:
        attributions = attributions_of(corpus, args)
    write_atomic(args.out, render_page(capabilities, corpus, attributions, args.trajectories.name))
    print(f"{args.out}: written")
    return 0
