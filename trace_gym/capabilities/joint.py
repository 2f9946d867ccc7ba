"""Capabilities beside each other: which failures lack only one of them, and which lack two together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trace_gym.capabilities.labels import Label

_OFTEN_TOGETHER = 0.5
"""Share of failures from which on a pair is reported."""
_FEWEST = 3
"""Failures that must lack both; fewer go together by chance."""


@dataclass(frozen=True)
class Overlap:
    """Two capabilities that the same failures lack.

    Example:
        >>> Overlap("tact", "patience", both=3, either=4).jaccard
        0.75
    """

    first: str
    """One capability."""
    second: str
    """The other."""
    both: int
    """Failures that lack both."""
    either: int
    """Failures that lack at least one."""

    @property
    def jaccard(self) -> float:
        """Both of either (Jaccard 1912), in [0, 1]."""
        return self.both / self.either


def lacking_failures(labels: Sequence[Sequence[Label]], successes: Sequence[bool]) -> np.ndarray:
    """Returns, for each capability and attempt, whether the attempt failed and lacks it.

    Args:
        labels: For each capability, the label of each attempt.
        successes: Whether each attempt succeeded.

    Example:
        >>> lacking_failures([[Label.LACKING, Label.LACKING]], [False, True]).tolist()
        [[True, False]]
    """
    lacking = [[label is Label.LACKING for label in own] for own in labels]
    shape = (len(labels), len(successes))
    failed = ~np.array(successes, dtype=bool)
    return np.asarray(np.array(lacking, dtype=bool).reshape(shape) & failed)


def alone(lacking: np.ndarray) -> list[int]:
    """Counts, for each capability, the failures that lack it and no other: what repairing it alone gains at most.

    Args:
        lacking: What `lacking_failures` returns.

    Example:
        >>> alone(np.array([[True, True, False], [False, True, True]]))
        [1, 1]
    """
    counts = (lacking & (lacking.sum(axis=0) == 1)).sum(axis=1)
    return [int(count) for count in counts]


def overlaps(names: Sequence[str], lacking: np.ndarray) -> list[Overlap]:
    """Returns the pairs of which at least half of the failures that lack one lack both, the closest first.

    Args:
        names: The capabilities' names.
        lacking: What `lacking_failures` returns.

    Example:
        >>> overlaps(["tact", "patience"], np.array([[True, True, True, True], [False, True, True, True]]))
        [Overlap(first='tact', second='patience', both=3, either=4)]
    """
    numbers = lacking.astype(int)
    together = numbers @ numbers.T
    pairs = []
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            both = int(together[first, second])
            either = int(together[first, first] + together[second, second]) - both
            if both >= _FEWEST and both >= _OFTEN_TOGETHER * either:
                pairs.append(Overlap(names[first], names[second], both, either))
    return sorted(pairs, key=lambda pair: -pair.jaccard)
