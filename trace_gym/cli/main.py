"""Entry point: subcommands come through the `trace_gym.commands` entry points, so that other packages add theirs."""

from __future__ import annotations

import argparse
import errno
import sys
from importlib.metadata import entry_points
from types import ModuleType

import trace_gym
from trace_gym.errors import UserError

_ENVIRONMENT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
_GROUP = "trace_gym.commands"
_DESCRIPTION = """\
Find the capabilities an LLM agent lacks, make an environment for each, train a LoRA adapter on each, and route
every conversation to the right one. `trace-gym run` does all of it; each stage also runs alone on the files of
the one before:

  rollout > trajectories.jsonl > identify > capabilities.json > synthesize > envs/ > train > adapters/ > evaluate
"""


def main(argv: list[str] | None = None) -> int:
    """Runs one subcommand; returns 0 when done, 1 when it cannot be done (one sentence says why), 2 for wrong usage.

    Args:
        argv: The arguments; those of the process when None.
    """
    commands = {entry.name: entry for entry in entry_points(group=_GROUP)}
    if argv is None:
        arguments = sys.argv[1:]
    else:
        arguments = argv
    parser = argparse.ArgumentParser(
        prog="trace-gym", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"trace-gym {trace_gym.__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    chosen = next((a for a in arguments if not a.startswith("-")), None)
    modules: dict[str, ModuleType] = {}
    for name in sorted(commands):
        # only the chosen command is imported, so that help stays fast and torch stays out of the light commands
        if name == chosen or chosen is None:
            module = _load(commands[name])
            if module is None:
                subparsers.add_parser(name, help="(needs the train extra: pip install 'trace-gym[train]')")
                continue
            modules[name] = module
            sub = subparsers.add_parser(
                name, help=module.HELP, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
            )
            module.add_arguments(sub)
        else:
            subparsers.add_parser(name)

    parsed = parser.parse_args(arguments)
    try:
        if parsed.command not in modules:
            raise UserError(f"`trace-gym {parsed.command}` needs the train extra; pip install 'trace-gym[train]'.")
        code: int = modules[parsed.command].run(parsed)
        return code
    except UserError as error:
        print(f"trace-gym: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        # a full disk is the user's to mend; any other is a bug of ours and keeps its traceback
        if error.errno not in _ENVIRONMENT_ERRORS:
            raise
        if error.filename:
            where = f"{error.filename}: "
        else:
            where = ""
        print(
            f"trace-gym: {where}{error.strerror}; what was done is kept, make room or choose another place and repeat "
            "the command.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("trace-gym: stopped; the same command continues where it was.", file=sys.stderr)
        return 130


def _load(entry: object) -> ModuleType | None:
    try:
        module: ModuleType = entry.load()  # type: ignore[attr-defined]
        return module
    except ModuleNotFoundError as error:
        # a module of ours that is missing is a broken installation, not a missing extra
        if error.name and error.name.startswith("trace_"):
            raise
        return None


if __name__ == "__main__":
    sys.exit(main())
