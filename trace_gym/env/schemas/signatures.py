"""A tool's JSON Schema, derived from its typed Python function."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any, Literal

from trace_gym.env.types import Json

_SCALARS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema_from_function(function: Callable[..., Any], skip: frozenset[str]) -> tuple[str, dict[str, Json]]:
    """Derives a tool's description and parameter schema from a typed, documented function.

    Args:
        function: Its docstring's first paragraph describes the tool, its Google `Args:` section the arguments.
        skip: Parameters the environment injects, which the schema leaves out.

    Returns:
        `(description, parameters)`, the second an object schema.

    Raises:
        TypeError: If a parameter lacks an annotation the schema can express, or the docstring is missing.

    Example:
        >>> def get_order(order_id: str) -> str:
        ...     '''Get an order.'''
        >>> description, parameters = schema_from_function(get_order, frozenset())
        >>> description, parameters["properties"]
        ('Get an order.', {'order_id': {'type': 'string'}})
    """
    doc = inspect.getdoc(function)
    if not doc:
        raise TypeError(f"Tool {function.__name__!r} has no docstring; its first line is what the model reads.")
    notes = _argument_notes(doc)
    hints = typing.get_type_hints(function)

    properties: dict[str, Json] = {}
    required: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in skip:
            continue
        if name not in hints:
            raise TypeError(f"Parameter {name!r} of tool {function.__name__!r} has no type annotation.")
        properties[name] = _schema_of(hints[name], f"{function.__name__}.{name}")
        if name in notes:
            properties[name]["description"] = notes[name]
        if parameter.default is inspect.Parameter.empty:
            required.append(name)

    description = " ".join(doc.split("\n\n")[0].split())
    return description, {"type": "object", "properties": properties, "required": required}


def _schema_of(hint: Any, where: str) -> dict[str, Json]:
    """The schema of one annotation; `X | None` counts as `X`, since an optional argument is simply left out."""
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin is Literal:
        return _literal_schema(arguments)
    if origin is list:
        return {"type": "array", "items": _schema_of(arguments[0], where)}
    if origin in (typing.Union, types.UnionType):
        others = [argument for argument in arguments if argument is not type(None)]
        if len(others) == 1 and len(arguments) == 2:
            return _schema_of(others[0], where)
    if hint is dict or origin is dict:
        return {"type": "object"}
    raise TypeError(f"{where} is annotated {hint!r}; use str, int, float, bool, Literal, list[...] or dict.")


def _literal_schema(values: Sequence[Any]) -> dict[str, Json]:
    schema: dict[str, Json] = {}
    # a type keyword that fits only some of the values would refuse the others
    kinds = {_SCALARS.get(type(value)) for value in values}
    if len(kinds) == 1 and None not in kinds:
        schema["type"] = kinds.pop()
    schema["enum"] = list(values)
    return schema


def _argument_notes(doc: str) -> dict[str, str]:
    """Reads the `Args:` section of a Google docstring."""
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?)+)", doc, flags=re.MULTILINE)
    if not section:
        return {}
    entries = re.finditer(r"^ {4}(\w+): (.*(?:\n {6,}.*)*)", section[1], flags=re.MULTILINE)
    notes: dict[str, str] = {}
    for entry in entries:
        notes[entry[1]] = " ".join(entry[2].split())
    return notes
