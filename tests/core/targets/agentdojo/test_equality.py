"""Scores and results against AgentDojo's own code."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pytest

from benchmarks import agentdojo_official as official
from benchmarks.agentdojo_official import Turn
from trace_gym import ToolCall

from .playing import SUITES, TASKS, act, corrupted, make

NOTHING_NEEDED = {"workspace": 0, "travel": 0, "banking": 5, "slack": 0}
_NOW = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+")
"""A reading of the wall clock; records that the benchmark ships have no fractions of seconds."""


def lines(text: str, clock: datetime.datetime) -> list[str]:
    """A result without its times of making, and without the order of its lines."""
    for tick in range(100 if clock.year > 1 else 0):
        moment = clock - datetime.timedelta(seconds=tick)
        text = text.replace(str(moment), "NOW").replace(moment.isoformat(), "NOW")
    return sorted(re.sub(r"^participants\.\d+$", "participants", _NOW.sub("NOW", text), flags=re.M).splitlines())


@pytest.mark.parametrize("suite", SUITES)
def test_every_ground_truth_scores_one(suite: str) -> None:
    env = make(suite)
    assert env.task_count == TASKS[suite]
    for index in range(TASKS[suite]):
        env.reset(options={"index": index})
        info = act(env, env.oracle())
        assert info["reward"] == 1.0
        assert info["reward_terms"] == {"utility": 1.0, "in_time": 1.0}


@pytest.mark.parametrize("suite", SUITES)
def test_doing_nothing_earns_what_it_earns_in_agentdojo(suite: str) -> None:
    env = make(suite)
    ours, theirs = 0.0, 0
    for index in range(TASKS[suite]):
        env.reset(options={"index": index})
        ours += act(env, ["Done."])["reward"]
        theirs += official.run(env, ["Done."])[0]
    assert ours == theirs == NOTHING_NEEDED[suite]


@pytest.mark.parametrize("suite", SUITES)
def test_scores_and_results_equal_agentdojos(suite: str) -> None:
    env, rng = make(suite), np.random.default_rng(4)
    paid = []
    for _ in range(25):
        env.reset(options={"index": int(rng.integers(TASKS[suite]))})
        turns = corrupted(env, rng)
        paid.append(act(env, turns)["reward"])
        utility, _, texts = official.run(env, turns)
        clock = env.world._clock._now  # type: ignore[attr-defined]
        assert paid[-1] == float(utility)
        ours = [record.result for record in env.episode.calls[: len(texts)]]
        assert [lines(text, clock) for text in ours] == [lines(text, clock) for text in texts]
    assert 0 < sum(paid) < len(paid)


def test_calls_beyond_agentdojos_loop_are_tried_but_not_run() -> None:
    env = make("slack")
    env.reset(options={"index": 0})
    reading = [ToolCall("get_channels")]
    turns: list[Turn] = [*[reading] * 15, [ToolCall("send_channel_message", {"channel": "random", "body": "x"})]]
    info = act(env, turns)
    assert env.snapshot() == {}
    assert env.episode.truncated
    assert info["reward_terms"]["in_time"] == 1.0
    assert env.episode.calls[-1].error
    assert [call.function for call in env.world.trace][-1] == "send_channel_message"  # type: ignore[attr-defined]
    assert info["reward"] == float(official.run(env, turns)[0])
