"""Train one LoRA adapter on one environment with GRPO.

Examples:
  trace-gym train --envs runs/default/envs --env trace/ServiceDeskErrorRecovery-v0 --out adapters/error_recovery
  trace-gym train --model my/model --env trace/ServiceDesk-v0 --set steps=100 --out adapters/desk
"""

from __future__ import annotations

import argparse
from pathlib import Path

from trace_gym.cli.common import add_env_arg, check_least, env_arguments, register_envs
from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_trainers.commands.prepare import prepare
from trace_trainers.commands.run import parse_settings

HELP = "train one LoRA adapter on one environment"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument(
        "--model", default="tiny", help="`tiny`, a local folder, or a Hugging Face id (default: %(default)s)"
    )

    parser.add_argument("--env", required=True, metavar="ID", help="environment id")
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to register first")
    add_env_arg(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="adapter folder; an interrupted training continues"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of [train], such as steps=100"
    )
    parser.add_argument("--dtype", default="auto", help="auto, float32 or bfloat16 (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Trains an adapter and prints a summary of the training.

    Args:
        args: The parsed arguments.

    Raises:
        UserError: If the environment, the model or the settings cannot be used.
    """
    register_envs(args)
    arguments = env_arguments(args)
    check_least(args, seed=0)
    # fail before the model is loaded if the environment cannot be made
    make_env(args.env, **arguments)

    # imported here: torch takes seconds, and `trace-gym --help` loads every command
    prepare()
    from trace_trainers.grpo.summary import ended, kept, summary
    from trace_trainers.grpo.train import train_adapter
    from trace_trainers.pipeline.config import read_config

    settings = {"model": args.model}
    for key, value in parse_settings(args.set).items():
        settings[f"train.{key}"] = value
    config = read_config(None, settings).train

    def make() -> ToolEnv:
        return make_env(args.env, split="train", difficulty=config.difficulty, **arguments)

    record = train_adapter(
        args.model, make, args.env, args.out, config, seed=args.seed, name=args.out.name, dtype=args.dtype
    )
    print(f"{args.out}: {summary(record)}")
    for sentence in (kept(record), ended(record)):
        if sentence:
            print(sentence)
    # not an error: the adapter is complete and can be loaded, it merely changes nothing
    if record["zero_variance_groups"] == 1.0:
        print("No group differed in reward, so nothing was learned; try an easier environment or another model.")
    return 0
