"""List the environments at hand: ours, and those of every installed pack.

Examples:
  trace-gym list
  trace-gym list --envs runs/default/envs --json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import gymnasium as gym

from trace_gym.console.table import table
from trace_gym.env.discovery import discover
from trace_gym.env.registration import known_ids, make_env
from trace_gym.env.tool_env import ToolEnv, tool_kinds
from trace_gym.errors import UserError
from trace_gym.synthesis.load import register_folder

HELP = "list the environments at hand"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to list as well")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Prints one row per environment.

    Args:
        args: The parsed arguments.
    """
    if args.envs is not None:
        register_folder(args.envs)
    discover()
    rows = [row for env_id in known_ids() if (row := _row(env_id)) is not None]

    if args.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        cells = [(row["id"], row["reads"], row["writes"], row["levels"], row["what"]) for row in rows]
        print(table(("environment", "reads", "writes", "levels", "what it is"), cells, left=(0, 4)))
        absent = sorted(set(known_ids()) - {row["id"] for row in rows})
        if absent:
            print(f"\nNot at hand, as what they need is not installed: {', '.join(absent)}.")

    return 0


def _row(env_id: str) -> dict[str, Any] | None:
    """Describes a tool environment; None for any other."""
    try:
        env: ToolEnv = make_env(env_id)
    except (UserError, gym.error.Error, ImportError):
        return None

    kinds = list(tool_kinds(env).values())
    return {
        "id": env_id,
        "reads": kinds.count("read"),
        "writes": kinds.count("write"),
        "levels": env.max_difficulty,
        "what": (type(env).__doc__ or "").strip().split("\n")[0],
    }
