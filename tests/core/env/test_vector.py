"""Several environments at once."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import pytest

from trace_gym.env.parsing import render_call
from trace_gym.env.user import GOODBYE

from ..helpers import DESK, call, desk

LOOK = render_call(call("get_order", order_id="W0"))


@pytest.fixture(params=["sync", "async", "async-shared"])
def vector(request: pytest.FixtureRequest) -> Any:
    # fresh processes, as threads may be running here; fresh vectors, as without shared memory a reset in Gymnasium 1.4
    # leaves the end of the last episode pending
    mode, _, shared = request.param.partition("-")
    kwargs = {"shared_memory": bool(shared), "context": "spawn"} if mode == "async" else {}
    made = gym.make_vec(DESK, 2, vectorization_mode=mode, vector_kwargs=kwargs)
    yield made
    made.close()


def test_vectors_play_like_single_environments(vector: Any) -> None:
    observations, infos = vector.reset(seed=[3, 4])
    single = [desk() for _ in range(2)]
    assert list(observations) == [env.reset(seed=seed)[0] for env, seed in zip(single, (3, 4), strict=True)]
    assert [len(messages) for messages in infos["messages"]] == [2, 2]
    observations, rewards, terminations, truncations, _ = vector.step((LOOK, "Done."))
    assert list(observations) == [env.step(action)[0] for env, action in zip(single, (LOOK, "Done."), strict=True)]
    assert list(observations) == ["Error: no order W0.", GOODBYE]
    assert list(terminations) == [False, True]
    assert list(truncations) == [False, False]
    assert list(rewards) == [0.0, 0.0]
    observations, _, terminations, _, _ = vector.step((LOOK, LOOK))
    assert observations[1] == single[1].reset()[0]
    assert not terminations.any()


def test_vectors_report_how_each_episode_ended(vector: Any) -> None:
    vector.reset(seed=[3, 4])
    *_, infos = vector.step(("Done.", LOOK))
    assert list(infos["_success"]) == [True, False]
    assert not infos["success"][0]
    assert set(infos["reward_terms"]) >= {"outcome", "no_collateral", "communicated"}


def test_a_hundred_steps_equal_those_of_single_environments(vector: Any) -> None:
    single = [desk() for _ in range(2)]
    vector.action_space.seed(0)
    observations, _ = vector.reset(seed=11)
    alone = [env.reset(seed=11 + i)[0] for i, env in enumerate(single)]
    assert observations == tuple(alone)
    over = [False, False]
    for _ in range(100):
        actions = vector.action_space.sample()
        observations, rewards, terminated, truncated, _ = vector.step(actions)
        for i, env in enumerate(single):
            if over[i]:  # Gymnasium resets at the step after the end
                alone[i], reward, ended, cut = env.reset()[0], 0.0, False, False
            else:
                alone[i], reward, ended, cut, _ = env.step(actions[i])
            assert (rewards[i], terminated[i], truncated[i]) == (reward, ended, cut)
            over[i] = ended or cut
        assert observations == tuple(alone)
        assert observations in vector.observation_space
