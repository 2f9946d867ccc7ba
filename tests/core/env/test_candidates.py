"""The finite set of actions of a task."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from trace_gym import Fact, Task, ToolCall
from trace_gym.env.candidates import candidate_calls, candidate_messages
from trace_gym.env.tools import Tool

from ..helpers import call, desk


def tool(name: str, required: Sequence[str] = (), **properties: Any) -> dict[str, Tool]:
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {name: Tool(name, "", parameters, "read", lambda state, **arguments: None)}


TEXT = {"type": "string"}


def task(*gold: Any, request: str = "", state: Any = None, **fields: Any) -> Task:
    return Task(request=request, state=state or {}, gold=gold, **fields)


@pytest.mark.parametrize("index", range(10))
def test_gold_calls_are_among_the_candidates_and_all_are_valid(index: int) -> None:
    env = desk(difficulty=3)
    env.reset(options={"index": index})
    candidates = env.candidate_calls()
    assert all(gold in candidates for gold in env.episode.task.gold_calls)
    assert [env.tools[call.name].fault(call.arguments) for call in candidates] == [None] * len(candidates)


def test_the_order_does_not_depend_on_the_solution() -> None:
    env = desk(difficulty=2)
    env.reset(options={"index": 1})
    shuffled = list(env.episode.task.gold)
    random.Random(0).shuffle(shuffled)
    other = replace(env.episode.task, gold=tuple(shuffled))
    assert candidate_calls(other, env.tools) == env.candidate_calls()


def test_values_that_the_request_mentions_come_first() -> None:
    tools = tool("get", ["id"], id=TEXT)
    given = task(call("get", id="W1"), request="It is W3, or W2.", state={"W1": 1, "W2": 2, "W3": 3, "W4": 4})
    assert [c.arguments["id"] for c in candidate_calls(given, tools)] == ["W3", "W2", "W1", "W4"]


def test_identifiers_of_another_form_are_left_out() -> None:
    tools = tool("get", ["id"], id=TEXT)
    given = task(call("get", id="W1"), state={"W23": {"note": "P5 was here"}, "I7": {}, "hello": {}})
    assert [c.arguments["id"] for c in candidate_calls(given, tools)] == ["W1", "W23"]


def test_what_records_hold_under_an_argument_s_name_is_a_candidate() -> None:
    tools = tool("paint", ["color"], color=TEXT)
    given = task(call("paint", color="red"), state={"lamps": [{"color": "blue", "kind": "desk"}]})
    assert [c.arguments["color"] for c in candidate_calls(given, tools)] == ["blue", "red"]


def test_an_enumerated_argument_takes_all_its_values() -> None:
    tools = tool("ship", ["speed"], speed={"enum": ["slow", "fast"]})
    assert [c.arguments["speed"] for c in candidate_calls(task(), tools)] == ["fast", "slow"]


def test_optional_arguments_are_given_only_if_the_solution_gives_them() -> None:
    tools = tool("get", ["id"], id=TEXT, note={"enum": ["x"]})
    without = candidate_calls(task(call("get", id="W1")), tools)
    assert without == [call("get", id="W1")]
    with_note = candidate_calls(task(call("get", id="W1", note="x")), tools)
    assert with_note == [call("get", id="W1", note="x")]


def test_a_tool_whose_argument_nothing_is_known_about_is_left_out() -> None:
    assert candidate_calls(task("Done."), tool("get", ["id"], id=TEXT)) == []


def test_a_tool_without_arguments_is_one_candidate() -> None:
    assert candidate_calls(task(), tool("ping")) == [ToolCall("ping", {})]


def test_combinations_that_break_the_schema_are_left_out() -> None:
    tools = tool("get", ["id"], id={"type": "string", "maxLength": 2})
    given = task(call("get", id="W1"), state={"W123": {}, "W2": {}})
    assert [c.arguments["id"] for c in candidate_calls(given, tools)] == ["W1", "W2"]


def test_a_nested_value_is_offered_as_the_solution_has_it() -> None:
    passengers = [{"name": "Ada"}]
    tools = tool("book", ["passengers"], passengers={"type": "array"})
    assert candidate_calls(task(call("book", passengers=passengers)), tools) == [call("book", passengers=passengers)]


def test_there_are_at_most_64_calls_of_a_tool_besides_the_gold_ones() -> None:
    letters = {"enum": [f"v{number}" for number in range(20)]}
    tools = tool("mix", ["a", "b"], a=letters, b=letters)
    last = call("mix", a="v19", b="v19")
    candidates = candidate_calls(task(last), tools)
    assert len(candidates) == 65
    assert last in candidates


def test_equal_gold_calls_are_one_candidate() -> None:
    tools = tool("mix", ["a", "b"], a=TEXT, b=TEXT)
    given = task(call("mix", a="x", b="y"), call("mix", b="y", a="x"))
    assert candidate_calls(given, tools) == [call("mix", a="x", b="y")]


def test_messages_hold_the_solution_s_and_its_contradictions() -> None:
    given = task("It is shipped.", facts=(Fact("shipped", unless=("pending", "lost")),))
    assert candidate_messages(given) == ["Done.", "It is lost.", "It is pending.", "It is shipped."]


def test_facts_that_a_message_does_not_state_change_nothing() -> None:
    given = task("Which order?", "It is shipped.", facts=(Fact("42", unless=("43",)),))
    assert candidate_messages(given) == ["Done.", "It is shipped.", "Which order?"]
