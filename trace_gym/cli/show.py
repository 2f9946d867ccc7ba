"""Show trajectories as text: one of them, or a table of all in a file.

Reads every format that `trace-gym import` reads. Results and the system message are shortened unless --full is given.

Examples:
  trace-gym show trajectories.jsonl
  trace-gym show trajectories.jsonl --index 3
  trace-gym show results.json.gz --task 12 --full
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from trace_gym.cli.import_trajectories import INCOMPLETE, add_format_arguments
from trace_gym.console.printable import printable
from trace_gym.console.table import table
from trace_gym.errors import UserError
from trace_gym.report.trajectory import Style, render
from trace_gym.trajectories.episode_error import EpisodeError, UnknownFormatError
from trace_gym.trajectories.readers import iter_episodes
from trace_gym.trajectories.readers.inputs import find_inputs
from trace_gym.trajectories.readers.reader import Options
from trace_gym.trajectories.record import Trajectory

HELP = "show trajectories as text"

_NARROWEST, _LONGEST_NAME = 40, 44


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("file", type=Path, metavar="FILE", help="a trajectories file, or a folder of them")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--index", type=int, metavar="N", help="the one with this number in the table")
    which.add_argument("--task", metavar="ID", help="all attempts at this task")
    which.add_argument("--all", action="store_true", help="every one")
    parser.add_argument("--full", action="store_true", help="shorten nothing")
    parser.add_argument("--width", type=int, metavar="N", help="characters a line (default: the terminal's)")

    add_format_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Prints; what cannot be read is told on stderr, and the command ends with 3.

    Args:
        args: The parsed arguments.
    """
    if args.width is not None and args.width < _NARROWEST:
        raise UserError(f"--width must be >= {_NARROWEST}, got {args.width}.")
    if args.index is not None and args.index < 0:
        raise UserError(f"--index must be >= 0, got {args.index}.")

    try:
        code = _show(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader of our output has seen enough; what Python flushes at its end must go nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0

    return code


def _show(args: argparse.Namespace) -> int:
    style = Style(
        args.width or max(_NARROWEST, shutil.get_terminal_size((100, 24)).columns),
        None if args.full else Style.longest,
        sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
    )
    bad: list[EpisodeError] = []
    found = enumerate(_readable(args, bad))

    if args.index is None and args.task is None and not args.all:
        count = _table(found, style)
    else:
        count = 0
        shown = 0
        for index, trajectory in found:
            count += 1
            if args.all or index == args.index or trajectory.task_id == args.task:
                print(("\n" if shown else "") + f"#{index}  {render(trajectory, style)}")
                shown += 1
            if index == args.index:
                if bad:
                    return INCOMPLETE
                return 0
        if count and not shown:
            raise UserError(_nothing(args, count))

    if not count:
        raise UserError(f"{args.file}: holds no trajectory that can be shown.")
    if bad:
        return INCOMPLETE
    return 0


def _nothing(args: argparse.Namespace, count: int) -> str:
    if args.index is not None:
        return f"{args.file}: --index must be 0 to {count - 1}, got {args.index}."
    return f"{args.file}: none of {count} trajectories is at task {args.task!r}; without --task their tasks are listed."


def _readable(args: argparse.Namespace, bad: list[EpisodeError]) -> Iterator[Trajectory]:
    options = Options(args.scores, args.reward)
    for one in find_inputs([args.file]):
        for episode in iter_episodes(one.path, name=args.format, options=options):
            if not isinstance(episode, EpisodeError):
                yield episode
            elif not (one.found and isinstance(episode, UnknownFormatError)):
                bad.append(episode)
                print(f"bad: {episode}", file=sys.stderr)


def _table(found: Iterator[tuple[int, Trajectory]], style: Style) -> int:
    """Prints one line each, or the trajectory where there is only one; returns how many there are."""
    header = ("#", "env", "task", "trial", "model", "reward", "solved", "messages", "calls", "errors", "ended")
    rows = []
    first = None
    for index, trajectory in found:
        first = first or trajectory
        rows.append(_row(index, trajectory))

    if first is not None:
        print(render(first, style) if len(rows) == 1 else table(header, rows))
    return len(rows)


def _row(index: int, trajectory: Trajectory) -> tuple[object, ...]:
    messages = trajectory.messages
    return (
        index,
        _short(trajectory.env_id),
        _short(trajectory.task_id),
        trajectory.trial,
        _short(trajectory.policy or "-"),
        f"{trajectory.reward:g}",
        "yes" if trajectory.success else "no",
        len(messages),
        sum(len(m.get("tool_calls") or []) for m in messages if m["role"] == "assistant"),
        sum(bool(m.get("error")) for m in messages),
        _short("broken off" if trajectory.error else trajectory.termination or "-"),
    )


def _short(name: str) -> str:
    name = printable(name).replace("\n", " ")
    if len(name) <= _LONGEST_NAME:
        return name
    return name[: _LONGEST_NAME - 1] + "…"
