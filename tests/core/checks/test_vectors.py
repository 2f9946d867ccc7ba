"""Vector environments must show what single environments show; the async mode is tested with the sound twin."""

from __future__ import annotations

from typing import Any

from trace_gym.checks.vectors import vectors

from .broken import Sound, randomness
from .helpers import subject_of


class Uneven(Sound):
    """Pays more to the first instance of a vector than to a single environment."""

    _pays: float = 1.0

    def step(self, action: str) -> Any:
        observation, _, terminated, truncated, info = super().step(action)
        type(self)._pays *= 0.5
        return observation, self._pays, terminated, truncated, info


def without_processes(cls: type[Sound], **kwargs: Any) -> list[str]:
    subject = subject_of(cls, **kwargs)
    subject.starts_processes = False
    return [finding.sentence for finding in vectors(subject)]


def test_a_sound_environment_is_the_same_in_a_vector_over_several_episodes() -> None:
    assert without_processes(Sound) == []
    assert without_processes(Sound, difficulty=3, split="demo") == []


def test_a_locked_down_worker_checks_the_sync_mode_alone() -> None:
    assert without_processes(randomness.SeedUnused) == [
        "In sync mode step 0 shows something else than single environments."
    ]


def test_the_first_step_that_differs_is_named() -> None:
    assert without_processes(Uneven) == ["In sync mode step 1 shows something else than single environments."]
