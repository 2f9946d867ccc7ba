"""A fast yes for arguments that satisfy a schema; whatever is not plainly right is left to jsonschema.

A full validation costs tens of microseconds, most of a tool call; most calls are right, and their schemas simple.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trace_gym.env.types import Json

Predicate = Callable[[Json], bool]
"""True only if the value satisfies the schema; False decides nothing."""

_NOTES = frozenset({"description", "title", "default", "examples", "$comment"})
_KNOWN = _NOTES | {"type", "enum", "properties", "required", "additionalProperties", "items"}
_TYPES: dict[str, Predicate] = {
    "string": lambda value: type(value) is str,
    # by exact type: True is an int in Python, and no integer in JSON
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: type(value) is bool,
    "null": lambda value: value is None,
    "array": lambda value: type(value) is list,
    "object": lambda value: type(value) is dict,
}


def acceptance(schema: Any) -> Predicate:
    """Compiles a schema; one with keywords that are not known here accepts nothing, and so is left to jsonschema.

    Args:
        schema: A JSON Schema.

    Example:
        >>> accepts = acceptance({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
        >>> accepts({"n": 1}), accepts({"n": "1"}), accepts({})
        (True, False, False)
    """
    if not isinstance(schema, Mapping) or not _KNOWN.issuperset(schema):
        return _never
    kind = schema.get("type")
    if kind is not None and not (isinstance(kind, str) and kind in _TYPES):
        return _never
    if "enum" in schema:
        return _one_of(schema["enum"], _TYPES.get(str(kind)))
    if kind == "object":
        return _object(schema)
    if kind == "array":
        return _array(schema)
    # "items" without an array, say, is left to jsonschema
    if not _NOTES.issuperset(schema.keys() - {"type"}):
        return _never
    if kind:
        return _TYPES[kind]
    return _always


def _one_of(values: Any, has_type: Predicate | None) -> Predicate:
    # among numbers, True would pass for 1
    if not all(isinstance(value, str) for value in values):
        return _never
    choices = frozenset(values)
    return lambda value: type(value) is str and value in choices and (has_type is None or has_type(value))


def _object(schema: Mapping[str, Any]) -> Predicate:
    checks = {name: acceptance(body) for name, body in schema.get("properties", {}).items()}
    required = tuple(schema.get("required", ()))
    allows_more: Any = schema.get("additionalProperties", True)
    if not isinstance(allows_more, bool):
        return _never

    def accepts(value: Json) -> bool:
        # plain loops: generators would cost more than the checks themselves
        if type(value) is not dict:
            return False
        for name in required:
            if name not in value:
                return False
        for name, item in value.items():
            check = checks.get(name)
            if check is None:
                if not allows_more:
                    return False
            elif not check(item):
                return False
        return True

    return accepts


def _array(schema: Mapping[str, Any]) -> Predicate:
    accepts_item: Predicate = _always
    if "items" in schema:
        accepts_item = acceptance(schema["items"])
    return lambda value: type(value) is list and all(map(accepts_item, value))


def _always(value: Json) -> bool:
    return True


def _never(value: Json) -> bool:
    return False
