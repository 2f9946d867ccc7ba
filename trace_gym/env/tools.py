"""Tools: what an assistant can call, declared with `@tool` on typed methods of an environment."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import jsonschema

from trace_gym.env.decorators import F, marked, marking
from trace_gym.env.schemas.acceptance import Predicate, acceptance
from trace_gym.env.schemas.signatures import schema_from_function
from trace_gym.env.schemas.violations import first_violation
from trace_gym.env.types import Json, copy_json
from trace_gym.errors import InvalidCallError

Kind = Literal["read", "write"]
_INJECTED = frozenset({"self", "state"})
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MARK = "__trace_tool__"


@dataclass(frozen=True)
class Tool:
    """One tool: an OpenAI function schema, whether it reads or writes, and the function behind it.

    Example:
        >>> parameters = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
        >>> double = Tool("double", "Double a number.", parameters, "read", lambda state, n: 2 * n)
        >>> double({}, {"n": 21})
        '42'
    """

    name: str
    """What the model calls it."""
    description: str
    """What the model reads about it."""
    parameters: Mapping[str, Json]
    """JSON Schema of the arguments, an object schema."""
    kind: Kind
    """`write` tools may change the state; `read` tools never do."""
    function: Callable[..., Json] = field(repr=False)
    """Called as `function(state, **arguments)`; raises `ToolError` to refuse."""

    @cached_property
    def schema(self) -> dict[str, Json]:
        """The OpenAI function schema."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": dict(self.parameters),
            },
        }

    @cached_property
    def _quick_check(self) -> Predicate:
        return acceptance({"additionalProperties": False, **self.parameters})

    @cached_property
    def _validator(self) -> jsonschema.Draft202012Validator:
        return jsonschema.Draft202012Validator({"additionalProperties": False, **self.parameters})

    def fault(self, arguments: Mapping[str, Json]) -> str | None:
        """Returns what is wrong with arguments in one sentence, or None if they satisfy the schema.

        Args:
            arguments: Values by name.
        """
        # the quick check takes under a microsecond, and never accepts what the validator refuses
        if self._quick_check(arguments):
            return None
        return first_violation(self._validator, arguments)

    def __call__(self, state: dict[str, Json], arguments: Mapping[str, Json]) -> str:
        """Validates the arguments, runs the tool on the state and returns the result as text.

        Raises:
            InvalidCallError: If the arguments do not satisfy the schema.
            ToolError: If the tool refuses them.
        """
        fault = self.fault(arguments)
        if fault is not None:
            raise InvalidCallError(f"Invalid call of {self.name}: {fault}.")
        return result_text(self.function(state, **arguments))


def result_text(result: Json) -> str:
    """Renders a tool's result: text as it is, anything else as compact JSON.

    Args:
        result: A JSON value.

    Example:
        >>> result_text("Done."), result_text({"status": "pending"})
        ('Done.', '{"status":"pending"}')
    """
    if isinstance(result, str):
        return result
    return _ENCODER.encode(result)


def tool(*, kind: Kind, schema: Mapping[str, Json] | None = None) -> Callable[[F], F]:
    """Marks a method of an environment as a tool; a parameter named `state` is injected, the rest are its arguments.

    Args:
        kind: `"read"` or `"write"`.
        schema: An OpenAI function schema to use unchanged, for a method that takes the state as its first argument;
            derived from the typed signature if omitted.

    Returns:
        The decorator.

    Example:
        >>> class Desk:
        ...     @tool(kind="read")
        ...     def get_order(self, state: dict, order_id: str) -> str:
        ...         '''Get an order.'''
        ...         return state[order_id]
        >>> tools_of(Desk())["get_order"]({"W12": "pending"}, {"order_id": "W12"})
        'pending'
    """
    return marking(_MARK, (kind, schema))


def tools_of(owner: object) -> dict[str, Tool]:
    """Collects the methods that `@tool` marked, by name, in definition order.

    Args:
        owner: An environment.

    Raises:
        TypeError: If a method has no docstring, or a parameter no type that a schema can express.
    """
    tools: dict[str, Tool] = {}
    for attribute, function, (kind, schema) in marked(owner, _MARK):
        bound = getattr(owner, attribute)
        if schema is None:
            name = attribute
            description, parameters = schema_from_function(function, _INJECTED)
            # every tool is called with the state, and a method may do without it
            if "state" not in inspect.signature(bound).parameters:
                bound = _without_state(bound)
        else:
            body = schema["function"]
            name = body["name"]
            description = body.get("description", "")
            # a copy: environments may share the schema that a benchmark gives
            parameters = copy_json(body["parameters"])
        tools[name] = Tool(name, description, parameters, kind, bound)
    return tools


def _without_state(function: Callable[..., Json]) -> Callable[..., Json]:
    """Lets a tool that does not ask for the state be called with it."""

    @functools.wraps(function)
    def call(state: dict[str, Json], **arguments: Json) -> Json:
        return function(**arguments)

    return call
