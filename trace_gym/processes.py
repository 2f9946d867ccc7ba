"""Work done by several processes at once, with the same results in the same order as by one."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_WATCH_SECONDS = 0.5
_CHUNKS = 8
"""Shares of the work for each process: few, as each is sent; several, as some take longer than others."""


def nothing() -> None:
    """Prepares nothing."""


def make_pool(jobs: int, prepare: Callable[[], None] = nothing) -> ProcessPoolExecutor:
    """Makes a pool of processes that end when this one does.

    They are spawned and not forked, as threads do not survive a fork.

    Args:
        jobs: How many, >= 1.
        prepare: Called at the start of every process; it must be importable.

    Example:
        >>> with make_pool(1) as pool:
        ...     pool.submit(sum, [1, 2]).result()
        3
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, context, _begin, (prepare, os.getpid()))


def each(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int = 1, prepare: Callable[[], None] = nothing
) -> Iterator[Result]:
    """Yields what work makes of every item, in the items' order.

    Args:
        work: What is to be done; importable where there are several processes.
        items: What it is done to.
        jobs: Processes at once, >= 1; one is this process itself.
        prepare: As for `make_pool`; not called where there is only this process.

    Raises:
        BaseException: What the work raises.

    Example:
        >>> list(each(len, ["a", "bcd"]))
        [1, 3]
    """
    if jobs == 1:
        yield from map(work, items)
        return
    with make_pool(jobs, prepare) as pool:
        yield from pool.map(work, items, chunksize=max(1, len(items) // (jobs * _CHUNKS)))


def jobs_for(items: int, least: int = 200) -> int:
    """Returns how many processes are worth their start: at most one for each core at hand.

    Args:
        items: How much there is to do.
        least: How much is worth another process.

    Example:
        >>> jobs_for(10)
        1
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, items // least))


def _begin(prepare: Callable[[], None], parent: int) -> None:
    # a process that outlived its parent would go on with work that nobody waits for
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    prepare()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)
