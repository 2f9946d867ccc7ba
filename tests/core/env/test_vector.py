"""Several environments at once."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import pytest

from trace_gym.env.customer import GOODBYE
from trace_gym.env.parsing import render_call

from ..helpers import DESK, call, desk

LOOK = render_call(call("get_order", order_id="W0"))


@pytest.fixture(scope="module", params=["sync", "async"])
def vector(request: pytest.FixtureRequest) -> Any:
    # text has no fixed size, so there is no memory to share; a fresh process each, as threads may be running here
    kwargs = {"shared_memory": False, "context": "spawn"} if request.param == "async" else {}
    made = gym.make_vec(DESK, 2, vectorization_mode=request.param, vector_kwargs=kwargs)
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
