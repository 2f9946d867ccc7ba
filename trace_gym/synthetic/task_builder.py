"""Building a task of an emitted environment: the parts it asks for, and the state its tools work on."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trace_gym.env.facts import Fact
from trace_gym.env.types import Json, ToolCall
from trace_gym.synthetic.blueprint import Blueprint
from trace_gym.synthetic.texts import key_of
from trace_gym.synthetic.value_shapes import draw, draw_id

_TRIES = 64


@dataclass(frozen=True)
class Part:
    """One thing the user asks for, with its solution; a task joins one or more.

    Example:
        >>> part = Part("Cancel W12.", (ToolCall("cancel_order", {"order_id": "W12"}),), "W12 is cancelled.")
        >>> part.facts
        ()
    """

    request: str
    """What the user says."""
    calls: tuple[ToolCall, ...]
    """The gold calls, in order."""
    reply: str
    """The message that closes the gold solution."""
    facts: tuple[Fact, ...] = ()
    """What the assistant must tell the user."""


class TaskBuilder:
    """Draws one task's values and builds its state.

    The state has three objects: `tables` (by lookup, then by the call's arguments), `ledger` (the writes that were
    made, empty at first) and `refusals` (the calls that fail).

    Example:
        >>> order_id = {"kind": "id", "segments": [{"text": "W"}, {"digits": 2}]}
        >>> status = {"kind": "choice", "values": ["pending", "shipped"]}
        >>> tool = {"name": "get_order", "arguments": {"order_id": order_id}}
        >>> tool["result"] = {"kind": "object", "fields": {"status": status}}
        >>> builder = TaskBuilder({"tools": [tool]}, np.random.default_rng(0), "train")
        >>> subject = builder.argument("get_order", "order_id")
        >>> record = builder.add_record("get_order", {"order_id": subject})
        >>> builder.state["tables"] == {"get_order": {subject: record}}
        True
    """

    def __init__(self, blueprint: Blueprint, rng: np.random.Generator, split: str) -> None:
        """Starts with an empty state.

        Args:
            blueprint: The environment's blueprint; `tools` is what is read of it.
            rng: The task's generator.
            split: The split that identifiers are drawn from.
        """
        self.rng = rng
        self.split = split
        self.tools: dict[str, Any] = {tool["name"]: tool for tool in blueprint["tools"]}
        self.state: dict[str, Json] = {"tables": {}, "ledger": {}, "refusals": {}}
        self._drawn_ids: list[str] = []

    def pick(self, choices: Sequence[Any]) -> Any:
        """Draws one of several things, each with the same probability.

        Args:
            choices: At least one.
        """
        return choices[int(self.rng.integers(len(choices)))]

    def argument(self, tool: str, name: str) -> Json:
        """Draws a value for an argument of a tool; within a task, identifiers differ from each other.

        Args:
            tool: The tool's name.
            name: The argument's name.
        """
        shape = self.tools[tool]["arguments"][name]
        if shape["kind"] != "id":
            return draw(shape, self.rng, self.split, {})

        # searched as text: this also finds identifiers that stand somewhere inside a record
        used = json.dumps(self.state["tables"]) + json.dumps(self._drawn_ids)
        # bounded: a shape may have fewer values than the task needs, and a repeated one is better than no task
        for _ in range(_TRIES):
            value = draw_id(shape, self.rng, self.split)
            if value not in used:
                break

        self._drawn_ids.append(value)
        return value

    def arguments(self, tool: str, given: Mapping[str, Json]) -> dict[str, Json]:
        """Completes a tool's arguments: draws the required ones that are not given.

        Args:
            tool: The tool's name.
            given: Values that are decided already.

        Returns:
            Values by argument name, in the order of the schema.
        """
        parameters = self.tools[tool]["schema"]["function"]["parameters"]
        required = parameters.get("required", [])

        arguments: dict[str, Json] = {}
        for name in parameters["properties"]:
            if name in given:
                arguments[name] = given[name]
            elif name in required:
                arguments[name] = self.argument(tool, name)
        return arguments

    def add_record(self, tool: str, arguments: Mapping[str, Json]) -> Any:
        """Draws a lookup's result and stores it in the lookup's table.

        Args:
            tool: The lookup's name.
            arguments: The arguments that it will return this result for.

        Returns:
            The record in the table itself, to be edited in place.
        """
        drawn = draw(self.tools[tool]["result"], self.rng, self.split, arguments)
        # constants and choices are drawn as parts of the blueprint, which an edit must not reach
        record = copy.deepcopy(drawn)
        self.state["tables"].setdefault(tool, {})[key_of(arguments)] = record
        return record

    def refuse(self, call: ToolCall, message: str, *, once: bool) -> None:
        """Makes a call fail, but none with other arguments.

        Args:
            call: The call.
            message: What the refusal says.
            once: Whether only the first attempt fails, or every one.
        """
        entry = f"{call.name}({key_of(call.arguments)})"
        self.state["refusals"][entry] = {"message": message, "once": once}
