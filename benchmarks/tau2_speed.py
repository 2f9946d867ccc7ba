"""tau2-bench: our environments against its own classes: `python -m benchmarks.tau2_speed [--rounds N]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from benchmarks import tau2_official as official
from benchmarks.timing import Contender, interleaved, microseconds, ratio, table
from trace_gym.env.parsing import parse_turn, render_call
from trace_gym.env.types import ToolCall
from trace_gym.targets.tau2 import domains
from trace_gym.targets.tau2.env import Tau2Env
from trace_gym.targets.tau2.upstream import module, package_name
from trace_gym.targets.tau2.world import Tau2World

_CALLS = 50
_LOOKUP = ToolCall("get_customer_by_phone", {"phone_number": "555-123-2002"})


def main() -> None:
    """Prints a table of episodes, and one of steps where the gym class is installed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tau2_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="rounds that count")
    rounds = parser.parse_args().rounds
    with official.data_under_upstream_names():
        print(f"tau2-bench as {package_name()!r}; an episode is reset, gold calls, evaluation.\n")
        print(
            table(
                ["episode", "ours, ms", "its own classes, ms", "times"], [episodes(d, rounds) for d in domains.DOMAINS]
            )
        )
    print("\n" + steps(rounds))


def episodes(domain: str, rounds: int) -> list[str]:
    """One row: an episode of the gold actions of one task."""
    env = Tau2Env(domain=domain, split="all")
    env.reset(options={"index": 1})
    task, turns = domains.task(domain, env.task_names[1]), env.oracle()
    world = env.world
    assert isinstance(world, Tau2World)
    for turn in turns:
        env.step(turn)
    calls, answers, said = list(world.calls), list(world.answers), [t for t in turns if not parse_turn(t).calls]

    def ours(_: Any) -> int:
        env.reset(options={"index": 1})
        paid = [env.step(turn)[1] for turn in turns]
        assert paid[-1] == 1.0
        return 1

    def theirs(_: Any) -> int:
        own = official.constructor(domain)()
        initial = task.initial_state
        own.set_state(
            initialization_data=initial.initialization_data if initial else None,
            initialization_actions=initial.initialization_actions if initial else None,
            message_history=[],
        )
        for call in calls:
            own.get_response(call)
        assert official.reward(domain, task, said, calls, answers) == 1.0
        return 1

    found = interleaved({"ours": Contender(ours), "theirs": Contender(theirs)}, rounds)
    milliseconds = [f"{float(microseconds(found[name])) / 1000:.1f}" for name in ("ours", "theirs")]
    return [domain, *milliseconds, ratio(found["theirs"], found["ours"])]


def steps(rounds: int) -> str:
    """A tool call in telecom's solo mode, which needs no user model, against the benchmark's own gym class."""
    try:
        gym_class = module("gym.gym_agent").AgentGymEnv
    except Exception as error:
        return f"No gym class to compare a step with: {error}"
    name = domains.official_splits("telecom")["train"][0]
    env = Tau2Env(domain="telecom", solo=True, task_id=name, max_turns=10_000)
    env.reset(seed=0)
    own = gym_class(domain="telecom", task_id=name, solo_mode=True, max_steps=10_000)
    own.reset()
    calls: dict[str, Callable[[], Any]] = {
        "ours": lambda: env.step(render_call(_LOOKUP)),
        "its gym class": lambda: own.step('get_customer_by_phone(phone_number="555-123-2002")'),
    }

    def contender(step: Callable[[], Any], times: int) -> Contender:
        def work(_: Any) -> int:
            for _ in range(times):
                step()
            return times

        return Contender(work)

    found = interleaved({"ours": contender(calls["ours"], _CALLS), "its": contender(calls["its gym class"], 1)}, rounds)
    rows = [["tool call", microseconds(found["ours"]), microseconds(found["its"]), ratio(found["its"], found["ours"])]]
    return table(["step", "ours, us", "its gym class, us", "times"], rows)


if __name__ == "__main__":
    main()
