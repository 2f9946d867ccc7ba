"""What a model writes is never evaluated, and takes neither the machine nor the process with it."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from benchmarks.bfcl_official import Benchmark
from trace_gym import ToolCall
from trace_gym.env.parsing import render_call
from trace_gym.targets.bfcl.entries import entries

from .playing import act, make, start


def test_nothing_a_model_writes_is_evaluated(tmp_path: Any) -> None:
    env = make(category="base")
    name = next(n for n in env.task_names if "GorillaFileSystem" in entries("base")[n].classes)
    mark = tmp_path / "mark"
    harm = f"open({str(mark)!r}, 'w')"
    for call in (
        ToolCall("open", {"file": str(mark), "mode": "w"}),
        ToolCall(harm, {}),
        ToolCall("touch", {f"file_name={harm},x": 1}),
        ToolCall(f"touch({harm}) or ls", {}),
        ToolCall("__import__", {"name": "os"}),
        ToolCall("_load_scenario", {"scenario": {}}),
    ):
        start(env, name)
        record = env.run_call(env.episode, call)
        assert record.error
        assert record.result.startswith("Error during execution: ")
        assert not mark.exists()


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("power", {"base": 10, "exponent": 10**12}, "Error during execution: Exceeds the limit"),
        ("round_number", {"number": 5, "decimal_places": -(10**9)}, '{"result": 0}'),
        (
            "logarithm",
            {"value": 2, "base": 10, "precision": 10**9},
            "Error during execution: precision must be at most",
        ),
        ("logarithm", {"value": 2, "base": 10, "precision": "1000000000"}, "Error during execution: precision must be"),
        (
            "logarithm",
            {"value": "1e999999999", "base": 10, "precision": 9},
            "Error during execution: the number is too",
        ),
        ("square_root", {"number": 2, "precision": 10**9}, "Error during execution: precision must be at most"),
    ],
)
def test_calls_that_would_take_hours_are_answered(name: str, arguments: dict[str, Any], expected: str) -> None:
    env = make(category="base")
    start(env, next(n for n in env.task_names if "MathAPI" in entries("base")[n].classes))
    assert env.run_call(env.episode, ToolCall(name, arguments)).result.startswith(expected)


def test_precisions_of_the_whole_process_are_left_alone(benchmark_code: Benchmark) -> None:
    mpmath, decimal = importlib.import_module("mpmath"), importlib.import_module("decimal")
    before = mpmath.mp.dps, decimal.getcontext().prec
    env = make(category="base")
    entry = start(env, next(n for n in env.task_names if "MathAPI" in entries("base")[n].classes))
    calls = [
        ToolCall("logarithm", {"value": 8, "base": 2, "precision": 40}),
        ToolCall("square_root", {"number": 2, "precision": 7}),
        ToolCall("logarithm", {"value": "8", "base": 3, "precision": 12.5}),
        ToolCall("logarithm", {"value": -1, "base": 3, "precision": "x"}),
    ]
    ours = [env.run_call(env.episode, call).result for call in calls]
    assert (mpmath.mp.dps, decimal.getcontext().prec) == before
    with decimal.localcontext():
        assert ours == benchmark_code.results(entry, [[calls]])
    mpmath.mp.dps = before[0]


def test_directories_that_hold_themselves_do_not_hang() -> None:
    env = make(category="base")
    start(env, next(n for n in env.task_names if "GorillaFileSystem" in entries("base")[n].classes))
    copied = ToolCall("cp", {"source": "a", "destination": "a"})
    env.step("".join(map(render_call, [ToolCall("mkdir", {"dir_name": "a"}), copied])))
    assert env.run_call(env.episode, ToolCall("find")).result.endswith("to be searched")
    assert env.snapshot()
    assert act(env, [[] for _ in env.world.entry.turns])[0]["reward"] == 0.0  # type: ignore[attr-defined]


def test_a_search_whose_paths_are_too_long_together_is_refused() -> None:
    env = make(category="base")
    start(env, next(n for n in env.task_names if "GorillaFileSystem" in entries("base")[n].classes))
    for number in range(40):
        for name, key in (("mkdir", "dir_name"), ("cd", "folder")):
            env.run_call(env.episode, ToolCall(name, {key: f"{number}" + "x" * 250}))
    assert env.run_call(env.episode, ToolCall("find", {"path": "/"})).result.endswith("too long, to be searched")
