"""Playing one episode, and comparing what two of them showed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trace_gym.checks.playing import Played, digest, play, random_turns, solve

from .broken import Sound


def episode(**changes: Any) -> Played:
    fields: dict[str, Any] = {"observations": ["Hello."], "rewards": [0.5], "infos": [{"index": 0}], "over": True}
    return Played(**{**fields, **changes})


def test_playing_stops_at_the_end_of_the_episode() -> None:
    played = play(Sound(), 0, ["Done."] * 50)
    assert played.over
    assert len(played.rewards) < 50
    assert len(played.observations) == len(played.infos) == len(played.rewards) + 1


def test_playing_leaves_an_episode_open_when_the_turns_run_out() -> None:
    played = play(Sound(), 0, [])
    assert not played.over
    assert played.reward == 0.0
    assert len(played.observations) == 1


def test_solving_plays_the_oracle() -> None:
    env = Sound()
    solved = solve(env, 3)
    assert solved.solved
    assert digest(solved) == digest(play(env, 3, env.oracle()))


@pytest.mark.parametrize(
    ("rewards", "solved"), [([1.0], True), ([0.0, 1.0 - 1e-12], True), ([0.99], False), ([2.0], False), ([], False)]
)
def test_an_episode_is_solved_if_it_pays_exactly_one(rewards: list[float], solved: bool) -> None:
    assert episode(rewards=rewards).solved is solved


def test_a_step_is_added_whole() -> None:
    played = episode(over=False)
    played.add(("Bye.", 1, False, True, {"success": False}))
    assert played.observations == ["Hello.", "Bye."]
    assert played.rewards == [0.5, 1.0]
    assert played.infos[-1] == {"success": False}
    assert played.over is True


def test_random_turns_depend_on_the_task_alone() -> None:
    env = Sound()
    assert random_turns(env, 1, 12) == random_turns(Sound(), 1, 12)
    assert random_turns(env, 1, 12) != random_turns(env, 2, 12)
    assert len(random_turns(env, 0, 3)) == 3


def test_random_turns_leave_the_environment_s_own_space_alone() -> None:
    disturbed, untouched = Sound(), Sound()
    disturbed.action_space.seed(5)
    untouched.action_space.seed(5)
    random_turns(disturbed, 0)
    assert disturbed.action_space.sample() == untouched.action_space.sample()


@pytest.mark.parametrize(
    "change",
    [{"observations": ["Hi."]}, {"rewards": [0.25]}, {"infos": [{"index": 1}]}, {"infos": [{"index": 0, "note": 1}]}],
)
def test_a_digest_sees_every_difference(change: dict[str, Any]) -> None:
    assert digest(episode(**change)) != digest(episode())


def test_a_digest_ignores_the_order_of_keys() -> None:
    assert digest(episode(infos=[{"a": 1, "b": 2}])) == digest(episode(infos=[{"b": 2, "a": 1}]))


def test_a_digest_takes_arrays_and_lone_surrogates() -> None:
    odd = episode(observations=["\ud800"], infos=[{"mask": np.array([1, 0]), "scale": np.float64(0.5)}])
    plain = episode(observations=["\ud800"], infos=[{"mask": [1, 0], "scale": 0.5}])
    assert digest(odd) == digest(plain)
