"""The adversarial policies: what each does, and that none of them is paid by a sound environment."""

from __future__ import annotations

import pytest

from trace_gym import ToolEnv
from trace_gym.checks.adversaries import ADVERSARIES
from trace_gym.checks.adversary_floor import FLOOR
from trace_gym.checks.playing import play
from trace_gym.env.parsing import parse_turn
from trace_gym.env.types import ToolCall

from .broken import Sound

INDEX = 2


@pytest.fixture
def env() -> ToolEnv:
    sound = Sound()
    sound.reset(options={"index": INDEX})
    return sound


def turns_of(name: str, env: ToolEnv) -> list[str]:
    return ADVERSARIES[name](env, INDEX)


def calls_of(turns: list[str]) -> list[ToolCall]:
    calls: list[ToolCall] = []
    for turn in turns:
        calls += [call for call in parse_turn(turn).calls if isinstance(call, ToolCall)]
    return calls


def test_there_are_enough_of_them() -> None:
    assert len(ADVERSARIES) >= 12


@pytest.mark.parametrize("name", ADVERSARIES)
def test_each_has_turns_that_fit_the_limit_and_repeat(name: str, env: ToolEnv) -> None:
    turns = turns_of(name, env)
    assert 1 <= len(turns) <= env.max_turns
    assert turns == turns_of(name, env)


@pytest.mark.parametrize("name", ADVERSARIES)
def test_none_is_paid_by_a_sound_environment(name: str, env: ToolEnv) -> None:
    assert play(env, INDEX, turns_of(name, env)).reward < FLOOR


@pytest.mark.parametrize("name", ADVERSARIES)
def test_each_says_in_its_first_line_what_it_does(name: str) -> None:
    assert (ADVERSARIES[name].__doc__ or "").splitlines()[0].endswith(".")


@pytest.mark.parametrize("name", ["silent", "done", "claim", "apologise", "spam", "guess_numbers"])
def test_talkers_call_nothing(name: str, env: ToolEnv) -> None:
    assert calls_of(turns_of(name, env)) == []


def test_calling_everything_calls_each_tool_once(env: ToolEnv) -> None:
    calls = calls_of(turns_of("call_everything", env))
    assert [call.name for call in calls] == list(env.tools)


def test_writes_use_only_what_the_request_names(env: ToolEnv) -> None:
    everything = calls_of(turns_of("write_everything", env))
    assert {call.name for call in everything} == {"clear"}
    assert all(call.arguments["shelf_id"] in env.episode.task.request for call in everything)
    assert calls_of(turns_of("write_first", env)) == everything[:1]


def test_repeating_takes_the_same_call_until_the_last_turn(env: ToolEnv) -> None:
    *repeated, last = turns_of("repeat_last", env)
    assert len(repeated) == env.max_turns - 1
    assert len(set(repeated)) == 1
    assert "<tool_call>" in repeated[0]
    assert last == "Done."


def test_copied_hints_are_the_examples_of_the_descriptions(env: ToolEnv) -> None:
    first, last = turns_of("copy_hints", env)
    assert {value for call in calls_of([first]) for value in call.arguments.values()} == {"F123"}
    assert "F123" in last


def test_names_only_follows_the_solution_with_other_arguments(env: ToolEnv) -> None:
    gold = env.episode.task.gold_calls
    calls = calls_of(turns_of("names_only", env))
    assert [call.name for call in calls] == [call.name for call in gold]
    assert all(call.arguments != right.arguments for call, right in zip(calls, gold, strict=True))


def test_an_echo_is_not_a_question(env: ToolEnv) -> None:
    (turn,) = turns_of("echo", env)
    assert env.episode.task.request.rstrip("?") in turn
    assert turn.endswith(".")
