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
    """Prints the trajectories; names what cannot be read on stderr, and then returns 3.

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
    style = _style(args)
    bad: list[EpisodeError] = []
    numbered = enumerate(_readable(args, bad))

    if args.index is None and args.task is None and not args.all:
        count = _table(numbered, style)
    else:
        count = _chosen(numbered, args, style)

    if not count:
        raise UserError(f"{args.file}: holds no trajectory that can be shown.")
    if bad:
        return INCOMPLETE
    return 0


def _style(args: argparse.Namespace) -> Style:
    width = args.width
    if width is None:
        width = max(_NARROWEST, shutil.get_terminal_size((100, 24)).columns)

    longest = Style.longest
    if args.full:
        longest = None

    # https://no-color.org: any value but the empty one switches colors off
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return Style(width, longest, colour)


def _chosen(numbered: Iterator[tuple[int, Trajectory]], args: argparse.Namespace, style: Style) -> int:
    """Prints the trajectories that were asked for; returns how many were read to find them."""
    count = 0
    is_first = True
    for index, trajectory in numbered:
        count += 1
        if args.all or index == args.index or trajectory.task_id == args.task:
            if not is_first:
                print()
            print(f"#{index}  {render(trajectory, style)}")
            is_first = False

        # no other has this number, and the rest of the file may be long
        if index == args.index:
            return count

    if count and is_first:
        raise UserError(_nothing(args, count))
    return count


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
            # a folder may hold other files; a file that was named is expected to be read
            elif not (one.found and isinstance(episode, UnknownFormatError)):
                bad.append(episode)
                print(f"bad: {episode}", file=sys.stderr)


def _table(numbered: Iterator[tuple[int, Trajectory]], style: Style) -> int:
    """Prints one line each, or the whole trajectory if there is only one; returns how many there are."""
    header = ("#", "env", "task", "trial", "model", "reward", "solved", "messages", "calls", "errors", "ended")
    rows = []
    # of a long file only the rows are kept, and the one trajectory that may be shown itself
    first = None
    for index, trajectory in numbered:
        if first is None:
            first = trajectory
        rows.append(_row(index, trajectory))

    if len(rows) > 1:
        print(table(header, rows))
    elif first is not None:
        print(render(first, style))
    return len(rows)


def _row(index: int, trajectory: Trajectory) -> tuple[object, ...]:
    messages = trajectory.messages
    calls = 0
    errors = 0
    for message in messages:
        # a user's calls of their own tools are not the agent's
        if message["role"] == "assistant":
            calls += len(message.get("tool_calls") or [])
        errors += bool(message.get("error"))

    solved = "no"
    if trajectory.success:
        solved = "yes"

    return (
        index,
        _short(trajectory.env_id),
        _short(trajectory.task_id),
        trajectory.trial,
        _short(trajectory.policy or "-"),
        f"{trajectory.reward:g}",
        solved,
        len(messages),
        calls,
        errors,
        _short(_ended(trajectory)),
    )


def _ended(trajectory: Trajectory) -> str:
    if trajectory.error:
        return "broken off"
    return trajectory.termination or "-"


def _short(name: str) -> str:
    name = printable(name).replace("\n", " ")
    if len(name) <= _LONGEST_NAME:
        return name
    return name[: _LONGEST_NAME - 1] + "…"
