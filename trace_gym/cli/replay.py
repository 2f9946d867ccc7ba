"""Execute recorded episodes again and say where they come out differently.

FILE holds trajectories of trace-gym (JSONL), or one recording made with `trace_gym.rollouts.recording.record` (JSON).

Examples:
  trace-gym replay runs/default/trajectories.jsonl
  trace-gym replay episode.json --envs runs/default/envs
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from trace_gym.cli.common import register_envs
from trace_gym.env.discovery import discover
from trace_gym.errors import UserError
from trace_gym.files import read_json
from trace_gym.rollouts.recording import SCHEMA, Recording, replay
from trace_gym.rollouts.replay import replay_trajectory
from trace_gym.trajectories.readers import read_trajectories

HELP = "execute recorded episodes again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("file", type=Path, metavar="FILE", help="trajectories, or a recording")
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to register first")


def run(args: argparse.Namespace) -> int:
    """Prints one line per episode that differs, and a summary; returns 1 when one does.

    Args:
        args: The parsed arguments.
    """
    discover()
    register_envs(args)
    count = differing = 0

    for name, found in _replayed(args.file):
        count += 1
        if found is not None:
            differing += 1
            print(f"{name}: {found}")

    print(f"{args.file}: {count} episodes, {count - differing} the same, {differing} different")
    if differing:
        return 1
    return 0


def _replayed(path: Path) -> Iterator[tuple[str, str | None]]:
    if path.suffix == ".json":
        value = read_json(path)
        if isinstance(value, dict) and value.get("schema") == SCHEMA:
            yield "recording", replay(Recording.from_json(value, str(path)))
            return

    for trajectory in read_trajectories(path):
        if trajectory.error:
            continue
        try:
            yield f"{trajectory.task_id} trial {trajectory.trial}", replay_trajectory(trajectory)
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
