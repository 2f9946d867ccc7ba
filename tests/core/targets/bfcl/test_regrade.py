"""The benchmark's own logs, graded again."""

from __future__ import annotations

import numpy as np
import pytest

from trace_gym import UserError
from trace_gym.targets.bfcl.regrade import regrade
from trace_gym.trajectories.record import Trajectory

from .playing import act, corrupted, make, start


def test_results_are_graded_again() -> None:
    env, rng = make(), np.random.default_rng(5)
    paid = []
    for index in range(0, 800, 40):
        entry = start(env, env.task_names[index])
        info, _ = act(env, corrupted(entry, rng))
        messages = env.episode.messages[: -1 if env.episode.messages[-1]["role"] == "user" else None]
        log = Trajectory(f"bfcl/multi_turn_{entry.category}", entry.name, messages, info["reward"], False)
        grade = regrade(log)
        assert (grade.reward, grade.other_result) == (info["reward"], "")
        assert info["reward_terms"].items() >= grade.terms.items()
        paid.append(grade.reward)
    assert 0 < sum(paid) < len(paid)


@pytest.mark.parametrize("env_id", ["bfcl/multi_turn_base", "bfcl/multi_turn_no"])
def test_results_of_unknown_entries_are_named(env_id: str) -> None:
    with pytest.raises(UserError, match="multi_turn_no_1: the installed benchmark has no such entry"):
        regrade(Trajectory(env_id, "multi_turn_no_1", [], 0.0, False))
