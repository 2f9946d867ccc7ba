"""Prints all tables: `python -m benchmarks [--rounds N]`."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import PackageNotFoundError, version

import gymnasium as gym

import trace_gym
from benchmarks import contains, growth, tool_call, vector


def main() -> None:
    """Runs everything, one table after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="rounds that count, of each comparison")
    rounds = parser.parse_args().rounds
    trace_gym.discover()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {_versions()}; "
          f"medians of {rounds} rounds, contenders in turns.\n")  # fmt: skip
    print(tool_call.run(rounds), end="\n\n", flush=True)
    print(vector.throughput(min(rounds, 5)), end="\n\n", flush=True)
    print(vector.costs([env_id for env_id in gym.registry if _at_hand(env_id)]), end="\n\n", flush=True)
    print(contains.run(rounds), end="\n\n", flush=True)
    print(growth.by_state(min(rounds, 5)), end="\n\n", flush=True)
    print(growth.by_history(rounds), flush=True)


def _at_hand(env_id: str) -> bool:
    """Whether an id is ours, and not of a benchmark that is not installed."""
    try:
        return env_id.startswith("trace/") and trace_gym.make_env(env_id) is not None
    except trace_gym.UserError:
        return False


def _versions() -> str:
    found = []
    for name in ("gymnasium", "agentdojo", "openenv"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)


if __name__ == "__main__":
    main()
