"""The best labels at hand: repair where a target can be executed, rules elsewhere."""

from __future__ import annotations

import dataclasses

import pytest

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.labellers.best import BestLabeller
from trace_gym.capabilities.labels import Label
from trace_gym.capabilities.repair import names
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.planted import PlantedPolicy, planted
from trace_gym.trajectories.record import Trajectory

from ...helpers import DESK, Talk, call, desk


@pytest.fixture(scope="module")
def played() -> list[Trajectory]:
    env = desk(split="mine")
    policy = PlantedPolicy(planted(0.3))
    return [play_batch([env], policy, [Job(index)], seed=0, env_id=DESK)[0] for index in range(40)]


def stranger() -> Trajectory:
    talk = Talk("Ship W123.").call("ship", order="W123").say("Done.")
    return talk.trajectory(env_id="elsewhere", gold=[call("ship", order="W123")], success=True)


def test_a_target_that_can_be_executed_is_labelled_by_repair(played: list[Trajectory]) -> None:
    tables = BestLabeller().label(Corpus.from_trajectories(played))
    assert {table.labeller for table in tables} == {"repair"}
    assert all(table.verified for table in tables)
    assert [table.capability.name for table in tables] == list(names.CAPABILITIES)


def test_another_is_labelled_by_rules_and_both_may_stand_in_one_file(played: list[Trajectory]) -> None:
    alone = BestLabeller().label(Corpus.from_trajectories([stranger()]))
    assert {table.labeller for table in alone} == {"rules"}

    corpus = Corpus.from_trajectories([*played, stranger()])
    tables = BestLabeller().label(corpus)
    assert {table.labeller for table in tables} == {"repair and rules"}
    assert not any(table.verified for table in tables)
    for table in tables:
        table.check(corpus)
    started = next(table for table in tables if table.capability.name == "task_initiation")
    assert started.runs[0][corpus.keys[-1]] is Label.PRESENT


def test_a_log_of_another_version_is_labelled_by_rules(played: list[Trajectory]) -> None:
    older = [dataclasses.replace(one, gold=[call("cancel_order", order_id="W1")]) for one in played]
    tables = BestLabeller().label(Corpus.from_trajectories(older))
    assert {table.labeller for table in tables} == {"rules"}


def test_a_log_that_the_evaluator_contradicts_is_labelled_by_rules(played: list[Trajectory]) -> None:
    flipped = [dataclasses.replace(one, success=not one.success, reward=1 - one.reward) for one in played]
    labeller = BestLabeller()
    tables = labeller.label(Corpus.from_trajectories(flipped))
    assert {table.labeller for table in tables} == {"rules"}
    [note] = labeller.notes
    assert "recorded failures, so the log was graded otherwise" in note


def test_a_log_that_agrees_has_no_notes(played: list[Trajectory]) -> None:
    labeller = BestLabeller()
    labeller.label(Corpus.from_trajectories(played))
    assert labeller.notes == []
