"""Functions made from tool schemas."""

from __future__ import annotations

import inspect
from typing import Any, Literal, get_type_hints

import pytest

from trace_gym.env.schemas.signatures import schema_from_function
from trace_gym.integrations.signatures import hint_of, typed_method

from ..helpers import desk


def tool(
    properties: dict[str, Any], required: list[str] | None = None, description: str = "Does it."
) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required or []}
    return {"type": "function", "function": {"name": "do", "description": description, "parameters": parameters}}


def echo(self: Any, name: str, arguments: dict[str, Any]) -> str:
    return f"{name} {arguments}"


def test_the_schema_survives_the_way_through_a_function() -> None:
    for name, made in desk().tools.items():
        method = typed_method(made.schema, echo)
        description, parameters = schema_from_function(method, frozenset({"self"}))
        assert method.__name__ == name
        assert description == made.description
        assert parameters == dict(made.parameters)


def test_arguments_reach_the_call_by_name_and_by_place() -> None:
    method = typed_method(tool({"a": {"type": "string"}, "b": {"type": "integer"}}, ["a"]), echo)
    assert method(None, "x", b=2) == "do {'a': 'x', 'b': 2}"
    assert method(None, unknown=1) == "do {'unknown': 1}"  # for the environment to refuse


def test_arguments_without_a_default_come_first() -> None:
    method = typed_method(tool({"a": {"type": "string"}, "b": {"type": "integer"}}, ["b"]), echo)
    assert str(inspect.signature(method)) == "(self, /, b: int, a: str = None) -> str"
    assert get_type_hints(method) == {"a": str, "b": int, "return": str}


@pytest.mark.parametrize(
    ("schema", "hint"),
    [
        ({"type": "string"}, str),
        ({"enum": ["a", "b"]}, Literal["a", "b"]),
        ({"type": "array", "items": {"type": "integer"}}, list[int]),
        ({"type": "array"}, list),
        ({"type": "object", "properties": {}}, dict),
        ({"type": ["string", "null"]}, str | None),
        ({"anyOf": [{"type": "integer"}, {"enum": ["all"]}]}, int | Literal["all"]),
        ({"anyOf": [{"type": "integer"}, {}]}, Any),
        ({}, Any),
        (True, Any),
    ],
)
def test_hints(schema: Any, hint: Any) -> None:
    assert hint_of(schema) == hint


@pytest.mark.parametrize("name", ["class", "a-b", "self", "1a"])
def test_names_python_cannot_take_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="rename it"):
        typed_method(tool({name: {"type": "string"}}), echo)


def test_a_tool_without_arguments_or_words_is_documented_all_the_same() -> None:
    assert typed_method(tool({}, description=""), echo).__doc__ == "No description."
