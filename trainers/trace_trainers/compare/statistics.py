"""Intervals over tasks and seeds, a paired test over tasks, and Holm's correction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trace_trainers.evaluation.statistics import wilson

ROUNDS = 4000
"""Resamples of an interval, and sign flips of a test."""
_STREAM = 0xC0DE
_ENDS = [2.5, 97.5]


def crossed_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Returns a 95 % percentile interval of the mean, by resampling seeds and tasks independently.

    Every seed's agent plays the same tasks, so seeds and tasks are crossed: each resample draws rows and columns with
    replacement (the pigeonhole bootstrap, Owen 2007). With one seed only tasks are resampled.

    Args:
        values: Of shape (seeds, tasks): outcomes, or differences of two methods' outcomes.
        seed: Seeds the resampling.

    Example:
        >>> crossed_interval(np.ones((3, 8)))
        (1.0, 1.0)
    """
    seeds, tasks = values.shape
    rng = np.random.default_rng(np.random.SeedSequence([_STREAM, seed, seeds, tasks]))
    # how often each seed and each task is drawn weighs its outcomes
    row_weights = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=ROUNDS)
    column_weights = rng.multinomial(tasks, np.full(tasks, 1 / tasks), size=ROUNDS)
    means = ((row_weights @ values) * column_weights).sum(axis=1) / (seeds * tasks)
    low, high = np.percentile(means, _ENDS)
    return float(low), float(high)


def success_interval(outcomes: np.ndarray) -> tuple[float, float]:
    """Returns a 95 % interval of a success rate.

    Args:
        outcomes: Of shape (seeds, tasks), each 0 or 1. Where all are alike, resampling shows no spread at all, and the
            interval is Wilson's over tasks.

    Example:
        >>> low, high = success_interval(np.zeros((1, 64)))
        >>> low, round(high, 3)
        (0.0, 0.057)
    """
    if outcomes.min() != outcomes.max():
        return crossed_interval(outcomes)
    tasks = outcomes.shape[1]
    return wilson(tasks if outcomes.max() else 0, tasks)


def sign_flip_p(differences: np.ndarray, seed: int = 0) -> float:
    """Returns the two-sided p-value of a paired permutation test: under no difference, each task's sign is a coin.

    Args:
        differences: A difference for each task, the mean over seeds.
        seed: Seeds the flips.

    Returns:
        A value in (0, 1]; the observed signs count as one of the flips (Phipson & Smyth 2010).

    Example:
        >>> sign_flip_p(np.zeros(8))
        1.0
    """
    moved = differences[np.abs(differences) > 1e-12]
    if len(moved) == 0:
        return 1.0
    rng = np.random.default_rng(np.random.SeedSequence([_STREAM + 1, seed, len(moved)]))
    signs = rng.integers(2, size=(ROUNDS, len(moved))) * 2 - 1
    flipped = np.abs(signs @ moved)
    # as large in exact arithmetic counts as large
    as_large = int((flipped >= abs(moved.sum()) - 1e-9).sum())
    return (as_large + 1) / (ROUNDS + 1)


def holm(values: Sequence[float]) -> list[float]:
    """Returns p-values adjusted by Holm's step-down procedure (Holm 1979), in the order given.

    Args:
        values: The p-values of one family of tests.

    Example:
        >>> [round(value, 3) for value in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(values)), key=lambda number: values[number])
    adjusted = [1.0] * len(values)
    largest = 0.0
    for rank, number in enumerate(order):
        # a later one is never below an earlier one
        largest = max(largest, min(1.0, (len(values) - rank) * values[number]))
        adjusted[number] = largest
    return adjusted
