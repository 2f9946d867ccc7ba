"""Faults of tools and their schemas."""

from __future__ import annotations

from typing import Any, Literal

from trace_gym import ToolEnv, tool

from .sound import Sound, State

_BARE = {
    "type": "function",
    "function": {
        "name": "count",
        "description": "",
        "parameters": {"type": "object", "properties": {"shelf_id": {}}, "required": ["shelf_id"]},
    },
}
_WIDE = {
    "type": "function",
    "function": {
        "name": "count",
        "description": "Count.",
        "parameters": {
            "type": "object",
            "properties": {"shelf_id": {"type": "string"}, "aisle": {"type": "integer"}},
            "required": ["shelf_id"],
        },
    },
}


class Undescribed(Sound):
    """A tool without description, an argument without type."""

    @tool(kind="read", schema=_BARE)
    def count(self, state: State, shelf_id: str) -> Any:
        return Sound.count(self, state, shelf_id)


class LyingSchema(Sound):
    """The schema asks for an argument that the tool does not take."""

    @tool(kind="read", schema=_WIDE)
    def count(self, state: State, shelf_id: str) -> Any:
        return Sound.count(self, state, shelf_id)

    @tool(kind="write")
    def clear(self, state: State, shelf_id: str, how: Literal["all", "half"]) -> Any:
        """Clear a shelf."""
        state["shelves"][shelf_id] = 0
        return "done"


class CrashingTool(Sound):
    """Raises KeyError for an unknown identifier."""

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf."""
        return {"boxes": state["shelves"][shelf_id]}


class WritingRead(Sound):
    """A read tool that leaves a mark."""

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf."""
        state["counted"] = state.get("counted", 0) + 1
        return super().count(state, shelf_id)


class IdleWrite(Sound):
    """A write tool that changes nothing."""

    @tool(kind="write")
    def note(self, state: State, how: Literal["a", "b"]) -> str:
        """Take a note."""
        return "noted"


FAULTS: dict[type[ToolEnv], str] = {
    Undescribed: "schema.described",
    LyingSchema: "schema.honest",
    CrashingTool: "schema.honest",
    WritingRead: "schema.kinds",
    IdleWrite: "schema.kinds.idle",
}
"""The check that must name each fault."""
