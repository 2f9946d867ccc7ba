"""Builders that the tests of the checks share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from trace_gym import ToolEnv, register_env
from trace_gym.checks import Finding
from trace_gym.checks.subject import Subject


def registered(cls: type[ToolEnv], **kwargs: Any) -> str:
    """Registers a class and returns its id; the suite forgets it after the test."""
    env_id = f"broken/{cls.__name__}-v0"
    register_env(env_id, f"{cls.__module__}:{cls.__name__}", **kwargs)
    return env_id


def subject_of(cls: type[ToolEnv], tasks: int = 4, **kwargs: Any) -> Subject:
    """A class as the subject of a check."""
    return Subject(registered(cls), tasks, kwargs)


def sentences(run: Callable[[Subject], Iterator[Finding]], cls: type[ToolEnv], tasks: int = 4) -> list[str]:
    """What a check has against a class."""
    return [finding.sentence for finding in run(subject_of(cls, tasks))]
