"""Tells the system's memory allocator to keep what is freed, because the next pass asks for the same sizes again."""

from __future__ import annotations

import ctypes
import gc
import os

_TRIM_THRESHOLD = -1
_TOP_PAD = -2
_MMAP_THRESHOLD = -3
"""Names of `mallopt(3)`."""
_SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": (_MMAP_THRESHOLD, 32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": (_TRIM_THRESHOLD, 512 * 2**20),
    "MALLOC_TOP_PAD_": (_TOP_PAD, 64 * 2**20),
}
"""By the environment variable that says the same: glibc gives blocks up to 32 MiB (the most it allows) from its heap
instead of asking the kernel for fresh pages, and returns the end of the heap only once 512 MiB of it are free."""


def keep_freed_memory() -> list[str]:
    """Sets what the user has not set in the environment; where there is no glibc, nothing happens.

    A step allocates and frees the same large tensors thousands of times. glibc returns each to the kernel, which then
    clears every page again before it is touched. Another allocator, such as jemalloc in `LD_PRELOAD`, is not affected.

    Returns:
        The names of what was set, those of the environment variables.

    Example:
        >>> set(keep_freed_memory()) <= {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_"}
        True
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        # musl, macOS and Windows have no such function
        return []

    done = []
    for name, (parameter, value) in _SETTINGS.items():
        if name not in os.environ and mallopt(parameter, value) == 1:
            done.append(name)
    return done


def give_back_memory() -> None:
    """Returns to the system what is free, behind work whose sizes the next work does not ask for again.

    Without it, a process that trains one model after another comes to hold the largest of everything that it has done.

    Example:
        >>> give_back_memory()
    """
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        # musl, macOS and Windows have no such function
        return
