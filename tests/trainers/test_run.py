"""The whole loop, small, through the command a user types; killed once in each stage."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import gymnasium as gym
import pytest

import trace_gym

SMALL = {
    "rollout.tasks": 192,
    "rollout.batch_size": 32,
    "train.steps": 2,
    "train.groups": 2,
    "train.group_size": 4,
    "train.stop_reward": 2.0,
    "train.validation_every": 1,
    "train.validation_tasks": 8,
    "capabilities": '["error_recovery", "result_reporting"]',
    "router.prompts": 12,
    "choose.tasks": 12,
    "choose.emitted_tasks": 4,
    "choose.mixture": "true",
    "evaluate.tasks": 32,
}
SAME = ("trajectories.jsonl", "capabilities.json", "router.json", "chosen.json", "evaluation.json", "config.json")


def command(out: Path) -> list[str]:
    settings = [f"--set={key}={value}" for key, value in SMALL.items()]
    return [sys.executable, "-m", "trace_gym.cli.main", "run", "--out", str(out), *settings]


def digests(out: Path) -> dict[str, str]:
    """Hashes of everything a run leaves, what tells clock times apart."""
    clocks = ("run.log", "train_times.jsonl")
    files = [p for p in sorted(out.rglob("*")) if p.is_file() and p.name not in clocks]
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "whole"
    done = subprocess.run(command(out), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "routed" in done.stdout
    return out


@pytest.mark.slow
def test_run_folder_holds_every_stage(whole):
    for name in SAME:
        assert (whole / name).exists(), name
    evaluation = json.loads((whole / "evaluation.json").read_text())
    assert set(evaluation["agents"]) == {
        "base",
        "adapter:error_recovery",
        "adapter:result_reporting",
        "routed",
        "added-up",
        "mixture",
        f"chosen:{json.loads((whole / 'chosen.json').read_text())['chosen']}",
        "oracle-routed",
    }
    assert all({"success_rate", "n", "interval"} <= set(agent) for agent in evaluation["agents"].values())
    assert all({"difference", "p"} <= set(pair) for pair in evaluation["pairs"])
    assert trace_gym.register_folder(whole / "envs") == [
        "trace/ServiceDeskErrorRecovery-v0",
        "trace/ServiceDeskResultReporting-v0",
    ]
    assert gym.make("trace/ServiceDeskErrorRecovery-v0").reset(seed=0)[0]


@pytest.mark.slow
def test_held_out_tasks_were_never_mined(whole):
    mined, held_out = (
        {json.loads(line)["messages"][1]["content"] for line in (whole / name).read_text().splitlines()}
        for name in ("trajectories.jsonl", "evaluation/base.jsonl")
    )
    assert not {text for text in mined & held_out if any(c.isdigit() for c in text)}


@pytest.mark.slow
def test_adapters_trained_at_once_are_the_same(whole, tmp_path):
    out = tmp_path / "at_once"
    # of one thread, as the processes that train are
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*command(out), "--jobs", "3"], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]

    alone = tmp_path / "alone"
    subprocess.run(command(alone), capture_output=True, check=False, env=environment)
    assert digests(out) == digests(alone)
    titles = [line for line in done.stdout.splitlines() if line.startswith("4/7")]
    assert titles == [f"4/7 train: {name}" for name in ("error_recovery", "result_reporting", "mixture")]


@pytest.mark.slow
def test_killed_in_each_stage_it_ends_with_the_same_files(whole, tmp_path):
    out = tmp_path / "killed"
    stages = (
        "trajectories.jsonl",
        "capabilities.json",
        "envs/*/gate.json",
        "adapters/*/checkpoints/*/whole",
        "adapters/*/trace_adapter.json",
        "candidates/mixture/checkpoints/*/whole",
        "candidates/.added-up-*",
        "choice/added-up-0_5/target.jsonl",
        "chosen/*",
        "evaluation/base.jsonl",
    )
    for pattern in stages:
        process = subprocess.Popen(
            command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None and not list(out.glob(pattern)):
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert not (out / "evaluation.json").exists(), "the run ended before it could be killed"
    assert subprocess.run(command(out), capture_output=True, check=False).returncode == 0
    assert digests(out) == digests(whole)
