"""Infos cut down to a few keys."""

from __future__ import annotations

import gymnasium as gym

from trace_gym.wrappers import CandidateActions, KeepInfo

from ..helpers import DESK, desk


def test_infos_keep_what_is_named() -> None:
    env = KeepInfo(CandidateActions(gym.make(DESK)), keys=("action_mask", "success"))
    _, info = env.reset(seed=0)
    assert set(info) == {"action_mask"}
    over = False
    while not over:
        *_, terminated, truncated, info = env.step(env.action_space.n - 1)
        over = terminated or truncated
    assert set(info) == {"action_mask", "success"}


def test_the_keys_may_be_any_iterable() -> None:
    env = KeepInfo(desk(), keys=(key for key in ("split", "index")))
    for _ in range(2):
        _, info = env.reset(options={"index": 4})
        assert info == {"split": "train", "index": 4}


def test_no_keys_leave_an_empty_info() -> None:
    assert KeepInfo(desk(), keys=()).reset(seed=0)[1] == {}
