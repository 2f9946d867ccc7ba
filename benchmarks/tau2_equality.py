"""Our tau2 environments' rewards against the benchmark's own: `python -m benchmarks.tau2_equality [--sequences N]`."""

from __future__ import annotations

import argparse
import collections
from collections.abc import Iterator

import numpy as np

from benchmarks import tau2_official as official
from trace_gym.env.parsing import parse_turn, render_call
from trace_gym.env.spaces import AssistantTurn
from trace_gym.env.types import ToolCall
from trace_gym.targets.tau2.env import Tau2Env
from trace_gym.targets.tau2.world import Tau2World

KINDS = ("gold", "dropped", "repeated", "altered", "foreign", "random", "nothing")
CASES = (("airline", False), ("retail", False), ("telecom", False), ("telecom", True))


def main() -> None:
    """Compares and prints one row per domain."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tau2_equality", description=__doc__)
    parser.add_argument("--sequences", type=int, default=560, help="action sequences, over all domains")
    args = parser.parse_args()
    count = args.sequences
    with official.data_under_upstream_names():
        for domain, solo in CASES:
            rows = list(compare(domain, solo, count // len(CASES)))
            same = sum(ours == theirs for _, _, ours, theirs in rows)
            paid = sum(theirs > 0 for *_, theirs in rows)
            kinds = collections.Counter(kind for kind, *_ in rows)
            print(f"{domain}{' solo' if solo else ''}: {same} of {len(rows)} rewards equal, {paid} of them above 0; "
                  f"{dict(kinds)}", flush=True)  # fmt: skip
            for kind, task, ours, theirs in rows:
                if ours != theirs:
                    print(f"  differs: {kind} on task {task}: ours {ours}, the benchmark's {theirs}")


def compare(domain: str, solo: bool, count: int) -> Iterator[tuple[str, str, float, float]]:
    """Yields kind of sequence, task, our reward and the benchmark's, over tasks and kinds in turn."""
    env = Tau2Env(domain=domain, solo=solo, split="all")
    rng = np.random.default_rng([len(domain), solo])
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        env.reset(options={"index": int(rng.integers(env.task_count))})
        ours = play(env, sequence(kind, env, rng))
        world = env.world
        assert isinstance(world, Tau2World)
        said = [str(m["content"]) for m in env.episode.messages if m["role"] == "assistant"]
        theirs = official.reward(domain, world.task, said, world.calls, world.answers, solo=solo)
        yield kind, env.episode.task.name, ours, theirs


def play(env: Tau2Env, turns: list[str]) -> float:
    """Takes the turns and ends the episode; returns the reward."""
    bye = '<tool_call>{"name": "done", "arguments": {}}</tool_call>' if env.solo else "Goodbye."
    for turn in [*turns, bye]:
        _, reward, terminated, truncated, _ = env.step(turn)
        if terminated or truncated:
            return float(reward)
    raise AssertionError("a farewell ends every conversation")


def sequence(kind: str, env: Tau2Env, rng: np.random.Generator) -> list[str]:
    """Writes turns of one kind: the gold ones, the same with a fault, or others."""
    gold = env.oracle()[:-1]
    places = [i for i, turn in enumerate(gold) if parse_turn(turn).calls]
    said = env.oracle()[-1:] if rng.random() < 0.5 and not env.solo else []
    if kind == "nothing":
        return said
    if kind == "random":
        space = AssistantTurn(env.schemas, seed=int(rng.integers(2**31)))
        return [turn for turn in (space.sample() for _ in range(12)) if "<tool_call>" in turn] + said
    if kind == "foreign":
        other = Tau2Env(domain=env.domain, solo=env.solo, split="all")
        other.reset(options={"index": int(rng.integers(other.task_count))})
        return [*gold, *other.oracle()[:-1], *said]
    if not places:
        return [*gold, *said]
    place = int(rng.choice(places))
    if kind == "dropped":
        gold = gold[:place] + gold[place + 1 :]
    if kind == "repeated":
        gold = [*gold[: place + 1], *gold[place:]]
    if kind == "altered":
        gold[place] = _altered(gold[place], rng)
    return [*gold, *said]


def _altered(turn: str, rng: np.random.Generator) -> str:
    """Changes one argument of a call: another type, another value, or none."""
    call = parse_turn(turn).calls[0]
    assert isinstance(call, ToolCall)
    arguments = dict(call.arguments)
    if arguments:
        name = str(rng.choice(sorted(arguments)))
        value = arguments[name]
        choice = int(rng.integers(4))
        if choice == 0:
            del arguments[name]
        else:
            arguments[name] = (str(value), [value], 7)[choice - 1]
    return render_call(ToolCall(call.name, arguments))


if __name__ == "__main__":
    main()
