"""Whether an environment is worth training on."""

from __future__ import annotations

import numpy as np
import pytest

from trace_gym import Task
from trace_gym.checks.learnability import GROUP, learnable, report

from .broken import Sound
from .broken import learnability as faults
from .helpers import sentences, subject_of


class NoSolution(Sound):
    """Has no solution on record, like some benchmarks' tasks."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        return Task(task.request, task.state, gold=())


def test_a_weak_policy_earns_something_at_each_level() -> None:
    summary = report(subject_of(Sound, tasks=8))
    assert list(summary["by_difficulty"]) == ["1", "2", "3"]
    assert all(0.0 < mean < 1.0 for mean in summary["by_difficulty"].values())
    assert 0.0 <= summary["zero_variance_groups"] < 0.5
    assert summary["groups"] == 8


def test_the_report_is_the_same_each_time() -> None:
    assert report(subject_of(Sound)) == report(subject_of(Sound))


def test_the_weak_policy_is_played_once_per_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of(Sound)
    first = report(subject)
    monkeypatch.setattr(subject, "make", None)
    assert report(subject) is first
    assert list(learnable(subject)) == []


def test_groups_with_equal_rewards_are_a_warning() -> None:
    (finding,) = [f for f in learnable(subject_of(faults.NoSignal)) if f.check == "learnability.signal"]
    assert finding.severity == "warning"
    assert finding.sentence.startswith("100% of a weak policy's groups have equal rewards, expected at most 90%")


def test_levels_that_get_easier_are_a_warning() -> None:
    findings = list(learnable(subject_of(faults.EasierWhenHarder, tasks=8)))
    assert {(f.check, f.severity) for f in findings} == {("learnability.difficulty", "warning")}
    assert findings[-1].sentence.startswith("Level 3 is easier for a weak policy than level 2 (mean reward 0.")


def test_tasks_without_a_solution_earn_nothing() -> None:
    assert set(report(subject_of(NoSolution))["by_difficulty"].values()) == {0.0}
    assert "100% of" in sentences(learnable, NoSolution)[0]


def test_a_group_is_large_enough_to_vary() -> None:
    # with a skill of 0.7 the five turns of a first-level solution are all right in 0.7 ** 5 = 17 % of the attempts
    assert (1 - 0.7**5) ** GROUP < 0.25
