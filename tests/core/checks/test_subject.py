"""The environment under test."""

from __future__ import annotations

import pytest

from trace_gym import UserError
from trace_gym.checks.subject import Subject, fingerprints

from .broken import Sound
from .helpers import subject_of


def test_environments_are_made_with_the_subject_s_arguments() -> None:
    subject = subject_of(Sound, split="evaluate")
    assert subject.make().split == "evaluate"
    assert subject.make(split="demo", difficulty=2).split == "demo"


def test_levels_and_splits_are_the_environment_s() -> None:
    subject = subject_of(Sound)
    assert list(subject.levels) == [1, 2, 3]
    assert subject.splits == Sound.disjoint_splits


def test_the_first_tasks_of_a_split_are_listed() -> None:
    subject = subject_of(Sound, tasks=3)
    requests = [task.request for task in subject.task_list()]
    assert len(requests) == len(set(requests)) == 3
    assert requests != [task.request for task in subject.task_list("evaluate")]
    assert subject.task_list(difficulty=2)[0].request.count("F") > requests[0].count("F")


def test_unknown_ids_are_refused_when_the_environment_is_made() -> None:
    with pytest.raises(UserError, match="Unknown environment id 'broken/Nothing-v0'"):
        Subject("broken/Nothing-v0").make()


def test_each_task_has_two_fingerprints() -> None:
    prints = list(fingerprints(Sound(), range(3)))
    assert len(prints) == len(set(prints)) == 6
    assert list(fingerprints(Sound(), [2])) == prints[4:]


def test_fingerprints_tell_splits_apart() -> None:
    assert list(fingerprints(Sound(), [0])) != list(fingerprints(Sound(split="evaluate"), [0]))
