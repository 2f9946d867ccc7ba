"""The shipped environments, as a user gets them: by id, clean under Gymnasium's checker, solvable, not gameable."""

from __future__ import annotations

import gymnasium as gym
import pytest
from gymnasium.utils.env_checker import check_env

trace_envs = pytest.importorskip("trace_envs")

from trace_gym.checks import check  # noqa: E402
from trace_gym.rollouts.play import Job, play_batch  # noqa: E402
from trace_gym.rollouts.scripted import OraclePolicy, RandomPolicy, SilentPolicy  # noqa: E402

SEEDS = 200


def mean_reward(env_id: str, policy: object) -> float:
    env = gym.make(env_id).unwrapped
    return sum(play_batch([env], policy, [Job(i)], seed=0, env_id=env_id)[0].reward for i in range(SEEDS)) / SEEDS


def test_there_is_a_suite():
    assert len(trace_envs.IDS) >= 3


@pytest.mark.parametrize("env_id", trace_envs.IDS)
def test_gymnasium_finds_nothing_to_complain_about(env_id):
    check_env(gym.make(env_id).unwrapped)


@pytest.mark.parametrize("env_id", trace_envs.IDS)
def test_solvable_and_not_gameable(env_id):
    assert mean_reward(env_id, OraclePolicy()) == 1.0
    assert mean_reward(env_id, SilentPolicy()) < 0.2
    assert mean_reward(env_id, RandomPolicy()) < 0.2


@pytest.mark.parametrize("env_id", trace_envs.IDS)
def test_made_through_the_package_prefix(env_id):
    env = gym.make(f"trace_envs:{env_id}", split="evaluate")
    assert env.reset(seed=1)[0]
    assert gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json())).reset(seed=1)[0]


@pytest.mark.parametrize("env_id", trace_envs.IDS)
def test_keeps_the_contract(env_id):
    assert [f"{finding.check}: {finding.sentence}" for finding in check(env_id).findings] == []
