"""The space of structured tool calls: objects with a tool's name and arguments that satisfy its schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import jsonschema

from trace_gym.env.schemas.sampling import sample_value
from trace_gym.env.spaces.encoded import EncodedSpace, Seed, choose
from trace_gym.env.types import Json

MAX_CALL_BYTES = 65_536
_TRIES = 32
_DERIVED = ("_functions", "_validators")
"""Attributes that are computed from the tools."""


class ToolCallSpace(EncodedSpace[dict[str, Json]]):
    """All `{"name": ..., "arguments": {...}}` that name one of the tools and satisfy its schema.

    Example:
        >>> from trace_gym import make_env
        >>> space = ToolCallSpace(make_env("trace/ServiceDesk-v0").schemas, seed=0)
        >>> space.sample() in space, {"name": "fly", "arguments": {}} in space
        (True, False)
    """

    def __init__(self, tools: Sequence[dict[str, Json]], max_bytes: int = MAX_CALL_BYTES, seed: Seed = None) -> None:
        """Makes the space.

        Args:
            tools: OpenAI function schemas, at least one.
            max_bytes: Longest call, written as JSON in UTF-8.
            seed: Seeds `sample`.

        Raises:
            ValueError: If there is no tool.
        """
        if not tools:
            raise ValueError("A tool-call space needs at least one tool, got none.")
        super().__init__(max_bytes, seed)
        self.tools = json.loads(json.dumps(list(tools)))
        self._prepare()

    def _prepare(self) -> None:
        self._functions = {tool["function"]["name"]: tool["function"] for tool in self.tools}
        self._validators = {}
        for name, function in self._functions.items():
            self._validators[name] = jsonschema.Draft202012Validator(function["parameters"])

    def contains(self, x: Any) -> bool:
        """Returns whether something is a call with a known name and arguments that satisfy the tool's schema.

        Args:
            x: Anything.
        """
        if not isinstance(x, dict) or x.keys() != {"name", "arguments"} or not isinstance(x["arguments"], dict):
            return False
        if not isinstance(x["name"], str) or x["name"] not in self._validators:
            return False
        try:
            fits = len(self.encode(x)) <= self.max_bytes
        except (TypeError, ValueError, RecursionError):
            # not JSON
            return False
        return fits and bool(self._validators[x["name"]].is_valid(x["arguments"]))

    def sample(self, mask: Any = None, probability: Any = None) -> dict[str, Json]:
        """Draws a tool, then arguments for it.

        Args:
            mask: None, or one 0 or 1 per tool: which may be drawn.
            probability: None, or one chance per tool.

        Raises:
            ValueError: If either is malformed, both are given, or the tool's schema cannot be sampled from.
        """
        chosen = choose(self.np_random, [1.0] * len(self.tools), mask, probability)
        function = self.tools[chosen]["function"]
        for _ in range(_TRIES):
            call = {"name": function["name"], "arguments": sample_value(function["parameters"], self.np_random)}
            if self.contains(call):
                return call
        raise ValueError(f"No arguments for {function['name']!r} satisfy its schema in {_TRIES} draws; simplify it.")

    def encode(self, x: dict[str, Json]) -> bytes:
        """Writes a call as JSON.

        Args:
            x: A member.

        Raises:
            ValueError: If it holds NaN or infinity.
        """
        return json.dumps(x, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

    def decode(self, data: bytes) -> dict[str, Json]:
        """Reads a call.

        Args:
            data: An encoded call.
        """
        call: dict[str, Json] = json.loads(data)
        return call

    @property
    def empty(self) -> dict[str, Json]:
        """The first tool without arguments."""
        return {"name": self.tools[0]["function"]["name"], "arguments": {}}

    def __getstate__(self) -> dict[str, Any]:
        # validators cannot be pickled
        return {key: value for key, value in vars(self).items() if key not in _DERIVED}

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        self._prepare()

    def __repr__(self) -> str:
        return f"ToolCallSpace({', '.join(self._functions)})"
