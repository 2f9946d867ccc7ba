"""Resamples of tasks, and the contrast within tasks, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.capabilities.contrast import Contrast, contrast
from trace_gym.capabilities.labels import Label
from trace_gym.capabilities.tasks import Within, count_by_task, resampled, within_tasks


def counted(letters: str, passed: str, tasks: str) -> np.ndarray:
    return count_by_task([Label(letter) for letter in letters], [letter == "+" for letter in passed], list(tasks))


def test_the_columns_are_the_counts_of_the_paper() -> None:
    assert counted("LPLP--", "--++-+", "aaaaaa").tolist() == [[1, 1, 1, 1, 1, 1]]
    assert counted("LL", "-+", "ba").tolist() == [[1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]]


def test_no_attempts_have_no_tasks() -> None:
    counts = counted("", "", "")
    assert counts.shape == (0, 6)
    assert resampled(counts, 2, np.random.SeedSequence(0)) == [Contrast(0, 0, 0, 0, 0)] * 2
    assert within_tasks(counts) == Within(None, 0)


def test_resampling_draws_whole_tasks() -> None:
    # each task has a count of its own kind, so a resample tells which tasks were drawn: 1 of a, 10 of b, 100 of c
    counts = np.array([[1, 0, 0, 0, 0, 0], [0, 10, 0, 0, 0, 0], [0, 0, 100, 0, 0, 0]])
    seen = set()
    for run in resampled(counts, 50, np.random.SeedSequence(0)):
        assert (run.present_failed % 10, run.lacking_passed % 100) == (0, 0)
        assert run.lacking_failed + run.present_failed // 10 + run.lacking_passed // 100 == 3
        seen.add(run)
    assert len(seen) > 5


def test_resampling_repeats_with_the_seed_and_a_longer_series_begins_alike() -> None:
    counts = np.arange(120).reshape(20, 6)
    first = resampled(counts, 5, np.random.SeedSequence(1))
    assert first == resampled(counts, 5, np.random.SeedSequence(1))
    assert first == resampled(counts, 9, np.random.SeedSequence(1))[:5]
    assert first != resampled(counts, 5, np.random.SeedSequence(2))


attempts = st.lists(st.tuples(st.sampled_from(Label), st.booleans(), st.sampled_from("abcd")), min_size=1, max_size=40)


@given(attempts)
def test_all_tasks_together_are_the_whole(rows: list[tuple[Label, bool, str]]) -> None:
    labels, successes, tasks = zip(*rows, strict=True)
    totals = count_by_task(labels, successes, tasks).sum(axis=0).tolist()
    whole = contrast(labels, successes)
    assert totals[:4] == [whole.lacking_failed, whole.present_failed, whole.lacking_passed, whole.present_passed]
    assert totals[4] == whole.failures - whole.needed_failed


@pytest.mark.parametrize(
    ("letters", "passed", "tasks", "expected"),
    [
        ("LP", "-+", "aa", Within(1.0, 1)),
        # a: 1 - 0 with weight 1/2; b: 1/2 - 1/2 with weight 1
        ("LPLPLP", "-+--++", "aabbbb", Within(0.5 / 1.5, 2)),
        # a fails always and b passes always: the difference between the tasks is none within them
        ("LLPP", "--++", "aabb", Within(None, 0)),
        # an attempt without an occasion makes no contrast
        ("L-", "-+", "aa", Within(None, 0)),
        ("PL", "-+", "aa", Within(-1.0, 1)),
    ],
)
def test_within_tasks_by_hand(letters: str, passed: str, tasks: str, expected: Within) -> None:
    found = within_tasks(counted(letters, passed, tasks))
    assert found.tasks == expected.tasks
    assert found.delta == pytest.approx(expected.delta)


def test_hard_tasks_make_a_contrast_between_tasks_and_none_within_them() -> None:
    # on the hard task everything is LACKING, whatever the outcome, and on the easy one nothing
    letters, passed, tasks = "L" * 10 + "P" * 10, "-" * 9 + "+" + "-" + "+" * 9, "h" * 10 + "e" * 10
    assert contrast([Label(letter) for letter in letters], [one == "+" for one in passed]).delta == pytest.approx(0.8)
    assert within_tasks(counted(letters, passed, tasks)) == Within(0.0, 2)
