"""The benchmark of a training step, at its smallest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_both_loops_are_timed_in_turns() -> None:
    command = [sys.executable, "-m", "benchmarks.train_step", "--rollouts", "4", "--group-size", "4", "--steps", "1"]
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [*command, "--all-count"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    head, _, ours, theirs = rows
    assert (ours[0], theirs[0]) == ("| ours", "| TRL")
    for phase in ("generate", "environment", "score", "backward"):
        column = head.index(phase)
        assert float(ours[column]) >= 0
        assert float(theirs[column]) >= 0
    assert "TRL / ours:" in done.stdout
