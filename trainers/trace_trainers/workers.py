"""Processes that do work for this one, of one thread each, and end when it does."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import torch

_WATCH_SECONDS = 0.5


def make_pool(jobs: int, prepare: Callable[[], None]) -> ProcessPoolExecutor:
    """Makes a pool of processes.

    They are spawned and not forked, as torch's threads do not survive a fork.

    Args:
        jobs: How many, >= 1.
        prepare: Called at the start of every process; it must be importable.

    Example:
        >>> with make_pool(1, dict) as pool:
        ...     pool.submit(sum, [1, 2]).result()
        3
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, context, _begin, (prepare, os.getpid()))


def _begin(prepare: Callable[[], None], parent: int) -> None:
    # a process that outlived its parent would write into a folder that another run has taken over
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    # sums differ in their last bits with the number of threads, and files must not depend on that of processes
    torch.set_num_threads(1)
    prepare()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)
