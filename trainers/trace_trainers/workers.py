"""Processes that train and play for this one, of one thread each."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import torch

from trace_gym import processes


def make_pool(jobs: int, prepare: Callable[[], None]) -> ProcessPoolExecutor:
    """Makes a pool of processes that end when this one does.

    Args:
        jobs: How many, >= 1.
        prepare: Called at the start of every process; it must be importable.

    Example:
        >>> with make_pool(1, dict) as pool:
        ...     pool.submit(sum, [1, 2]).result()
        3
    """
    return processes.make_pool(jobs, functools.partial(_begin, prepare))


def _begin(prepare: Callable[[], None]) -> None:
    # sums differ in their last bits with the number of threads, and files must not depend on that of processes
    torch.set_num_threads(1)
    prepare()
