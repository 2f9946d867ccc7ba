"""What `trace-gym import` takes as files grow: `python -m benchmarks.import_memory [--sizes N ...]`.

This process stays small: what Linux reports as a child's peak begins at its parent's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.timing import table

TURNS, WORDS, TASKS = 14, 300, 100
"""Turns of the assistant and words a result, such that an episode is as large as one of a benchmark; tau2's tasks."""

_IDLE = "import trace_gym.cli.main, trace_gym.cli.import_trajectories"
_CHILD = """
import resource, sys, time
{idle}
started = time.perf_counter()
if sys.argv[1:]:
    assert trace_gym.cli.main.main(["import", *sys.argv[1:]]) == 0
print()
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_memory", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 4_000], help="trajectories")
    sizes = parser.parse_args().sizes
    _, idle = measured()
    rows = [row(name, write, count, idle) for name, write in WRITERS.items() for count in sizes]
    print(table(["input", "trajectories", "MB of input", "seconds", "MB above an idle interpreter"], rows))


def row(name: str, write: Callable[[Path, int], Path], count: int, idle: int) -> list[str]:
    """Writes one input, imports it, and returns one line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        given = write(Path(folder) / "in", count)
        size = sum(path.stat().st_size for path in (Path(folder) / "in").rglob("*") if path.is_file())
        seconds, peak = measured(str(given), "--out", f"{folder}/out.jsonl")
        with open(f"{folder}/out.jsonl", "rb") as written:
            assert sum(1 for _ in written) == count
    return [name, f"{count:,}", f"{size / 1e6:.0f}", f"{seconds:.1f}", f"{(peak - idle) * 1024 / 1e6:.1f}"]


def measured(*arguments: str) -> tuple[float, int]:
    """Imports in a process of its own; seconds, and its peak memory in KiB. Without arguments it only starts."""
    code = [sys.executable, "-c", _CHILD.format(idle=_IDLE), *arguments]
    seconds, peak = subprocess.run(code, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-2:]
    return float(seconds), int(peak)


def tau2(folder: Path, count: int) -> Path:
    """One results file; its tasks stay as many, their trials grow."""
    tasks = [
        {"id": str(n), "user_scenario": {"instructions": _text(n)}, "evaluation_criteria": {"actions": []}}
        for n in range(TASKS)
    ]
    head = {"info": {"environment_info": {"domain_name": "shop", "policy": _text(0) * 8}}, "tasks": tasks}
    simulations = (
        {
            "id": str(n),
            "task_id": str(n % TASKS),
            "trial": n // TASKS,
            "seed": n,
            "termination_reason": "user_stop",
            "reward_info": {"reward": float(n % 2)},
            "messages": list(_tau2_messages(n)),
        }
        for n in range(count)
    )
    path = _made(folder) / "results.json"
    with path.open("w") as stream:
        stream.write(json.dumps(head)[:-1] + ', "simulations": [')
        for number, simulation in enumerate(simulations):
            stream.write(", " * bool(number) + json.dumps(simulation))
        stream.write("]}")
    return path


def bfcl(folder: Path, count: int) -> Path:
    """A result file, and its score file beside it."""
    path = _made(folder) / "BFCL_result.json"
    with path.open("w") as stream:
        for number in range(count):
            steps = {f"step_{n}": _bfcl_step(number, n) for n in range(TURNS)}
            turn = {"begin_of_turn_query": [{"role": "user", "content": _text(number)}], **steps}
            row = {"id": f"multi_turn_base_{number}", "result": [], "inference_log": [turn]}
            stream.write(json.dumps(row) + "\n")
    failed = ({"id": f"multi_turn_base_{number}", "valid": False} for number in range(0, count, 2))
    with path.with_name("BFCL_score.json").open("w") as stream:
        stream.writelines(json.dumps(line) + "\n" for line in ({"accuracy": 0.5, "total_count": count}, *failed))
    return path


def agentdojo(folder: Path, count: int) -> Path:
    """A folder of run files, one a task."""
    for number in range(count):
        about = {"suite_name": "shop", "pipeline_name": "m", "user_task_id": f"user_task_{number}"}
        messages = list(_agentdojo_messages(number))
        path = _made(folder / "m" / f"user_task_{number}") / "none.json"
        path.write_text(json.dumps({**about, "messages": messages, "utility": bool(number % 2), "security": True}))
    return folder


WRITERS = {"tau2, one JSON": tau2, "BFCL, one JSONL": bfcl, "AgentDojo, a file each": agentdojo}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _text(number: int) -> str:
    return f"number {number} " * (WORDS // 2)


def _tau2_messages(number: int) -> Iterator[dict[str, Any]]:
    yield {"role": "user", "content": _text(number)}
    for turn in range(TURNS):
        call = {"id": f"c{turn}", "name": "get_order", "arguments": {"order": f"W{number}"}, "requestor": "assistant"}
        yield {"role": "assistant", "content": None, "tool_calls": [call]}
        yield {"role": "tool", "id": f"c{turn}", "content": _text(turn), "requestor": "assistant", "error": False}


def _bfcl_step(number: int, step: int) -> list[dict[str, Any]]:
    call = {"role": "assistant", "content": [{"get_order": json.dumps({"order": f"W{number}"})}]}
    log = {"role": "handler_log", "content": "", "model_response_decoded": [f"get_order(order='W{number}')"]}
    return [call, log, {"role": "tool", "content": _text(step)}]


def _agentdojo_messages(number: int) -> Iterator[dict[str, Any]]:
    yield {"role": "user", "content": [{"type": "text", "content": _text(number)}]}
    for turn in range(TURNS):
        call = {"function": "get_order", "args": {"order": f"W{number}"}, "id": f"c{turn}"}
        yield {"role": "assistant", "content": None, "tool_calls": [call]}
        content = [{"type": "text", "content": _text(turn)}]
        yield {"role": "tool", "content": content, "tool_call_id": f"c{turn}", "tool_call": call, "error": None}


if __name__ == "__main__":
    main()
