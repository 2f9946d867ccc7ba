"""Tasks, splits, versions and arguments; eight environments at once; what is said where AgentDojo is missing."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.targets.agentdojo import suites, upstream
from trace_gym.targets.agentdojo.env import AgentDojoEnv

from .. import fleets
from .playing import SUITES, act, make


def test_without_agentdojo_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    upstream.module.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    try:
        with pytest.raises(UserError, match=r"^AgentDojo is not installed; run: pip install agentdojo\.$"):
            upstream.module("types")
    finally:
        upstream.module.cache_clear()


def test_one_message_then_the_episode_is_over() -> None:
    env = make("travel")
    request, info = env.reset(options={"index": 0})
    assert [m["role"] for m in info["messages"]] == ["system", "user"]
    assert info["messages"][0]["content"] == suites.system_message()
    assert (
        info["messages"][1]["content"] == request == suites.user_tasks(suites.VERSION, "travel")["user_task_0"].PROMPT
    )
    functions = [tool["function"]["name"] for tool in info["tools"]]
    assert functions == [function.name for function in suites.suite_of(suites.VERSION, "travel").tools]
    assert env.step("Hello?")[2] is True


def test_splits_part_the_tasks() -> None:
    parts = [set(make("workspace", split=split).task_names) for split in ("mine", "train", "evaluate")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 40
    assert make("workspace", task_id="user_task_7").task_count == 1


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"suite": ["slack"]}, "suite must be a name, got \\['slack'\\]"),
        ({"model": 3}, "model must be a name, got 3"),
        ({"suite": "moon"}, "Unknown suite 'moon'; expected one of workspace"),
        ({"version": "v9"}, "Unknown version 'v9'; this agentdojo has v1"),
        ({"injection_task": "x"}, "Unknown injection task 'x'; workspace has injection_task_0"),
        ({"attack": "manual"}, "Unknown attack 'manual'; expected one of direct"),
        ({"attack": "direct"}, "Unknown injection task None; workspace has"),
        ({"attack": "dos", "model": "x"}, "Unknown model 'x'; AgentDojo knows"),
        ({"results": "xml"}, "results must be one of yaml, json, got 'xml'"),
        ({"split": "test"}, "Unknown split 'test'; expected one of mine, train, evaluate, all"),
    ],
)
def test_arguments_out_of_range_are_named(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AgentDojoEnv(**kwargs)


def test_earlier_versions_of_the_benchmark_can_be_had() -> None:
    env = make("travel", version="v1.1")
    assert env.task_count == 20
    env.reset(options={"index": 3})
    assert act(env, env.oracle())["reward"] == 1.0


def test_eight_at_once_in_threads_show_what_one_shows() -> None:
    for suite in ("workspace", "slack"):
        alone = fleets.solved(make(suite), range(0, 20, 3))
        assert fleets.in_threads(SUITES[suite], range(0, 20, 3), split="all") == [alone] * fleets.SIZE


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_eight_processes_show_what_one_shows() -> None:
    shown, expected = fleets.in_processes(SUITES["workspace"], 3, 6, split="all")
    assert shown == expected
