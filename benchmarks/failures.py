"""How rollouts failed, one kind each: `python -m benchmarks.failures FILE ...`."""

from __future__ import annotations

import argparse
import collections
import json
from pathlib import Path

from trace_gym.console.table import table
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory

KINDS = {
    "broken off": "the rollout itself failed",
    "no call": "no call was ever made",
    "all refused": "every call was refused",
    "loop": "the last three calls or more were the same one, up to the end",
    "out of room": "the conversation outgrew the model's context, or the turns were used up",
    "too few": "reference calls are missing: a tool of the reference was never called without an error",
    "other arguments": "each tool of the reference was called, but not with its arguments",
    "else": "the reference's calls were all made; something else was wrong, or too much",
}
"""In this order: the first that holds is counted."""


def main() -> None:
    """Prints one row a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failures", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    rows = []
    for path in parser.parse_args().files:
        found = read_trajectories(path)
        kinds = collections.Counter(kind_of(t) for t in found if not t.success)
        solved = sum(t.success for t in found)
        rows.append((path.name, len(found), f"{solved} ({solved / len(found):.1%})", *(kinds[kind] for kind in KINDS)))
    print(table(("file", "tasks", "solved", *KINDS), rows))
    print("\n" + "\n".join(f"{kind}: {what}" for kind, what in KINDS.items()))


def kind_of(trajectory: Trajectory) -> str:
    """Returns one of `KINDS`."""
    calls, good = _calls(trajectory)
    if trajectory.error:
        return "broken off"
    if not calls:
        return "no call"
    if not good:
        return "all refused"
    if len(calls) >= 3 and len(set(calls[-3:])) == 1:
        return "loop"
    said = [str(m["content"]) for m in trajectory.messages if m["role"] == "assistant" and not m.get("tool_calls")]
    if "" in said or not said:
        return "out of room"
    wanted = [_key(call.name, dict(call.arguments)) for call in trajectory.gold or []]
    if not {name for name, _ in wanted} <= {name for name, _ in good}:
        return "too few"
    return "other arguments" if not set(wanted) <= set(good) else "else"


def _calls(trajectory: Trajectory) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """All calls, and those that were not refused."""
    refused = {m.get("tool_call_id") for m in trajectory.messages if m["role"] == "tool" and m.get("error")}
    rows = [c for m in trajectory.messages if m["role"] == "assistant" for c in m.get("tool_calls") or []]
    keys = [(c["id"], _key(c["function"]["name"], c["function"]["arguments"])) for c in rows]
    return [key for _, key in keys], [key for number, key in keys if number not in refused]


def _key(name: str, arguments: object) -> tuple[str, str]:
    return name, json.dumps(arguments, sort_keys=True)


if __name__ == "__main__":
    main()
