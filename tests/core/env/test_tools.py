"""Declaring, collecting and calling tools."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym import ToolError, tool
from trace_gym.env.tools import Tool, result_text, tools_of

SCHEMA = {
    "type": "function",
    "function": {
        "name": "foreign-name",
        "description": "From a schema.",
        "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
    },
}


class Base:
    """An owner of tools."""

    @tool(kind="read")
    def look(self, state: dict[str, Any], key: str) -> Any:
        """Look a key up.

        Args:
            key: what to look up
        """
        if key not in state:
            raise ToolError(f"no {key}.")
        return state[key]

    @tool(kind="write", schema=SCHEMA)
    def foreign(self, state: dict[str, Any], a: int) -> str:
        state["a"] = a
        return "set"

    def helper(self) -> None:
        """Not a tool."""


class Derived(Base):
    """Overrides one tool and adds one."""

    @tool(kind="read")
    def look(self, state: dict[str, Any], key: str) -> str:
        """Look differently."""
        return "derived"

    @tool(kind="write")
    def more(self, state: dict[str, Any]) -> str:
        """Do more."""
        return "more"


def tools(cls: type[Base] = Base) -> dict[str, Tool]:
    return tools_of(cls())


def test_tools_are_collected_in_definition_order() -> None:
    assert list(tools()) == ["look", "foreign-name"]
    assert list(tools(Derived)) == ["look", "foreign-name", "more"]


def test_a_subclass_overrides_a_tool() -> None:
    assert tools(Derived)["look"]({}, {"key": "x"}) == "derived"
    assert tools(Derived)["look"].description == "Look differently."


def test_kinds_are_kept() -> None:
    assert {name: entry.kind for name, entry in tools().items()} == {"look": "read", "foreign-name": "write"}


def test_a_derived_schema_is_an_openai_function() -> None:
    assert tools()["look"].schema == {
        "type": "function",
        "function": {
            "name": "look",
            "description": "Look a key up.",
            "parameters": {
                "type": "object",
                "properties": {"key": {"type": "string", "description": "what to look up"}},
                "required": ["key"],
            },
        },
    }


def test_a_given_schema_is_used_as_it_stands() -> None:
    assert tools()["foreign-name"].schema == SCHEMA


def test_a_call_runs_on_the_state() -> None:
    state: dict[str, Any] = {}
    assert tools()["foreign-name"](state, {"a": 3}) == "set"
    assert state == {"a": 3}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "Invalid call of look: 'key' is a required property."),
        ({"key": 3}, "Invalid call of look: argument key: 3 is not of type 'string'."),
        ({"key": "a", "b": 1}, "Invalid call of look: Additional properties are not allowed ('b' was unexpected)."),
    ],
)
def test_invalid_arguments_are_one_sentence(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ToolError) as caught:
        tools()["look"]({}, arguments)
    assert str(caught.value) == sentence


def test_an_invalid_call_changes_nothing() -> None:
    state: dict[str, Any] = {}
    with pytest.raises(ToolError):
        tools()["foreign-name"](state, {"a": "x"})
    assert state == {}


def test_a_refusal_passes_through() -> None:
    with pytest.raises(ToolError, match=r"^no x\.$"):
        tools()["look"]({}, {"key": "x"})


@pytest.mark.parametrize(
    ("result", "text"), [("plain", "plain"), ({"a": [1, "é"]}, '{"a":[1,"é"]}'), (None, "null"), (3, "3")]
)
def test_results_are_text_or_compact_json(result: Any, text: str) -> None:
    assert result_text(result) == text
