"""Planted faults: each fails tasks that the reference solves, and repair names what it lacks."""

from __future__ import annotations

import pytest

from trace_gym import make_env
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.attribution import attribute
from trace_gym.env.types import ToolCall
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.faults import FAULTS
from trace_gym.testbed.faulty import FaultyPolicy
from trace_gym.testbed.solved import passes, solve
from trace_gym.trajectories.record import Trajectory

from ..helpers import DESK, desk

TELECOM = "trace/Tau2Telecom-v0"
ON_THE_DESK = (
    "forbidden_unread",
    "forbidden_though_read",
    "wrong_tool",
    "part_left_out",
    "nothing_done",
    "refusal_left_at_that",
    "never_ending",
    "wrong_row",
    "invented",
    "not_what_was_said",
    "not_told",
    "answered_unread",
)


def played(env_id: str, fault: str | None, rate: float, tasks: int, split: str) -> list[Trajectory]:
    """What an agent with a fault does at the tasks where it has an occasion for it."""
    agent = FaultyPolicy(make_env(env_id, split=split), FAULTS[fault] if fault else None, rate)
    env = make_env(env_id, split=split)
    found = []
    for index in range(tasks):
        if agent.is_solvable(index) and (fault is None or agent.has_occasion(index)):
            found += play_batch([env], agent, [Job(index)], seed=0, env_id=env_id)
    return found


def test_every_fault_names_a_capability_and_says_why_it_has_company() -> None:
    assert len(FAULTS) >= 15
    assert len({fault.capability for fault in FAULTS.values()}) >= 15
    for fault in FAULTS.values():
        assert {fault.capability, *fault.company} <= set(names.CAPABILITIES)
        assert bool(fault.company) == bool(fault.why)


@pytest.mark.parametrize("name", ON_THE_DESK)
def test_a_fault_fails_and_repair_names_what_it_lacks(name: str) -> None:
    fault = FAULTS[name]
    failures = played(DESK, name, 1.0, 30, "mine")
    assert failures
    named = 0
    for one in failures:
        assert not one.success
        found = set(attribute(one).capabilities)
        assert found & {fault.capability, *fault.company}
        assert len(found - {fault.capability} - fault.company) <= 1
        named += fault.capability in found
    assert named >= 0.8 * len(failures)


def test_an_agent_without_a_fault_plays_the_reference() -> None:
    assert all(one.success for one in played(DESK, None, 1.0, 12, "mine"))


def test_the_rate_says_how_often_it_errs() -> None:
    failed = [not one.success for one in played(DESK, "nothing_done", 0.5, 120, "mine")]
    assert 0.3 < sum(failed) / len(failed) < 0.7
    assert not any(not one.success for one in played(DESK, "nothing_done", 0.0, 12, "mine"))


def test_the_same_agent_errs_in_the_same_way() -> None:
    first, second = (played(DESK, "wrong_row", 0.8, 20, "mine") for _ in range(2))
    assert [one.to_json() for one in first] == [one.to_json() for one in second]


def test_a_solved_task_knows_its_reads_writes_and_refusals() -> None:
    env = desk(split="mine")
    for index in range(12):
        solved = solve(env, index)
        assert solved is not None
        assert passes(env, index, solved.turns)
        assert not set(solved.reads) & set(solved.writes)
        for number in solved.refused:
            assert isinstance(solved.turns[number], ToolCall)
            assert number not in solved.writes


@pytest.mark.parametrize("name", ["step_not_asked_for", "handed_over", "worked_out_wrong"])
def test_what_the_user_is_asked_for_on_the_way_is_part_of_a_repair(name: str) -> None:
    pytest.importorskip("vendor.tau2", reason="the tau2 extra is not installed")
    failures = played(TELECOM, name, 1.0, 12, "all")
    assert failures
    for one in failures:
        found = attribute(one)
        assert found.verdict.status == "repaired"
        assert FAULTS[name].capability in found.capabilities
        assert set(found.capabilities) <= {FAULTS[name].capability, *FAULTS[name].company}
