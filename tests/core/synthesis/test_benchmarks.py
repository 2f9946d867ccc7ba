"""Environments made from real tau2-bench trajectories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trace_gym import make_env, register_folder
from trace_gym.rollouts.scripted import OraclePolicy, RandomPolicy, SilentPolicy
from trace_gym.synthesis.blueprint import mine_blueprint
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory

from ..conftest import capability_rows
from ..helpers import rewards
from .test_emitter import contents

AIRLINE, RETAIL = "tau2_airline_qwen2.5-7b", "tau2_retail_gpt-4.1"
CASES = [
    (AIRLINE, "multi_step_completion"),
    (AIRLINE, "argument_grounding"),
    (AIRLINE, "structured_selection"),
    (RETAIL, "structured_selection"),
    (RETAIL, "precondition_verification"),
]


@pytest.fixture(scope="module")
def material(shared: Path) -> dict[str, tuple[list[Trajectory], dict[str, Any]]]:
    """Trajectories and labels by file."""
    found = {}
    for name in (AIRLINE, RETAIL):
        trajectories = read_trajectories(shared / "data" / "trajectories" / f"{name}.json.gz")
        found[name] = (trajectories, {row["name"]: row for row in capability_rows(trajectories)})
    return found


@pytest.mark.parametrize(("file", "capability"), CASES)
def test_real_trajectories_become_a_checked_environment(
    file: str, capability: str, material: dict[str, Any], tmp_path: Path
) -> None:
    trajectories, rows = material[file]
    plan = mine_blueprint(trajectories, rows[capability])
    called = {c["function"]["name"] for t in trajectories for m in t.messages for c in m.get("tool_calls", ())}
    assert {tool["name"] for tool in plan["tools"]} <= called
    assert 3 <= len(plan["tools"]) <= 7
    folder = emit(plan, tmp_path / "a")
    again = emit(mine_blueprint(trajectories, rows[capability]), tmp_path / "b")
    assert contents(folder) == contents(again)
    assert check_folder(folder, seeds=5)["oracle"] == 1.0
    (env_id,) = register_folder(folder)
    assert env_id.startswith("trace/Tau2")
    for level in (1, 2, 3):
        env = make_env(env_id, split="evaluate", difficulty=level)
        assert rewards(env, OraclePolicy(), range(6)) == [1.0] * 6
    for policy in (SilentPolicy(), RandomPolicy()):
        assert sum(rewards(make_env(env_id), policy, range(15))) / 15 < 0.2
