"""Entries, splits and arguments; eight environments at once; what is said where BFCL is missing."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from trace_gym import ToolCall, UserError
from trace_gym.targets.bfcl import upstream
from trace_gym.targets.bfcl.entries import CATEGORIES, entries, parse_call
from trace_gym.targets.bfcl.env import BFCLMultiTurnEnv

from .. import fleets
from .playing import ENV_ID, make


def test_without_bfcl_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    upstream.folder.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    try:
        with pytest.raises(
            UserError, match=r"^BFCL is not installed; run: pip install --no-deps bfcl-eval==\S+ mpmath"
        ):
            upstream.folder()
    finally:
        upstream.folder.cache_clear()


def test_a_version_that_lacks_what_is_needed_is_named() -> None:
    with pytest.raises(UserError, match=r"not in a version that can be used \(utils.py has no no_such\); run: pip"):
        upstream.functions_of("utils.py", ["no_such"])
    with pytest.raises(UserError, match="not in a version that can be used"):
        upstream.rows("no_such.json")


def test_positional_arguments_are_bound_to_their_names() -> None:
    assert parse_call("echo('hi', file_name='a.txt')", ("GorillaFileSystem",)) == ToolCall(
        "echo", {"content": "hi", "file_name": "a.txt"}
    )
    with pytest.raises(ValueError, match="has a function 'fly'"):
        parse_call("fly()", ("GorillaFileSystem",))
    with pytest.raises(ValueError, match="not the call of a function"):
        parse_call("1 + 1", ("GorillaFileSystem",))


def test_splits_keep_the_variants_of_a_scenario_together() -> None:
    parts = [make(split=split).task_names for split in ("mine", "train", "evaluate")]
    assert sum(map(len, parts)) == len({name for names in parts for name in names}) == 800
    numbers = [{name.rpartition("_")[2] for name in names} for names in parts]
    assert not numbers[0] & numbers[1] | numbers[0] & numbers[2] | numbers[1] & numbers[2]
    assert [{name.rpartition("_")[2] for name in make(split="train", category=c).task_names} for c in CATEGORIES] == [
        numbers[1]
    ] * 4


def test_an_entry_is_known_by_its_id_and_its_first_words() -> None:
    env = make(task_id="multi_turn_miss_param_7")
    request, info = env.reset(seed=0)
    assert request == info["messages"][-1]["content"] == entries("miss_param")["multi_turn_miss_param_7"].turns[0]
    assert env.episode.task.name == "multi_turn_miss_param_7"


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"category": "x"}, "Unknown category 'x'; expected one of base, miss_func, miss_param, long_context"),
        ({"category": "base", "task_id": "multi_turn_miss_func_0"}, "Unknown task 'multi_turn_miss_func_0'"),
        ({"split": "test"}, "Unknown split 'test'; expected one of mine, train, evaluate, all"),
    ],
)
def test_arguments_out_of_range_are_named(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BFCLMultiTurnEnv(**kwargs)


def test_eight_at_once_in_threads_show_what_one_shows() -> None:
    indices = range(0, 800, 23)
    alone = fleets.solved(make(), indices)
    assert fleets.in_threads(ENV_ID, indices, split="all") == [alone] * fleets.SIZE


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_eight_processes_show_what_one_shows() -> None:
    shown, expected = fleets.in_processes(ENV_ID, 3, 20, split="all")
    assert shown == expected
