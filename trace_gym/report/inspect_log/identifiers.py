"""Ids that a log needs: of samples, by which they are told apart, and of all else, by digest."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import count

from trace_gym.console.printable import printable

_LONGEST = 1000
"""Characters of a sample's id; it names a file of the log, whose name a zip holds in 64 kB."""
_MOST_EPOCHS = 1000
"""The viewer lists every epoch up to the highest."""


def digest_id(*parts: object) -> str:
    """Returns an id made from what it stands for, as long as the random ones of Inspect.

    Args:
        *parts: What tells the thing apart from all others of its kind.

    Example:
        >>> digest_id("tau2/airline", "7", 1)
        '15a9511591fcccbb0a1bba'
    """
    text = "\n".join(map(repr, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:22]


def sample_id(task_id: str) -> str:
    r"""Returns a task's name as the id of its samples: shortened if it is very long, control characters escaped.

    Args:
        task_id: The task's name.

    Example:
        >>> sample_id("mine/7"), sample_id("a\x00b")
        ('mine/7', 'a\\x00b')
    """
    shown = printable(task_id).replace("\n", "\\n")
    if len(shown) <= _LONGEST:
        return shown
    # a name that begins alike is still another one
    return f"{shown[:_LONGEST]}...{digest_id(task_id)}"


def epochs(attempts: Sequence[tuple[str, int]]) -> list[int]:
    """Returns an epoch for each attempt: its trial, counted from 1, or the first that is free where that is taken.

    Args:
        attempts: The sample's id and the trial of each attempt.

    Example:
        >>> epochs([("7", 0), ("7", 0), ("7", 1), ("8", 3)])
        [1, 3, 2, 4]
    """
    taken: defaultdict[str, set[int]] = defaultdict(set)
    chosen = [0] * len(attempts)
    for position, (sample, trial) in enumerate(attempts):
        epoch = trial + 1
        if 1 <= epoch <= _MOST_EPOCHS and epoch not in taken[sample]:
            taken[sample].add(epoch)
            chosen[position] = epoch

    # only now, so that a repeated attempt takes no epoch from one whose trial it is
    for position, (sample, _) in enumerate(attempts):
        if chosen[position] == 0:
            chosen[position] = next(epoch for epoch in count(1) if epoch not in taken[sample])
            taken[sample].add(chosen[position])
    return chosen
