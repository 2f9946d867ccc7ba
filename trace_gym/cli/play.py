"""Drive an environment by hand: you are the assistant.

Type a message to the user, or a tool call as JSON: {"name": "get_order", "arguments": {"order_id": "W1234"}}
An empty line shows the tools, `gold` the solution, `quit` leaves.

Example:
  trace-gym play --env trace/ServiceDesk-v0 --index 3
"""

from __future__ import annotations

import argparse
import json

from trace_gym.cli.common import add_env_arguments, env_arguments, register_envs
from trace_gym.env.parsing import parse_turn
from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError

_HOW = (
    'To call a tool write {"name": "...", "arguments": {...}}. Anything else is said to the user. '
    "An empty line shows the tools, `gold` the solution, `quit` leaves."
)
HELP = "drive an environment by hand"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    add_env_arguments(parser)
    parser.add_argument("--index", type=int, default=0, help="the task's number in the split (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Plays one episode on the terminal.

    Args:
        args: The parsed arguments.
    """
    register_envs(args)
    if args.index < 0:
        raise UserError(f"--index must be >= 0, got {args.index}.")
    env = make_env(args.env, split=args.split, difficulty=args.difficulty, **env_arguments(args))
    observation, info = env.reset(options={"index": args.index})
    print(f"{env.system_prompt}\n")
    _show_tools(info["tools"])

    print(f"\n{_HOW}\n\nuser: {observation}")
    while True:
        try:
            typed = input("you: ").strip()
        except EOFError:
            print()
            return 0
        if typed == "quit":
            return 0
        if not typed:
            _show_tools(info["tools"])
            continue
        if typed == "gold":
            print("\n".join(env.oracle()))
            continue
        if _meant_as_call(env, typed) and not parse_turn(typed).calls:
            print(f"That is not a call that can be read. {_HOW}")
            continue
        if _step(env, typed):
            return 0


def _meant_as_call(env: ToolEnv, typed: str) -> bool:
    return typed.startswith("{") or any(typed.startswith(f"{name}(") for name in env.tools)


def _step(env: ToolEnv, typed: str) -> bool:
    observation, reward, terminated, truncated, info = env.step(typed)
    if info["messages"][-1]["role"] == "user":
        who = "user"
    else:
        who = "tool"
    print(f"{who}: {observation}")
    if terminated or truncated:
        print(f"\nreward {reward:.2f}  " + "  ".join(f"{k} {v:.2f}" for k, v in info["reward_terms"].items()))
    return terminated or truncated


def _show_tools(tools: list[dict[str, dict[str, object]]]) -> None:
    for tool in tools:
        body = tool["function"]
        parameters = body["parameters"]
        assert isinstance(parameters, dict)
        print(f"  {body['name']}({', '.join(parameters['properties'])}): {body['description']}")
        enums = {k: v["enum"] for k, v in parameters["properties"].items() if "enum" in v}
        if enums:
            print(f"      {json.dumps(enums)}")
