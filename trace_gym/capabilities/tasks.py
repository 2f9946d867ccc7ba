"""Labels counted task by task: resamples of the tasks, and the contrast within them.

Attempts at one task are not independent of each other, so what is drawn anew is the task, with all its attempts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trace_gym.capabilities.contrast import Contrast
from trace_gym.capabilities.labels import Label

_COLUMNS = {
    (Label.LACKING, False): 0,
    (Label.PRESENT, False): 1,
    (Label.LACKING, True): 2,
    (Label.PRESENT, True): 3,
    (Label.NA, False): 4,
    (Label.NA, True): 5,
}


@dataclass(frozen=True)
class Within:
    """A contrast within tasks, free of what makes one task harder than another.

    Example:
        >>> Within(delta=None, tasks=0).tasks
        0
    """

    delta: float | None
    """The pooled difference of error rates, in [-1, 1]; None without such a task."""
    tasks: int
    """Tasks that have an occasion on a failure and on a pass."""


def count_by_task(labels: Sequence[Label], successes: Sequence[bool], tasks: Sequence[str]) -> np.ndarray:
    """Counts labels by task and outcome.

    Args:
        labels: The label of each attempt.
        successes: Whether each attempt succeeded, in the same order.
        tasks: The task of each attempt, in the same order.

    Returns:
        A row for each task, in the order of their first attempts; the columns are n_LF, n_PF, n_LP, n_PP, and NA on
        failures and on passes.

    Example:
        >>> count_by_task([Label.LACKING, Label.PRESENT, Label.NA], [False, True, False], ["7", "7", "8"]).tolist()
        [[1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0]]
    """
    row_of = {task: number for number, task in enumerate(dict.fromkeys(tasks))}
    rows = np.array([row_of[task] for task in tasks], dtype=int)
    columns = np.array([_COLUMNS[cell] for cell in zip(labels, successes, strict=True)], dtype=int)
    cells = np.bincount(rows * len(_COLUMNS) + columns, minlength=len(row_of) * len(_COLUMNS))
    return cells.reshape(len(row_of), len(_COLUMNS))


def resampled(counts: np.ndarray, runs: int, seed: np.random.SeedSequence) -> list[Contrast]:
    """Draws as many tasks as there are, with replacement, again and again.

    Args:
        counts: What `count_by_task` returns.
        runs: How many resamples.
        seed: Seeds them, each on its own.

    Returns:
        The contrast of each resample; a task that is drawn twice counts twice.

    Example:
        >>> counts = count_by_task([Label.LACKING, Label.PRESENT], [False, True], ["7", "7"])
        >>> [run.delta for run in resampled(counts, 2, np.random.SeedSequence(0))]
        [1.0, 1.0]
    """
    number = len(counts)
    contrasts = []
    for child in seed.spawn(runs):
        # numpy draws from no empty range
        drawn = np.random.default_rng(child).integers(max(number, 1), size=number)
        times = np.bincount(drawn, minlength=number)
        contrasts.append(_contrast(times @ counts))
    return contrasts


def within_tasks(counts: np.ndarray) -> Within:
    """Contrasts failures and passes of the same task, and pools the tasks.

    The difference of a task has the weight n_F n_P / (n_F + n_P), with n_F and n_P its failures and passes that show an
    occasion: the Mantel-Haenszel risk difference (Greenland & Robins 1985, Biometrics 41:55-68).

    Args:
        counts: What `count_by_task` returns.

    Example:
        >>> lacking_failed_present_passed = [Label.LACKING, Label.PRESENT], [False, True], ["7", "7"]
        >>> within_tasks(count_by_task(*lacking_failed_present_passed))
        Within(delta=1.0, tasks=1)
    """
    failed = counts[:, 0] + counts[:, 1]
    passed = counts[:, 2] + counts[:, 3]
    both = (failed > 0) & (passed > 0)
    if not both.any():
        return Within(None, 0)

    failed, passed = failed[both], passed[both]
    differences = counts[both, 0] / failed - counts[both, 2] / passed
    weights = failed * passed / (failed + passed)
    return Within(float((weights * differences).sum() / weights.sum()), int(both.sum()))


def _contrast(totals: np.ndarray) -> Contrast:
    lacking_failed, present_failed, lacking_passed, present_passed, na_failed, _ = map(int, totals)
    return Contrast(
        lacking_failed,
        present_failed,
        lacking_passed,
        present_passed,
        failures=lacking_failed + present_failed + na_failed,
    )
