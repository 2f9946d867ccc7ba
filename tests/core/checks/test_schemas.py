"""Tools are described, typed and honest."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym import ToolEnv, ToolError, tool
from trace_gym.checks.schemas import described, honest, kinds

from .broken import Sound, tools
from .broken.sound import State
from .helpers import sentences


def schema(**parameters: Any) -> dict[str, Any]:
    """A schema of the tool `count` with other parameters."""
    whole = {"type": "object", "properties": {"shelf_id": {"type": "string"}}, **parameters}
    return {"type": "function", "function": {"name": "count", "description": "Count.", "parameters": whole}}


class WrongType(Sound):
    """Has a schema that JSON Schema does not know."""

    @tool(kind="read", schema=schema(properties={"shelf_id": {"type": "word"}}))
    def count(self, state: State, shelf_id: str) -> Any:
        return Sound.count(self, state, shelf_id)


class RequiresMore(Sound):
    """Requires an argument that it does not describe."""

    @tool(kind="read", schema=schema(required=["shelf_id", "aisle"]))
    def count(self, state: State, shelf_id: str) -> Any:
        return Sound.count(self, state, shelf_id)


class ChosenArgument(Sound):
    """Has an argument with choices instead of a type."""

    @tool(kind="read", schema=schema(properties={"shelf_id": {"enum": ["F1", "F2"]}}))
    def count(self, state: State, shelf_id: str) -> Any:
        return Sound.count(self, state, shelf_id)


class RefusesAll(Sound):
    """Refuses every lookup, which is an answer."""

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf."""
        raise ToolError("the shelves are being cleaned.")


class CallsItInvalid(Sound):
    """Takes less than its schema promises."""

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf."""
        raise ToolError("Invalid call of count: shelf_id must be even.")


@pytest.mark.parametrize("check", [described, honest, kinds])
def test_the_tools_of_a_sound_environment_are_sound(check: Any) -> None:
    assert sentences(check, Sound) == []


@pytest.mark.parametrize(
    ("cls", "found"),
    [
        (
            tools.Undescribed,
            [
                "The tool 'count' has no description; write one as the first line of its docstring.",
                "The argument 'shelf_id' of 'count' has no type; annotate it.",
            ],
        ),
        (RequiresMore, ["'count' requires 'aisle', which its schema does not describe."]),
        (ChosenArgument, []),
    ],
)
def test_what_a_schema_lacks_is_named(cls: type[ToolEnv], found: list[str]) -> None:
    assert sentences(described, cls) == found


def test_a_schema_that_is_none_is_named() -> None:
    (sentence,) = sentences(described, WrongType)
    assert sentence.startswith("The schema of 'count' is not a JSON Schema: 'word' is not valid")


@pytest.mark.parametrize(
    ("cls", "fault"),
    [
        (tools.CrashingTool, "raises KeyError: "),
        (tools.LyingSchema, "raises TypeError: "),
        (CallsItInvalid, "is refused as invalid (Invalid call of count: shelf_id must be even.)"),
    ],
)
def test_a_call_that_fits_the_schema_must_be_answered(cls: type[ToolEnv], fault: str) -> None:
    (sentence,) = sentences(honest, cls)
    assert sentence.startswith("count({")
    assert f" fits the schema and {fault}" in sentence


def test_a_refusal_is_an_answer() -> None:
    assert sentences(honest, RefusesAll) == []


def test_a_read_that_writes_and_a_write_that_does_not_are_named() -> None:
    assert sentences(kinds, tools.WritingRead) == ["The read tool 'count' changes the state; mark it as a write."]
    assert sentences(kinds, tools.IdleWrite) == ["The write tool 'note' never changed the state; mark it as a read."]
