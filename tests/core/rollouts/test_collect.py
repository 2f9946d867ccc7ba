"""Collecting many episodes into a file."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from trace_gym import ToolEnv, UserError
from trace_gym.rollouts.collect import collect
from trace_gym.rollouts.play import Job
from trace_gym.rollouts.policy import Policy, TurnRequest
from trace_gym.rollouts.scripted import OraclePolicy, RandomPolicy, SilentPolicy
from trace_gym.targets.service_desk.env import ServiceDesk
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory

from ..helpers import DESK, SayPolicy, desk

JOBS = [Job(index, trial) for index in range(5) for trial in range(2)]


def gather(
    out: Path,
    policy: Policy | None = None,
    *,
    jobs: Sequence[Job] = JOBS,
    make: Callable[[], ToolEnv] | None = None,
    env_id: str = DESK,
    seed: int = 0,
    batch_size: int = 4,
) -> list[Trajectory]:
    """Collects ten episodes in batches of four."""
    chosen = policy or RandomPolicy()
    return collect(
        out, make or (lambda: desk(split="mine")), chosen, jobs, env_id=env_id, seed=seed, batch_size=batch_size
    )


def test_episodes_are_written_in_order(tmp_path: Path) -> None:
    out = tmp_path / "new" / "t.jsonl"
    found = gather(out)
    assert [(t.task_id, t.trial) for t in found] == [(f"mine/{job.index}", job.trial) for job in JOBS]
    assert read_trajectories(out) == found


def test_the_batch_size_does_not_change_the_bytes(tmp_path: Path) -> None:
    gather(tmp_path / "a", batch_size=4)
    gather(tmp_path / "b", batch_size=64)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


class Counting(RandomPolicy):
    """Counts the episodes it starts."""

    started = 0

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        self.started += sum(len(request.messages) == 2 for request in requests)
        return super().act(requests)


def lines_of(out: Path) -> list[bytes]:
    return out.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("kept", "partial", "played"),
    [(10, 0, 0), (8, 0, 2), (6, 0, 6), (5, 30, 6), (4, 500, 6), (0, 10, 10), (0, 5000, 10), (9, 1, 2), (0, 0, 10)],
)
def test_an_interrupted_run_ends_with_the_same_bytes(tmp_path: Path, kept: int, partial: int, played: int) -> None:
    out = tmp_path / "t.jsonl"
    gather(out)
    lines = lines_of(out)
    tail = lines[kept][:partial] if kept < len(lines) else b""
    out.write_bytes(b"".join(lines[:kept]) + tail)
    policy = Counting()
    found = gather(out, policy)
    assert lines_of(out) == lines
    assert len(found) == len(JOBS)
    assert policy.started == played


def test_more_jobs_continue_the_file(tmp_path: Path) -> None:
    gather(tmp_path / "a", jobs=JOBS[:4])
    gather(tmp_path / "a")
    gather(tmp_path / "b")
    assert lines_of(tmp_path / "a") == lines_of(tmp_path / "b")


def test_an_empty_file_is_filled(tmp_path: Path) -> None:
    (tmp_path / "t").touch()
    assert len(gather(tmp_path / "t")) == len(JOBS)


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"env_id": "trace/Other-v0"},
        {"jobs": list(reversed(JOBS))},
        {"jobs": [Job(index) for index in range(10)]},
        {"make": lambda: desk(split="train")},
        {"make": lambda: desk(split="mine", difficulty=2)},
        {"policy": OraclePolicy()},
    ],
    ids=["seed", "env", "order", "trials", "split", "difficulty", "policy"],
)
def test_another_run_is_not_mixed_in(tmp_path: Path, other: dict[str, Any]) -> None:
    out = tmp_path / "t.jsonl"
    gather(out)
    out.write_bytes(b"".join(lines_of(out)[:6]))
    before = out.read_bytes()
    with pytest.raises(UserError, match=r"t\.jsonl.*choose another --out"):
        gather(out, **other)
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    "foreign",
    [b'{"simulations": []}', b'{"simulations": []}\n', b"notes\n", b"notes", b"\xff\xfe\n", b"{}\n", b"[1]\n", b"\n"],
)
def test_a_foreign_file_is_left_alone(tmp_path: Path, foreign: bytes) -> None:
    out = tmp_path / "t.jsonl"
    out.write_bytes(foreign)
    with pytest.raises(UserError, match=r"t\.jsonl"):
        gather(out)
    assert out.read_bytes() == foreign


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    out = tmp_path / "t.jsonl"
    gather(out)
    lines = lines_of(out)
    out.write_bytes(b"".join([*lines[:2], lines[2][:40] + b"\n", *lines[3:5]]))
    with pytest.raises(UserError, match=r"t\.jsonl.*line 3"):
        gather(out)


@pytest.mark.parametrize("turn", ["a\u2028b", "a\x85b", "é\u2029", "\x1c\x0c"])
def test_unusual_line_ends_in_a_turn_do_not_break_the_file(tmp_path: Path, turn: str) -> None:
    out = tmp_path / "t.jsonl"
    found = gather(out, SayPolicy(turn))
    assert read_trajectories(out) == found
    assert gather(out, SayPolicy(turn)) == found


@pytest.mark.parametrize(
    "turn",
    [
        "\ud800",
        '{"name": "get_order", "arguments": {"order_id": "\\ud800"}}',
        '{"name": "\\ud800", "arguments": {}}',
        '{"name": "get_order", "arguments": {"order_id": 1e999}}',
        '{"name": "get_order", "arguments": {"order_id": "x", "\\udfff": 1}}',
        "<tool_call>" * 100,
        "x" * 100_000,
    ],
)
def test_whatever_a_model_says_is_stored_as_strict_json(tmp_path: Path, turn: str) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    out = tmp_path / "t.jsonl"
    found = gather(out, SayPolicy(turn), jobs=JOBS[:2])
    rows = [json.loads(line, parse_constant=refuse) for line in out.read_text(encoding="utf-8").split("\n") if line]
    assert len(rows) == len(found) == 2
    assert not any(t.error for t in found)


class Breaking(ServiceDesk):
    """Breaks on one task."""

    def step(self, action: str) -> Any:
        if self._index == 2:
            raise RuntimeError("the bottom fell out")
        return super().step(action)


def breaking() -> ToolEnv:
    return Breaking(split="mine")


def test_a_broken_episode_is_recorded_and_the_rest_goes_on(tmp_path: Path) -> None:
    found = gather(tmp_path / "t", OraclePolicy(), make=breaking)
    assert [t.error for t in found] == ["RuntimeError: the bottom fell out" if job.index == 2 else "" for job in JOBS]
    assert [t.reward for t in found] == [0.0 if job.index == 2 else 1.0 for job in JOBS]
    assert [(t.task_id, t.trial) for t in found] == [(f"mine/{job.index}", job.trial) for job in JOBS]
    assert read_trajectories(tmp_path / "t") == found


def test_a_broken_episode_does_not_change_its_neighbours(tmp_path: Path) -> None:
    gather(tmp_path / "a", make=breaking)
    gather(tmp_path / "b")
    pairs = zip(JOBS, lines_of(tmp_path / "a"), lines_of(tmp_path / "b"), strict=True)
    assert [one == other for job, one, other in pairs if job.index != 2] == [True] * 8


def test_a_run_with_broken_episodes_continues(tmp_path: Path) -> None:
    out = tmp_path / "t"
    gather(out, make=breaking)
    lines = lines_of(out)
    out.write_bytes(b"".join(lines[:5]))
    gather(out, make=breaking)
    assert lines_of(out) == lines


class Failing(SilentPolicy):
    """A policy that cannot act."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        raise self.error


@pytest.mark.parametrize("error", [UserError("no endpoint"), RuntimeError("out of memory")])
def test_a_policy_that_fails_ends_the_collection(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        gather(tmp_path / "t", Failing(error))
    assert not (tmp_path / "t").exists()


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("trace_gym.rollouts.collect.os.fsync", full)
    with pytest.raises(UserError, match=r"cannot be written \(No space left on device\)"):
        gather(tmp_path / "t")


def test_a_folder_as_out_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be"):
        gather(tmp_path)


def test_nothing_to_play_is_nothing_found(tmp_path: Path) -> None:
    assert gather(tmp_path / "t", jobs=[]) == []
