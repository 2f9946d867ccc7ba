"""Play episodes with a policy and write their trajectories.

Examples:
  trace-gym rollout --model tiny --tasks 200 --out trajectories.jsonl
  trace-gym rollout --model my/model --env trace/ServiceDesk-v0 --out trajectories.jsonl
  trace-gym rollout --model gpt-4o --base-url http://127.0.0.1:8000/v1 --out trajectories.jsonl
  trace-gym rollout --policy oracle --tasks 20 --out oracle.jsonl
  trace-gym rollout --model my/model --env trace/BFCLMultiTurn-v0 --env-arg category=base --split evaluate \
    --tasks 60 --max-context 8192 --out bfcl.jsonl
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

from trace_gym.cli.common import add_env_arguments, check_least, env_arguments, register_envs
from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.rollouts.collect import collect
from trace_gym.rollouts.openai_chat import OpenAIChatPolicy
from trace_gym.rollouts.play import Job
from trace_gym.rollouts.policy import Policy
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.rollouts.scripted import SCRIPTED
from trace_gym.trajectories.record import Trajectory

HELP = "play episodes with a policy and write trajectories.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    add_env_arguments(parser)
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument(
        "--model", metavar="NAME", help="`tiny`, a local folder, a Hugging Face id, or a name at --base-url"
    )
    who.add_argument("--policy", choices=sorted(SCRIPTED), help="a policy that needs no model")
    parser.add_argument(
        "--base-url", metavar="URL", help="an OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1"
    )

    parser.add_argument("--adapter", type=Path, metavar="DIR", help="a PEFT folder to put on the model")
    parser.add_argument("--tasks", type=int, default=100, help="tasks 0 to N-1 of the split (default: %(default)s)")
    parser.add_argument("--trials", type=int, default=1, help="attempts at each task (default: %(default)s)")
    parser.add_argument("--temperature", type=float, default=1.0, help="sampling temperature (default: %(default)s)")
    parser.add_argument("--max-new-tokens", type=int, default=256, help="longest turn (default: %(default)s)")
    parser.add_argument(
        "--max-context",
        type=int,
        default=4096,
        help="tokens at which a local model's conversation is over (default: %(default)s)",
    )

    parser.add_argument(
        "--fast",
        action="store_true",
        help="a local model reuses prompts and, at temperature 0, guesses ahead; for long prompts on CPU, best with "
        "--batch 1; the same turns but for rounding",
    )
    parser.add_argument("--batch", type=int, default=64, help="episodes played in step (default: %(default)s)")

    parser.add_argument("--seed", type=int, default=0, help="seed of the sampling (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="JSONL file; an interrupted one continues"
    )


def run(args: argparse.Namespace) -> int:
    """Plays the episodes.

    Args:
        args: The parsed arguments.
    """
    register_envs(args)
    check_least(args, tasks=1, trials=1, batch=1, seed=0, max_new_tokens=1, max_context=1, temperature=0)
    arguments = env_arguments(args)

    def make() -> ToolEnv:
        return make_env(args.env, split=args.split, difficulty=args.difficulty, **arguments)

    # fail before the model is loaded if the environment cannot be made
    make()
    policy = _policy(args)
    jobs = [Job(index, trial) for index, trial in itertools.product(range(args.tasks), range(args.trials))]
    settings = _settings(args)
    if arguments:
        settings["env"] = arguments
    trajectories = collect(
        args.out, make, policy, jobs, env_id=args.env, seed=args.seed, batch_size=args.batch, settings=settings
    )

    print(_summary(args.out, trajectories))
    return 0


def _summary(path: Path, trajectories: Sequence[Trajectory]) -> str:
    rate = sum(trajectory.success for trajectory in trajectories) / len(trajectories)
    broken = sum(bool(trajectory.error) for trajectory in trajectories)
    line = f"{path}: {len(trajectories)} episodes, {rate:.1%} solved"
    if broken:
        line += f", {broken} broken"
    return line


def _settings(args: argparse.Namespace) -> dict[str, Json]:
    """Returns the sampling settings that the records keep."""
    if args.policy:
        return {}

    settings: dict[str, Json] = {"temperature": args.temperature, "max_new_tokens": args.max_new_tokens}
    # only a local model's conversation ends at --max-context
    if not args.base_url:
        settings["max_context"] = args.max_context
        # left out when off, so that files made before the option existed can be continued
        if args.fast:
            settings["fast"] = True
    return settings


def _policy(args: argparse.Namespace) -> Policy:
    if args.policy:
        return SCRIPTED[args.policy]()
    if args.base_url:
        return OpenAIChatPolicy(args.model, args.base_url, temperature=args.temperature, max_tokens=args.max_new_tokens)

    for entry in entry_points(group="trace_gym.policies", name="hf"):
        try:
            make = entry.load()
        except ModuleNotFoundError:
            # the entry point is there without the train extra, what it imports is not
            break
        params = SamplingParams(args.temperature, args.max_new_tokens, args.max_context, args.fast)
        made: Policy = make(args.model, args.adapter, params)
        return made

    raise UserError(
        "A local model needs the train extra: pip install 'trace-gym[train]', or name an endpoint by --base-url."
    )
