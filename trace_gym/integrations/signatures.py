"""Typed, documented Python functions from tool schemas, for libraries that read tools off functions."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Any, Literal

from trace_gym.env.types import Json

_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "object": dict,
    "null": type(None),
}


def typed_method(schema: Mapping[str, Any], call: Callable[[Any, str, dict[str, Any]], str]) -> Callable[..., str]:
    """Makes a method that has a tool's name, signature and Google docstring.

    Args:
        schema: The tool's OpenAI function schema.
        call: Does the work, as `call(self, tool name, arguments)`. It gets the arguments as they come: unknown, missing
            and wrong ones too.

    Raises:
        ValueError: If an argument's name cannot be a Python parameter's.
    """
    function = schema["function"]
    name: str = function["name"]
    properties: dict[str, Any] = function["parameters"].get("properties", {})
    required = set(function["parameters"].get("required", ()))

    for argument in properties:
        if not argument.isidentifier() or keyword.iskeyword(argument) or argument == "self":
            raise ValueError(f"Argument {argument!r} of tool {name!r} cannot be a Python parameter; rename it.")

    # takes anything: a wrong argument is the model's mistake, which the environment answers, and no TypeError
    def method(self: Any, /, *positional: Any, **arguments: Any) -> str:
        return call(self, name, {**dict(zip(properties, positional, strict=False)), **arguments})

    hints = {argument: hint_of(body) for argument, body in properties.items()}
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)]
    # Python wants parameters with defaults after those without
    for argument in sorted(properties, key=lambda argument: argument not in required):
        if argument in required:
            default = inspect.Parameter.empty
        else:
            default = properties[argument].get("default")
        parameters.append(
            inspect.Parameter(
                argument, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=hints[argument]
            )
        )

    method.__name__ = method.__qualname__ = name
    method.__doc__ = _docstring(function.get("description", ""), properties)
    method.__annotations__ = {**hints, "return": str}
    method.__signature__ = inspect.Signature(parameters, return_annotation=str)  # type: ignore[attr-defined]
    return method


def hint_of(schema: Json) -> Any:
    """Returns the Python type hint nearest to a JSON Schema; `Any` where there is none.

    Ranges, patterns and the fields of objects have no hint: the environment checks them when the tool is called.

    Args:
        schema: JSON Schema of one argument.
    """
    if not isinstance(schema, dict):
        return Any
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]

    branches = schema.get("anyOf") or schema.get("oneOf")
    if branches:
        return _union([hint_of(branch) for branch in branches])
    kind = schema.get("type")
    if isinstance(kind, list):
        return _union([hint_of({**schema, "type": one}) for one in kind])
    if kind == "array":
        return list[hint_of(schema["items"])] if "items" in schema else list  # type: ignore[misc]

    return _TYPES.get(str(kind), Any)


def _union(hints: list[Any]) -> Any:
    if Any in hints:
        return Any
    return reduce(or_, hints)


def _docstring(description: str, properties: Mapping[str, Any]) -> str:
    summary = " ".join(description.split()) or "No description."
    if not properties:
        return summary
    rows = [
        f"    {name}: {' '.join(str(body.get('description') or name).split())}" for name, body in properties.items()
    ]
    return "\n".join([summary, "", "Args:", *rows])
