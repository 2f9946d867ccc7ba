"""Train one LoRA adapter on one environment with GRPO.

Examples:
  trace-gym train --envs runs/default/envs --env trace/ServiceDeskErrorRecovery-v0 --out adapters/error_recovery
  trace-gym train --model my/model --env trace/ServiceDesk-v0 --set steps=100 --out adapters/desk
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trace_gym.cli.common import register_envs
from trace_gym.env.registration import make_env
from trace_trainers.commands.quiet import quiet
from trace_trainers.commands.run import parse_settings

if TYPE_CHECKING:
    from trace_trainers.grpo.config import TrainConfig

HELP = "train one LoRA adapter on one environment"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "--model", default="tiny", help="`tiny`, a local folder, or a Hugging Face id (default: %(default)s)"
    )
    parser.add_argument("--env", required=True, metavar="ID", help="environment id")
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to register first")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="adapter folder; an interrupted training continues"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of [train], such as steps=100"
    )
    parser.add_argument("--dtype", default="auto", help="auto, float32 or bfloat16 (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Trains."""
    register_envs(args)
    make_env(args.env)
    quiet()
    from trace_trainers.grpo.train import train_adapter
    from trace_trainers.pipeline.config import read_config

    settings = {f"train.{key}": value for key, value in parse_settings(args.set).items()}
    config = read_config(None, {"model": args.model, **settings}).train
    record = train_adapter(
        args.model,
        lambda: make_env(args.env, split="train", difficulty=config.difficulty),
        args.env,
        args.out,
        config,
        seed=args.seed,
        name=args.out.name,
        dtype=args.dtype,
    )
    print(
        f"{args.out}: {record['steps']} steps, {record['rollouts']} rollouts, reward {record['first_reward']:.2f} -> "
        f"{record['last_reward']:.2f}{_ended_early(record, config)}"
    )
    if record.get("zero_variance_groups") == 1.0:
        print("No group differed in reward, so nothing was learned; try an easier environment or another model.")
    return 0


def _ended_early(record: dict[str, Any], config: TrainConfig) -> str:
    """Why a training ended before its last step."""
    if record["steps"] >= config.steps:
        return ""
    if record["last_reward"] >= config.stop_reward:
        return f"; ended before step {config.steps}, as the environment is mastered (stop_reward)"
    return f"; ended before step {config.steps}, as the reward had not risen for {config.patience} steps (patience)"
