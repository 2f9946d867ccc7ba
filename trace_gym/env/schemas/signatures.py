"""A tool's JSON Schema, derived from its typed Python function."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable
from typing import Any, Literal

from trace_gym.env.types import Json

_SCALARS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema_from_function(function: Callable[..., Any], skip: frozenset[str]) -> tuple[str, dict[str, Json]]:
    """Derives a tool's description and parameter schema from a typed, documented function.

    Args:
        function: its docstring's first paragraph describes the tool, its Google `Args:` section the arguments.
        skip: parameters the environment injects, which the schema leaves out.

    Returns:
        `(description, parameters)`, the second an object schema.

    Raises:
        TypeError: if a parameter lacks an annotation the schema can express, or the docstring is missing.
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
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        kinds = {_SCALARS.get(type(value)) for value in arguments}
        kind = kinds.pop() if len(kinds) == 1 else None
        return {**({"type": kind} if kind else {}), "enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _schema_of(arguments[0], where)}
    if origin in (typing.Union, types.UnionType) and type(None) in arguments and len(arguments) == 2:
        return _schema_of(next(a for a in arguments if a is not type(None)), where)
    if hint is dict or origin is dict:
        return {"type": "object"}
    raise TypeError(f"{where} is annotated {hint!r}; use str, int, float, bool, Literal, list[...] or dict.")


def _argument_notes(doc: str) -> dict[str, str]:
    """Reads the `Args:` section of a Google docstring."""
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?)+)", doc, flags=re.MULTILINE)
    if not section:
        return {}
    return {
        match[1]: " ".join(match[2].split())
        for match in re.finditer(r"^ {4}(\w+): (.*(?:\n {6,}.*)*)", section[1], flags=re.MULTILINE)
    }
