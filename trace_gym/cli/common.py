"""Arguments and checks that several commands share."""

from __future__ import annotations

import argparse
import functools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import read_json
from trace_gym.processes import jobs_for, nothing
from trace_gym.synthesis.load import register_folder


def add_env_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--env`, `--envs`, `--env-arg`, `--split`, `--difficulty`.

    Args:
        parser: The command's parser.
    """
    parser.add_argument(
        "--env", default="trace/ServiceDesk-v0", metavar="ID", help="environment id (default: %(default)s)"
    )
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to register first")
    add_env_arg(parser)
    parser.add_argument(
        "--split", default="mine", help="mine, train, evaluate, or another the environment has (default: %(default)s)"
    )

    parser.add_argument("--difficulty", type=int, default=1, help="1 to 3 (default: %(default)s)")


def add_env_arg(parser: argparse.ArgumentParser) -> None:
    """Adds `--env-arg`; `env_arguments` reads it.

    Args:
        parser: The command's parser.
    """
    parser.add_argument(
        "--env-arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of the environment, such as category=base; VALUE is JSON or plain text; may be repeated",
    )


def check_least(args: argparse.Namespace, **least: int) -> None:
    """Checks numbers of the command line.

    Args:
        args: The parsed arguments.
        **least: The least value by argument.

    Raises:
        UserError: If one is less, or is no finite number.

    Example:
        >>> check_least(argparse.Namespace(tasks=0), tasks=1)
        Traceback (most recent call last):
        trace_gym.errors.UserError: --tasks must be >= 1, got 0.
    """
    for name, smallest in least.items():
        value = getattr(args, name)
        # written so that NaN, which compares with nothing, is refused too
        if not smallest <= value < math.inf:
            raise UserError(f"--{name.replace('_', '-')} must be >= {smallest}, got {value}.")


def add_jobs_argument(parser: argparse.ArgumentParser) -> None:
    """Adds `--jobs`; `jobs_of` reads it.

    Args:
        parser: The command's parser.
    """
    parser.add_argument(
        "--jobs",
        type=int,
        help="processes that repair at once (default: as many as there are cores, where that is worth their start)",
    )


def jobs_of(args: argparse.Namespace, attempts: int) -> int:
    """Returns how many processes the user wants.

    Args:
        args: The parsed arguments.
        attempts: How many attempts there are to repair.

    Raises:
        UserError: If it is not at least 1.
    """
    if args.jobs is None:
        return jobs_for(attempts)
    check_least(args, jobs=1)
    return int(args.jobs)


def preparing(args: argparse.Namespace) -> Callable[[], None]:
    """Returns what another process has to do first, so that it knows the environments that the user named.

    Args:
        args: The parsed arguments.
    """
    if args.envs is None:
        return nothing
    return functools.partial(_register, args.envs)


def _register(folder: Path) -> None:
    register_folder(folder)


def register_envs(args: argparse.Namespace) -> None:
    """Registers the emitted environments the user named.

    Args:
        args: The parsed arguments.
    """
    if args.envs is not None:
        register_folder(args.envs)


def env_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what `--env-arg` gives, values that are JSON parsed.

    Args:
        args: The parsed arguments.

    Raises:
        UserError: If one is not of the form NAME=VALUE, or names what an option of its own sets.
    """
    found: dict[str, Any] = {}
    for given in args.env_arg:
        name, equals, value = given.partition("=")
        if not equals or not name.isidentifier():
            raise UserError(f"--env-arg must be NAME=VALUE, such as category=base, got {given!r}.")
        # two ways to say the same would leave open which one counts
        if name in ("split", "difficulty"):
            raise UserError(f"--env-arg {given} is not taken; use --{name} {value}.")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value

    return found


def read_schemas(path: Path | None) -> list[dict[str, Any]]:
    """Reads a JSON list of OpenAI function schemas; nothing when no path is given.

    Args:
        path: The file; None for none.

    Raises:
        UserError: If it is something else.
    """
    if path is None:
        return []
    value = read_json(path)
    for schema in value if isinstance(value, list) else [value]:
        if isinstance(schema, dict):
            body = schema.get("function")
        else:
            body = None
        if isinstance(body, dict) and isinstance(body.get("name"), str):
            parameters = body.get("parameters")
        else:
            parameters = None
        if not isinstance(value, list) or not isinstance(parameters, dict) or "properties" not in parameters:
            raise UserError(f"{path}: expected a JSON list of OpenAI function schemas, got {json.dumps(schema)[:60]}.")

    return list(value)
