"""Compare methods at equal rollouts: base, routed, merges, GRPO on the target, SFT, prompts.

Every method may spend the same budget of rollouts; what each spent is counted from the files. The same command
continues a comparison that was cut off. Exit code 1 if a cell failed; the others are kept.

Examples:
  trace-gym compare benchmarks/compare/quick.toml
  trace-gym compare benchmarks/compare/full.toml --jobs 2 --out runs/full
  trace-gym compare benchmarks/compare/full.toml --out runs/full --tables-only --page docs/results/comparison.md
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from trace_gym.cli.common import check_least
from trace_trainers.commands.prepare import prepare

HELP = "compare methods at equal rollouts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("config", type=Path, metavar="CONFIG", help="TOML or YAML file; see docs/compare.md")
    parser.add_argument("--out", type=Path, metavar="DIR", help="run folder (default: runs/compare-<config name>)")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="processes, of one thread each (default: %(default)s)"
    )
    parser.add_argument("--tables-only", action="store_true", help="tabulate what is finished, and run nothing")
    parser.add_argument("--archive", type=Path, metavar="DIR", help="copy the records alone, without episodes")
    parser.add_argument("--page", type=Path, metavar="OUT.md", help="write the tables as a page of their own too")


def run(args: argparse.Namespace) -> int:
    """Runs the comparison and prints its tables.

    Args:
        args: The parsed arguments.

    Returns:
        0, or 1 if a cell failed.

    Raises:
        UserError: If a setting is wrong, or files of a finished cell were changed.
    """
    check_least(args, jobs=1)
    prepare()
    from trace_trainers.compare.archive import archive
    from trace_trainers.compare.config import read_compare_config
    from trace_trainers.compare.page import write_page
    from trace_trainers.compare.run import compare, tabulate
    from trace_trainers.compare.tables import render_comparison

    config = read_compare_config(args.config)
    root = args.out or Path("runs") / f"compare-{args.config.stem}"
    failed: list[str] = []
    if args.tables_only:
        comparison = tabulate(config, root)
    else:
        comparison, failed = compare(config, root, args.jobs, prepare, _say)
    _say(render_comparison(comparison))
    if args.page is not None:
        write_page(args.page, comparison, f"trace-gym compare {args.config.as_posix()}")
        _say(f"{args.page}: written")
    if args.archive is not None:
        _say(f"{args.archive}: {archive(config, root, args.archive)} cells")
    for sentence in failed:
        print(f"trace-gym: {sentence}", file=sys.stderr)
    _say(f"done: {root}")
    return int(bool(failed))


def _say(line: str) -> None:
    print(line, flush=True)
