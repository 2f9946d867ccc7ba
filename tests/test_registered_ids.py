"""What is promised of every registered environment: embedded, emitted and hand-written."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import warnings
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from registered import EACH, IDS

from trace_gym.checks import CHECKS, check

STEPS = 100


def digest(env_id: str) -> str:
    """A hash of everything 60 random steps and the solutions of 5 tasks give."""
    env = gym.make(env_id, disable_env_checker=True)
    seen: list[Any] = []
    env.action_space.seed(7)
    seen.append(env.reset(seed=7))
    for _ in range(60):
        step = env.step(env.action_space.sample())
        seen.append(step)
        if step[2] or step[3]:
            seen.append(env.reset())
    for index in range(5):
        seen.append(env.reset(options={"index": index}))
        seen += [env.step(turn) for turn in env.unwrapped.oracle()]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=True).encode()).hexdigest()


def test_there_are_embedded_emitted_and_handwritten_ones():
    assert {"trace/ServiceDesk-v0", "trace/ServiceDeskErrorRecovery-v0", "trace/Meetings-v0"} <= set(IDS)


@pytest.mark.parametrize("env_id", EACH)
def test_gymnasium_s_checker_warns_of_nothing(env_id: str):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gym.make(env_id).unwrapped)


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("env_id", EACH)
def test_vectors_equal_single_environments_step_by_step(env_id: str, mode: str):
    # processes are spawned, as threads may be running here; async vectors share memory by default
    kwargs = {"context": "spawn"} if mode == "async" else {}
    vector = gym.make_vec(
        env_id, 2, vectorization_mode=mode, vector_kwargs={**kwargs, "autoreset_mode": AutoresetMode.SAME_STEP}
    )
    try:
        single = [gym.make(env_id, disable_env_checker=True) for _ in range(2)]
        vector.action_space.seed(1)
        observations, _ = vector.reset(seed=5)
        assert observations == tuple(env.reset(seed=5 + i)[0] for i, env in enumerate(single))
        ended = 0
        for _ in range(STEPS):
            actions = vector.action_space.sample()
            observations, rewards, terminations, truncations, _ = vector.step(actions)
            for i, (env, action) in enumerate(zip(single, actions, strict=True)):
                observation, reward, terminated, truncated, _ = env.step(action)
                assert (reward, terminated, truncated) == (rewards[i], terminations[i], truncations[i])
                if terminated or truncated:
                    ended += 1
                    observation, _ = env.reset()
                assert observations[i] == observation
        assert ended, "no episode ended in a hundred steps, which tests too little"
    finally:
        vector.close()


@pytest.mark.parametrize("env_id", EACH)
def test_specs_round_trip_through_json(env_id: str):
    level = min(2, gym.make(env_id).unwrapped.max_difficulty)
    env = gym.make(env_id, split="evaluate", difficulty=level)
    assert env.spec is not None
    again = gym.make(EnvSpec.from_json(env.spec.to_json()))
    assert again.unwrapped.split == "evaluate"
    assert again.unwrapped.difficulty == level
    for seed in range(5):
        first, second = env.reset(seed=seed), again.reset(seed=seed)
        assert first == second


@pytest.mark.parametrize("hash_seed", ["1", "2026"])
def test_a_fresh_process_with_other_string_hashes_gives_the_same_bytes(hash_seed: str):
    command = [sys.executable, __file__, *IDS]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [digest(env_id) for env_id in IDS]


@pytest.mark.parametrize("env_id", EACH)
def test_conformance_is_clean(env_id: str):
    report = check(env_id)
    found = [finding for finding in report.findings if finding.severity != "waived"]
    assert [f"{finding.check}: {finding.sentence}" for finding in found] == []
    assert set(report.checks) == set(CHECKS)


def test_the_digest_sees_a_difference():
    assert digest("trace/Meetings-v0") != digest("trace/ServerOps-v0")
    assert np.unique([digest(env_id) for env_id in IDS]).size == len(IDS)


if __name__ == "__main__":
    print("\n".join(digest(env_id) for env_id in sys.argv[1:]))
