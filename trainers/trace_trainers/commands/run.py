"""Run the whole loop: rollout, identify, synthesize, train, route, evaluate.

Without arguments: the bundled tiny agent on the embedded service desk. Everything goes into one run folder; the same
command continues a run that was cut off.

Examples:
  trace-gym run --jobs 2
  trace-gym run --config my.toml --out runs/mine
  trace-gym run --set model=path/to/model --set train.steps=20 --out runs/mine
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from trace_gym.cli.common import check_least
from trace_gym.errors import UserError
from trace_trainers.commands.prepare import prepare

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HELP = "run the whole loop in one run folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML or YAML file; see docs/configuration.md")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="one setting, such as train.steps=20"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="run folder (default: runs/<config name>, or runs/default)"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=1,
        metavar="N",
        help="adapters that are trained at once; above 1, in processes of one thread each (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Runs the loop.

    Args:
        args: The parsed arguments.

    Returns:
        0.

    Raises:
        UserError: If a setting is wrong, or a stage cannot be done.
    """
    check_least(args, jobs=1)
    prepare()
    from trace_trainers.pipeline.config import read_config
    from trace_trainers.pipeline.run import run as run_loop

    config = read_config(args.config, parse_settings(args.set))
    name = args.config.stem if args.config else "default"
    run_loop(config, args.out or Path("runs") / name, args.jobs, prepare)
    return 0


def parse_settings(settings: list[str]) -> dict[str, object]:
    """Parses `KEY=VALUE` pairs; values are read as TOML where they can be, else as text.

    Args:
        settings: The pairs.

    Returns:
        Values by key.

    Raises:
        UserError: If one has no `=`.

    Example:
        >>> parse_settings(["train.steps=20", "model=org/model"])
        {'train.steps': 20, 'model': 'org/model'}
    """
    values: dict[str, object] = {}
    for setting in settings:
        key, sign, text = setting.partition("=")
        if not sign:
            raise UserError(f"--set {setting!r}: expected KEY=VALUE, such as train.steps=20.")
        try:
            values[key] = tomllib.loads(f"x = {text}")["x"]
        except tomllib.TOMLDecodeError:
            # a path or a model id needs no quotes
            values[key] = text
    return values
