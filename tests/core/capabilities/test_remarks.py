"""What is said of a corpus as a whole."""

from __future__ import annotations

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.remarks import remarks
from trace_gym.trajectories.record import Trajectory

from ..helpers import Talk


def said(*trajectories: Trajectory) -> list[str]:
    return remarks(Corpus.from_trajectories(trajectories))


def talk(task: str, *, success: bool, text: str = "Hello.", trial: int = 0) -> Trajectory:
    trajectory = Talk("x").say(text).trajectory(task_id=task, success=success)
    trajectory.trial = trial
    return trajectory


def test_nothing_is_said_of_no_attempts_nor_of_good_ones() -> None:
    assert said() == []
    assert said(talk("1", success=True), talk("2", success=False)) == []


def test_a_single_attempt_is_not_said_to_be_of_one_task() -> None:
    assert said(talk("1", success=False)) == [
        "No attempt passed, so there is no contrast: coverage is all that can be told of what failures lack."
    ]


def test_only_the_same_words_at_the_same_trial_are_a_duplicate() -> None:
    others = talk("2", success=False), talk("1", success=True)
    assert said(*others, talk("1", success=True, text="Bye.")) == []
    assert said(*others, talk("1", success=True, trial=1)) == []
    assert said(*others, talk("1", success=False)) == []
    assert said(*others, talk("1", success=True))[0].startswith("1 episode repeats an earlier one")


def test_environments_are_counted_apart() -> None:
    first, second = talk("1", success=True), talk("2", success=False)
    second.env_id = "shop"
    [sentence] = said(first, second)
    assert f"({first.env_id}: 1 attempts, 0 failed; shop: 1 attempts, 1 failed)" in sentence
