"""Repair on real logs: all failures are repaired, and each repair passes the benchmark's own evaluator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trace_gym import make_env, register_folder
from trace_gym.capabilities.repair.apply import apply
from trace_gym.capabilities.repair.attribution import Attribution, attribute
from trace_gym.cli.main import main
from trace_gym.rollouts.execution import execution_of
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.faults import FAULTS
from trace_gym.testbed.faulty import FaultyPolicy
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory

LOGS = (
    "trajectories/tau1_airline_gpt-4o.json.gz",
    "trajectories/tau2_airline_qwen2.5-7b.json.gz",
    "trajectories/tau2_retail_gpt-4.1.json.gz",
    "trajectories/tau2_telecom_gpt-4.1.json.gz",
    "annotated/tau1_retail_gpt-4o.json.gz",
)
OWN = Path(__file__).resolve().parents[4] / "docs" / "results" / "qwen2.5-0.5b"

# what a person who read the transcript and the published root cause would call it
NAMED = {
    "2": "arithmetic",
    "4": "arithmetic",
    "28": "policy_compliance",
    "32": "record_tracking",
    "41": "operation_order",
    "72": "operation_order",
    "99": "structured_selection",
}


def failed_in(path: Path) -> list[Trajectory]:
    return [trajectory for trajectory in read_trajectories(path) if not trajectory.success]


def check(trajectory: Trajectory) -> Attribution:
    """Attributes a failure, and executes its repair once more."""
    found = attribute(trajectory)
    assert found.verdict.status == "repaired", (trajectory.task_id, found.verdict)
    assert execution_of(trajectory).grade(apply(trajectory, found.verdict.edits)).reward == 1.0
    assert found.causes or found.fault.side != "agent", trajectory.task_id
    return found


@pytest.mark.parametrize("name", LOGS)
def test_every_failure_of_the_real_logs_is_repaired(shared: Path, name: str) -> None:
    pytest.importorskip("vendor.tau2", reason="the tau2 extra is not installed")
    failures = failed_in(shared / "data" / name)
    assert failures
    for trajectory in failures:
        check(trajectory)


@pytest.mark.parametrize(
    ("name", "package"),
    [("agentdojo_banking", "agentdojo"), ("agentdojo_travel", "agentdojo"), ("bfcl_evaluate", "bfcl_eval")],
)
def test_rollouts_on_the_benchmarks_are_repaired(name: str, package: str) -> None:
    pytest.importorskip(package, reason=f"{package} is not installed")
    for trajectory in failed_in(OWN / f"{name}.jsonl.gz")[:12]:
        check(trajectory)


def test_annotated_failures_are_put_down_to_whom_people_put_them(shared: Path) -> None:
    pytest.importorskip("vendor.tau2", reason="the tau2 extra is not installed")
    annotated = shared / "data" / "annotated"
    truth = json.loads((annotated / "root_causes.json").read_text())["root_causes"]
    episodes = {trajectory.task_id: trajectory for trajectory in failed_in(annotated / "tau1_retail_gpt-4o.json.gz")}
    # the episode of one of the fifteen is not in the file
    rows = [row for row in truth if str(row["task_id"]) in episodes]
    assert len(rows) == 14

    right = named = 0
    for row in rows:
        found = attribute(episodes[str(row["task_id"])])
        side = {"assistant": "agent"}.get(row["at_fault"], row["at_fault"])
        right += found.fault.side == side
        named += found.fault.side == side == "user" or NAMED.get(str(row["task_id"])) in found.capabilities
    assert right >= 13
    assert named >= 11


def test_the_command_writes_a_line_for_each_failure(shared: Path, tmp_path: Path, capsys) -> None:
    pytest.importorskip("vendor.tau2", reason="the tau2 extra is not installed")
    log = shared / "data" / "trajectories" / "tau2_retail_gpt-4.1.json.gz"
    out = tmp_path / "attributions.jsonl"
    assert main(["repair", str(log), "--out", str(out)]) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == 6
    assert {row["schema"] for row in rows} == {"trace-gym/attribution"}
    assert all(row["edits"] for row in rows)
    printed = capsys.readouterr().out
    assert "6 of 40 episodes failed; 6 repaired" in printed
    assert "fault: agent" in printed


def test_logs_that_cannot_be_executed_are_said_to_be_so(tmp_path: Path, capsys) -> None:
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    record = Trajectory("shop/unknown", "7", talk, 0.0, False)
    log = tmp_path / "t.jsonl"
    log.write_text(json.dumps(record.to_json()) + "\n")
    assert main(["repair", str(log)]) == 1
    assert "unknown 1" in capsys.readouterr().out


def test_a_reference_that_contradicts_the_records_is_found(shared: Path) -> None:
    pytest.importorskip("vendor.tau2", reason="the tau2 extra is not installed")
    log = shared / "data" / "trajectories" / "tau2_airline_qwen2.5-7b.json.gz"
    [failed] = [trajectory for trajectory in failed_in(log) if trajectory.task_id == "35"]
    found = attribute(failed)
    assert found.fault.side == "evaluator"
    assert "1985-04-04" in found.fault.reason
    assert found.causes == []


@pytest.mark.parametrize(
    ("fault", "capability"), [("nothing_done", "task_initiation"), ("refusal_left_at_that", "error_recovery")]
)
def test_an_environment_that_wants_a_refusal_to_be_met_is_repaired(fault: str, capability: str) -> None:
    # its reference is refused on purpose, and does not pass without that
    shipped = Path(pytest.importorskip("trace_envs").__file__)
    register_folder(shipped.parent)
    env_id = "trace/ServiceDeskErrorRecovery-v0"
    env = make_env(env_id, split="train")
    agent = FaultyPolicy(make_env(env_id, split="train"), FAULTS[fault], 1.0)
    [trajectory] = play_batch([env], agent, [Job(0)], seed=0, env_id=env_id)
    assert check(trajectory).capabilities == (capability,)
