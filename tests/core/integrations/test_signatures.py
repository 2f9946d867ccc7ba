"""Functions made from tool schemas."""

from __future__ import annotations

import inspect
import keyword
from typing import Any, Literal, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


SCHEMAS = st.recursive(
    st.sampled_from(
        [{"type": kind} for kind in ("string", "integer", "number", "boolean", "object")]
        + [{"type": "string", "enum": ["a", "b"]}, {"type": "integer", "enum": [1, 2]}, {"enum": ["a", 1]}]
    ),
    lambda inner: inner.map(lambda items: {"type": "array", "items": items}),
    max_leaves=3,
)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name != "self" and not keyword.iskeyword(name)
)
PROPERTIES = st.dictionaries(NAMES, SCHEMAS, max_size=5)


@given(PROPERTIES, st.data())
def test_any_schema_that_python_can_say_survives_the_way_through_a_function(
    properties: dict[str, Any], data: st.DataObject
) -> None:
    required = data.draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    method = typed_method(tool(properties, required), echo)
    description, parameters = schema_from_function(method, frozenset({"self"}))
    assert description == "Does it."
    assert sorted(parameters["required"]) == sorted(required)
    assert parameters["properties"] == {name: {**schema, "description": name} for name, schema in properties.items()}


@given(PROPERTIES, st.data())
def test_positional_arguments_are_those_of_the_schema_in_its_order(
    properties: dict[str, Any], data: st.DataObject
) -> None:
    received: list[dict[str, Any]] = []
    method = typed_method(tool(properties), lambda self, name, arguments: received.append(arguments) or name)  # type: ignore[func-returns-value]
    count = data.draw(st.integers(0, len(properties)))
    assert method(None, *range(count)) == "do"
    assert received == [dict(zip(properties, range(count), strict=False))]


def test_a_default_of_the_schema_is_that_of_the_parameter() -> None:
    method = typed_method(tool({"a": {"type": "integer", "default": 3}, "b": {"type": "string"}}, ["b"]), echo)
    parameters = inspect.signature(method).parameters
    assert list(parameters) == ["self", "b", "a"]
    assert parameters["a"].default == 3
    assert parameters["b"].default is inspect.Parameter.empty
    # what is left out is left to the environment, which may have another default
    assert method(None, b="x") == "do {'b': 'x'}"


def test_descriptions_of_several_lines_become_one_each() -> None:
    schema = tool({"a": {"type": "string", "description": "The\n\n  name."}}, description="Finds\n it.\n\nAll.")
    assert typed_method(schema, echo).__doc__ == "Finds it. All.\n\nArgs:\n    a: The name."
