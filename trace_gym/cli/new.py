"""Start an environment pack of your own: an environment to edit, its test, a README, all installable with pip.

Example:
  trace-gym new my-lights && pip install -e ./my-lights && trace-gym list
"""

from __future__ import annotations

import argparse
from pathlib import Path

from trace_gym.scaffold.pack import write_pack

HELP = "start an environment pack of your own"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("name", metavar="NAME", help="lower-case name such as my-lights")
    parser.add_argument(
        "--out", type=Path, default=Path("."), metavar="DIR", help="where the folder NAME goes (default: here)"
    )


def run(args: argparse.Namespace) -> int:
    """Writes the pack and says what to do next.

    Args:
        args: The parsed arguments.
    """
    folder, env_id = write_pack(args.name, args.out)
    print(f"{folder}: edit src/*/env.py, then")
    print(f"  pip install -e {folder}")
    print(f"  python -m pytest {folder}")
    print(f"  trace-gym check {env_id}")
    print(f"  trace-gym play --env {env_id}")
    return 0
