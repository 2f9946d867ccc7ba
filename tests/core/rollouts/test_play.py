"""Playing a batch of episodes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.rollouts.scripted import SCRIPTED, OraclePolicy, RandomPolicy, SilentPolicy

from ..helpers import DESK, SayPolicy, desk

JOBS = [Job(index) for index in range(6)]


def test_trajectories_come_in_the_order_of_the_jobs() -> None:
    jobs = [Job(4), Job(0, 2), Job(2)]
    found = play_batch([desk(split="mine") for _ in jobs], OraclePolicy(), jobs, seed=3, env_id=DESK)
    assert [(t.task_id, t.trial) for t in found] == [("mine/4", 0), ("mine/0", 2), ("mine/2", 0)]
    assert {(t.env_id, t.split, t.seed, t.policy, t.adapter) for t in found} == {(DESK, "mine", 3, "oracle", "")}
    assert [t.success for t in found] == [True] * 3


@pytest.mark.parametrize("name", SCRIPTED)
def test_results_do_not_depend_on_the_batch(name: str) -> None:
    policy = SCRIPTED[name]()
    together = play_batch([desk() for _ in JOBS], policy, JOBS, seed=1, env_id=DESK)
    alone = [play_batch([desk()], policy, [job], seed=1, env_id=DESK)[0] for job in JOBS]
    assert together == alone


def test_the_seed_changes_what_is_sampled() -> None:
    def messages(seed: int, trial: int = 0) -> list[object]:
        jobs = [Job(index, trial) for index in range(6)]
        return [t.messages for t in play_batch([desk() for _ in jobs], RandomPolicy(), jobs, seed=seed, env_id=DESK)]

    assert messages(1) == messages(1)
    assert messages(1) != messages(2)
    assert messages(1) != messages(1, trial=1)


def test_the_record_carries_what_identification_needs() -> None:
    env = desk()
    found = play_batch([env], OraclePolicy(), [Job(0)], seed=0, env_id=DESK)[0]
    assert found.gold == list(env.episode.task.gold_calls)
    assert found.facts == list(env.episode.task.facts)
    assert found.tool_kinds["get_order"] == "read"
    assert [schema["function"]["name"] for schema in found.tools] == list(env.tools)
    assert set(found.terms) == {"outcome", "no_collateral", "communicated", "looked_first", "to_the_point"}


def test_lone_surrogates_are_replaced() -> None:
    found = play_batch([desk()], SayPolicy("Hi \ud800."), [Job(0)], seed=0, env_id=DESK)[0]
    assert found.messages[-2]["content"] == "Hi ?."


class Recording(SilentPolicy):
    """Notes what it is asked and told."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.finished: list[int] = []

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        self.seen.append([request.key for request in requests])
        return ["Which order is it?" if len(self.seen) <= request.key else "Done." for request in requests]

    def finish(self, keys: Sequence[int]) -> None:
        self.finished += keys


def test_only_live_episodes_are_asked_and_each_is_finished_once() -> None:
    policy = Recording()
    play_batch([desk() for _ in range(3)], policy, [Job(index) for index in range(3)], seed=0, env_id=DESK)
    assert policy.seen == [[0, 1, 2], [1, 2], [2]]
    assert policy.finished == [0, 1, 2]
