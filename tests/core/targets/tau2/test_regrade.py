from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from trace_gym import UserError, make_env
from trace_gym.cli.main import main
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.scripted import OraclePolicy
from trace_gym.targets.tau2.regrade import regrade
from trace_gym.trajectories.readers import read_trajectories

FILES = {
    "tau1_airline_gpt-4o.json.gz": 200,
    "tau2_airline_qwen2.5-7b.json.gz": 50,
    "tau2_retail_gpt-4.1.json.gz": 40,
    "tau2_telecom_gpt-4.1.json.gz": 40,
}


@pytest.fixture
def logs(shared) -> Path:
    return shared / "data" / "trajectories"


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_reward_of_the_real_logs_comes_out_again(logs: Path, name: str):
    grades = [regrade(trajectory) for trajectory in read_trajectories(logs / name)]
    assert len(grades) == FILES[name]
    assert [grade.trajectory.task_id for grade in grades if not grade.agrees] == []
    assert {grade.reward for grade in grades} == {0.0, 1.0}


def test_what_was_changed_in_a_log_is_found(logs: Path):
    passed = next(t for t in read_trajectories(logs / "tau2_retail_gpt-4.1.json.gz") if t.reward == 1.0 and t.gold)
    silenced = [
        {**m, "content": "" if m["role"] == "assistant" else m["content"], "tool_calls": []} for m in passed.messages
    ]
    found = regrade(replace(passed, messages=silenced))
    assert found.reward == 0.0
    assert not found.agrees
    assert not found.explained
    revised = regrade(replace(passed, messages=silenced, gold=passed.gold[:-1]))
    assert revised.revisions == ("the task's reference actions were revised",)
    assert revised.explained


def test_a_task_that_is_not_installed_is_a_revision(logs: Path):
    trajectory = read_trajectories(logs / "tau2_retail_gpt-4.1.json.gz")[0]
    found = regrade(replace(trajectory, task_id="9999", reward=1.0))
    assert found.explained
    assert "no task '9999'" in found.revisions[0]


def test_an_unknown_domain_is_named(logs: Path):
    trajectory = read_trajectories(logs / "tau2_retail_gpt-4.1.json.gz")[0]
    with pytest.raises(UserError, match="'tau2/bakery' names no domain"):
        regrade(replace(trajectory, env_id="tau2/bakery"))


def test_our_own_rollouts_on_tau2_grade_and_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    env_id = "trace/Tau2Telecom-v0"
    envs = [make_env(env_id, split="test") for _ in range(3)]
    played = play_batch(envs, OraclePolicy(), [Job(0), Job(1), Job(2)], seed=0, env_id=env_id)
    path = tmp_path / "t.jsonl"
    rows = [trajectory.to_json() for trajectory in played]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["regrade", str(path)]) == 0
    assert "3 of 3 recorded rewards come out again" in capsys.readouterr().out
    assert main(["replay", str(path)]) == 0
    rows[1]["reward"] = 0.0
    rows[2]["task_id"] = "test/99999"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    capsys.readouterr()
    assert main(["regrade", str(path), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)[0]
    assert (report["agree"], report["unexplained"], len(report["failed"])) == (1, 1, 1)
