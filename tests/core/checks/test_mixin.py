"""The class that authors subclass."""

from __future__ import annotations

import pytest

from trace_gym.checks import CHECKS
from trace_gym.checks.mixin import EnvConformance

from ..helpers import DESK
from .broken import Sound, learnability, tasks
from .helpers import registered


class TestServiceDesk(EnvConformance):
    env_id = DESK


def conformance_of(cls: type[Sound], tasks: int = 4) -> EnvConformance:
    env_id = registered(cls)
    return type("Authors", (EnvConformance,), {"env_id": env_id, "tasks": tasks})()


def test_every_check_is_a_test() -> None:
    (mark,) = EnvConformance.test_conformance.pytestmark
    assert list(mark.args[1]) == list(CHECKS)


def test_an_error_fails_with_its_sentence() -> None:
    with pytest.raises(AssertionError, match=r"The solution of task 0 \('mine', level 1\) scores 0, expected 1"):
        conformance_of(tasks.Unsolvable).test_conformance("solution.oracle")
    conformance_of(tasks.Unsolvable).test_conformance("tasks.json")


def test_a_warning_does_not_fail() -> None:
    conformance_of(learnability.EasierWhenHarder).test_conformance("learnability")


def test_the_arguments_reach_the_environment() -> None:
    authors = conformance_of(tasks.OnlyTheFirstLevel)
    type(authors).env_kwargs = {"split": "nowhere"}
    with pytest.raises(Exception, match="nowhere"):
        authors.test_conformance("tasks.json")
