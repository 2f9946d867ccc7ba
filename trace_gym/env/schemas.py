"""JSON Schemas of tools: derived from typed Python functions, validated in one sentence, sampled from."""

from __future__ import annotations

import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal

import jsonschema
import numpy as np

from trace_gym.env.task import Json

_SCALARS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_WORDS = ("alpha", "W1234", "P567", "x@mail.com", "red", "yes", "2024-05-15", "café")


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


def first_violation(validator: jsonschema.Draft202012Validator, arguments: Mapping[str, Json]) -> str | None:
    """Returns one sentence that says what is wrong with `arguments`, or None when they satisfy the schema."""
    error = next(iter(validator.iter_errors(dict(arguments))), None)
    if error is None:
        return None
    where = ".".join(str(part) for part in error.absolute_path)
    message = error.message if len(error.message) <= 160 else error.message[:157] + "..."
    return f"argument {where}: {message}" if where else message


def sample_value(schema: Mapping[str, Json], rng: np.random.Generator) -> Json:
    """Draws a value that satisfies `schema` (the subset of JSON Schema that tools use)."""
    if "enum" in schema:
        return schema["enum"][int(rng.integers(len(schema["enum"])))]
    if "const" in schema:
        return schema["const"]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return sample_value(schema[union][int(rng.integers(len(schema[union])))], rng)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    match kind:
        case "string":
            return _WORDS[int(rng.integers(len(_WORDS)))]
        case "integer":
            low, high = _range(schema)
            return int(rng.integers(math.ceil(low), math.floor(high) + 1))
        case "number":
            low, high = _range(schema)
            return min(max(round(float(rng.uniform(low, high)), 2), low), high)
        case "boolean":
            return bool(rng.integers(2))
        case "array":
            fewest = schema.get("minItems", 0)
            size = int(rng.integers(fewest, schema.get("maxItems", fewest + 2) + 1))
            return [sample_value(schema.get("items", {}), rng) for _ in range(size)]
        case "object":
            required = schema.get("required", [])
            properties = schema.get("properties", {})
            return {name: sample_value(properties.get(name, {}), rng) for name in properties if name in required}
    return None


def _range(schema: Mapping[str, Json]) -> tuple[float, float]:
    """The bounds of a number; 100 wide where only one is given."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        low = 0 if high is None or high >= 0 else high - 99
    return low, low + 99 if high is None else high
