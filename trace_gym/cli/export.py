"""Write trajectories as a log of Inspect AI, to be looked at with `inspect view`.

Every attempt becomes a sample, with its messages; reward, success and, if `capabilities.json` is given, the label of
each capability become its scores, with the evidence as their explanation. `trace-gym import` reads the log back. An
Inspect log is of one task: trajectories of several environments are written into a folder, a log for each.

Examples:
  trace-gym export trajectories.jsonl --inspect --out run.eval
  trace-gym export trajectories.jsonl capabilities.json --inspect --out run.eval && inspect view --log-dir .
  trace-gym export runs/ capabilities.json --inspect --out logs
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trace_gym.capabilities.capabilities_file import read_capabilities
from trace_gym.capabilities.corpus import Corpus
from trace_gym.console.printable import printable
from trace_gym.errors import UserError
from trace_gym.report.inspect_log.identifiers import digest_id
from trace_gym.report.inspect_log.logs import env_ids, eval_log
from trace_gym.report.inspect_log.writing import import_inspect_log, write_eval

HELP = "write trajectories as a log of Inspect AI"

_SUFFIX = ".eval"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("trajectories", type=Path, help="the trajectories, in any format that `import` reads")
    parser.add_argument("capabilities", type=Path, nargs="?", help="capabilities.json, made from these trajectories")
    parser.add_argument("--inspect", action="store_true", help="as a log of Inspect AI (needs inspect_ai)")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="PATH", help="the log, named *.eval, or a folder of logs"
    )
    parser.add_argument("--force", action="store_true", help="replace what is at --out")


def run(args: argparse.Namespace) -> int:
    """Writes the log or the logs, and prints a line for each.

    Args:
        args: The parsed arguments.
    """
    if not args.inspect:
        raise UserError("`trace-gym export` needs to know the format; give --inspect, the only one so far.")
    _check_kind(args)
    import_inspect_log()

    corpus = Corpus.from_file(args.trajectories)
    capabilities: dict[str, Any] = {}
    if args.capabilities is not None:
        capabilities = read_capabilities(args.capabilities, corpus)

    places = _places(args.out, env_ids(corpus))
    for path in places.values():
        # all of them, before the first is written
        _check_place(path, args)

    changes: Counter[str] = Counter()
    for env_id, path in places.items():
        log = eval_log(corpus, capabilities, env_id)
        write_eval(path, log.content)
        changes.update(log.changes)
        print(f"{path}: {len(log.content['samples'])} attempts at {printable(env_id)}")

    for change, count in changes.items():
        print(f"{count} written differently, for Inspect cannot hold them as they are: {change}")
    return 0


def _check_kind(args: argparse.Namespace) -> None:
    """Refuses a place that can hold neither a log nor a folder of logs, before anything is read."""
    out: Path = args.out
    if out.suffix == _SUFFIX:
        if out.is_dir():
            raise UserError(f"{out}: is a folder; choose another --out.")
        _check_place(out, args)
    elif out.exists() and not out.is_dir():
        raise UserError(f"{out}: is no folder, and an Inspect log is named *.eval; choose another --out.")
    elif out.suffix and not out.exists():
        raise UserError(f"{out}: an Inspect log is named *.eval; choose another --out.")


def _check_place(path: Path, args: argparse.Namespace) -> None:
    for read in (args.trajectories, args.capabilities):
        if read is not None and read.resolve() == path.resolve():
            raise UserError(f"{path}: is also read from; choose another --out.")
    if path.exists() and not args.force:
        raise UserError(f"{path}: already exists; choose another --out, or replace it by --force.")


def _places(out: Path, found: Sequence[str]) -> dict[str, Path]:
    """Returns where the log of each environment goes."""
    if out.suffix == _SUFFIX:
        if len(found) > 1:
            named = printable(", ".join(found[:3]))
            raise UserError(
                f"{out}: would hold {len(found)} environments ({named:.80}), and an Inspect log is of one; give a "
                f"folder, such as --out {out.with_suffix('')}."
            )
        return {found[0]: out}

    places: dict[str, Path] = {}
    for env_id in found:
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", env_id).strip("-.")[:100]
        path = out / f"{name}{_SUFFIX}"
        # names that differ in other characters alone
        if not name or path in places.values():
            path = out / f"{name}-{digest_id(env_id)}{_SUFFIX}"
        places[env_id] = path
    return places
