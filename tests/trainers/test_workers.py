"""Processes that work for another one: where they run, how they are prepared, and that they end with it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from trace_trainers.workers import make_pool

_MARK = "TRACE_GYM_TEST_PREPARED"


def prepare() -> None:
    os.environ[_MARK] = "yes"


def where() -> tuple[int, int, str]:
    return os.getpid(), torch.get_num_threads(), os.environ.get(_MARK, "")


def test_work_is_done_elsewhere_prepared_and_with_one_thread():
    with make_pool(1, prepare) as pool:
        process, threads, mark = pool.submit(where).result()

    assert process != os.getpid()
    assert (threads, mark) == (1, "yes")
    assert _MARK not in os.environ


def runs(process: int) -> bool:
    """Whether a process is there and has not ended; one that nobody has waited for still has an entry."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


_PARENT = """
import os, time
from trace_trainers.workers import make_pool
if __name__ == "__main__":
    pool = make_pool(1, dict)
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(time.sleep, 600)
    time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="the states of processes are read from /proc")
def test_a_process_ends_when_its_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 60
    while runs(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not runs(child)
