"""Bring trajectories of other tools into one trace-gym JSONL file, and into a Hugging Face dataset.

Formats (known by what is in the file, plain or gzip): trace-gym JSONL, tau-bench v1, tau2-bench, AgentDojo run files,
BFCL multi-turn results with their score file, ToolSandbox output folders, Inspect logs, OpenAI chats with a reward
column, Hugging Face datasets of these. Ends with 0 when everything was read, 3 when bad episodes were left out, and 1,
writing nothing, when nothing could be used.

Examples:
  trace-gym import results.json.gz --out trajectories.jsonl
  trace-gym import runs/ logs/*.eval --out trajectories.jsonl --hf dataset
  trace-gym import result/my-model --scores score/my-model --format bfcl --out trajectories.jsonl
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from trace_gym.console.printable import printable
from trace_gym.console.table import table
from trace_gym.errors import UserError
from trace_gym.trajectories.hf_dataset import import_datasets, write_hf_dataset
from trace_gym.trajectories.importing import FileCount, Import
from trace_gym.trajectories.readers import FORMATS
from trace_gym.trajectories.readers.hf_dataset import is_dataset
from trace_gym.trajectories.readers.inputs import Input, find_inputs
from trace_gym.trajectories.readers.reader import Options
from trace_gym.trajectories.writer import write_trajectories

HELP = "bring trajectories of other tools into one file"

INCOMPLETE = 3
"""Exit code when the rest was written but bad episodes were left out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE_OR_FOLDER", help="what to read")
    parser.add_argument("--out", type=Path, metavar="FILE", help="JSONL file to write")
    parser.add_argument("--hf", type=Path, metavar="DIR", help="Hugging Face dataset to write (needs datasets)")
    add_format_arguments(parser)
    parser.add_argument("--strict", action="store_true", help="write nothing if anything is bad")
    parser.add_argument("--force", action="store_true", help="replace what is at --out and --hf")


def add_format_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--format`, `--scores`, `--reward`.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("--format", choices=FORMATS, default="", help="the files' format, if it is not recognised")
    parser.add_argument(
        "--scores", type=Path, metavar="PATH", help="BFCL: the score file, or a folder of them, if not beside"
    )
    parser.add_argument(
        "--reward", default="", metavar="NAME", help="which score (Inspect) or column (chats) is the reward"
    )


def run(args: argparse.Namespace) -> int:
    """Reads, writes, and prints one line a file.

    Args:
        args: The parsed arguments.
    """
    if args.out is None and args.hf is None:
        raise UserError("`trace-gym import` needs --out FILE, --hf DIR, or both.")
    inputs = find_inputs(args.files)
    _check_places(args, inputs)

    if args.hf is not None:
        import_datasets()
    place = (args.out or args.hf).parent
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{place}: cannot be made ({error.strerror}); choose another place.") from None

    found = Import(name=args.format, options=Options(args.scores, args.reward), tell=_tell)
    # beside the result, so that putting it in place is a rename within one file system: whole or not at all
    with tempfile.TemporaryDirectory(prefix=".trace-gym-import.", dir=place) as work:
        written = Path(work) / "trajectories.jsonl"
        write_trajectories(written, found.trajectories(inputs))
        _say(_report(found))
        if not found.read:
            raise UserError("Nothing was read that could be used; nothing is written.")
        if args.strict and found.bad:
            raise UserError(f"{found.bad} bad (above) and --strict; nothing is written.")
        if args.hf is not None:
            write_hf_dataset(args.hf, written)
        if args.out is not None:
            written.replace(args.out)

    places = " and ".join(str(path) for path in (args.out, args.hf) if path is not None)
    if found.bad:
        _say(f"{places}: {found.read} trajectories, {found.bad} bad ones left out")
        return INCOMPLETE
    _say(f"{places}: {found.read} trajectories")
    return 0


def _say(text: str) -> None:
    _print(text, sys.stdout)


def _tell(line: str) -> None:
    _print(line, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    """Prints; where nobody reads it any more, as behind `| head`, the work goes on."""
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _check_places(args: argparse.Namespace, inputs: Sequence[Input]) -> None:
    for path, option in ((args.out, "--out"), (args.hf, "--hf")):
        if path is None:
            continue
        place = path.resolve()
        if any(one.path.resolve() == place for one in inputs):
            raise UserError(f"{path}: is also read from; choose another {option}.")
        if path.exists() and not args.force:
            raise UserError(f"{path}: already exists; choose another {option}, or replace it by --force.")
        if path.exists() and path.is_dir() and option == "--out":
            raise UserError(f"{path}: is a folder; choose another {option}.")
        if path.exists() and not path.is_dir() and option == "--hf":
            raise UserError(f"{path}: is no folder; choose another {option}.")
        if path.is_dir() and not is_dataset(path) and any(path.iterdir()):
            # the folder is replaced whole
            raise UserError(f"{path}: holds other files than a dataset; choose another {option}.")


def _report(found: Import) -> str:
    header = ("file", "format", "read", "bad", "models", "tasks x trials", "solved")
    if found.files:
        lines = [table(header, [_row(count) for count in found.files])]
    else:
        lines = []
    if found.renumbered:
        lines.append(f"{found.renumbered} got another trial number: an earlier episode had theirs")

    if found.repeated:
        lines.append(f"{found.repeated} left out: equal to an episode of an earlier file")
    if found.passed_over:
        lines.append(f"{found.passed_over} files of the folders passed over: no trajectories")
    return "\n".join(lines)


def _row(count: FileCount) -> tuple[object, ...]:
    return (
        count.path,
        count.format or "unknown",
        count.read,
        count.bad,
        _models(count),
        _attempts(count),
        _solved(count),
    )


def _models(count: FileCount) -> str:
    # sorted, as the order of a set differs between processes
    models = printable(", ".join(sorted(filter(None, count.models))))
    if not models:
        return "-"
    if len(models) > 48:
        return models[:47] + "…"
    return models


def _attempts(count: FileCount) -> str:
    if not count.attempts:
        return "-"
    most = max(count.attempts.values())
    least = min(count.attempts.values())
    if most == least:
        return f"{len(count.attempts)} x {most}"
    return f"{len(count.attempts)} x {least}-{most}"


def _solved(count: FileCount) -> str:
    if not count.read:
        return "-"
    return f"{count.solved / count.read:.1%}"
